//! What each written name can mean.

use super::crossing::Crossings;
use super::dictionary::{self, Dictionary};
use super::places::{Place, Places};
use super::states;
use crate::model::{Region, RegionLevel};
use crate::tables::{self, Cue};
use crate::text::script;
use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};

/// The longest name that may begin inside another. Bytes.
const LONGEST_WITHIN: usize = 36;

/// Every name and cue; of those that begin together the longest counts.
pub(super) struct Names {
    dictionary: Dictionary,
    meanings: Vec<Meaning>,
    /// Names whose capitals do not tell which letters are small: d'Alene, DeKalb.
    calmed: HashMap<String, usize>,
    crossings: Crossings,
}

#[derive(Debug)]
pub(super) enum Meaning {
    Name(Name),
    Cue(Cue),
}

#[derive(Debug, Clone, Default)]
pub(super) struct Name {
    /// In gazetteer order: provinces before prefectures before counties.
    pub(super) senses: Vec<Place>,
    /// Of a county's short name, or a state's: where the towns are that bear it, too.
    pub(super) towns: Vec<Place>,
    pub(super) guard: Guard,
    /// What it says where it is no place: 中方 is a county, too.
    pub(super) cue: Option<Cue>,
    /// A county's name of two characters without a word for county: other words make it by chance.
    pub(super) is_fragile: bool,
    /// A province or prefecture has it.
    pub(super) is_high: bool,
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
    /// A state as newspapers shorten it (`Calif.`): a name and a comma before it.
    State,
    /// The same, where a sentence may end in it (`Miss.`): that of a place before it, or a sentence
    /// that goes on.
    StateWord,
    /// Of a town: it says less than the names of regions do.
    Town,
    /// Of a place or an institution in a region.
    Landmark,
}

/// A name or cue in folded text.
#[derive(Debug)]
pub(super) struct Hit<'n> {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) meaning: &'n Meaning,
    /// Its last character may belong to the next word.
    pub(super) is_doubtful: bool,
}

impl Names {
    pub(super) fn new(regions: &[&Region], places: &Places) -> Self {
        let mut names = of_regions(regions);
        for (text, code) in tables::landmarks() {
            if let Some(place) = places.of_code(&code) {
                names.entry(script::fold(text)).or_insert(Name::beside(place, Guard::Landmark));
            }
        }
        for (text, code) in tables::towns() {
            let Some(place) = places.of_code(&code) else { continue };
            let name = names.entry(script::fold(text));
            let name = name.or_insert_with(|| Name { guard: Guard::Town, ..Name::default() });
            // Nevada, Iowa, is a town, and Nevada alone the state.
            if name.is_high && text.is_ascii() {
                name.towns.push(place);
                continue;
            }
            if !matches!(name.guard, Guard::Town | Guard::Pair) {
                continue;
            }
            // Houston, Texas, is not in Houston County.
            if name.guard == Guard::Pair {
                name.towns.push(place);
            }
            if !name.senses.contains(&place) {
                name.senses.push(place);
            }
        }
        for (text, code, is_word) in tables::states() {
            let guard = if is_word { Guard::StateWord } else { Guard::State };
            if let Some(place) = places.of_code(&code) {
                names.entry(script::fold(text)).or_insert(Name::beside(place, guard));
            }
        }
        with_printed_apostrophes(&mut names);
        with_counties_in_capitals(&mut names);
        let mut meanings: BTreeMap<Cow<'_, str>, Meaning> =
            names.into_iter().map(|(text, name)| (text, Meaning::Name(name))).collect();
        for (text, cue) in tables::cues() {
            match meanings.entry(script::fold(text)).or_insert(Meaning::Cue(cue)) {
                Meaning::Name(name) => name.cue = Some(cue),
                Meaning::Cue(_) => {}
            }
        }
        let dictionary = Dictionary::new(meanings.keys().map(|text| &**text));
        let is_latin = |text: &str| text.starts_with(|c: char| c.is_ascii_alphabetic());
        let texts = meanings.keys().enumerate().filter(|(_, text)| is_latin(text));
        let calmed = texts.map(|(at, text)| (states::calmed(text), text, at));
        let calmed = calmed.filter(|(calmed, text, _)| calmed != text.as_ref());
        let calmed = calmed.map(|(calmed, _, at)| (calmed, at)).collect();
        let meanings = meanings.into_values().collect();
        Names { dictionary, meanings, calmed, crossings: Crossings::new() }
    }

