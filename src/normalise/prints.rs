//! What an item says, as numbers to compare.

use super::untracked::untracked;
use crate::model::{ParsedDate, ParsedEntry};
use crate::text::{clean, html};
use std::borrow::Cow;
use xxhash_rust::xxh3::{Xxh3, xxh3_64};

/// Hash of what the origin says of an item. Left out is what changes without the item
/// changing: dates (the store keeps the first, and many feeds write the time of the
/// poll), numbers of comments and guids. The link has a hash of its own; the upper half
/// is of the text alone.
pub(super) fn fingerprint(item: &ParsedEntry) -> u64 {
    let mut hash = Print(Xxh3::new());
    hash.text(item.title.as_deref().map(shown).as_deref());
    for text in [&item.base, &item.language, &item.source_title] {
        hash.text(text.as_deref());
    }
    hash.count(item.authors.len());
    for author in &item.authors {
        hash.text(Some(&author.name));
        hash.text(author.email.as_deref());
        hash.text(author.uri.as_deref());
    }
    hash.count(item.categories.len());
    for category in &item.categories {
        hash.text(Some(&category.term));
        hash.text(category.scheme.as_deref());
        hash.text(category.label.as_deref());
    }
    hash.count(item.media.len());
    for media in &item.media {
        hash.text(Some(&media.url));
        hash.text(media.mime.as_deref());
        hash.text(media.title.as_deref());
        hash.count(usize::try_from(media.length.unwrap_or(0)).unwrap_or(usize::MAX));
    }
    hash.text(item.comments.as_ref().and_then(|comments| comments.link.as_deref()));
    u64::from(text(item)) << 32 | hash.0.digest() >> 32
}

/// Hash of the text alone: of what stands below a title. 0 for none.
pub(super) fn text(item: &ParsedEntry) -> u32 {
    if !has_text(item) {
        return 0;
    }
    let mut hash = Print(Xxh3::new());
    hash.text(item.summary.as_deref().map(str::trim));
    hash.text(item.content.as_deref().map(str::trim));
    (hash.0.digest() as u32).max(1)
}

/// Of a [`fingerprint`].
pub(super) fn text_of(fingerprint: u64) -> u32 {
    (fingerprint >> 32) as u32
}

/// The title as it is shown, however often it was escaped.
pub(super) fn title(item: &ParsedEntry) -> Cow<'_, str> {
    shown(item.title.as_deref().unwrap_or("").trim())
}

fn shown(title: &str) -> Cow<'_, str> {
    /// What is longer is compared as it was written.
    const MOST_BYTES: usize = 4096;
    if title.len() > MOST_BYTES || !title.contains(['&', '<']) {
        return Cow::Borrowed(title);
    }
    let shown = html::to_title(title, MOST_BYTES);
    // A picture alone shows no title.
    if shown.is_empty() { Cow::Borrowed(title) } else { Cow::Owned(shown) }
}

/// Minutes that the lower half of [`title_and_date`] counts before it begins again.
const MINUTES: u32 = 0xFFFF;

/// Hash of the title, in the upper half, and the minute of the date, in the lower; 0 there
/// for none.
pub(super) fn title_and_date(item: &ParsedEntry) -> u32 {
    let title = (xxh3_64(title(item).as_bytes()) as u32 & 0xFFFF).max(1);
    let minute = |at: i64| at.div_euclid(60).rem_euclid(i64::from(MINUTES)) as u32;
    let date = date(item).map_or(0, |date| minute(date.at.0) + 1);
    title << 16 | date
}

/// Of [`title_and_date`].
pub(super) fn halves(title_and_date: u32) -> (u32, u32) {
    (title_and_date >> 16, title_and_date & 0xFFFF)
}

/// Of lower halves of [`title_and_date`]; what has no date may be of any day.
pub(super) fn is_within_a_day(date: u32, other: u32) -> bool {
    const DAY: u32 = 24 * 60;
    let apart = date.abs_diff(other);
    date == 0 || other == 0 || apart.min(MINUTES - apart) < DAY
}

/// Hash of the link as the origin wrote it, without the scheme and what only tracks
/// readers; 0 for none.
pub(super) fn link(item: &ParsedEntry) -> u32 {
    raw_link(item)
        .map_or(0, |link| (xxh3_64(schemeless(&untracked(link)).as_bytes()) as u32).max(1))
}

/// The link, or the guid where that is one, as the origin wrote it.
pub(super) fn raw_link(item: &ParsedEntry) -> Option<&str> {
    let link = item.link.as_deref().and_then(clean::non_empty);
    link.or_else(|| guid(item).filter(|_| item.guid_is_link))
}

pub(super) fn guid(item: &ParsedEntry) -> Option<&str> {
    item.guid.as_deref().and_then(clean::non_empty)
}

pub(super) fn has_text(item: &ParsedEntry) -> bool {
    [&item.summary, &item.content].into_iter().flatten().any(|text| !text.trim().is_empty())
}

/// None for a date that moves with the poll.
pub(super) fn date(item: &ParsedEntry) -> Option<ParsedDate> {
    item.published.filter(|date| !date.relative)
}

/// A site that moves to https, or is served both ways, does not rename its articles.
pub(super) fn schemeless(address: &str) -> &str {
    ["https://", "http://"].iter().find_map(|s| address.strip_prefix(s)).unwrap_or(address)
}

/// A guid as far as it names an item.
pub(super) fn naming(guid: &str) -> Cow<'_, str> {
    match untracked(guid) {
        Cow::Borrowed(guid) => Cow::Borrowed(schemeless(guid)),
        Cow::Owned(guid) => Cow::Owned(schemeless(&guid).to_owned()),
    }
}

struct Print(Xxh3);

impl Print {
    fn text(&mut self, text: Option<&str>) {
        match text {
            Some(text) => {
                self.count(text.len());
                self.0.update(text.as_bytes());
            }
            None => self.count(usize::MAX),
        }
    }

    fn count(&mut self, count: usize) {
        self.0.update(&(count as u64).to_le_bytes());
    }
}
