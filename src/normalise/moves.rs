//! Names that change although the items do not, told by what the last document held.

use super::identity::{Known, Past};
use super::prints;
use crate::model::ParsedEntry;
use std::collections::{HashMap, HashSet};
use std::hash::Hash;

/// So many polls in a row at which links changed by themselves prove that they always do.
const PROOF: u8 = 2;
/// So many items under other links are noticed whatever they say; fewer only by their dates.
const MANY_ITEMS: usize = 3;

/// What is known of an item before it has a name.
pub(super) struct Facts {
    pub fingerprint: u64,
    /// Hashes of the link, and of title and date.
    pub mark: (u32, u32),
    /// No other item of this document, or the last, has its link.
    pub link_is_own: bool,
}

impl Facts {
    /// What an item says besides its names.
    fn says(&self) -> (u32, u64) {
        (self.mark.1, self.fingerprint)
    }
}

fn says(known: &Known) -> (u32, u64) {
    (known.mark.1, known.fingerprint)
}

/// What became of the links of the items that the last document held, too.
pub(super) struct Links {
    /// They changed since then, and nothing else did.
    pub moved: bool,
    /// In so many polls in a row.
    pub polls: u8,
}

impl Links {
    /// Links of this source name nothing, for good.
    pub fn are_void(&self) -> bool {
        self.polls >= PROOF
    }
}

/// A link that stayed says that links mean something, and nothing is learnt from a
/// document without items of the last.
pub(super) fn links(items: &[ParsedEntry], facts: &[Facts], past: &Past<'_>) -> Links {
    if past.link_polls >= PROOF {
        return Links { moved: true, polls: PROOF };
    }
    let same = Links { moved: false, polls: past.link_polls };
    let mut before: HashMap<(u32, u64), Option<u32>> = HashMap::new();
    for known in past.known.iter().filter(|known| known.mark.0 != 0) {
        // What two items say tells nothing of either.
        before.entry(says(known)).and_modify(|link| *link = None).or_insert(Some(known.mark.0));
    }
    if before.is_empty() {
        return same;
    }
    let here: HashSet<u32> = facts.iter().map(|facts| facts.mark.0).collect();
    let [mut moved, mut dated, mut stayed] = [0_usize; 3];
    for (item, facts) in items.iter().zip(facts).filter(|(_, facts)| facts.mark.0 != 0) {
        // An item that two would be is counted once.
        let Some(Some(link)) = before.remove(&facts.says()) else { continue };
        if link == facts.mark.0 {
            stayed += 1;
        } else if !here.contains(&link) {
            moved += 1;
            dated += usize::from(prints::date(item).is_some());
        }
    }
    match (stayed, moved) {
        (0, 0) => same,
        (0, _) if dated > 0 || moved >= MANY_ITEMS => {
            Links { moved: true, polls: past.link_polls + 1 }
        }
        (0, _) => same,
        _ => Links { moved: false, polls: 0 },
    }
}

/// Whether all names of the last document that came back have gone over to other items.
///
/// `keys`: of the items with such names, by those; `None` for the others.
/// `reused`: whether an item is another than the known one of its name.
pub(super) fn are_reused(
    facts: &[Facts],
    keys: &[Option<u64>],
    known: &[Known],
    reused: fn(&Known, &Facts) -> bool,
) -> bool {
    let of_key: HashMap<u64, &Known> = known.iter().map(|item| (item.key, item)).collect();
    let mut kept = facts.iter().zip(keys).filter_map(|(facts, key)| {
        let known = of_key.get(key.as_ref()?)?;
        Some(reused(known, facts))
    });
    kept.next().is_some_and(|first| first && kept.all(|reused| reused))
}

/// Another link, and another title or date.
pub(super) fn is_of_another_link(known: &Known, facts: &Facts) -> bool {
    known.mark.0 != facts.mark.0 && known.mark.1 != facts.mark.1
}

/// One link, as one guid, for whatever is the newest. Another title alone is an edit.
pub(super) fn is_rewritten_in_place(known: &Known, facts: &Facts) -> bool {
    let says_more = prints::text_of(facts.fingerprint) != 0 || prints::halves(facts.mark.1).1 != 0;
    known.mark.0 == facts.mark.0 && says_more && is_rewritten(known, facts)
}

/// Another title, text, and date, if they have any: an edit leaves one of them.
pub(super) fn is_rewritten(known: &Known, facts: &Facts) -> bool {
    let [(title, date), (title_before, date_before)] =
        [facts.mark.1, known.mark.1].map(prints::halves);
    let text = prints::text_of(facts.fingerprint);
    title != title_before
        && (date != date_before || date == 0)
        && (text != prints::text_of(known.fingerprint) || text == 0)
}

/// By keys; `None` where several have one.
pub(super) fn only<K: Eq + Hash, V>(of: impl Iterator<Item = (K, V)>) -> HashMap<K, Option<V>> {
    let mut only = HashMap::new();
    for (key, value) in of {
        only.entry(key).and_modify(|other| *other = None).or_insert(Some(value));
    }
    only
}

/// Whether most of the known items have come back under other guids.
///
/// `keys`: of the items with guids, by those; `None` for the others.
pub(super) fn guids_are_new(
    items: &[ParsedEntry],
    facts: &[Facts],
    keys: &[Option<u64>],
    known: &[Known],
    links_moved: bool,
) -> bool {
    let mark = |mark: (u32, u32)| if links_moved { (0, mark.1) } else { mark };
    let of_key: HashSet<u64> = known.iter().map(|item| item.key).collect();
    let of_mark: HashMap<(u32, u32), &Known> =
        known.iter().map(|item| (mark(item.mark), item)).collect();
    let of_says: HashMap<((u32, u32), u64), &Known> =
        known.iter().map(|item| ((mark(item.mark), item.fingerprint), item)).collect();
    let of_print = only(known.iter().map(|item| (item.fingerprint, item)));
    let prints_here = only(facts.iter().map(|facts| (facts.fingerprint, ())));
    let here: HashSet<u64> = keys.iter().copied().flatten().collect();
    let [mut back, mut renamed, mut kept, mut titles] = [0_usize; 4];
    for ((item, facts), key) in items.iter().zip(facts).zip(keys) {
        let Some(key) = key else { continue };
        let is_known = of_key.contains(key);
        kept += usize::from(is_known);
        let linked = facts.link_is_own && !links_moved;
        let says = of_says.get(&(mark(facts.mark), facts.fingerprint));
        let Some(before) = says.or_else(|| of_mark.get(&mark(facts.mark))) else {
            // Only its date is another.
            let Some(Some(before)) = of_print.get(&facts.fingerprint) else { continue };
            let is_renamed = !is_known && !here.contains(&before.key);
            let has_text = prints::has_text(item);
            if linked && has_text && before.mark.0 == facts.mark.0 {
                back += 1;
                renamed += usize::from(is_renamed);
            } else if (linked || has_text)
                && prints_here.get(&facts.fingerprint).is_some_and(Option::is_some)
            {
                titles += usize::from(is_renamed);
            }
            continue;
        };
        let is_renamed = !is_known && !here.contains(&before.key);
        let dated = prints::date(item).is_some();
        if !(linked && dated) && before.fingerprint != facts.fingerprint {
            // A new article may have the title of an old one, and one link for all.
            back += usize::from(!is_renamed);
        } else if linked || dated || prints::has_text(item) {
            back += 1;
            renamed += usize::from(is_renamed);
        } else {
            // Nothing but a title, or another date.
            titles += usize::from(is_renamed);
        }
    }
    renamed * 2 > back || (titles >= MANY_ITEMS && back + kept == 0)
}