    /// Every name and cue in folded text, in order; none overlap.
    pub(super) fn find<'n>(&'n self, text: &str) -> impl Iterator<Item = Hit<'n>> {
        let (mut from, mut last) = (0, None);
        std::iter::from_fn(move || {
            loop {
                let (start, end, meaning) = self.next(text, from)?;
                let mut is_doubtful = false;
                // Right behind another name it is meant: 咸阳兴平.
                if let Meaning::Name(name) = meaning
                    && name.is_fragile
                    && last != Some(start)
                {
                    let second = start + text[start..].chars().next().map_or(1, char::len_utf8);
                    if self.crossings.before(text, start) || self.is_high_at(text, second) {
                        from = second;
                        continue;
                    }
                    is_doubtful = self.crossings.after(text, end);
                }
                (from, last) = (end, Some(end));
                return Some(Hit { start, end, meaning, is_doubtful });
            }
        })
    }

    /// What words in capitals are the name of: `COEUR D'ALENE`.
    pub(super) fn named(&self, capitals: &str) -> Option<&Name> {
        let text = states::calmed(capitals);
        let whole = self.next(&text, 0).filter(|(start, end, _)| (*start, *end) == (0, text.len()));
        let meaning = whole.map(|(_, _, meaning)| meaning);
        match meaning.or_else(|| Some(&self.meanings[*self.calmed.get(&text)?]))? {
            Meaning::Name(name) => Some(name),
            Meaning::Cue(_) => None,
        }
    }

    fn next(&self, text: &str, from: usize) -> Option<(usize, usize, &Meaning)> {
        let dictionary::Hit { start, end, word } = self.dictionary.first(text, from)?;
        Some((start, end, &self.meanings[word]))
    }

    /// Whether a name of a province or prefecture begins there: 安徽 in 来安徽.
    fn is_high_at(&self, text: &str, at: usize) -> bool {
        let end = text.floor_char_boundary(at + LONGEST_WITHIN);
        let found = self.next(&text[..end], at);
        found.is_some_and(|(start, _, meaning)| {
            start == at && matches!(meaning, Meaning::Name(name) if name.is_high)
        })
    }
}

impl Name {
    fn beside(place: Place, guard: Guard) -> Self {
        Name { senses: vec![place], guard, ..Name::default() }
    }
}

fn of_regions<'r>(regions: &[&'r Region]) -> BTreeMap<Cow<'r, str>, Name> {
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
            name.is_high |= region.level < RegionLevel::County;
        }
    }
    for (text, name) in &mut names {
        let ends_as_county = text.ends_with(['县', '市', '区', '旗']);
        let is_short = text.len() == 6 && text.chars().count() == 2;
        // Texas is the state, though there is a Texas County.
        if name.is_high && name.guard == Guard::Pair && !traps.contains(&**text) {
            name.guard = Guard::None;
        }
        let is_plain = matches!(name.guard, Guard::None | Guard::Trap);
        name.is_fragile = is_short && !name.is_high && !ends_as_county && is_plain;
    }
    names
}

/// Names with an apostrophe also as it is printed: Prince George’s.
fn with_printed_apostrophes(names: &mut BTreeMap<Cow<'_, str>, Name>) {
    let with_one = names.iter().filter(|(text, _)| text.contains('\''));
    let printed = with_one.map(|(text, name)| (Cow::Owned(text.replace('\'', "’")), name.clone()));
    let printed: Vec<_> = printed.collect();
    for (text, name) in printed {
        names.entry(text).or_insert(name);
    }
}

/// Counties also as their capitals give them (`DEKALB COUNTY`), and as many write them: Dekalb County.
fn with_counties_in_capitals(names: &mut BTreeMap<Cow<'_, str>, Name>) {
    let counties = names.iter().filter(|(text, _)| states::is_county(text));
    let calmed = counties.map(|(text, name)| (states::lowered(text), text, name));
    let other = calmed.filter(|(calmed, text, _)| *calmed != ***text);
    let other: Vec<_> = other.map(|(calmed, _, name)| (Cow::Owned(calmed), name.clone())).collect();
    for (text, name) in other {
        names.entry(text).or_insert(name);
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
