//! What names an item, so that it is one entry however often it is polled.

use super::Context;
use super::moves::{self, Facts};
use super::names::{Names, Of, leads_to_an_item};
use super::prints;
use super::{parts, repeats, returns, twins};
use crate::model::{Alike, EntryKey, ParsedFeed};
use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};

/// The last rung: title and date.
pub(super) const LAST_RUNG: u8 = 2;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identities {
    /// The rung that the source stands on from now: 0 guid, 1 link, 2 title and date.
    pub rung: u8,
    /// Polls in a row at which links changed by themselves, to be given back at the next.
    pub link_polls: u8,
    /// Links changed by themselves since the last document, or always do.
    pub links_moved: bool,
    /// One per distinct item, in document order.
    pub items: Vec<Identity>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Identity {
    /// Place in the feed's entries.
    pub index: usize,
    pub key: EntryKey,
    pub fingerprint: u64,
    /// Hashes of the link (0: none that means anything), and of title and date, as the
    /// origin wrote them.
    pub mark: (u32, u32),
    /// Guids of this source name nothing any more.
    pub guid_is_void: bool,
    /// No other item of this document, or the last, has its link.
    pub link_is_own: bool,
    /// What a stored entry of its title and date must share with it, too, to be it.
    pub alike: Alike,
    /// It is the item of the last document whose key began so.
    pub was: Option<u64>,
}

/// What the polls before found.
#[derive(Debug, Clone, Copy, Default)]
pub struct Past<'a> {
    /// The items of the last document.
    pub known: &'a [Known],
    /// See [`Identities::link_polls`].
    pub link_polls: u8,
}

/// An item of the source's last document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known {
    /// The beginning of its key.
    pub key: u64,
    pub fingerprint: u64,
    pub mark: (u32, u32),
}

impl Known {
    /// Its date may be another.
    pub fn says_the_same(&self, item: &Identity) -> bool {
        (self.fingerprint, self.mark.0) == (item.fingerprint, item.mark.0)
    }
}

impl Identity {
    /// The beginning of the key.
    pub fn short_key(&self) -> u64 {
        self.key.beginning()
    }

    /// What is remembered of it until the next document.
    pub fn remembered(&self) -> Known {
        Known { key: self.short_key(), fingerprint: self.fingerprint, mark: self.mark }
    }
}

/// Names the items of a document.
///
/// When items that differ share a name, guids (or links) of this source name nothing,
/// and the source moves down a rung for good. True repeats are one item.
pub fn identify(feed: &ParsedFeed, context: &Context<'_>) -> Identities {
    identify_again(feed, context, &Past::default())
}

/// As [`identify`]; guids and links that changed by themselves since the last document,
/// and guids that went over to other items, name nothing either.
pub fn identify_again(feed: &ParsedFeed, context: &Context<'_>, past: &Past<'_>) -> Identities {
    let (mut facts, firsts) = facts(feed, past.known);
    let links = moves::links(&feed.entries, &facts, past);
    let names = Names { feed, context, links_are_void: links.are_void() };
    let mut rung = context.rung.min(LAST_RUNG);
    let keys_on = |rung| {
        let mut keys = names.keys(rung);
        twins::join(&mut keys, &firsts);
        keys
    };
    let mut keys = keys_on(rung);
    let lower = rung_after(&names, rung, &keys, &facts, past, links.moved);
    if lower > rung {
        (rung, keys) = (lower, keys_on(lower));
    }
    if names.links_are_void {
        for facts in &mut facts {
            (facts.mark.0, facts.link_is_own) = (0, false);
        }
    }
    loop {
        if let Some(mut items) = on_rung(&names, rung, &keys, &facts) {
            parts::part_again(&mut items, past.known);
            returns::resolve(&names, &mut items, past.known, links.moved);
            let items = items.into_iter().map(|named| named.identity).collect();
            return Identities { rung, link_polls: links.polls, links_moved: links.moved, items };
        }
        rung += 1;
        keys = keys_on(rung);
    }
}

