//! The admin's status page: what each source does and why.

use super::address;
use super::page::{Shell, finish, shell, shown};
use super::words::Words;
use crate::model::{DefectCount, Site, SourceId, Timestamp};
use crate::text::amounts;
use askama::Template;
use chrono_tz::Tz;
use std::borrow::Cow;
use std::time::Duration;

#[derive(Debug, Clone)]
pub struct StatusPage<'a> {
    pub site: &'a Site,
    /// In which times are shown.
    pub zone: Tz,
    /// What a person should look at, the latest first.
    pub alerts: Vec<AlertRow<'a>>,
    pub sources: Vec<SourceRow<'a>>,
    /// The hosts that have most to wait for.
    pub hosts: Vec<HostRow>,
    /// What else is worth a figure, such as entries stored or polls under way: each a
    /// label and a value.
    pub totals: Vec<(&'a str, String)>,
    /// When the configuration in use was loaded.
    pub config_loaded_at: Timestamp,
    /// What was wrong with the one that a reload refused; empty when it was taken.
    pub config_problems: &'a [String],
}

#[derive(Debug, Clone)]
pub struct SourceRow<'a> {
    pub id: &'a SourceId,
    pub title: &'a str,
    pub url: &'a str,
    /// Where it is polled instead.
    pub moved_to: Option<&'a str>,
    pub state: SourceCondition,
    pub last_poll_at: Option<Timestamp>,
    pub next_poll_at: Option<Timestamp>,
    pub next_reason: Cow<'a, str>,
    /// Empty: none.
    pub last_error: &'a str,
    /// What was wrong with its last document that was read all the same.
    pub defects: &'a [DefectCount],
    /// How it stands with its hub, in words.
    pub push: Option<String>,
    pub entries: u64,
}

#[derive(Debug, Clone)]
pub struct AlertRow<'a> {
    pub source: &'a SourceId,
    /// What is the matter, with the source's title.
    pub heading: String,
    pub since: Timestamp,
    pub cause: &'a str,
    pub remedy: &'a str,
}

/// How a host's queue stands.
#[derive(Debug, Clone)]
pub struct HostRow {
    pub host: String,
    pub due: usize,
    pub later: usize,
    pub running: usize,
    /// Until the next request may begin.
    pub free_in: Duration,
    /// How far the source that has been due for longest is behind.
    pub behind: Duration,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SourceCondition {
    Fine,
    /// Not polled yet.
    Waiting,
    /// So many times in a row.
    Failing(u32),
    /// 410.
    Gone,
    /// Its address needs a setting that is not there.
    Idle,
    /// `enabled = false`.
    Off,
}

impl SourceCondition {
    /// Every label.
    pub const LABELS: [&'static str; 6] = ["fine", "waiting", "failing", "gone", "idle", "off"];

    /// A word for class names and scripts.
    pub fn label(self) -> &'static str {
        match self {
            SourceCondition::Fine => "fine",
            SourceCondition::Waiting => "waiting",
            SourceCondition::Failing(_) => "failing",
            SourceCondition::Gone => "gone",
            SourceCondition::Idle => "idle",
            SourceCondition::Off => "off",
        }
    }

    pub(super) fn shown(self, words: Words) -> Cow<'static, str> {
        let (chinese, english) = match self {
            SourceCondition::Failing(times) => {
                return Cow::Owned(match words {
                    Words::Chinese => format!("连续失败 {times} 次"),
                    Words::English => format!("failing × {times}"),
                });
            }
            SourceCondition::Fine => ("正常", "fine"),
            SourceCondition::Waiting => ("待抓取", "waiting"),
            SourceCondition::Gone => ("已停", "gone"),
            SourceCondition::Idle => ("缺设置", "idle"),
            SourceCondition::Off => ("停用", "off"),
        };
        Cow::Borrowed(if words == Words::Chinese { chinese } else { english })
    }
}

#[derive(Template)]
#[template(path = "status.html")]
struct StatusTemplate<'a> {
    shell: Shell<'a>,
    totals: &'a [(&'a str, String)],
    alerts: Vec<AlertLine<'a>>,
    hosts: Vec<HostLine<'a>>,
    rows: Vec<Row<'a>>,
    loaded: String,
    problems: &'a [String],
}

pub(super) struct AlertLine<'a> {
    pub alert: &'a AlertRow<'a>,
    pub href: String,
    pub since: String,
}

struct HostLine<'a> {
    host: &'a HostRow,
    free_in: String,
    behind: String,
}

struct Row<'a> {
    source: &'a SourceRow<'a>,
    href: String,
    polls: String,
    state: Cow<'static, str>,
    last: String,
    next: String,
}

/// Served by the admin's listener, where the base URL's path does not apply: `/style.css`
/// must be there too; links to sources lead to the public site.
pub fn status_page(page: &StatusPage<'_>) -> Vec<u8> {
    let words = Words::of(&page.site.language);
    let time = |at: Option<Timestamp>| {
        at.map_or_else(|| words.never().to_owned(), |at| shown(at, page.zone))
    };
    let row = |source| {
        let source: &SourceRow<'_> = source;
        Row {
            href: address::url(page.site, &address::source_path(source.id)),
            polls: address::status_path(source.id),
            state: source.state.shown(words),
            last: time(source.last_poll_at),
            next: source.next_poll_at.map_or_else(String::new, |at| shown(at, page.zone)),
            source,
        }
    };
    finish(&StatusTemplate {
        shell: Shell {
            title: Cow::Owned(format!("{}{}{}", words.status(), words.joint(), page.site.title)),
            style: address::STYLE_PATH.to_owned(),
            zone: Some(page.zone.name()),
            ..shell(page.site)
        },
        totals: &page.totals,
        alerts: alert_lines(&page.alerts, page.zone),
        hosts: page.hosts.iter().map(host_line).collect(),
        rows: page.sources.iter().map(row).collect(),
        loaded: shown(page.config_loaded_at, page.zone),
        problems: page.config_problems,
    })
}

pub(super) fn alert_lines<'a>(alerts: &'a [AlertRow<'a>], zone: Tz) -> Vec<AlertLine<'a>> {
    let line = |alert: &'a AlertRow<'a>| AlertLine {
        href: address::status_path(alert.source),
        since: shown(alert.since, zone),
        alert,
    };
    alerts.iter().map(line).collect()
}

fn host_line(host: &HostRow) -> HostLine<'_> {
    HostLine { free_in: amounts::wait(host.free_in), behind: amounts::wait(host.behind), host }
}
