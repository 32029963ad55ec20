//! The admin's page of one source: its last polls, and why each next one is when it is.

use super::address;
use super::page::{Shell, finish, shell, shown};
use super::status::{AlertLine, AlertRow, SourceRow, alert_lines};
use super::words::Words;
use crate::model::{Outcome, PastPoll, PollReason, Site, Timestamp};
use crate::text::amounts;
use askama::Template;
use chrono_tz::Tz;
use std::borrow::Cow;
use std::time::Duration;

#[derive(Debug, Clone)]
pub struct HistoryPage<'a> {
    pub site: &'a Site,
    /// In which times are shown.
    pub zone: Tz,
    pub source: SourceRow<'a>,
    /// Those of the source that are raised.
    pub alerts: Vec<AlertRow<'a>>,
    /// Newest first.
    pub polls: &'a [PastPoll],
    /// Why the history ends before its time.
    pub broken: Option<&'a str>,
}

#[derive(Template)]
#[template(path = "history.html")]
struct HistoryTemplate<'a> {
    shell: Shell<'a>,
    source: &'a SourceRow<'a>,
    href: String,
    state: Cow<'static, str>,
    next: String,
    alerts: Vec<AlertLine<'a>>,
    rows: Vec<Row<'a>>,
    broken: Option<&'a str>,
}

struct Row<'a> {
    class: &'static str,
    at: String,
    requested: bool,
    answer: String,
    error: &'a str,
    received: String,
    document: String,
    items: String,
    new: u32,
    changed: u32,
    took: String,
    next: String,
    next_reason: &'a str,
}

/// Served by the admin's listener, as the status page is.
pub fn history_page(page: &HistoryPage<'_>) -> Vec<u8> {
    let words = Words::of(&page.site.language);
    let source = &page.source;
    finish(&HistoryTemplate {
        shell: Shell {
            title: Cow::Owned(format!("{}{}{}", source.title, words.joint(), words.status())),
            style: address::STYLE_PATH.to_owned(),
            zone: Some(page.zone.name()),
            ..shell(page.site)
        },
        href: address::url(page.site, &address::source_path(source.id)),
        state: source.state.shown(words),
        next: source
            .next_poll_at
            .map_or_else(|| words.never().to_owned(), |at| shown(at, page.zone)),
        alerts: alert_lines(&page.alerts, page.zone),
        rows: page.polls.iter().map(|poll| row(poll, page.zone)).collect(),
        broken: page.broken,
        source,
    })
}

fn row(poll: &PastPoll, zone: Tz) -> Row<'_> {
    let (class, error, items) = match &poll.outcome {
        Outcome::Fetched { items, .. } | Outcome::Pushed { items, .. } => {
            ("fine", "", items.to_string())
        }
        Outcome::NotModified | Outcome::Subscription => ("fine", "", String::new()),
        Outcome::Gone => ("gone", "", String::new()),
        Outcome::Failed { error, .. } => ("failing", error.as_str(), String::new()),
    };
    let facts = &poll.facts;
    Row {
        class,
        at: shown(poll.polled_at, zone),
        requested: facts.reason == PollReason::Requested,
        answer: poll.answer(),
        error,
        received: amounts::bytes(facts.wire_bytes),
        document: amounts::bytes(facts.body_bytes),
        items,
        new: poll.entries_new,
        changed: poll.entries_changed,
        took: amounts::wait(Duration::from_millis(facts.elapsed_ms.into())),
        next: poll
            .next_poll_at
            .and_then(Timestamp::planned)
            .map_or_else(String::new, |at| shown(at, zone)),
        next_reason: &poll.next_reason,
    }
}
