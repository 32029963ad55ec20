//! Checks of `[site]`, `[store]`, `[stories]`, `[search]`, `[poll]` and `[[host]]`.

use super::super::files::Files;
use super::super::problem::{Problems, quote, said};
use super::super::raw::{RawHost, RawPoll, RawSearch, RawSite, RawStore, RawStories};
use super::super::read::Raw;
use super::super::units::format_duration;
use super::super::{HostRule, Listen, PollSettings, SearchSettings, StoreSettings, StorySettings};
use super::credentials::{Credential, headers};
use super::proxy::proxy;
use super::schedule::{schedule, warn_if_fast};
use super::values::{
    DAY, HOUR, MIB, SECOND, base_address, duration, language, networks, number, optional_line,
    required, size, web_address,
};
use crate::fetch::read_roots;
use crate::model::access::Header;
use crate::model::{Retain, Schedule, Site};
use crate::search::SMALLEST_MEMORY;
use crate::story;
use ipnet::IpNet;
use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;
use url::Url;

/// Entries among which stories are found, at most.
const MOST_STORY_ENTRIES: i64 = 10_000_000;

pub(super) fn site(raw: &RawSite, listen: &Listen, problems: &mut Problems<'_>) -> Site {
    let title = optional_line(&raw.title, "site.title", 100, problems);
    let base_url = base_address(&raw.base_url, "site.base_url", problems);
    if matches!(raw.base_url, Raw::Absent) && !listen.public.ip().is_loopback() {
        let wrong = "not set: published links and ids name this machine only";
        let advice = "write the address that readers use, such as \"https://news.example.org/\"";
        problems.warn(raw.place.at, "site.base_url", wrong, advice);
    }
    let contact = optional_line(&raw.contact, "site.contact", 200, problems)
        .filter(|text| contact_fits(text, &raw.contact, problems));
    if matches!(raw.contact, Raw::Absent) {
        let wrong = "not set: publishers whom we poll cannot tell whom to ask";
        let advice = "write an e-mail or web address of yours";
        problems.warn(raw.place.at, "site.contact", wrong, advice);
    }
    Site {
        title: title.unwrap_or_else(|| "countywire".to_owned()),
        base_url: base_url.unwrap_or_else(|| local_address(listen.public)),
        language: language(&raw.language, "site.language", problems)
            .unwrap_or_else(|| "zh-CN".to_owned()),
        contact,
        search: true,
    }
}

/// Where a browser on this machine finds the public listener.
fn local_address(public: SocketAddr) -> Url {
    let shown = match public.ip() {
        ip if ip.is_unspecified() => format!("http://127.0.0.1:{}/", public.port()),
        // No address of the web names a zone, such as that of `[fe80::1%2]:80`.
        ip => format!("http://{}/", SocketAddr::new(ip, public.port())),
    };
    Url::parse(&shown).expect("an IP address and port make an address")
}

/// The contact goes into a request header, so it is visible ASCII.
fn contact_fits(text: &str, raw: &Raw<String>, problems: &mut Problems<'_>) -> bool {
    let web = web_address(text).is_ok();
    let address = text.strip_prefix("mailto:").unwrap_or(text);
    let mail = address
        .split_once('@')
        .is_some_and(|(name, host)| !name.is_empty() && host.contains('.') && !host.contains('@'));
    let visible = text.bytes().all(|b| b.is_ascii_graphic() && !b"()<>\\".contains(&b));
    if visible && (web || mail) {
        return true;
    }
    if let Some(given) = raw.given() {
        let wrong = format!("{} is no e-mail or web address", quote(text));
        problems.add(given.at, "site.contact", wrong, "write one, such as \"news@example.org\"");
    }
    false
}

pub(super) fn store(
    raw: &RawStore,
    files: Files<'_>,
    problems: &mut Problems<'_>,
) -> StoreSettings {
    let path = raw.path.given().map_or("data/store", |given| {
        if given.value.trim().is_empty() || given.value.contains('\0') {
            problems.add(
                given.at,
                "store.path",
                "no path",
                "write a folder, such as \"data/store\"",
            );
        }
        given.value.as_str()
    });
    let cache = size(&raw.cache, "store.cache", MIB..=64 << 30, problems);
    let years = Duration::from_secs(100 * 366 * DAY.as_secs());
    let most = number(&raw.retain.entries, "store.retain.entries", 1_000..=1 << 40, problems);
    let retain = Retain {
        age: duration(&raw.retain.age, "store.retain.age", DAY..=years, problems),
        entries: most.map(i64::unsigned_abs),
        disk_bytes: size(&raw.retain.disk, "store.retain.disk", 100 * MIB..=1 << 50, problems),
        is_thorough: false,
    };
    StoreSettings { path: files.resolve(path), cache_bytes: cache.unwrap_or(64 * MIB), retain }
}

