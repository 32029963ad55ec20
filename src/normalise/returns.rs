//! Items of the last document that have come back under other names, and what stored
//! entries of their title and date must share with the others.

use super::identity::{Known, Named};
use super::moves::only;
use super::names::{Names, Of};
use super::prints;
use crate::model::{Alike, ParsedEntry};
use std::collections::{HashMap, HashSet};
use std::hash::Hash;

/// Items of the last document, by what they may be known by again. `None` where several
/// have it.
struct Last<'a> {
    by_says: HashMap<(u32, u64), Option<&'a Known>>,
    by_link: HashMap<u32, Option<&'a Known>>,
    by_text: HashMap<u32, Option<&'a Known>>,
}

impl<'a> Last<'a> {
    fn of(known: &'a [Known]) -> Last<'a> {
        let text = |known: &Known| prints::text_of(known.fingerprint);
        Last {
            by_says: only(known.iter().map(|known| ((known.mark.1, known.fingerprint), known))),
            by_link: only(known.iter().map(|known| (known.mark.0, known))),
            by_text: only(known.iter().map(|known| (text(known), known))),
        }
    }

    /// The item as it was before its title, text or date changed.
    fn edited(&self, named: &Named, text_is_own: bool) -> Option<&'a Known> {
        let identity = &named.identity;
        let (text, mark) = (prints::text_of(identity.fingerprint), identity.mark);
        let by_link = self.by_link.get(&mark.0).copied().flatten();
        let by_link = by_link.filter(|_| identity.link_is_own && mark.0 != 0);
        if named.of != Of::Title {
            return by_link.filter(|_| named.of == Of::Link && identity.guid_is_void);
        }
        let by_text = self.by_text.get(&text).copied().flatten();
        let by_text = by_text.filter(|_| text_is_own && text != 0);
        let date = prints::halves(mark.1).1;
        by_text
            .filter(|known| is_corrected(known.mark.1, mark.1))
            .or_else(|| by_link.filter(|known| date != 0 && prints::halves(known.mark.1).1 == date))
    }
}

fn count<K: Hash + Eq>(keys: impl Iterator<Item = K>) -> HashMap<K, usize> {
    let mut counts = HashMap::new();
    keys.for_each(|key| *counts.entry(key).or_default() += 1);
    counts
}

/// Says of each item what it was in the last document, where not what it is named now.
pub(super) fn resolve(names: &Names<'_>, items: &mut [Named], known: &[Known], links_moved: bool) {
    let before: HashSet<u64> = known.iter().map(|known| known.key).collect();
    if !known.is_empty() {
        recognise(names, items, known, &before);
    }
    for Named { identity, of, by_text } in items {
        let stood = before.contains(&identity.short_key());
        let item = &names.feed.entries[identity.index];
        let dated = prints::date(item).is_some();
        identity.alike = match (*of == Of::Title, identity.link_is_own) {
            (true, _) if !*by_text && (dated || stood) => Alike::Always,
            (false, true) if !links_moved && dated => Alike::ByLink,
            (false, true) if !links_moved => Alike::ByBoth,
            (false, false) if !dated && !prints::has_text(item) => Alike::Never,
            _ => Alike::ByText,
        };
    }
}

fn recognise(names: &Names<'_>, items: &mut [Named], known: &[Known], before: &HashSet<u64>) {
    // No known item is two of this document.
    let mut taken: HashSet<u64> = items.iter().map(|named| named.identity.short_key()).collect();
    let gone = known.iter().filter(|known| !taken.contains(&known.key));
    let gone: HashMap<(u32, u64), u64> =
        gone.map(|known| ((known.mark.1, known.fingerprint), known.key)).collect();
    let last = Last::of(known);
    let says = count(items.iter().map(Named::says));
    let texts = count(items.iter().map(|named| prints::text_of(named.identity.fingerprint)));
    let mut new: Vec<&mut Named> =
        items.iter_mut().filter(|named| !before.contains(&named.identity.short_key())).collect();
    let is_under_another_link = |named: &&&mut Named| {
        let (says_it, known) = (named.says(), last.by_says.get(&named.says()));
        named.of == Of::Link
            && says.get(&says_it) == Some(&1)
            && known.copied().flatten().is_some_and(|known| !taken.contains(&known.key))
    };
    let many_links_are_new = new.iter().filter(is_under_another_link).nth(1).is_some();
    // What says the same goes before what was edited.
    for named in &mut new {
        let item = &names.feed.entries[named.identity.index];
        let was = match named.of {
            Of::Title => gone.get(&named.says()).copied(),
            _ if says.get(&named.says()) == Some(&1)
                && tells_apart(named, item, many_links_are_new) =>
            {
                last.by_says.get(&named.says()).copied().flatten().map(|known| known.key)
            }
            _ => None,
        };
        named.identity.was = was.filter(|was| taken.insert(*was));
    }
    for named in new.into_iter().filter(|named| named.identity.was.is_none()) {
        let text = prints::text_of(named.identity.fingerprint);
        let was = last.edited(named, texts.get(&text) == Some(&1)).map(|known| known.key);
        named.identity.was = was.filter(|was| taken.insert(*was));
    }
}

/// Whether title, date and text are enough to know an item by: several notices of one day
/// may have one title, but not be followed by others of theirs all at once.
fn tells_apart(named: &Named, item: &ParsedEntry, many_links_are_new: bool) -> bool {
    const HOUR: i64 = 3600;
    let Some(date) = prints::date(item) else { return false };
    let is_likely = date.at.0 % HOUR != 0 || many_links_are_new;
    (named.of == Of::Link && is_likely) || prints::text_of(named.identity.fingerprint) != 0
}

/// Whether one of title and date stayed, and the date in any case its day.
fn is_corrected(title_and_date: u32, before: u32) -> bool {
    let [(title, date), (title_before, date_before)] = [title_and_date, before].map(prints::halves);
    date == date_before || (title == title_before && prints::is_within_a_day(date, date_before))
}
