//! The admin's status page: what each source does and why.

use super::address;
use super::page::{Shell, finish, shell, shown};
use super::words::Words;
use crate::model::{DefectCount, Site, SourceId, Timestamp};
use askama::Template;
use chrono_tz::Tz;
use std::borrow::Cow;

#[derive(Debug, Clone)]
pub struct StatusPage<'a> {
    pub site: &'a Site,
    /// In which times are shown.
    pub zone: Tz,
    pub sources: Vec<SourceRow<'a>>,
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
    pub state: SourceCondition,
    pub last_poll_at: Option<Timestamp>,
    pub next_poll_at: Option<Timestamp>,
    pub next_reason: &'a str,
    /// Empty: none.
    pub last_error: &'a str,
    /// What was wrong with its last document that was read all the same.
    pub defects: &'a [DefectCount],
    /// How it stands with its hub, in words.
    pub push: Option<String>,
    pub entries: u64,
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

    fn shown(self, words: Words) -> Cow<'static, str> {
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
    rows: Vec<Row<'a>>,
    loaded: String,
    problems: &'a [String],
}

struct Row<'a> {
    source: &'a SourceRow<'a>,
    href: String,
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
        rows: page.sources.iter().map(row).collect(),
        loaded: shown(page.config_loaded_at, page.zone),
        problems: page.config_problems,
    })
}
