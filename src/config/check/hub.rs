//! `[hub]`: pushing to those who subscribe to our feeds.

use super::super::HubSettings;
use super::super::problem::{Problems, quote};
use super::super::raw::RawHub;
use super::super::read::Raw;
use super::super::units::format_duration;
use super::values::{DAY, HOUR, SECOND, duration, number};
use crate::push::signature::Method;
use std::time::Duration;

/// Half a kilobyte of memory each, and up to 2.5 KB of it where addresses are long.
const MOST_SUBSCRIPTIONS: i64 = 1_000_000;

/// Each is a connection.
const MOST_STREAMS: i64 = 100_000;

pub(super) fn hub(raw: &RawHub, problems: &mut Problems<'_>) -> HubSettings {
    let month = Duration::from_secs(30 * DAY.as_secs());
    let leases = HOUR..=month;
    let lease = duration(&raw.lease, "hub.lease", leases.clone(), problems);
    let longest = duration(&raw.longest_lease, "hub.longest_lease", leases, problems);
    let longest = longest.unwrap_or(month);
    if let (Some(lease), Some(given)) = (lease.filter(|lease| *lease > longest), raw.lease.given())
    {
        let wrong = format!("{} is more than longest_lease", quote(&format_duration(lease)));
        let advice = format!("write {} or less", format_duration(longest));
        problems.add(given.at, "hub.lease", wrong, advice);
    }
    let mut count = |raw: &Raw<i64>, key: &str, most: i64, usual: usize| {
        let given = number(raw, key, 1..=most, problems);
        given.and_then(|given| usize::try_from(given).ok()).unwrap_or(usual)
    };
    let subscriptions = count(&raw.subscriptions, "hub.subscriptions", MOST_SUBSCRIPTIONS, 10_000);
    let share = subscriptions.min(1_000);
    let per_host = count(&raw.per_host, "hub.per_host", MOST_SUBSCRIPTIONS, share);
    let per_client = count(&raw.per_client, "hub.per_client", MOST_SUBSCRIPTIONS, share);
    let requests = count(&raw.requests, "hub.requests", 60_000, 120);
    let concurrency = count(&raw.concurrency, "hub.concurrency", 4_096, 256);
    let streams_per_client =
        count(&raw.streams_per_client, "hub.streams_per_client", MOST_STREAMS, 50);
    let streams = number(&raw.streams, "hub.streams", 0..=MOST_STREAMS, problems);
    let streams = streams.and_then(|streams| usize::try_from(streams).ok()).unwrap_or(1_000);
    for (raw, key) in [(&raw.per_host, "hub.per_host"), (&raw.per_client, "hub.per_client")] {
        part_of(subscriptions, raw, key, problems);
    }
    let timeout = duration(&raw.timeout, "hub.timeout", SECOND..=SECOND * 60, problems);
    HubSettings {
        enabled: raw.enabled.given().is_none_or(|given| given.value),
        lease: lease.unwrap_or((DAY * 10).min(longest)),
        longest_lease: longest,
        subscriptions,
        per_host,
        per_client,
        requests: u32::try_from(requests).unwrap_or(u32::MAX),
        timeout: timeout.unwrap_or(SECOND * 10),
        concurrency,
        signature: signature(&raw.signature, problems),
        streams,
        streams_per_client,
    }
}

/// A part that is more than the whole would never be reached.
fn part_of(subscriptions: usize, raw: &Raw<i64>, key: &str, problems: &mut Problems<'_>) {
    let Some(given) = raw.given().filter(|given| given.value <= MOST_SUBSCRIPTIONS) else { return };
    if usize::try_from(given.value).is_ok_and(|part| part > subscriptions) {
        let wrong = format!("{} is more than subscriptions, which is {subscriptions}", given.value);
        let advice = format!("write {subscriptions} or less, or raise hub.subscriptions");
        problems.add(given.at, key, wrong, advice);
    }
}

fn signature(raw: &Raw<String>, problems: &mut Problems<'_>) -> Method {
    let Some(given) = raw.given() else { return Method::Sha256 };
    let known = Method::ALL.into_iter().find(|method| method.label() == given.value);
    known.unwrap_or_else(|| {
        let wrong = format!("{} is no method of WebSub", quote(&given.value));
        let advice = "write \"sha256\", \"sha384\", \"sha512\", or \"sha1\"";
        problems.add(given.at, "hub.signature", wrong, advice);
        Method::Sha256
    })
}
