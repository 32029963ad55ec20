//! Names of regions in a text, as evidence of what an entry is about.
//!
//! `classify` decides which region that is. Here it is enough that two texts name the same
//! ones, so a name that several regions share stands for all of them.

use super::letters::letters;
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
    /// By the first two letters: the rest of each name, longest first, and what it names.
    names: HashMap<u64, Vec<Name>, BuildHasherDefault<Mixer>>,
    /// A bit for each letter that begins a name: most letters begin none.
    begins: Box<[u64; 1024]>,
}

type Name = (Box<[u16]>, u16);

impl Places {
    /// All divisions of China by name and short name, without those that mostly mean something
    /// else.
    fn new() -> Places {
        let traps: HashSet<&str> = tables::traps().collect();
        let mut numbers: HashMap<Vec<u16>, u16> = HashMap::new();
        let mut names: HashMap<u64, Vec<Name>, BuildHasherDefault<Mixer>> = HashMap::default();
        let mut begins = Box::new([0; 1024]);
        let rows = tables::gazetteer("cn").unwrap_or_default();
        for (row, line) in rows.lines().filter(|line| !line.starts_with('#')).enumerate() {
            let mut fields = line.split('\t').skip(2);
            let (Some(name), Some(short)) = (fields.next(), fields.next()) else { continue };
            // A region's name and its short name are one place; a name taken before stays.
            let of_short = folded(short);
            let mut number = row as u16;
            for (written, name) in [(short, of_short), (name, folded(name))] {
                if name.len() < 2 || traps.contains(written) {
                    continue;
                }
                if let Some(&taken) = numbers.get(&name) {
                    number = taken;
                    continue;
                }
                numbers.insert(name.clone(), number);
                begins[usize::from(name[0] / 64)] |= 1 << (name[0] % 64);
                names.entry(key(name[0], name[1])).or_default().push((name[2..].into(), number));
            }
        }
        for rests in names.values_mut() {
            rests.sort_by(|(a, _), (b, _)| b.len().cmp(&a.len()).then(a.cmp(b)));
        }
        Places { names, begins }
    }

    /// Gives each place that is named, leftmost and longest first, and where.
    pub fn each(&self, text: &[u16], mut give: impl FnMut(usize, u16)) {
        let mut at = 0;
        while at + 1 < text.len() {
            if self.begins[usize::from(text[at] / 64)] >> (text[at] % 64) & 1 == 0 {
                at += 1;
                continue;
            }
            let rests = self.names.get(&key(text[at], text[at + 1]));
            let found = rests
                .and_then(|rests| rests.iter().find(|(rest, _)| text[at + 2..].starts_with(rest)));
            at += match found {
                Some((rest, number)) => {
                    give(at, *number);
                    rest.len() + 2
                }
                None => 1,
            };
        }
    }
}

fn key(first: u16, second: u16) -> u64 {
    u64::from(first) << 16 | u64::from(second)
}

fn folded(name: &str) -> Vec<u16> {
    let mut name = letters(name, 32);
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
    fn common_words_are_no_places() {
        assert!(named("公安合作解放和平").is_empty());
    }
}
