//! What an entry's page and its JSON tell of the story that the entry is of.

use super::address;
use super::json::{CopyOf, copy_of};
use super::page::title_of;
use super::view::{Also, Item};
use crate::model::{Comparison, EntryNo, Site};
use serde::Serialize;
use std::collections::BTreeMap;

/// The story of an entry.
#[derive(Debug, Clone)]
pub struct Story<'a> {
    /// Its first entry, which may have left.
    pub id: EntryNo,
    /// Other reports of the event, the newest first, each with how likely it is the same one,
    /// 0–1000.
    pub others: Vec<(Also<'a>, u16)>,
    /// What decided where the entry belongs, as far as it can be told from what is there: what it
    /// has in common with the entry that it prints again, or with the one before it that is most
    /// like it.
    pub evidence: Option<(Also<'a>, &'a Comparison)>,
}

#[derive(Serialize)]
pub(super) struct StoryOf<'a> {
    id: u64,
    /// The page of the first print.
    #[serde(skip_serializing_if = "Option::is_none")]
    reprint_of: Option<String>,
    others: Vec<Other<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    evidence: Option<Evidence<'a>>,
}

#[derive(Serialize)]
struct Other<'a> {
    #[serde(flatten)]
    entry: CopyOf<'a>,
    same_event: u16,
}

#[derive(Serialize)]
struct Evidence<'a> {
    /// The page of the other entry.
    with: String,
    same_event: u16,
    related: u16,
    reprint: u16,
    words: &'a [String],
    passages: &'a [String],
    measured: BTreeMap<&'static str, i32>,
}

/// For JSON.
pub(super) fn story_of<'a>(site: &Site, item: &Item<'_>, story: &Story<'a>) -> StoryOf<'a> {
    let page = |also: &Also<'_>| address::url(site, &address::entry_path(also.stored.key()));
    let evidence = story.evidence.map(|(with, comparison)| Evidence {
        with: page(&with),
        same_event: comparison.same_event,
        related: comparison.related,
        reprint: comparison.reprint,
        words: &comparison.words,
        passages: &comparison.passages,
        measured: comparison.measured.iter().copied().collect(),
    });
    let others = story
        .others
        .iter()
        .map(|(also, same_event)| Other { entry: copy_of(site, also), same_event: *same_event });
    let reprint_of = item.first.as_ref().map(page);
    StoryOf { id: story.id.0, reprint_of, others: others.collect(), evidence }
}

/// For a page: the entry that the evidence is of, what it is held to be, and by which words.
pub(super) struct Why<'a> {
    pub title: &'a str,
    pub href: String,
    pub is_reprint: bool,
    pub shared: Vec<&'a str>,
    pub score: u16,
}

/// Words that a page tells.
const WORDS: usize = 4;

pub(super) fn why<'a>(site: &Site, story: &Story<'a>, is_reprint: bool) -> Option<Why<'a>> {
    let (with, comparison) = story.evidence?;
    let passages = comparison.passages.iter().filter(|_| is_reprint).take(1);
    let words = comparison.words.iter().filter(|_| !is_reprint).take(WORDS);
    Some(Why {
        title: title_of(site, &with.stored.entry.title),
        href: address::href(site, &address::entry_path(with.stored.key())),
        is_reprint,
        shared: passages.chain(words).map(String::as_str).collect(),
        score: if is_reprint { comparison.reprint } else { comparison.same_event },
    })
}
