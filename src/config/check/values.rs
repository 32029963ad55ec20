//! Checks that many keys share: texts, slugs, addresses, numbers with limits.

use super::super::problem::{Problems, quote};
use super::super::read::{At, Raw};
use super::super::suggest::nearest;
use super::super::units::{format_duration, format_size, parse_duration, parse_size};
use chrono_tz::{TZ_VARIANTS, Tz};
use ipnet::IpNet;
use std::net::IpAddr;
use std::ops::RangeInclusive;
use std::time::Duration;
use url::{ParseError, Url};

/// Longest address, bytes.
const MAX_URL: usize = 2_000;
/// Longest slug, characters.
const MAX_SLUG: usize = 64;

pub(super) const SECOND: Duration = Duration::from_secs(1);
pub(super) const HOUR: Duration = Duration::from_secs(3_600);
pub(super) const DAY: Duration = Duration::from_secs(86_400);

/// The value of a key that must be there; its absence is reported at the table's header.
pub(super) fn required<'r, T>(
    raw: &'r Raw<T>,
    place: &At<String>,
    name: &str,
    example: &str,
    problems: &mut Problems<'_>,
) -> Option<&'r At<T>> {
    if matches!(raw, Raw::Absent) {
        let key = format!("{}.{name}", place.value);
        problems.add_absence(place.at, &key, "missing", format!("write {name} = {example}"));
    }
    raw.given()
}

/// One line of text without control characters, trimmed.
pub(super) fn line(
    given: &At<String>,
    key: &str,
    longest: usize,
    problems: &mut Problems<'_>,
) -> Option<String> {
    let text = given.value.trim();
    let length = text.chars().count();
    let (wrong, advice) = if text.is_empty() {
        ("empty".to_owned(), "write some text, or leave the key out".to_owned())
    } else if length > longest {
        (format!("{length} characters"), format!("write {longest} at most"))
    } else if text.chars().any(char::is_control) {
        ("holds a line break or control character".to_owned(), "write one line".to_owned())
    } else {
        return Some(text.to_owned());
    };
    problems.add(given.at, key, wrong, advice);
    None
}

/// [`line`] of an optional key.
pub(super) fn optional_line(
    raw: &Raw<String>,
    key: &str,
    longest: usize,
    problems: &mut Problems<'_>,
) -> Option<String> {
    line(raw.given()?, key, longest, problems)
}

/// What is wrong with a slug; `None` when nothing is.
pub(super) fn slug_fault(text: &str) -> Option<&'static str> {
    let fits = |part: &str| {
        !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
    };
    if text.is_empty() {
        Some("empty")
    } else if text.len() > MAX_SLUG {
        Some("longer than 64 characters")
    } else if !text.split('-').all(fits) {
        Some("no slug")
    } else {
        None
    }
}

pub(super) const SLUG_ADVICE: &str =
    "write small letters a-z and digits, with single hyphens between, such as \"xingping-news\"";

pub(super) fn slug(given: &At<String>, key: &str, problems: &mut Problems<'_>) -> bool {
    match slug_fault(&given.value) {
        None => true,
        Some(fault) => {
            problems.add(given.at, key, format!("{} is {fault}", quote(&given.value)), SLUG_ADVICE);
            false
        }
    }
}

/// A BCP 47 tag by shape: letters first, parts of at most eight letters or digits.
pub(super) fn language(
    raw: &Raw<String>,
    key: &str,
    problems: &mut Problems<'_>,
) -> Option<String> {
    let given = raw.given()?;
    let part = |part: &str| {
        (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric())
    };
    let mut parts = given.value.split('-');
    let first = parts.next().unwrap_or("");
    let fits = (2..=8).contains(&first.len())
        && first.bytes().all(|b| b.is_ascii_alphabetic())
        && given.value.len() <= 35
        && parts.all(part);
    if !fits {
        let wrong = format!("{} is no language tag", quote(&given.value));
        problems.add(given.at, key, wrong, "write one of BCP 47, such as \"zh-CN\" or \"en\"");
        return None;
    }
    Some(given.value.clone())
}

