//! What names an item, so that it is one entry however often it is polled.

use super::Context;
use super::links::Bases;
use super::untracked::untracked;
use crate::model::{EntryKey, ParsedDate, ParsedEntry, ParsedFeed};
use crate::text::clean;
use std::collections::{HashMap, HashSet};
use xxhash_rust::xxh3::{Xxh3, xxh3_64};

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
    /// Hashes of the link, and of title and date, as the origin wrote them.
    pub mark: (u32, u32),
    /// Guids of this source name nothing any more.
    pub guid_is_void: bool,
    /// No other item of the document has its link.
    pub link_is_own: bool,
}

/// An item of the source's last document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known {
    /// The beginning of its key.
    pub key: u64,
    pub mark: (u32, u32),
}

impl Identity {
    /// The beginning of the key.
    pub fn short_key(&self) -> u64 {
        short(self.key)
    }
}

fn short(key: EntryKey) -> u64 {
    let [a, b, c, d, e, f, g, h, ..] = key.0;
    u64::from_be_bytes([a, b, c, d, e, f, g, h])
}

/// Names the items of a document.
///
/// When items that differ share a name, guids (or links) of this source name nothing,
/// and the source moves down a rung for good. True repeats are one item.
pub fn identify(feed: &ParsedFeed, context: &Context<'_>) -> Identities {
    identify_again(feed, context, &[])
}

/// As [`identify`]; guids that changed by themselves since the last document, or went
/// over to other items, name nothing either.
pub fn identify_again(feed: &ParsedFeed, context: &Context<'_>, known: &[Known]) -> Identities {
    let facts = Facts {
        fingerprints: feed.entries.iter().map(fingerprint).collect(),
        marks: feed.entries.iter().map(mark).collect(),
    };
    let mut rung = context.rung.min(LAST_RUNG);
    if rung == 0 && guids_name_nothing(feed, context, known, &facts.marks) {
        rung = 1;
    }
    loop {
        match on_rung(feed, context, rung, &facts) {
            Some(items) => return Identities { rung, items },
            None => rung += 1,
        }
    }
}

/// What is computed once, whatever rung it comes to.
struct Facts {
    fingerprints: Vec<u64>,
    marks: Vec<(u32, u32)>,
}

/// Whether most of the known items have come back under other guids, or every known
/// guid has come back with another link, and another title or date.
fn guids_name_nothing(
    feed: &ParsedFeed,
    context: &Context<'_>,
    known: &[Known],
    marks: &[(u32, u32)],
) -> bool {
    if known.is_empty() {
        return false;
    }
    let of_key: HashMap<u64, (u32, u32)> = known.iter().map(|item| (item.key, item.mark)).collect();
    let of_mark: HashMap<(u32, u32), u64> =
        known.iter().map(|item| (item.mark, item.key)).collect();
    let with_guid = |item: &ParsedEntry| item.guid.as_deref().and_then(clean::non_empty).is_some();
    let items: Vec<(u64, (u32, u32))> = feed
        .entries
        .iter()
        .zip(marks)
        .filter(|(item, _)| with_guid(item))
        .map(|(item, mark)| (short(key(item, feed, context, 0)), *mark))
        .collect();
    let here: HashSet<u64> = items.iter().map(|(key, _)| *key).collect();
    let [mut back, mut renamed, mut kept, mut reused] = [0; 4];
    for (key, mark) in &items {
        let before = of_mark.get(mark);
        back += usize::from(before.is_some());
        match (of_key.get(key), before) {
            (Some(old), _) => {
                kept += 1;
                reused += usize::from(old.0 != mark.0 && old.1 != mark.1);
            }
            (None, Some(old_key)) => renamed += usize::from(!here.contains(old_key)),
            (None, None) => {}
        }
    }
    renamed * 2 > back || (reused > 0 && reused == kept)
}

/// Hashes of the link, and of title and date, as the origin wrote them.
fn mark(item: &ParsedEntry) -> (u32, u32) {
    let link = item.link.as_deref().unwrap_or("").trim();
    let link = xxh3_64(schemeless(&untracked(link)).as_bytes()) as u32;
    let mut hash = Fingerprint(Xxh3::new());
    hash.text(item.title.as_deref().map(str::trim));
    hash.date(item.published);
    (link, hash.0.digest() as u32)
}

