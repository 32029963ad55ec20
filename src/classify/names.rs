//! What each written name can mean.

use super::places::{Place, Places};
use crate::model::Region;
use crate::tables::{self, Cue};
use crate::text::script;
use daachorse::{CharwiseDoubleArrayAhoCorasick, CharwiseDoubleArrayAhoCorasickBuilder, MatchKind};
use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};

/// Every name and cue in one automaton, leftmost and longest first.
pub(super) struct Names {
    automaton: Option<CharwiseDoubleArrayAhoCorasick<u32>>,
    meanings: Vec<Meaning>,
}

#[derive(Debug)]
pub(super) enum Meaning {
    Name(Name),
    Cue(Cue),
}

#[derive(Debug, Default)]
pub(super) struct Name {
    /// In gazetteer order: provinces before prefectures before counties.
    pub(super) senses: Vec<Place>,
    pub(super) guard: Guard,
}

/// What a name needs beside it before it counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Guard {
    #[default]
    None,
    /// A common word (公安): an ancestor right before it.
    Trap,
    /// A short name in Latin letters (`King`) or a common one (`Washington`):
    /// `King, Washington`.
    Pair,
    /// An abbreviation (`WA`): a word and a comma before it.
    Abbreviation,
}

impl Names {
    pub(super) fn new(regions: &[&Region], places: &Places) -> Self {
        let traps: HashSet<&str> = tables::traps().collect();
        let mut names: BTreeMap<Cow<'_, str>, Name> = BTreeMap::new();
        for (place, region) in (0..).zip(regions) {
            let aliases = region.aliases.iter().map(String::as_str);
            for text in [region.name.as_str(), region.short.as_str()].into_iter().chain(aliases) {
                // One character is too little to go by: 陕 stands in 陕汽 and 闽 in 闽菜.
                if text.chars().nth(1).is_none() {
                    continue;
                }
                let name = names.entry(script::fold(text)).or_default();
                if name.senses.last() != Some(&place) {
                    name.senses.push(place);
                }
                name.guard = name.guard.or(guard_of(text, region, &traps));
            }
        }
        for (text, code) in tables::landmarks() {
            if let Some(place) = places.of_code(&code) {
                let name = names.entry(script::fold(text));
                name.or_insert(Name { senses: vec![place], guard: Guard::None });
            }
        }
        let mut meanings: BTreeMap<Cow<'_, str>, Meaning> =
            names.into_iter().map(|(text, name)| (text, Meaning::Name(name))).collect();
        for (text, cue) in tables::cues() {
            meanings.entry(script::fold(text)).or_insert(Meaning::Cue(cue));
        }
        let automaton = (!meanings.is_empty()).then(|| {
            CharwiseDoubleArrayAhoCorasickBuilder::new()
                .match_kind(MatchKind::LeftmostLongest)
                .build_with_values(meanings.keys().zip(0..))
                .expect("names are distinct, not empty, and fewer than the automaton holds")
        });
        Names { automaton, meanings: meanings.into_values().collect() }
    }

    /// Every name and cue in folded text, as (start, end, meaning); none overlap.
    pub(super) fn find<'n>(
        &'n self,
        text: &str,
    ) -> impl Iterator<Item = (usize, usize, &'n Meaning)> {
        self.automaton.iter().flat_map(move |automaton| {
            automaton
                .leftmost_find_iter(text)
                .map(|hit| (hit.start(), hit.end(), &self.meanings[hit.value() as usize]))
        })
    }
}

impl Guard {
    /// One name, two regions: the stricter guard holds.
    fn or(self, other: Guard) -> Guard {
        if self == Guard::None { other } else { self }
    }
}

fn guard_of(text: &str, region: &Region, traps: &HashSet<&str>) -> Guard {
    let latin = text.starts_with(|c: char| c.is_ascii_alphabetic());
    if latin && text.len() <= 3 && text.bytes().all(|b| b.is_ascii_uppercase()) {
        Guard::Abbreviation
    } else if latin && (traps.contains(text) || (text == region.short && text != region.name)) {
        Guard::Pair
    } else if traps.contains(text) {
        Guard::Trap
    } else {
        Guard::None
    }
}