pub(super) fn zone(raw: &Raw<String>, key: &str, problems: &mut Problems<'_>) -> Option<Tz> {
    let given = raw.given()?;
    match given.value.parse::<Tz>() {
        Ok(zone) => Some(zone),
        Err(_) => {
            let names = || TZ_VARIANTS.iter().map(|zone| zone.name());
            let mut cities = names().filter(|name| name.rsplit('/').next() == Some(&given.value));
            let advice = match cities.next().or_else(|| nearest(&given.value, names())) {
                Some(near) => format!("did you mean \"{near}\"?"),
                None => "write a name of the tz database, such as \"Asia/Shanghai\"".to_owned(),
            };
            let wrong = format!("{} is no time zone", quote(&given.value));
            problems.add(given.at, key, wrong, advice);
            None
        }
    }
}

const WITH_PASSWORD: &str = "holds a user name or password";

/// An http or https address without user name and password.
///
/// # Errors
/// What is wrong, and what to write instead.
pub(super) fn web_address(text: &str) -> Result<Url, (String, String)> {
    let fail = |wrong: &str, advice: &str| Err((wrong.to_owned(), advice.to_owned()));
    if text.len() > MAX_URL {
        return fail("longer than 2000 bytes", "write a shorter address");
    }
    if text.contains("](") {
        return fail("holds `](`, left over from Markdown", "write the address alone");
    }
    if text.chars().any(|c| c.is_whitespace() || c.is_control() || "<>\"`{}|\\^".contains(c)) {
        return fail(
            "holds a space or another character that no address has",
            "write it percent-encoded, such as %20 for a space",
        );
    }
    let whole = "write it whole, such as \"https://example.org/rss\"";
    let mut url = match Url::parse(text) {
        Ok(url) => url,
        Err(ParseError::RelativeUrlWithoutBase) => return fail("no absolute address", whole),
        Err(ParseError::InvalidPort) => {
            return fail("no such port", "write one from 1 to 65535, or none");
        }
        Err(_) => return fail("no such host", whole),
    };
    let has_slashes = text[url.scheme().len()..].starts_with("://");
    if !matches!(url.scheme(), "http" | "https") {
        // The scheme of `user:password@host` is a user.
        if !has_slashes && may_hold_password(text) {
            return fail("no absolute address", whole);
        }
        let wrong = format!("scheme {} is not served", quote(url.scheme()));
        return fail(&wrong, "write an http:// or https:// address");
    }
    // The parser forgives `http:/x` and `http:x`; a person should see the slip.
    if !has_slashes {
        return fail("no `//` after the scheme", "write it as https://host/path");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return fail(
            WITH_PASSWORD,
            "write the address without it, and put it into a file that credentials names",
        );
    }
    url.set_fragment(None);
    Ok(url)
}

/// An address as a message may show it: without its query, and not at all where it may hold a
/// user name or password.
pub fn shown_address(text: &str) -> Option<String> {
    let shown = text.split(['?', '#']).next().unwrap_or_default();
    (!may_hold_password(text)).then(|| quote(shown))
}

/// Wherever the `@` stands: `/`, `?` and `#` in a password hide where it ends.
fn may_hold_password(text: &str) -> bool {
    text.contains('@') || text.contains("%40")
}

/// Reports what [`web_address`] finds wrong; never shows passwords or query strings.
pub(super) fn address_fault(
    given: &At<String>,
    key: &str,
    (wrong, advice): (String, String),
    problems: &mut Problems<'_>,
) {
    let wrong = match shown_address(&given.value) {
        Some(shown) => format!("{shown}: {wrong}"),
        None => wrong,
    };
    problems.add(given.at, key, wrong, advice);
}