/// The rung after what the last document tells of the names on it.
fn rung_after(
    names: &Names<'_>,
    rung: u8,
    keys: &[(EntryKey, Of)],
    facts: &[Facts],
    past: &Past<'_>,
    links_moved: bool,
) -> u8 {
    let (items, known) = (&names.feed.entries, past.known);
    if known.is_empty() {
        return rung;
    }
    let made = |wanted: Of| -> Vec<Option<u64>> {
        keys.iter().map(|(key, of)| (*of == wanted).then(|| key.beginning())).collect()
    };
    let (guids, links) = (made(Of::Guid), made(Of::Link));
    let are_reused = |keys, reused| moves::are_reused(facts, keys, known, reused);
    if are_reused(&links, moves::is_rewritten) || are_reused(&guids, moves::is_rewritten_in_place) {
        return LAST_RUNG;
    }
    let guids_are_void = moves::guids_are_new(items, facts, &guids, known, links_moved)
        || are_reused(&guids, moves::is_of_another_link);
    rung.max(u8::from(guids_are_void))
}

/// What is known of the items, and which are the same.
fn facts(feed: &ParsedFeed, known: &[Known]) -> (Vec<Facts>, Vec<usize>) {
    let mut links: HashMap<u32, usize> = HashMap::with_capacity(feed.entries.len());
    let mut links_before: HashMap<u32, usize> = HashMap::with_capacity(known.len());
    for known in known {
        *links_before.entry(known.mark.0).or_default() += 1;
    }
    let mut facts: Vec<Facts> = Vec::with_capacity(feed.entries.len());
    for item in &feed.entries {
        let mark = (prints::link(item), prints::title_and_date(item));
        let fingerprint = prints::fingerprint(item);
        facts.push(Facts { fingerprint, mark, link_is_own: false });
    }
    let firsts = twins::firsts(&feed.entries, &facts);
    for (at, _) in firsts.iter().enumerate().filter(|(at, first)| at == *first) {
        *links.entry(facts[at].mark.0).or_default() += 1;
    }
    for (item, facts) in feed.entries.iter().zip(&mut facts) {
        let is_shared = |links: &HashMap<u32, usize>| links.get(&facts.mark.0) > Some(&1);
        facts.link_is_own =
            !is_shared(&links) && !is_shared(&links_before) && leads_to_an_item(item, feed);
    }
    (facts, firsts)
}

/// An item and how it came to its name.
pub(super) struct Named {
    pub identity: Identity,
    pub of: Of,
    /// Others have its title and date, too.
    pub by_text: bool,
}

impl Named {
    /// All but its link and its guid.
    pub fn says(&self) -> (u32, u64) {
        (self.identity.mark.1, self.identity.fingerprint)
    }
}

/// `None` when items collide and a lower rung is left.
fn on_rung(
    names: &Names<'_>,
    rung: u8,
    keys: &[(EntryKey, Of)],
    facts: &[Facts],
) -> Option<Vec<Named>> {
    let mut named: Vec<Named> = Vec::with_capacity(keys.len());
    let mut first_of: HashMap<EntryKey, usize> = HashMap::with_capacity(keys.len());
    let mut repeats: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (index, (&(key, of), facts)) in keys.iter().zip(facts).enumerate() {
        match first_of.entry(key) {
            Entry::Occupied(first) => {
                let first = *first.get();
                let whole = || vec![named[first].identity.index];
                repeats.entry(first).or_insert_with(whole).push(index);
            }
            Entry::Vacant(free) => {
                free.insert(named.len());
                let identity = Identity {
                    index,
                    key,
                    fingerprint: facts.fingerprint,
                    mark: facts.mark,
                    guid_is_void: rung > 0,
                    link_is_own: facts.link_is_own,
                    alike: Alike::Never,
                    was: None,
                };
                named.push(Named { identity, of, by_text: false });
            }
        }
    }
    let (by_title, joined): (Vec<_>, Vec<_>) =
        repeats.into_iter().partition(|(first, _)| named[*first].of == Of::Title);
    if repeats::collide(names, rung, facts, joined.iter().map(|(_, items)| items.as_slice())) {
        return None;
    }
    for (first, repeats) in by_title {
        parts::part(facts, first, &repeats, &mut named);
    }
    named.sort_by_key(|named| named.identity.index);
    Some(named)
}
