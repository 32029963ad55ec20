//! Validators of a request (RFC 9110 §8.8, §13.1).

use super::coding::Coding;
use crate::model::Timestamp;
use chrono::{DateTime, NaiveDateTime};
use hyper::HeaderMap;
use hyper::header::{HeaderName, IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_UNMODIFIED_SINCE};

/// In which coding the client already has the document (`etag` without quotes and coding): the one that it names, and `chosen` where it
/// names several or none. A document without a date has the ETag alone: no date of a reader's is
/// late enough.
pub fn known_as(
    headers: &HeaderMap,
    etag: &str,
    last_modified: Option<Timestamp>,
    chosen: Coding,
) -> Option<Coding> {
    let mut none_match = headers.get_all(IF_NONE_MATCH).iter().peekable();
    if none_match.peek().is_some() {
        // If-None-Match makes If-Modified-Since void (§13.1.3).
        let lists = none_match.filter_map(|value| value.to_str().ok());
        let mut named = lists.flat_map(|list| codings_of(list, etag, chosen)).peekable();
        let first = *named.peek()?;
        return Some(named.find(|coding| *coding == chosen).unwrap_or(first));
    }
    let since = headers.get(IF_MODIFIED_SINCE).and_then(|value| value.to_str().ok());
    let since = since.and_then(http_date);
    let is_known = since.zip(last_modified).is_some_and(|(since, changed)| changed <= since);
    is_known.then_some(chosen)
}

/// Whether the client wants no other document than one that this is not (§13.2.2, steps 1 and 2):
/// then it is answered 412. `etag` without quotes and coding, `coding`: in which it would be sent.
pub fn fails(
    headers: &HeaderMap,
    etag: &str,
    coding: Coding,
    last_modified: Option<Timestamp>,
) -> bool {
    let mut matches = headers.get_all(IF_MATCH).iter().peekable();
    if matches.peek().is_some() {
        // If-Match makes If-Unmodified-Since void (§13.1.4).
        let lists = matches.filter_map(|value| value.to_str().ok());
        return !lists.into_iter().any(|list| is_listed(list, etag, coding));
    }
    let since = single_date(headers, IF_UNMODIFIED_SINCE);
    since.zip(last_modified).is_some_and(|(since, changed)| changed > since)
}

/// Whether an ETag is listed, compared strongly (§8.8.3.2): a weak one is another.
fn is_listed(list: &str, etag: &str, coding: Coding) -> bool {
    let parts: Vec<&str> = list.split('"').collect();
    // Each tag stands between two quotes; what is behind the last one is none.
    let tags = parts[..parts.len() - 1].chunks_exact(2).map(|pair| (pair[0], pair[1]));
    let is_it = |tag: &str| tag.strip_prefix(etag) == Some(coding.suffix());
    list.trim() == "*"
        || tags.into_iter().any(|(before, tag)| !before.ends_with("W/") && is_it(tag))
}

/// `None`: there is none, or several, or it is no date, which is as if there were none.
fn single_date(headers: &HeaderMap, name: HeaderName) -> Option<Timestamp> {
    let mut values = headers.get_all(name).iter();
    let only = values.next().filter(|_| values.next().is_none());
    only.and_then(|value| value.to_str().ok()).and_then(http_date)
}

/// Of the listed ETags those of the document, compared weakly (§8.8.3.2): each coding has its own, and
/// all name the same document.
fn codings_of(list: &str, etag: &str, chosen: Coding) -> Vec<Coding> {
    if list.trim() == "*" {
        return vec![chosen];
    }
    let mut codings = Vec::new();
    let mut rest = list;
    while let Some(open) = rest.find('"') {
        let Some(length) = rest[open + 1..].find('"') else { break };
        let tag = &rest[open + 1..open + 1 + length];
        if let Some(suffix) = tag.strip_prefix(etag) {
            codings.extend(Coding::ALL.iter().find(|coding| coding.suffix() == suffix));
        }
        rest = &rest[open + length + 2..];
    }
    codings
}