pub(super) fn stories(raw: &RawStories, problems: &mut Problems<'_>) -> StorySettings {
    let entries = number(&raw.entries, "stories.entries", 0..=MOST_STORY_ENTRIES, problems);
    StorySettings { entries: entries.map_or(story::CAPACITY, |entries| entries as usize) }
}

pub(super) fn search(raw: &RawSearch, problems: &mut Problems<'_>) -> SearchSettings {
    let memory = size(&raw.memory, "search.memory", SMALLEST_MEMORY..=1 << 30, problems);
    SearchSettings { memory_bytes: memory.unwrap_or(32 * MIB) }
}

pub(super) fn poll(raw: &RawPoll, files: Files<'_>, problems: &mut Problems<'_>) -> PollSettings {
    let month = Duration::from_secs(30 * DAY.as_secs());
    let shortest = duration(&raw.shortest, "poll.shortest", SECOND..=month, problems);
    let longest = duration(&raw.longest, "poll.longest", SECOND..=month, problems);
    if let (Some(wait), Some(given)) = (shortest.filter(|s| *s < HOUR), raw.shortest.given()) {
        warn_if_fast(given, "poll.shortest", wait, problems);
    }
    let (shortest, longest) = (shortest.unwrap_or(HOUR), longest.unwrap_or(DAY));
    if shortest > longest {
        let range = format!("{} to {}", format_duration(shortest), format_duration(longest));
        let wrong = format!("no range is left ({range})");
        if let Some(given) = raw.longest.given() {
            problems.add(given.at, "poll.longest", wrong, "write poll.shortest or more");
        } else if let Some(given) = raw.shortest.given() {
            problems.add(given.at, "poll.shortest", wrong, "write poll.longest or less");
        }
    }
    let allow_addresses = networks(&raw.allow_addresses, "poll.allow_addresses", problems);
    PollSettings {
        schedule: schedule(&raw.schedule, "poll.schedule", problems).unwrap_or(Schedule::Auto),
        shortest,
        longest,
        host_spacing: duration(
            &raw.host_spacing,
            "poll.host_spacing",
            Duration::ZERO..=HOUR,
            problems,
        )
        .unwrap_or(Duration::from_secs(2)),
        timeout: duration(
            &raw.timeout,
            "poll.timeout",
            SECOND..=Duration::from_secs(600),
            problems,
        )
        .unwrap_or(Duration::from_secs(30)),
        max_body_bytes: size(&raw.max_body, "poll.max_body", 1 << 10..=256 * MIB, problems)
            .unwrap_or(8 * MIB),
        max_text_bytes: size(&raw.max_text, "poll.max_text", 1 << 10..=1 << 30, problems)
            .unwrap_or(32 * MIB),
        max_items: number(&raw.max_items, "poll.max_items", 1..=100_000, problems)
            .and_then(|n| usize::try_from(n).ok())
            .unwrap_or(5_000),
        max_depth: number(&raw.max_depth, "poll.max_depth", 16..=128, problems)
            .and_then(|n| usize::try_from(n).ok())
            .unwrap_or(64),
        max_attributes: number(&raw.max_attributes, "poll.max_attributes", 16..=1_024, problems)
            .and_then(|n| usize::try_from(n).ok())
            .unwrap_or(64),
        max_namespaces: number(&raw.max_namespaces, "poll.max_namespaces", 16..=112, problems)
            .and_then(|n| usize::try_from(n).ok())
            .unwrap_or(64),
        concurrency: number(&raw.concurrency, "poll.concurrency", 1..=1_024, problems)
            .and_then(|n| usize::try_from(n).ok())
            .unwrap_or(32),
        first_poll_entries: number(
            &raw.first_poll_entries,
            "poll.first_poll_entries",
            0..=1_000,
            problems,
        )
        .and_then(|n| u32::try_from(n).ok())
        .unwrap_or(10),
        extra_roots: ca_file(&raw.ca_file, files, problems),
        proxy: proxy(&raw.proxy, &raw.proxy_credentials, "poll", files, problems).flatten(),
        rsshub: rsshub(&raw.rsshub, &allow_addresses, problems),
        allow_addresses,
        push: false,
    }
}

fn ca_file(raw: &Raw<String>, files: Files<'_>, problems: &mut Problems<'_>) -> Vec<Vec<u8>> {
    let Some(given) = raw.given() else { return Vec::new() };
    let path = files.resolve(&given.value);
    let roots = files.text(&path).and_then(|pem| read_roots(&pem));
    roots.unwrap_or_else(|wrong| {
        let wrong = format!("{}: {}", quote(&path.display().to_string()), said(&wrong));
        let advice = "write the path of a PEM file with certificates of authorities";
        problems.add(given.at, "poll.ca_file", wrong, advice);
        Vec::new()
    })
}

