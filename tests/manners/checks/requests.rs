//! Checks 15 to 21: what requests say, and for what.

use super::{Record, Verdict, seen};
use crate::origin::Exchange;
use crate::scenes::SCENES;

/// All requests for feeds, of which there must be some.
fn feeds(record: &Record) -> Result<Vec<&Exchange>, String> {
    let feeds: Vec<_> =
        record.exchanges.iter().filter(|exchange| exchange.scene.is_some()).collect();
    seen(feeds.len(), 50, "requests for feeds")?;
    Ok(feeds)
}

fn none_has(record: &Record, header: &str) -> Verdict {
    let feeds = feeds(record)?;
    match feeds.iter().find_map(|request| request.header(header)) {
        None => Ok(format!("none in {} requests", feeds.len())),
        Some(value) => Err(format!("{header}: {value}")),
    }
}

/// All have a header that will do; shows one.
fn all_have(record: &Record, header: &str, will_do: fn(&str) -> bool) -> Verdict {
    let feeds = feeds(record)?;
    let value = |request: &Exchange| request.header(header).unwrap_or_default().to_owned();
    match feeds.iter().find(|request| !will_do(&value(request))) {
        None => Ok(value(feeds[0])),
        Some(request) => Err(format!("{:?}", value(request))),
    }
}

pub fn no_cookie(record: &Record) -> Verdict {
    none_has(record, "Cookie")
}

pub fn no_referer(record: &Record) -> Verdict {
    none_has(record, "Referer")
}

pub fn address_untouched(record: &Record) -> Verdict {
    for request in feeds(record)? {
        let scene = SCENES.iter().find(|scene| Some(scene.name) == request.scene);
        if scene.is_none_or(|scene| scene.target != request.target) {
            return Err(format!("asked for {}", request.target));
        }
    }
    let steady = record.scene("steady");
    seen(steady.len(), 2, "requests for an address with a query")?;
    Ok(steady[0].target.clone())
}

/// A name, a version, and an address of a page or of mail.
pub fn user_agent(record: &Record) -> Verdict {
    all_have(record, "User-Agent", |agent| {
        let (name, rest) = agent.split_once('/').unwrap_or_default();
        let versioned = rest.starts_with(|first: char| first.is_ascii_digit());
        let contact = ["http://", "https://", "@"].iter().any(|part| rest.contains(part));
        !name.is_empty() && versioned && contact
    })
}

pub fn gzip(record: &Record) -> Verdict {
    all_have(record, "Accept-Encoding", |codings| {
        codings.split(',').any(|coding| coding.trim().split(';').next() == Some("gzip"))
    })
}

pub fn no_articles(record: &Record) -> Verdict {
    let documents = feeds(record)?.iter().filter(|request| request.status == 200).count();
    seen(documents, 10, "documents read")?;
    match record.exchanges.iter().find(|exchange| exchange.scene.is_none()) {
        None => Ok(format!("{documents} documents, nothing else asked for")),
        Some(other) => Err(format!("asked for {}", other.target)),
    }
}

pub fn plain_http(record: &Record) -> Verdict {
    let is_http =
        |exchange: &&Exchange| exchange.method == "GET" && exchange.target.starts_with('/');
    if let Some(other) = record.exchanges.iter().find(|exchange| !is_http(exchange)) {
        return Err(format!("{:?} on a port of plain http", other.method));
    }
    let asked = record.scene("steady");
    let read = asked.iter().filter(|request| request.status == 200 && is_http(request)).count();
    seen(read, 2, "documents read over http")?;
    Ok(format!("{read} documents read"))
}
