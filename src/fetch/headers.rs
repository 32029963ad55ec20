//! What the headers of an answer say.

use crate::model::{Timestamp, Validators};
use chrono::{DateTime, NaiveDateTime};
use reqwest::header::{
    AGE, AsHeaderName, CACHE_CONTROL, CONTENT_LOCATION, CONTENT_TYPE, DATE, ETAG, EXPIRES,
    HeaderMap, LAST_MODIFIED, LINK, RETRY_AFTER,
};
use std::time::Duration;
use url::Url;

/// A longer value is treated as absent: it would be kept with every source.
const VALUE_MAX: usize = 4_096;
/// More lines of one name are not looked at.
const LINKS_MAX: usize = 16;

/// The validators that an answer gives, exactly as it spells them.
pub fn validators(headers: &HeaderMap) -> Validators {
    Validators { etag: text(headers, ETAG), last_modified: text(headers, LAST_MODIFIED) }
}

/// A 304 updates the validators that it names (RFC 9111 §3.2).
pub fn merge_validators(known: &Validators, headers: &HeaderMap) -> Validators {
    let named = validators(headers);
    Validators {
        etag: named.etag.or_else(|| known.etag.clone()),
        last_modified: named.last_modified.or_else(|| known.last_modified.clone()),
    }
}

pub fn content_type(headers: &HeaderMap) -> Option<String> {
    text(headers, CONTENT_TYPE)
}

/// The `Link` headers, a line each, as far as they are read at all.
pub fn links(headers: &HeaderMap) -> Vec<String> {
    let lines = headers.get_all(LINK).iter().filter(|line| line.len() <= VALUE_MAX);
    let lines = lines.filter_map(|line| std::str::from_utf8(line.as_bytes()).ok());
    lines.take(LINKS_MAX).map(str::to_owned).collect()
}

/// `Content-Location` (RFC 9110 §8.7) as the base of the body's addresses. Servers behind
/// others name hosts that nobody reaches: those do not count.
pub fn base(headers: &HeaderMap, url: &Url) -> Url {
    let stated = text(headers, CONTENT_LOCATION).and_then(|location| url.join(&location).ok());
    stated.filter(|stated| stated.origin() == url.origin()).unwrap_or_else(|| url.clone())
}

/// How long the answer holds: `max-age` less `Age`, else `Expires` less `Date`
/// (RFC 9111 §4.2.1). `None`: it does not say, or not at all.
pub fn freshness(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let mut max_age = None;
    for line in headers.get_all(CACHE_CONTROL) {
        let Ok(line) = line.to_str() else { continue };
        for directive in line.split(',') {
            let (name, value) = directive.split_once('=').unwrap_or((directive, ""));
            let name = name.trim();
            if name.eq_ignore_ascii_case("no-store") || name.eq_ignore_ascii_case("no-cache") {
                return None;
            }
            if name.eq_ignore_ascii_case("max-age") && max_age.is_none() {
                max_age = seconds(value.trim().trim_matches('"'));
            }
        }
    }
    let lifetime = match max_age {
        Some(max_age) => max_age,
        None => date(headers, EXPIRES)?.since(date(headers, DATE).unwrap_or(now)),
    };
    let age = text(headers, AGE).and_then(|age| seconds(&age)).unwrap_or_default();
    Some(lifetime.saturating_sub(age)).filter(|fresh| !fresh.is_zero())
}

/// The wait that the server asks for, given in seconds or as a date (RFC 9110 §10.2.3).
/// A date counts from the server's own `Date`, so that a wrong clock does no harm.
pub fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let value = text(headers, RETRY_AFTER)?;
    seconds(&value).or_else(|| {
        let until = parse_date(&value)?;
        Some(until.since(date(headers, DATE).unwrap_or(now)))
    })
}

/// The value byte for byte; `None` when it is no UTF-8 or too long.
fn text(headers: &HeaderMap, name: impl AsHeaderName) -> Option<String> {
    let value = headers.get(name)?.as_bytes();
    let fits = !value.is_empty() && value.len() <= VALUE_MAX;
    fits.then(|| std::str::from_utf8(value).ok().map(str::to_owned))?
}

/// Digits only; a number beyond u64 counts as the largest (RFC 9111 §1.2.2).
fn seconds(value: &str) -> Option<Duration> {
    let digits = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| Duration::from_secs(value.parse().unwrap_or(u64::MAX)))
}

fn date(headers: &HeaderMap, name: impl AsHeaderName) -> Option<Timestamp> {
    parse_date(headers.get(name)?.to_str().ok()?)
}

/// The three forms of RFC 9110 §5.6.7.
fn parse_date(value: &str) -> Option<Timestamp> {
    let value = value.trim();
    if let Ok(date) = DateTime::parse_from_rfc2822(value) {
        return Some(date.into());
    }
    ["%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"]
        .iter()
        .find_map(|form| NaiveDateTime::parse_from_str(value, form).ok())
        .map(|date| date.and_utc().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_location_counts_on_the_same_host_only() {
        let url = Url::parse("http://a.cn/feed?x=1").expect("an address");
        for (stated, expected) in [
            ("/news/feed.xml", "http://a.cn/news/feed.xml"),
            ("http://a.cn/b/", "http://a.cn/b/"),
            ("http://10.0.0.5/feed", "http://a.cn/feed?x=1"),
            ("http://[", "http://a.cn/feed?x=1"),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(CONTENT_LOCATION, stated.parse().expect("a value"));
            assert_eq!(base(&headers, &url).as_str(), expected, "{stated}");
        }
        assert_eq!(base(&HeaderMap::new(), &url), url);
    }
}