/// One on this machine is refused by the fetcher until its address is allowed.
fn rsshub(raw: &Raw<String>, allowed: &[IpNet], problems: &mut Problems<'_>) -> Option<Url> {
    let url = base_address(raw, "poll.rsshub", problems)?;
    let address = match url.host()? {
        url::Host::Ipv4(address) => Some(IpAddr::from(address)),
        url::Host::Ipv6(address) => Some(IpAddr::from(address)),
        url::Host::Domain("localhost") => Some(IpAddr::from([127, 0, 0, 1])),
        url::Host::Domain(_) => None,
    };
    let private = address.filter(|address| match address {
        IpAddr::V4(v4) => v4.is_loopback() || v4.is_private() || v4.is_link_local(),
        IpAddr::V6(v6) => v6.is_loopback() || v6.is_unique_local() || v6.is_unicast_link_local(),
    });
    if let (Some(address), Some(given)) = (private, raw.given())
        && !allowed.iter().any(|range| range.contains(&address))
    {
        let wrong = format!("{address} is private, so the fetcher will refuse it");
        let advice = format!("write allow_addresses = [\"{address}\"] too");
        problems.warn(given.at, "poll.rsshub", wrong, advice);
    }
    Some(url)
}

/// Headers for the sources of hosts, by the patterns of their rules.
pub(super) type HostHeaders = HashMap<String, Credential<Vec<Header>>>;

pub(super) fn hosts(
    raw: &[RawHost],
    files: Files<'_>,
    problems: &mut Problems<'_>,
) -> (Vec<HostRule>, HostHeaders) {
    let mut rules = Vec::new();
    let mut host_headers = HostHeaders::new();
    let mut taken: HashMap<String, usize> = HashMap::new();
    for host in raw {
        let key = |name: &str| format!("{}.{name}", host.place.value);
        let spacing = duration(&host.spacing, &key("spacing"), Duration::ZERO..=HOUR, problems);
        let concurrency = number(&host.concurrency, &key("concurrency"), 1..=64, problems)
            .and_then(|n| usize::try_from(n).ok());
        let proxy = proxy(&host.proxy, &host.proxy_credentials, &host.place.value, files, problems);
        let headers = headers(&host.credentials, &key("credentials"), files, problems);
        let example = "\"*.example.cn\"";
        let Some(given) = required(&host.pattern, &host.place, "match", example, problems) else {
            continue;
        };
        let Some(pattern) = host_pattern(&given.value) else {
            let wrong = format!("{} is no host name", quote(&given.value));
            let advice = "write a name alone, such as \"www.example.cn\" or \"*.example.cn\"";
            problems.add(given.at, &key("match"), wrong, advice);
            continue;
        };
        let line = problems.line(given.at);
        if let Some(first) = taken.insert(pattern.clone(), line) {
            let wrong = format!("{} has a rule in line {first} already", quote(&given.value));
            problems.add(given.at, &key("match"), wrong, "keep one");
        }
        let group = optional_line(&host.group, &key("group"), 100, problems);
        let changes = [&host.spacing, &host.proxy, &host.credentials, &host.group];
        if changes.iter().all(|raw| matches!(raw, Raw::Absent)) && concurrency.is_none() {
            let wrong = "changes nothing";
            let advice = "write spacing, concurrency, group, proxy or credentials";
            problems.warn(host.place.at, &host.place.value, wrong, advice);
        }
        host_headers.insert(pattern.clone(), headers);
        let rule = HostRule { pattern, spacing, concurrency, proxy, group };
        if let (Some(first), Some(given)) = (unlike(&rule, &rules), host.group.given()) {
            let wrong = format!("{} has other manners at {}", quote(&given.value), first.pattern);
            let advice = "give all of a group the same spacing and concurrency";
            problems.add(given.at, &key("group"), wrong, advice);
        }
        rules.push(rule);
    }
    (rules, host_headers)
}

/// A rule of the same group that sets other manners.
fn unlike<'r>(rule: &HostRule, others: &'r [HostRule]) -> Option<&'r HostRule> {
    let manners = |rule: &HostRule| (rule.spacing, rule.concurrency);
    let group = rule.group.as_ref()?;
    let mut group = others.iter().filter(|other| other.group.as_ref() == Some(group));
    group.find(|other| manners(other) != manners(rule))
}

/// `host` or `*.suffix` as addresses spell it (lower case, ASCII).
fn host_pattern(text: &str) -> Option<String> {
    let (prefix, name) = match text.strip_prefix("*.") {
        Some(name) => ("*.", name),
        None => ("", text),
    };
    let plain = !name.is_empty() && !name.contains(|c: char| "/:@?#*%".contains(c))
        || name.parse::<std::net::Ipv6Addr>().is_ok();
    if !plain {
        return None;
    }
    let host = match name.parse::<std::net::Ipv6Addr>() {
        Ok(address) => format!("[{address}]"),
        Err(_) => url::Host::parse(name).ok()?.to_string(),
    };
    Some(format!("{prefix}{host}"))
}
