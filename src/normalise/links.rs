//! Addresses: absolute, of the web, without what only tracks.

use super::limits::MOST_LINK_BYTES;
use super::untracked::untracked;
use crate::model::{ParsedEntry, ParsedFeed, Timestamp};
use crate::text::{clean, dates, html};
use chrono::NaiveDate;
use chrono_tz::Tz;
use std::borrow::Cow;
use std::cell::OnceCell;
use url::Url;

/// What relative addresses of an item are resolved against: its own `xml:base`, else
/// the feed's site, else where the document came from.
pub(super) struct Bases<'a> {
    own: Option<&'a str>,
    site: Option<&'a str>,
    document: Option<&'a Url>,
    base: OnceCell<Option<Url>>,
}

impl<'a> Bases<'a> {
    pub(super) fn new(
        item: &'a ParsedEntry,
        feed: &'a ParsedFeed,
        document: Option<&'a Url>,
    ) -> Self {
        let [own, site] = [item.base.as_deref(), feed.link.as_deref()];
        Bases { own, site, document, base: OnceCell::new() }
    }

    pub(super) fn base(&self) -> Option<&Url> {
        let find = || {
            let stated = [self.own, self.site].into_iter().flatten();
            let resolved = stated.map(|base| match self.document {
                Some(document) => document.join(base),
                None => Url::parse(base),
            });
            let mut usable = resolved.filter_map(Result::ok).filter(is_web);
            usable.next().or_else(|| self.document.cloned())
        };
        self.base.get_or_init(find).as_ref()
    }

    /// The address in full; `None` for what is no address of the web.
    pub(super) fn absolute(&self, address: &str) -> Option<String> {
        let address = address.trim();
        if address.is_empty() || address.len() > MOST_LINK_BYTES {
            return None;
        }
        if is_normal(address) {
            return Some(address.to_owned());
        }
        let address = &*mended(address);
        let url = match Url::parse(address) {
            Ok(url) => url,
            Err(url::ParseError::RelativeUrlWithoutBase) => self.base()?.join(address).ok()?,
            Err(_) => return None,
        };
        let fits = is_web(&url) && url.as_str().len() <= MOST_LINK_BYTES;
        fits.then(|| String::from(url))
    }
}

/// Addresses as people mistype them: `http：//`, `http://http://`, `www.a.cn/1.html`.
fn mended(address: &str) -> Cow<'_, str> {
    for scheme in ["http", "https"] {
        let Some(rest) = address.strip_prefix(scheme) else { continue };
        if let Some(rest) = rest.strip_prefix("：//") {
            return Cow::Owned(format!("{scheme}://{rest}"));
        }
        let again = rest
            .strip_prefix("://")
            .filter(|rest| rest.starts_with("http://") || rest.starts_with("https://"));
        if let Some(again) = again {
            return Cow::Borrowed(again);
        }
    }
    let host = address.split(['/', '?', '#']).next().unwrap_or_default();
    let is_host = host.starts_with("www.")
        && host.matches('.').count() >= 2
        && host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-'));
    // A page beside the others may have such a name, too.
    let is_page = [".html", ".htm", ".php", ".jsp"].iter().any(|end| host.ends_with(end));
    if is_host && !is_page {
        return Cow::Owned(format!("http://{address}"));
    }
    Cow::Borrowed(address)
}

fn is_web(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https") && url.has_host()
}

/// Whether the parser of addresses would give back what it was given: so for nearly all,
/// and most of its time goes into finding that out.
pub(super) fn is_normal(address: &str) -> bool {
    let (rest, default_port) = match address.strip_prefix("https://") {
        Some(rest) => (rest, "443"),
        None => (address.strip_prefix("http://").unwrap_or(""), "80"),
    };
    let Some((authority, path)) = rest.split_once('/') else { return false };
    let (host, port) = match authority.split_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (authority, None),
    };
    let is_kept = |b: u8| b.is_ascii_alphanumeric() || b"-_~.,;:=@!$&()*+/".contains(&b);
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    (is_plain_name(host) || are_numbers::<4>(host.split('.'), 255))
        && port.is_none_or(|port| are_numbers::<1>([port].into_iter(), 65535) && port != default_port)
        && path.bytes().all(is_kept)
        && query.bytes().all(|b| is_kept(b) || b == b'?' || b == b'%')
        // Steps up and down the path are taken.
        && !path.starts_with('.')
        && !path.contains("/.")
}

fn is_plain_name(host: &str) -> bool {
    let is_label = |label: &str| {
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        !label.is_empty() && !label.starts_with("xn--") && label.bytes().all(plain)
    };
    // One that ends with a number may be an address of four numbers.
    let last = host.rsplit('.').next();
    last.is_some_and(|last| last.starts_with(|c: char| c.is_ascii_lowercase()))
        && host.split('.').all(is_label)
}

/// Whether these are `N` numbers up to `most`, written as one writes them.
fn are_numbers<'a, const N: usize>(parts: impl Iterator<Item = &'a str>, most: u32) -> bool {
    let mut count = 0;
    let numbers = parts.inspect(|_| count += 1).all(|part| {
        let plain =
            part.bytes().all(|b| b.is_ascii_digit()) && (part == "0" || !part.starts_with('0'));
        plain && part.parse::<u32>().is_ok_and(|number| number <= most)
    });
    numbers && count == N
}

/// The item's link; its guid when that is one.
pub(super) fn of_item(item: &ParsedEntry, bases: &Bases<'_>) -> Option<String> {
    let link = item.link.as_deref().and_then(|link| bases.absolute(&html::decode(link)));
    let guid =
        || item.guid.as_deref().filter(|_| item.guid_is_link).and_then(|g| bases.absolute(g));
    link.or_else(guid)
        .map(|link| if redirects(&link) { link } else { untracked(&link).into_owned() })
}

