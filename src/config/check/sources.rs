//! Checks of `[[source]]`.

use super::super::files::Files;
use super::super::problem::{Problems, name as shown, quote};
use super::super::raw::RawSource;
use super::super::read::{At, Raw};
use super::super::suggest::nearest;
use super::super::{HostRule, most_exact};
use super::credentials::{self, Credential};
use super::schedule::schedule;
use super::settings::HostHeaders;
use super::values::{
    address_fault, language, line, optional_line, required, slug, web_address, zone,
};
use super::{former, region_words, regions, topics};
use crate::model::access::{Header, Secret};
use crate::model::{Schedule, Source, SourceId, Topic};
use chrono_tz::Tz;
use std::collections::HashMap;
use url::Url;

/// Extra request headers of a source at most.
const MAX_HEADERS: usize = 20;
/// Headers that the fetcher sets itself.
pub(super) const OUR_HEADERS: [&str; 14] = [
    "accept-encoding",
    "connection",
    "content-length",
    "cookie",
    "expect",
    "host",
    "if-modified-since",
    "if-none-match",
    "proxy-authorization",
    "range",
    "referer",
    "te",
    "transfer-encoding",
    "upgrade",
];

/// What a source is checked against.
pub(super) struct Known<'a> {
    pub regions: &'a regions::Regions,
    pub topics: &'a [Topic],
    /// `[poll] schedule`.
    pub schedule: &'a Schedule,
    /// `[poll] rsshub`, when it is set and right.
    pub rsshub: Option<&'a Url>,
    pub hosts: &'a [HostRule],
    pub host_headers: &'a HostHeaders,
    pub files: Files<'a>,
    /// `[poll] push`, as written or by default.
    pub push: bool,
}

/// Ids and addresses met so far, with the places of their first use.
#[derive(Default)]
struct Taken {
    ids: HashMap<String, String>,
    addresses: HashMap<String, String>,
}

pub(super) fn sources(
    raw: &[RawSource],
    known: &Known<'_>,
    problems: &mut Problems<'_>,
) -> Vec<Source> {
    let mut taken = Taken::default();
    former::check(raw, problems);
    raw.iter().filter_map(|raw| source(raw, known, &mut taken, problems)).collect()
}

fn source(
    raw: &RawSource,
    known: &Known<'_>,
    taken: &mut Taken,
    problems: &mut Problems<'_>,
) -> Option<Source> {
    let key = |name: &str| format!("{}.{name}", raw.place.value);
    let id = required(&raw.id, &raw.place, "id", "\"xingping-news\"", problems)
        .filter(|id| slug(id, &key("id"), problems));
    if let Some(id) = id
        && let Some(first) = taken.ids.insert(id.value.clone(), place(raw, id, problems))
    {
        let wrong = format!("{} is the id of {first} too", quote(&id.value));
        problems.add(id.at, &key("id"), wrong, "write another id");
    }
    let title = required(&raw.title, &raw.place, "title", "\"兴平新闻\"", problems)
        .and_then(|title| line(title, &key("title"), 200, problems));
    let url = required(&raw.url, &raw.place, "url", "\"https://…\"", problems)
        .and_then(|url| address(raw, url, known, taken, problems));
    if let Some(kind) = raw.kind.given().filter(|kind| kind.value != "feed") {
        let wrong = format!("{} is no kind of source", quote(&kind.value));
        let advice = match nearest(&kind.value, ["feed"]) {
            Some(_) => "did you mean \"feed\"?",
            None => "write \"feed\" (RSS, Atom or JSON Feed), or leave it out",
        };
        problems.add(kind.at, &key("kind"), wrong, advice);
    }
    let region = raw
        .region
        .given()
        .and_then(|path| regions::region(known.regions, path, &key("region"), problems));
    let url = url.flatten();
    let (headers, lacks) = access(raw, url.as_ref(), known, problems);
    let source = Source {
        id: SourceId::new(id.map_or("", |id| &id.value)),
        title: title.unwrap_or_default(),
        url,
        configured_url: raw.url.given().map(|url| url.value.clone()).unwrap_or_default(),
        enabled: raw.enabled.given().is_none_or(|enabled| enabled.value),
        region: region.map(|region| region.code.clone()),
        region_fallback: set(&raw.region_fallback).unwrap_or(true),
        region_fixed: set(&raw.region_fixed).unwrap_or(false),
        region_words: region_words::all(&raw.region_words, known.regions, problems),
        topics: topics::named(&raw.topics, &key("topics"), known.topics, problems),
        outlet: optional_line(&raw.outlet, &key("outlet"), 200, problems),
        language: language(&raw.language, &key("language"), problems),
        zone: zone(&raw.zone, &key("zone"), problems)
            .or(region.map(|region| region.zone))
            .unwrap_or(Tz::UTC),
        schedule: schedule(&raw.schedule, &key("schedule"), problems)
            .unwrap_or_else(|| known.schedule.clone()),
        headers,
        lacks,
        push: raw.push.given().is_none_or(|push| push.value),
        formerly: former::ids(raw),
    };
    if let Some(push) = raw.push.given().filter(|push| push.value && !known.push) {
        let advice = "leave it out, or write push = true in [poll] and a public site.base_url";
        problems.warn(push.at, &key("push"), "changes nothing: poll.push is off", advice);
    }
    needs_region(raw, problems);
    id.is_some().then_some(source)
}