/// What names an item besides its key: its link, when no other item has it, with title
/// and date; without a link, what the last rung says.
pub(super) fn alias(
    item: &ParsedEntry,
    identity: &Identity,
    link: Option<&str>,
    context: &Context<'_>,
) -> Option<EntryKey> {
    let source = context.source.as_str().as_bytes();
    let alias = match link {
        Some(link) if identity.link_is_own => {
            let title = item.title.as_deref().unwrap_or("").trim();
            let date = date_bytes(item);
            let link = schemeless(link).as_bytes();
            EntryKey::hash_of(&[source, b"same", link, title.as_bytes(), &date])
        }
        Some(_) => return None,
        None => title_key(item, source),
    };
    (alias != identity.key).then_some(alias)
}

/// `None` when items collide and a lower rung is left.
fn on_rung(
    feed: &ParsedFeed,
    context: &Context<'_>,
    rung: u8,
    facts: &Facts,
) -> Option<Vec<Identity>> {
    let Facts { fingerprints, marks } = facts;
    let mut links: HashMap<u32, usize> = HashMap::with_capacity(marks.len());
    for (link, _) in marks {
        *links.entry(*link).or_default() += 1;
    }
    let mut items: Vec<Identity> = Vec::with_capacity(feed.entries.len());
    let mut first_of: HashMap<EntryKey, usize> = HashMap::with_capacity(feed.entries.len());
    let mut retitled = 0;
    for (index, (item, &fingerprint)) in feed.entries.iter().zip(fingerprints).enumerate() {
        let key = key(item, feed, context, rung);
        let mark = marks[index];
        let Some(&first) = first_of.get(&key) else {
            first_of.insert(key, index);
            let link_is_own = links.get(&mark.0) == Some(&1);
            let guid_is_void = rung > 0;
            items.push(Identity { index, key, fingerprint, mark, guid_is_void, link_is_own });
            continue;
        };
        if rung < LAST_RUNG && fingerprint != fingerprints[first] {
            let other = &feed.entries[first];
            let differ = |a: &Option<String>, b: &Option<String>| {
                a.as_deref().unwrap_or("").trim() != b.as_deref().unwrap_or("").trim()
            };
            let other_title = differ(&other.title, &item.title);
            let other_text =
                differ(&other.summary, &item.summary) || differ(&other.content, &item.content);
            // Without guids nothing but a link joins them: two articles rather than an edit.
            let unjoined = item.guid.is_none() && other.guid.is_none();
            retitled += usize::from(other_title);
            let link = |item| link(item, feed, context);
            // An item listed before and after an edit has its link both times.
            let unlinked = other_title && link(item).is_none();
            if link(item) != link(other)
                || unlinked
                || retitled == COLLIDING_TITLES
                || (unjoined && other_title && other_text)
            {
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
        return EntryKey::hash_of(&[source, b"guid", schemeless(&untracked(guid)).as_bytes()]);
    }
    if rung <= 1
        && let Some(link) = link(item, feed, context)
    {
        return EntryKey::hash_of(&[source, b"link", schemeless(&link).as_bytes()]);
    }
    title_key(item, source)
}

/// A site that moves to https, or is served both ways, does not rename its articles.
fn schemeless(address: &str) -> &str {
    ["https://", "http://"].iter().find_map(|s| address.strip_prefix(s)).unwrap_or(address)
}

fn title_key(item: &ParsedEntry, source: &[u8]) -> EntryKey {
    let title = item.title.as_deref().unwrap_or("").trim();
    // What has no title is named by what it says.
    let words = clean::non_empty(title).or(item.summary.as_deref()).or(item.content.as_deref());
    EntryKey::hash_of(&[source, b"title", words.unwrap_or("").as_bytes(), &date_bytes(item)])
}

/// Nothing for a date that moves with the poll.
fn date_bytes(item: &ParsedEntry) -> Vec<u8> {
    let date = item.published.filter(|date| !date.relative);
    date.map_or_else(Vec::new, |date| date.at.0.to_le_bytes().to_vec())
}

/// Hash of what the origin says of an item. Left out is what changes without the item
/// changing: dates (the store keeps the first, and many feeds write the time of the
/// poll), numbers of comments, guids, and the scheme and what only tracks readers in a link.
pub(super) fn fingerprint(item: &ParsedEntry) -> u64 {
    let mut hash = Fingerprint(Xxh3::new());
    hash.text(item.link.as_deref().map(untracked).as_deref().map(schemeless));
    for text in
        [&item.title, &item.summary, &item.content, &item.base, &item.language, &item.source_title]
    {
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
