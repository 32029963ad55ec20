//! Validators and codings of a request (RFC 9110 §8.8, §12.5.3, §13.1).

use crate::model::Timestamp;
use chrono::{DateTime, NaiveDateTime};
use hyper::HeaderMap;
use hyper::header::{ACCEPT_ENCODING, IF_MODIFIED_SINCE, IF_NONE_MATCH};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Coding {
    Identity,
    Gzip,
}

impl Coding {
    /// What the strong ETag of this coding ends with.
    pub fn suffix(self) -> &'static str {
        match self {
            Coding::Identity => "",
            Coding::Gzip => "-gz",
        }
    }

    /// What is said of gzip by name counts before `*`.
    pub fn choose(headers: &HeaderMap) -> Coding {
        let quality_of = |wanted: &str| {
            let accepts = headers.get_all(ACCEPT_ENCODING).iter().filter_map(|v| v.to_str().ok());
            let items = accepts.flat_map(|value| value.split(','));
            items.map(|item| item.split_once(';').unwrap_or((item, ""))).find_map(
                |(name, weight)| {
                    let weight = weight.trim().strip_prefix("q=");
                    let named = name.trim().eq_ignore_ascii_case(wanted);
                    named.then(|| weight.map_or(1.0, |q| q.parse::<f32>().unwrap_or(0.0)))
                },
            )
        };
        match quality_of("gzip").or_else(|| quality_of("*")) {
            Some(quality) if quality > 0.0 => Coding::Gzip,
            _ => Coding::Identity,
        }
    }
}

/// Whether the client already has the document: `etag` without quotes and coding. A document without
/// a date has the ETag alone: no date of a reader's is late enough.
pub fn is_not_modified(headers: &HeaderMap, etag: &str, last_modified: Option<Timestamp>) -> bool {
    let mut none_match = headers.get_all(IF_NONE_MATCH).iter().peekable();
    if none_match.peek().is_some() {
        // If-None-Match makes If-Modified-Since void (§13.1.3).
        return none_match.filter_map(|value| value.to_str().ok()).any(|list| lists(list, etag));
    }
    let since = headers.get(IF_MODIFIED_SINCE).and_then(|value| value.to_str().ok());
    let since = since.and_then(http_date);
    since.zip(last_modified).is_some_and(|(since, modified)| modified <= since)
}

/// Weak comparison (§8.8.3.2) with each coding's tag: they name the same document.
fn lists(list: &str, etag: &str) -> bool {
    if list.trim() == "*" {
        return true;
    }
    let mut rest = list;
    while let Some(open) = rest.find('"') {
        let Some(length) = rest[open + 1..].find('"') else { return false };
        let tag = &rest[open + 1..open + 1 + length];
        let suffix = tag.strip_prefix(etag);
        if suffix.is_some_and(|suffix| {
            [Coding::Identity, Coding::Gzip].iter().any(|c| c.suffix() == suffix)
        }) {
            return true;
        }
        rest = &rest[open + length + 2..];
    }
    false
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
        for value in ["\"7-ab\"", "W/\"7-ab\"", "\"x\", \"7-ab-gz\"", "*", "\"a,b\",\"7-ab\""] {
            let headers = headers(&[(IF_NONE_MATCH, value)]);
            assert!(is_not_modified(&headers, "7-ab", None), "{value}");
        }
        for value in ["\"7-abc\"", "\"7\"", "7-ab", "\"7-ab", "", "\"7-ab-xz\""] {
            let headers = headers(&[(IF_NONE_MATCH, value)]);
            assert!(!is_not_modified(&headers, "7-ab", None), "{value}");
        }
    }

    #[test]
    fn if_modified_since_counts_only_without_if_none_match() {
        let date = "Thu, 01 Jan 1970 00:01:40 GMT";
        let since = headers(&[(IF_MODIFIED_SINCE, date)]);
        assert!(is_not_modified(&since, "1", Some(Timestamp(100))));
        assert!(!is_not_modified(&since, "1", Some(Timestamp(101))));
        assert!(!is_not_modified(&since, "1", None));
        let both = headers(&[(IF_MODIFIED_SINCE, date), (IF_NONE_MATCH, "\"other\"")]);
        assert!(!is_not_modified(&both, "1", Some(Timestamp(100))));
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

    #[test]
    fn gzip_is_sent_only_to_those_who_take_it() {
        for (value, coding) in [
            ("gzip, deflate, br", Coding::Gzip),
            ("br;q=1.0, GZIP;q=0.5", Coding::Gzip),
            ("*", Coding::Gzip),
            ("gzip;q=0", Coding::Identity),
            ("gzip;q=0, *", Coding::Identity),
            ("*;q=0, gzip", Coding::Gzip),
            ("identity", Coding::Identity),
        ] {
            assert_eq!(Coding::choose(&headers(&[(ACCEPT_ENCODING, value)])), coding, "{value}");
        }
        assert_eq!(Coding::choose(&HeaderMap::new()), Coding::Identity);
    }
}