fn set(key: &Raw<bool>) -> Option<bool> {
    key.given().map(|given| given.value)
}

/// What these say, they say of the source's region.
fn needs_region(raw: &RawSource, problems: &mut Problems<'_>) {
    if raw.region != Raw::Absent {
        return;
    }
    for (name, value) in
        [("region_fallback", &raw.region_fallback), ("region_fixed", &raw.region_fixed)]
    {
        if let Some(given) = value.given().filter(|given| given.value) {
            let key = format!("{}.{name}", raw.place.value);
            problems.add(given.at, &key, "the source has no region", "write its region, too");
        }
    }
    if set(&raw.region_fixed) == Some(true)
        && let Some(given) = raw.region_fallback.given()
    {
        let key = format!("{}.region_fallback", raw.place.value);
        problems.warn(given.at, &key, "changes nothing: region_fixed is true", "keep one");
    }
}

/// How another message names this source: `source[3] (line 40)`.
pub(super) fn place(raw: &RawSource, at: &At<String>, problems: &Problems<'_>) -> String {
    format!("{} (line {})", raw.place.value, problems.line(at.at))
}

/// The address to poll: `Some(None)` for an RSSHub route while no RSSHub is set.
fn address(
    raw: &RawSource,
    given: &At<String>,
    known: &Known<'_>,
    taken: &mut Taken,
    problems: &mut Problems<'_>,
) -> Option<Option<Url>> {
    let key = format!("{}.url", raw.place.value);
    let url = match read_address(&given.value, known.rsshub) {
        Ok(url) => url,
        Err(fault) => {
            address_fault(given, &key, fault, problems);
            return None;
        }
    };
    if url.as_ref().is_some_and(|url| url.host_str() == Some("rsshub.app"))
        && !given.value.starts_with("rsshub:")
    {
        let wrong = "polls the public RSSHub, which asks not to be used so";
        let advice = "write rsshub://… and your own instance in [poll] rsshub";
        problems.warn(given.at, &key, wrong, advice);
    }
    let same = url.as_ref().map_or_else(|| given.value.clone(), Url::to_string);
    if let Some(first) = taken.addresses.insert(same, place(raw, given, problems)) {
        problems.add(given.at, &key, format!("the address of {first} too"), "keep one of the two");
    }
    Some(url)
}

/// What is polled; `None`: a route of an RSSHub, of which there is none.
///
/// # Errors
/// What is wrong, and what to write instead.
pub fn read_address(text: &str, rsshub: Option<&Url>) -> Result<Option<Url>, (String, String)> {
    match rsshub_route(text) {
        Some(route) => route.and_then(|route| match rsshub {
            Some(base) => web_address(&format!("{base}{route}")).map(Some),
            None => Ok(None),
        }),
        None => web_address(text).map(Some),
    }
}

