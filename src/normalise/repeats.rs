//! Items of one document that share a guid or a link: one item listed twice, perhaps
//! before and after an edit, or several that were named badly.

use super::identity::LAST_RUNG;
use super::moves::Facts;
use super::names::Names;
use super::prints;
use crate::model::Timestamp;
use std::collections::HashSet;

/// So many new titles under names that were there before are those of different items; a
/// single one is that of an item listed before and after an edit.
const COLLIDING_TITLES: usize = 2;

/// Whether repeats of names (places of items, for each name) are different items.
///
/// The order of the items decides nothing.
pub(super) fn collide<'a>(
    names: &Names<'_>,
    rung: u8,
    facts: &[Facts],
    repeats: impl Iterator<Item = &'a [usize]>,
) -> bool {
    let mut retitled = 0;
    for items in repeats {
        let says = |&at: &usize| (facts[at].fingerprint, facts[at].mark);
        if rung == LAST_RUNG || items.iter().map(says).collect::<HashSet<_>>().len() == 1 {
            continue;
        }
        let group = Group::of(names, items);
        let is_whole = items.len() == facts.len();
        if group.differs(rung, names.links_are_void) || group.is_a_column(rung, is_whole) {
            return true;
        }
        retitled += group.titles - 1;
    }
    retitled >= COLLIDING_TITLES
}

/// What the items of one name have in common.
struct Group {
    titles: usize,
    texts: usize,
    has_text: bool,
    dates: HashSet<Option<Timestamp>>,
    links: usize,
    /// One of them has no link.
    unlinked: bool,
    has_guids: bool,
}

impl Group {
    fn of(names: &Names<'_>, places: &[usize]) -> Group {
        let items = || places.iter().map(|&at| &names.feed.entries[at]);
        let titles = items().map(prints::title);
        let titles = titles.collect::<HashSet<_>>().len();
        let texts = items().map(prints::text).collect::<HashSet<_>>().len();
        let dates = items().map(|item| prints::date(item).map(|date| date.at)).collect();
        let links: HashSet<Option<String>> = items().map(|item| names.link(item)).collect();
        Group {
            titles,
            texts,
            has_text: items().any(prints::has_text),
            dates,
            unlinked: links.contains(&None),
            links: links.len(),
            has_guids: items().any(|item| prints::guid(item).is_some()),
        }
    }

    /// Articles that have title and link from what they belong to: told apart by their
    /// texts, or, without any, by their dates. One article that is listed before and after
    /// an edit, or in two lists with an excerpt for each, has its date both times.
    fn is_a_column(&self, rung: u8, is_whole: bool) -> bool {
        const MANY: usize = 3;
        let kinds = if self.has_text { self.texts } else { self.dates.len() };
        if self.titles > 1 || kinds < 2 {
            return false;
        }
        let undated = self.dates.contains(&None);
        let is_of_one_date = self.dates.len() == 1 && !undated;
        let is_mixed = self.dates.len() > 1 && undated;
        let unnamed = rung > 0 || !self.has_guids;
        is_whole || kinds >= MANY || (unnamed && self.has_text && !is_of_one_date && !is_mixed)
    }

    fn differs(&self, rung: u8, links_are_void: bool) -> bool {
        let retitled = self.titles > 1;
        // An item listed before and after an edit has its link both times, and its date;
        // where nothing but a link joins two, title and text tell them apart.
        let is_of_one_date = self.dates.len() == 1 && !self.dates.contains(&None);
        let unjoined = rung > 0 || !self.has_guids || !is_of_one_date;
        (self.links > 1 && !links_are_void)
            || (retitled && (self.unlinked || links_are_void))
            || (retitled && self.texts > 1 && unjoined)
    }
}
