//! The admin's pages and feed.

use super::*;
use crate::model::{Alert, AlertKind, Outcome, PastPoll, PollFacts, PollReason};
use crate::publish::alerts::{AlertEntry, AlertsFeed};
use crate::publish::history::HistoryPage;
use std::time::Duration;

pub fn status(sample: &Sample) -> Vec<u8> {
    let problems = ["feeds.toml:3:1: site.titel: unknown key; write title".to_owned()];
    let row = |index: usize, state, error| status::SourceRow {
        id: &sample.sources[index].id,
        title: &sample.sources[index].title,
        url: &sample.sources[index].url,
        moved_to: None,
        state,
        last_poll_at: Some(Timestamp(sample::NOON)),
        next_poll_at: Some(Timestamp(sample::NOON + 3600)),
        next_reason: "max-age=3600".into(),
        last_error: error,
        defects: &[],
        push: None,
        entries: 12,
    };
    status_page(&status::StatusPage {
        site: &sample.site,
        zone: chrono_tz::Tz::Asia__Shanghai,
        sources: vec![
            row(0, status::SourceCondition::Fine, ""),
            row(1, status::SourceCondition::Failing(3), "no answer within 20s"),
        ],
        alerts: vec![status::AlertRow {
            source: &sample.sources[1].id,
            heading: "King County Courier: <vanished>".to_owned(),
            since: Timestamp(sample::NOON - 86_400),
            cause: "no answer within 20s",
            remedy: "look for its new address",
        }],
        hosts: vec![status::HostRow {
            host: "king-courier.example.cn".to_owned(),
            due: 2,
            later: 7,
            running: 1,
            free_in: Duration::from_millis(1_500),
            behind: Duration::from_secs(95),
        }],
        totals: vec![("条目", "24".to_owned())],
        config_loaded_at: Timestamp(sample::NOON),
        config_problems: &problems,
    })
}

fn history(sample: &Sample) -> Vec<u8> {
    let poll = |sequence, reason, status, outcome| PastPoll {
        sequence,
        polled_at: Timestamp(sample::NOON + 60 * sequence as i64),
        facts: PollFacts { reason, wire_bytes: 8_149, body_bytes: 30_500, elapsed_ms: 412 },
        status,
        outcome,
        entries_new: 3,
        entries_changed: 1,
        next_poll_at: Some(Timestamp(sample::NOON + 3_600)),
        next_reason: "auto: 3 new of 20, every 1h".to_owned(),
    };
    let failed = Outcome::Failed { kind: "timeout".to_owned(), error: "no answer <20s".to_owned() };
    let polls = [
        poll(3, PollReason::Requested, None, failed),
        poll(2, PollReason::Scheduled, Some(304), Outcome::NotModified),
        poll(1, PollReason::Scheduled, Some(200), Outcome::Fetched { items: 20, defects: 0 }),
    ];
    history_page(&HistoryPage {
        site: &sample.site,
        zone: chrono_tz::Tz::Asia__Shanghai,
        source: status::SourceRow {
            id: &sample.sources[0].id,
            title: &sample.sources[0].title,
            url: &sample.sources[0].url,
            moved_to: None,
            state: status::SourceCondition::Failing(1),
            last_poll_at: Some(Timestamp(sample::NOON)),
            next_poll_at: Some(Timestamp(sample::NOON + 3600)),
            next_reason: "failed once: timeout".into(),
            last_error: "no answer <20s",
            defects: &[],
            push: None,
            entries: 12,
        },
        alerts: Vec::new(),
        polls: &polls,
        broken: Some("the checksum does not match"),
    })
}

fn alerts(sample: &Sample) -> Vec<u8> {
    let alert = |kind, cleared_at| Alert {
        kind,
        since: Timestamp(sample::NOON - 86_400),
        raised_at: Timestamp(sample::NOON),
        cleared_at,
        cause: "not a feed: the document is <a web page>".to_owned(),
        fault: "not_a_feed".to_owned(),
        status: Some(200),
    };
    let raised = alert(AlertKind::NoFeed, None);
    let cleared = alert(AlertKind::Silent, Some(Timestamp(sample::NOON + 600)));
    let entry = |alert, heading: &str| AlertEntry {
        source: &sample.sources[0].id,
        named: &sample.sources[0].id,
        url: sample.sources[0].url.clone(),
        alert,
        heading: heading.to_owned(),
        remedy: "look & see",
        last_success_at: Some(Timestamp(sample::NOON - 90_000)),
    };
    alerts_feed(&AlertsFeed {
        store: Vec::new(),
        site: &sample.site,
        alerts: vec![entry(&cleared, "over: <silent>"), entry(&raised, "no feed")],
        since: Timestamp(sample::NOON),
    })
}

#[test]
fn documents_of_the_admin_are_what_they_were() {
    let sample = Sample::new();
    golden("status.html", &status(&sample));
    golden("history.html", &history(&sample));
    golden("alerts.atom", &alerts(&sample));
}