/// The three forms of an HTTP date (§5.6.7).
fn http_date(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if let Ok(date) = DateTime::parse_from_rfc2822(text) {
        return Some(date.into());
    }
    let forms = ["%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"];
    let parsed = forms.iter().find_map(|form| NaiveDateTime::parse_from_str(text, form).ok());
    parsed.map(|date| date.and_utc().into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::header::{HeaderName, HeaderValue};

    fn headers(pairs: &[(HeaderName, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(k, v)| (k.clone(), HeaderValue::from_static(v))).collect()
    }

    #[test]
    fn etags_match_in_lists_weakly_and_in_any_coding() {
        for (value, coding) in [
            ("\"7-ab\"", Coding::Identity),
            ("W/\"7-ab\"", Coding::Identity),
            ("\"x\", \"7-ab-gz\"", Coding::Gzip),
            ("\"7-ab-zstd\"", Coding::Zstd),
            ("\"7-ab\", \"7-ab-gz\", W/\"7-ab-br\"", Coding::Brotli),
            ("*", Coding::Brotli),
            ("\"a,b\",\"7-ab\"", Coding::Identity),
        ] {
            let headers = headers(&[(IF_NONE_MATCH, value)]);
            let known = known_as(&headers, "7-ab", None, Coding::Brotli);
            assert_eq!(known, Some(coding), "{value}");
        }
        for value in ["\"7-abc\"", "\"7\"", "7-ab", "\"7-ab", "", "\"7-ab-xz\""] {
            let headers = headers(&[(IF_NONE_MATCH, value)]);
            assert_eq!(known_as(&headers, "7-ab", None, Coding::Gzip), None, "{value}");
        }
    }

    #[test]
    fn if_modified_since_counts_only_without_if_none_match() {
        let date = "Thu, 01 Jan 1970 00:01:40 GMT";
        let is_known = |headers: &HeaderMap, changed: Option<Timestamp>| {
            let known = known_as(headers, "7-ab", changed, Coding::Gzip);
            assert!(known.is_none_or(|coding| coding == Coding::Gzip));
            known.is_some()
        };
        let since = headers(&[(IF_MODIFIED_SINCE, date)]);
        assert!(is_known(&since, Some(Timestamp(100))));
        assert!(!is_known(&since, Some(Timestamp(101))));
        assert!(!is_known(&since, None));
        let both = headers(&[(IF_MODIFIED_SINCE, date), (IF_NONE_MATCH, "\"other\"")]);
        assert!(!is_known(&both, Some(Timestamp(100))));
    }

    #[test]
    fn only_the_very_bytes_match_and_weak_tags_are_others() {
        let fails = |value: &'static str| {
            let headers = headers(&[(IF_MATCH, value)]);
            fails(&headers, "7-ab", Coding::Gzip, None)
        };
        for value in ["*", "\"7-ab-gz\"", "\"x\", \"7-ab-gz\"", "W/\"x\",\"7-ab-gz\", \"y\""] {
            assert!(!fails(value), "{value}");
        }
        for value in [
            "",
            "W/\"7-ab-gz\"",
            "\"7-ab\"",
            "\"7-ab-br\"",
            "\"x\", W/\"7-ab-gz\"",
            "7-ab-gz",
            "\"7-ab-gz",
        ] {
            assert!(fails(value), "{value}");
        }
    }

    #[test]
    fn if_unmodified_since_counts_only_without_if_match_and_with_a_date() {
        let date = "Thu, 01 Jan 1970 00:01:40 GMT";
        let fails = |pairs: &[(HeaderName, &'static str)], changed: Option<i64>| {
            fails(&headers(pairs), "7-ab", Coding::Identity, changed.map(Timestamp))
        };
        let since = || (IF_UNMODIFIED_SINCE, date);
        assert!(!fails(&[since()], Some(100)) && fails(&[since()], Some(101)));
        assert!(!fails(&[since()], None));
        assert!(!fails(&[since(), (IF_MATCH, "\"7-ab\"")], Some(101)));
        assert!(fails(&[since(), (IF_MATCH, "\"other\"")], Some(100)));
        assert!(!fails(&[(IF_UNMODIFIED_SINCE, "yesterday")], Some(101)));
        assert!(!fails(&[], Some(101)));
    }

    #[test]
    fn all_three_date_forms_are_read() {
        for text in [
            "Sun, 06 Nov 1994 08:49:37 GMT",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994",
        ] {
            assert_eq!(http_date(text), Some(Timestamp(784_111_777)), "{text}");
        }
        assert_eq!(http_date("yesterday"), None);
    }
}