/// A prefix for the addresses below it, with a final slash; `None` when wrong.
pub(super) fn base_address(
    raw: &Raw<String>,
    key: &str,
    problems: &mut Problems<'_>,
) -> Option<Url> {
    let given = raw.given()?;
    let fault = match web_address(&given.value) {
        Ok(url) if url.query().is_some() => {
            ("holds a query".to_owned(), "write it without the part from `?`".to_owned())
        }
        Ok(mut url) => {
            if !url.path().ends_with('/') {
                url.set_path(&format!("{}/", url.path()));
            }
            return Some(url);
        }
        // No header goes with our own addresses, and those of sources are theirs.
        Err((wrong, _)) if wrong == WITH_PASSWORD => {
            let advice = match key {
                "poll.rsshub" => {
                    "write the address without it, and put it into a file that credentials of its \
                     [[host]] names"
                }
                _ => "write the address without it",
            };
            (wrong, advice.to_owned())
        }
        Err(fault) => fault,
    };
    address_fault(given, key, fault, problems);
    None
}

/// Something with limits: durations and sizes.
struct Limits<T> {
    range: RangeInclusive<T>,
    show: fn(T) -> String,
}

fn limited<T: PartialOrd + Copy>(
    raw: &Raw<String>,
    key: &str,
    read: fn(&str) -> Result<T, (String, String)>,
    limits: Limits<T>,
    problems: &mut Problems<'_>,
) -> Option<T> {
    let given = raw.given()?;
    let (low, high) = (*limits.range.start(), *limits.range.end());
    let (wrong, advice) = match read(&given.value) {
        Ok(value) if limits.range.contains(&value) => return Some(value),
        Ok(value) => {
            let side = if value < low { "too little" } else { "too much" };
            (side.to_owned(), format!("write {} to {}", (limits.show)(low), (limits.show)(high)))
        }
        Err(error) => error,
    };
    problems.add(given.at, key, format!("{}: {wrong}", quote(&given.value)), advice);
    None
}

pub(super) const MIB: u64 = 1 << 20;

/// A duration within limits; `None` when absent or wrong.
pub(super) fn duration(
    raw: &Raw<String>,
    key: &str,
    range: RangeInclusive<Duration>,
    problems: &mut Problems<'_>,
) -> Option<Duration> {
    let limits = Limits { range, show: format_duration };
    limited(raw, key, parse_duration, limits, problems)
}

/// A size in bytes within limits; `None` when absent or wrong.
pub(super) fn size(
    raw: &Raw<String>,
    key: &str,
    range: RangeInclusive<u64>,
    problems: &mut Problems<'_>,
) -> Option<u64> {
    limited(raw, key, parse_size, Limits { range, show: format_size }, problems)
}

/// A whole number within limits; `None` when absent or wrong.
pub(super) fn number(
    raw: &Raw<i64>,
    key: &str,
    range: RangeInclusive<i64>,
    problems: &mut Problems<'_>,
) -> Option<i64> {
    let given = raw.given()?;
    if range.contains(&given.value) {
        return Some(given.value);
    }
    let side = if given.value < *range.start() { "too little" } else { "too much" };
    let advice = format!("write {} to {}", range.start(), range.end());
    problems.add(given.at, key, format!("{}: {side}", given.value), advice);
    None
}

/// Ranges of addresses, and single ones; what is none is left out.
pub(super) fn networks(
    raw: &Raw<Vec<At<String>>>,
    key: &str,
    problems: &mut Problems<'_>,
) -> Vec<IpNet> {
    let mut list = Vec::new();
    for (index, given) in raw.given().into_iter().flat_map(|g| &g.value).enumerate() {
        let read = given.value.parse::<IpNet>().ok();
        match read.or_else(|| given.value.parse::<IpAddr>().ok().map(IpNet::from)) {
            Some(range) => list.push(range),
            None => problems.add(
                given.at,
                &format!("{key}[{index}]"),
                format!("{} is no address range", quote(&given.value)),
                "write CIDR such as \"10.0.0.0/8\", or one address",
            ),
        }
    }
    list
}