/// Addresses that count a reader and send him on: where to may be in any parameter.
fn redirects(link: &str) -> bool {
    const HOSTS: [&str; 4] =
        ["feedproxy.google.com", "feeds.feedburner.com", "feedproxy.feedly.com", "feedsportal.com"];
    let host = link.split_once("://").map_or("", |(_, rest)| rest);
    let host = host.split(['/', '?', '#', ':']).next().unwrap_or("");
    HOSTS
        .iter()
        .any(|known| host.strip_suffix(known).is_some_and(|h| h.is_empty() || h.ends_with('.')))
}

/// The day that an address names: `/2021/09/01/`, `/2021-09/01/`, `/20210901/`,
/// `t20210901_`: when it began in `zone`.
pub(super) fn date_in(link: &str, zone: Tz) -> Option<Timestamp> {
    let path = link.split(['?', '#']).next()?;
    let path = path.split_once("://").map_or(path, |(_, rest)| rest);
    let path = clean::head(path.split_once('/')?.1, MOST_LINK_BYTES).as_bytes();
    let number = |range: std::ops::Range<usize>| {
        let digits = path.get(range)?;
        let digits = digits.iter().all(u8::is_ascii_digit).then_some(digits)?;
        std::str::from_utf8(digits).ok()?.parse::<u32>().ok()
    };
    let is_digit = |at: usize| path.get(at).is_some_and(u8::is_ascii_digit);
    let separator = |at: usize| usize::from(matches!(path.get(at), Some(b'/' | b'-' | b'_')));
    (0..path.len()).find_map(|at| {
        if path[at] != b'2' || at.checked_sub(1).is_some_and(is_digit) {
            return None;
        }
        let year = number(at..at + 4).filter(|year| (2000..2100).contains(year))?;
        let month_at = at + 4 + separator(at + 4);
        let day_at = month_at + 2 + separator(month_at + 2);
        let (month, day) = (number(month_at..month_at + 2)?, number(day_at..day_at + 2)?);
        if is_digit(day_at + 2) {
            return None;
        }
        let date = NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)?;
        Some(Timestamp(dates::in_zone(date.and_hms_opt(0, 0, 0)?, zone)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::each;

    #[test]
    fn what_counts_as_normal_is_what_the_parser_would_give() {
        let pieces = "http https :// : / // a.cn A.cn xn--fiqs8s 127.0.0.1 1 1.2.3 0 01 256 0x7f . .. /. \
                      %2e %41 ? ?a=b & # #top @ ' \" \\ | ^ [ ] { < ` 中 é - _ ~ ; = + :80 :8080 :443 \
                      :65536 :080 a b.html 2021 com localhost a..b a.";
        let mut pieces: Vec<&str> = pieces.split_ascii_whitespace().collect();
        pieces.extend([" ", "\t", "\u{7f}"]);
        let begins = ["http://a.cn/", "https://b.com", "http://", ""];
        let mut normal = 0;
        each(100_000, |chance| {
            let mut address = String::from(*chance.pick(&begins));
            for _ in 0..chance.below(6) {
                address.push_str(chance.pick::<&str>(&pieces));
            }
            if is_normal(&address) {
                normal += 1;
                let url = Url::parse(&address).unwrap_or_else(|why| panic!("{address}: {why}"));
                assert!(is_web(&url));
                assert_eq!(url.as_str(), address);
            }
        });
        assert!(normal > 1000, "{normal}");
        assert!(is_normal("http://a.cn/2021/09/01/t20210901_1.html?id=1"));
    }

    #[test]
    fn addresses_are_read_as_they_are_mistyped() {
        let cases = [
            ("http：//a.cn/1", "http://a.cn/1"),
            ("http://https://a.cn/1", "https://a.cn/1"),
            ("www.a.cn/1.html", "http://www.a.cn/1.html"),
            ("www.html", "www.html"),
            ("www.a.html", "www.a.html"),
            ("/www.a.cn/1", "/www.a.cn/1"),
            ("https://a.cn/http://b.cn/", "https://a.cn/http://b.cn/"),
            ("https", "https"),
        ];
        for (address, expected) in cases {
            assert_eq!(mended(address), expected);
        }
    }

    #[test]
    fn redirects_are_left_as_they_are() {
        assert!(redirects("http://feedproxy.google.com/~r/a/~3/b/?utm_source=1"));
        assert!(redirects("https://rss.feedsportal.com/c/1/2"));
        assert!(!redirects("https://notfeedsportal.com/c/1/2"));
        assert!(!redirects("http://a.cn/?u=http://feedproxy.google.com/"));
    }

    #[test]
    fn an_address_may_name_its_day() {
        let day = |link: &str| date_in(link, Tz::UTC).map(|at| at.rfc3339()[..10].to_owned());
        assert_eq!(day("http://a.cn/2021/09/01/x.html").as_deref(), Some("2021-09-01"));
        assert_eq!(day("http://a.cn/html/2021-09/01/c_1.htm").as_deref(), Some("2021-09-01"));
        assert_eq!(
            day("http://a.gov.cn/zw/202109/t20210901_123.html").as_deref(),
            Some("2021-09-01")
        );
        let began = date_in("http://a.cn/2021/09/01/x.html", Tz::Asia__Shanghai);
        assert_eq!(began.map(Timestamp::rfc3339).as_deref(), Some("2021-08-31T16:00:00Z"));
        assert_eq!(day("http://20210901.cn/x"), None);
        assert_eq!(day("http://a.cn/202113015/2021/99/01"), None);
    }
}