/// `rsshub://people/sn` → `people/sn`; `None` for other schemes.
fn rsshub_route(text: &str) -> Option<Result<&str, (String, String)>> {
    let rest = text.get(..7).filter(|scheme| scheme.eq_ignore_ascii_case("rsshub:"));
    let rest = &text[rest?.len()..];
    let advice = "write the route alone, such as \"rsshub://people/sn\"".to_owned();
    let fail = |wrong: &str| Some(Err((wrong.to_owned(), advice.clone())));
    let Some(route) = rest.strip_prefix("//") else { return fail("no `//` after the scheme") };
    if route.is_empty() || route.starts_with(['/', '?']) {
        return fail("no route");
    }
    if route.contains(['#', '@', '\\']) || route.split(['/', '?']).any(|p| p == "." || p == "..") {
        return fail("no RSSHub route");
    }
    // The same rules as for any address, whatever instance comes before it.
    Some(web_address(&format!("https://rsshub.invalid/{route}")).map(|_| route))
}

/// The headers of a source: its own, and those of its credentials or of its host's; and the
/// credential that is not there.
fn access(
    raw: &RawSource,
    url: Option<&Url>,
    known: &Known<'_>,
    problems: &mut Problems<'_>,
) -> (Vec<Header>, Option<String>) {
    let mut list = headers(raw, problems);
    let key = format!("{}.credentials", raw.place.value);
    let own = credentials::headers(&raw.credentials, &key, known.files, problems);
    let host = url.and_then(Url::host_str);
    let rule = host.and_then(|host| most_exact(known.hosts, host));
    let of_host = rule.and_then(|rule| known.host_headers.get(&rule.pattern));
    let named = !matches!(raw.credentials, Raw::Absent);
    let credential = if named { Some(&own) } else { of_host };
    let at = raw.credentials.given().map_or(raw.place.at, |given| given.at);
    let given = match credential {
        Some(Credential::Read(given)) => given,
        Some(Credential::Elsewhere(name)) => return (list, Some(name.clone())),
        Some(Credential::None) | None => return (list, None),
    };
    if let Some((name, _)) =
        given.iter().find(|(name, _)| list.iter().any(|(own, _)| own.eq_ignore_ascii_case(name)))
    {
        let wrong = format!("{name} is among the headers, too");
        problems.add(at, &key, wrong, "write it in one place");
    }
    list.extend(given.iter().cloned());
    if url.is_some_and(|url| url.scheme() == "http" && !is_loopback(url)) {
        let wrong = "they go over http, for everybody on the way to read";
        problems.warn(at, &key, wrong, "write the url with https:// if it is served so");
    }
    (list, None)
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

fn headers(raw: &RawSource, problems: &mut Problems<'_>) -> Vec<Header> {
    let mut list: Vec<Header> = Vec::new();
    if let Some((name, _)) = raw.headers.get(MAX_HEADERS) {
        let key = format!("{}.headers", raw.place.value);
        problems.add(name.at, &key, "too many", format!("write {MAX_HEADERS} at most"));
    }
    for (name, value) in &raw.headers {
        let key = format!("{}.headers.{}", raw.place.value, shown(&name.value));
        let lower = name.value.to_ascii_lowercase();
        let token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
        let visible = |b: u8| b == b' ' || b == b'\t' || b.is_ascii_graphic();
        if lower.is_empty() || !lower.bytes().all(token) {
            problems.add(name.at, &key, "no header name", "write one, such as Accept-Language");
        } else if OUR_HEADERS.contains(&lower.as_str()) {
            problems.add(name.at, &key, "is set by the fetcher itself", "leave it out");
        } else if list.iter().any(|(other, _)| other.eq_ignore_ascii_case(&lower)) {
            problems.add(name.at, &key, "is given twice", "keep one");
        } else if value.value.len() > 4_096 || !value.value.bytes().all(visible) {
            let wrong = "longer than 4096 bytes, or not plain ASCII";
            problems.add(value.at, &key, wrong, "write visible ASCII");
        } else {
            list.push((name.value.clone(), Secret::new(&value.value)));
        }
    }
    list
}
