//! What names an item, so that it is one entry however often it is polled.

use super::Context;
use super::links::Bases;
use crate::model::{EntryKey, ParsedDate, ParsedEntry, ParsedFeed};
use crate::text::clean;
use std::collections::HashMap;
use xxhash_rust::xxh3::Xxh3;

/// The last rung: title and date.
const LAST_RUNG: u8 = 2;
/// So many items of one name, link and guid with different titles are different
/// items; a single one is an item listed before and after an edit.
const COLLIDING_TITLES: usize = 2;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identities {
    /// The rung that the source stands on from now: 0 guid, 1 link, 2 title and date.
    pub rung: u8,
    /// One per distinct item, in document order.
    pub items: Vec<Identity>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Identity {
    /// Place in the feed's entries.
    pub index: usize,
    pub key: EntryKey,
    pub fingerprint: u64,
    /// Guids of this source name nothing any more.
    pub guid_is_void: bool,
}

/// Names the items of a document.
///
/// When items that differ share a name, guids (or links) of this source name nothing,
/// and the source moves down a rung for good. True repeats are one item.
pub fn identify(feed: &ParsedFeed, context: &Context<'_>) -> Identities {
    let fingerprints: Vec<u64> = feed.entries.iter().map(fingerprint).collect();
    let mut rung = context.rung.min(LAST_RUNG);
    loop {
        match on_rung(feed, context, rung, &fingerprints) {
            Some(items) => return Identities { rung, items },
            None => rung += 1,
        }
    }
}

/// `None` when items collide and a lower rung is left.
fn on_rung(
    feed: &ParsedFeed,
    context: &Context<'_>,
    rung: u8,
    fingerprints: &[u64],
) -> Option<Vec<Identity>> {
    let mut items: Vec<Identity> = Vec::with_capacity(feed.entries.len());
    let mut first_of: HashMap<EntryKey, usize> = HashMap::with_capacity(feed.entries.len());
    let mut retitled = 0;
    for (index, (item, &fingerprint)) in feed.entries.iter().zip(fingerprints).enumerate() {
        let key = key(item, feed, context, rung);
        let Some(&first) = first_of.get(&key) else {
            first_of.insert(key, index);
            items.push(Identity { index, key, fingerprint, guid_is_void: rung > 0 });
            continue;
        };
        if rung < LAST_RUNG && fingerprint != fingerprints[first] {
            let other = &feed.entries[first];
            let trim = |text: &Option<String>| text.as_deref().unwrap_or("").trim().to_owned();
            retitled += usize::from(trim(&other.title) != trim(&item.title));
            let link = |item| link(item, feed, context);
            if link(item) != link(other) || retitled == COLLIDING_TITLES {
                return None;
            }
        }
    }
    Some(items)
}

fn link(item: &ParsedEntry, feed: &ParsedFeed, context: &Context<'_>) -> Option<String> {
    super::links::of_item(item, &Bases::new(item, feed, context.base))
}

fn key(item: &ParsedEntry, feed: &ParsedFeed, context: &Context<'_>, rung: u8) -> EntryKey {
    let source = context.source.as_str().as_bytes();
    let guid = item.guid.as_deref().and_then(clean::non_empty);
    if rung == 0
        && let Some(guid) = guid
    {
        return EntryKey::hash_of(&[source, b"guid", guid.as_bytes()]);
    }
    if rung <= 1
        && let Some(link) = link(item, feed, context)
    {
        return EntryKey::hash_of(&[source, b"link", link.as_bytes()]);
    }
    let title = item.title.as_deref().unwrap_or("").trim();
    // What has no title is named by what it says.
    let words = clean::non_empty(title).or(item.summary.as_deref()).or(item.content.as_deref());
    let date = item.published.filter(|date| !date.relative).map(|date| date.at.0);
    let date = date.map(i64::to_le_bytes);
    let date = date.as_ref().map_or(&[][..], |bytes| bytes);
    EntryKey::hash_of(&[source, b"title", words.unwrap_or("").as_bytes(), date])
}

/// Hash of what the origin says of an item. Dates that count back from the poll and
/// numbers of comments are left out: they change without the item changing.
fn fingerprint(item: &ParsedEntry) -> u64 {
    let mut hash = Fingerprint(Xxh3::new());
    for text in [
        &item.guid,
        &item.link,
        &item.title,
        &item.summary,
        &item.content,
        &item.base,
        &item.language,
        &item.source_title,
    ] {
        hash.text(text.as_deref());
    }
    hash.date(item.published);
    hash.date(item.updated);
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
    hash.0.digest()
}

struct Fingerprint(Xxh3);

impl Fingerprint {
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

    fn date(&mut self, date: Option<ParsedDate>) {
        let at = date.filter(|date| !date.relative).map_or(i64::MIN, |date| date.at.0);
        self.0.update(&at.to_le_bytes());
    }
}
