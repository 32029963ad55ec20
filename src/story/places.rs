//! Names of regions in a text, as evidence of what an entry is about.
//!
//! `classify` decides which region that is. Here it is enough that two texts name the same
//! ones, so a name that several regions share stands for all of them.

use super::letters::{BREAK, is_wide, letters};
use super::terms::Mixer;
use crate::tables;
use std::collections::{HashMap, HashSet};
use std::hash::BuildHasherDefault;
use std::sync::LazyLock;

static PLACES: LazyLock<Places> = LazyLock::new(Places::new);

pub fn places() -> &'static Places {
    &PLACES
}

pub struct Places {
    /// By their first letters: the rest of each name, longest first, and what it names.
    names: HashMap<u64, Vec<Name>, BuildHasherDefault<Mixer>>,
    /// A bit for the two letters that a name begins with, which few others share: most begin none.
    begins: Box<[u64; 1024]>,
    /// What holds each place, by any meaning of its name; ascending.
    held_by: Vec<(u16, u16)>,
}

type Name = (Box<[u16]>, u16);

/// First letters of a name by which it is looked up: words are longer, and many begin alike.
const FIRST_WIDE: usize = 2;
const FIRST_NARROW: usize = 4;

impl Places {
    /// All divisions of the shipped gazetteers by name and short name, without those that mostly
    /// mean something else: whatever an installation files by, its news name these.
    fn new() -> Places {
        let traps: HashSet<&str> = tables::traps().collect();
        let mut places =
            Places { names: HashMap::default(), begins: Box::new([0; 1024]), held_by: Vec::new() };
        let mut numbers: HashMap<Vec<u16>, u16> = HashMap::new();
        let mut by_code: HashMap<&str, u16> = HashMap::new();
        let rows = tables::GAZETTEERS.into_iter().filter_map(tables::gazetteer);
        let rows = rows.flat_map(|rows| rows.lines().filter(|line| !line.starts_with('#')));
        for (row, line) in rows.enumerate() {
            let fields: Vec<&str> = line.split('\t').collect();
            let [code, level, name, short, _, parent, ..] = fields[..] else { continue };
            // A region's name and its short name are one place; a name taken before stays.
            let mut number = row as u16;
            for written in [short, name] {
                let name = folded(written);
                // Clay is a county and mostly none, Clay County always is.
                let is_word = is_narrow(&name) && level == "county" && written == short;
                if name.len() < first_letters(&name) || is_word || traps.contains(written) {
                    continue;
                }
                if let Some(&taken) = numbers.get(&name) {
                    number = taken;
                    continue;
                }
                numbers.insert(name.clone(), number);
                places.add(&name, number);
            }
            by_code.insert(code, number);
            let holder = by_code.get(parent).filter(|&&holder| holder != number);
            places.held_by.extend(holder.map(|&holder| (number, holder)));
        }
        places.held_by.sort_unstable();
        places.held_by.dedup();
        for rests in places.names.values_mut() {
            rests.sort_by(|(a, _), (b, _)| b.len().cmp(&a.len()).then(a.cmp(b)));
        }
        places
    }

    fn add(&mut self, name: &[u16], number: u16) {
        let (first, rest) = name.split_at(first_letters(name));
        let (word, bit) = mark(first[0], first[1]);
        self.begins[word] |= 1 << bit;
        self.names.entry(key(first)).or_default().push((rest.into(), number));
    }

    /// Gives each place that is named, leftmost and longest first, and where.
    pub fn each(&self, text: &[u16], mut give: impl FnMut(usize, u16)) {
        let mut at = 0;
        while at + 1 < text.len() {
            let (word, bit) = mark(text[at], text[at + 1]);
            if self.begins[word] >> bit & 1 == 0 || is_in_a_word(text, at) {
                at += 1;
                continue;
            }
            at += match self.named(text, at) {
                Some((length, number)) => {
                    give(at, number);
                    length
                }
                None => 1,
            };
        }
    }

    /// Whether one is the other or lies in it, by some meaning of their names.
    pub fn are_related(&self, one: u16, other: u16) -> bool {
        self.is_within(one, other, 0) || self.is_within(other, one, 0)
    }

    fn is_within(&self, place: u16, other: u16, depth: usize) -> bool {
        /// Counties lie in prefectures, and those in provinces; names may lead round.
        const DEEPEST: usize = 3;
        let first = self.held_by.partition_point(|(held, _)| *held < place);
        let mut holders =
            self.held_by[first..].iter().take_while(|(held, _)| *held == place).map(|(_, by)| *by);
        place == other
            || (depth < DEEPEST && holders.any(|by| self.is_within(by, other, depth + 1)))
    }

    /// Letters of the longest name that begins there, and what it names.
    fn named(&self, text: &[u16], at: usize) -> Option<(usize, u16)> {
        let first = first_letters(&text[at..]);
        let rest = text.get(at + first..)?;
        let rests = self.names.get(&key(&text[at..at + first]))?;
        let is_there = |(name, _): &&Name| {
            rest.starts_with(name) && !is_in_a_word(text, at + first + name.len())
        };
        rests.iter().find(is_there).map(|(name, number)| (first + name.len(), *number))
    }
}

fn mark(first: u16, second: u16) -> (usize, u16) {
    let hash = first.wrapping_mul(0x9E37).rotate_left(7) ^ second.wrapping_mul(0x79B1);
    (usize::from(hash / 64), hash % 64)
}

fn key(first: &[u16]) -> u64 {
    first.iter().fold(0, |key, &letter| key << 16 | u64::from(letter))
}

fn first_letters(name: &[u16]) -> usize {
    if is_narrow(name) { FIRST_NARROW } else { FIRST_WIDE }
}

/// Whether it begins with a letter of a script that parts words.
fn is_narrow(name: &[u16]) -> bool {
    name.first().is_some_and(|&first| !is_wide(first))
}

/// Whether a word goes on from the letter before to the one there.
fn is_in_a_word(text: &[u16], at: usize) -> bool {
    let is_narrow = |at: usize| text.get(at).is_some_and(|&l| l != BREAK && !is_wide(l));
    at > 0 && is_narrow(at) && is_narrow(at - 1)
}

fn folded(name: &str) -> Vec<u16> {
    let mut name = letters(name, 64);
    name.pop();
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(text: &str) -> Vec<(usize, u16)> {
        let mut found = Vec::new();
        places().each(&letters(text, 100), |at, number| found.push((at, number)));
        found
    }

    #[test]
    fn a_region_is_one_place_by_any_of_its_names() {
        assert_eq!(named("陕西兴平"), named("陝西興平"));
        assert_eq!(named("兴平市")[0].1, named("兴平")[0].1);
        assert_ne!(named("咸阳")[0].1, named("兴平")[0].1);
        assert_eq!(named("到兴平去")[0].0, 1);
    }

    #[test]
    fn a_place_is_related_to_what_holds_it() {
        let related =
            |one: &str, other: &str| places().are_related(named(one)[0].1, named(other)[0].1);
        assert!(related("兴平", "陕西") && related("咸阳", "兴平市") && related("兴平", "兴平市"));
        assert!(related("Maricopa County", "Arizona"));
        assert!(!related("兴平", "泾阳") && !related("陕西", "甘肃") && !related("兴平", "宝鸡"));
        assert!(related("鼓楼区", "南京") && related("鼓楼区", "徐州"), "either may be meant");
    }

    #[test]
    fn common_words_are_no_places() {
        assert!(named("公安合作解放和平").is_empty());
    }

    #[test]
    fn counties_and_states_are_named_by_whole_words() {
        let [maricopa] = named("Maricopa County board")[..] else { panic!("one place") };
        assert_eq!(named("in MARICOPA COUNTY's court")[0], (3, maricopa.1));
        assert_ne!(named("Pinal County board")[0].1, maricopa.1);
        assert_eq!(named("St. Louis County, Missouri").len(), 2);
        assert_eq!(named("West Virginia")[0].0, 0);
        assert_eq!(named("West Virginia").len(), 1);
        assert!(
            named("Clay and Lake in Washington: countywide, Pinal Countywide, unUtah").is_empty()
        );
    }
}
