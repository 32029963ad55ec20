//! Terms of a text and what each weighs.
//!
//! A term is two neighbouring letters of a script without spaces, a word, or a number. What it
//! weighs comes from `data/story/terms.tsv`: the rarer, the more.

use super::letters::{BREAK, POINT, is_digit, is_wide};
use super::shingles::mixed;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::LazyLock;

/// A term, by its place in the table or, in the ranges above it, by a hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Term(pub u32);

/// A term that the table does not have.
const UNKNOWN: u32 = 0x40_0000;
/// A number that the table does not have.
const NUMBER: u32 = 0x80_0000;
/// A place. Its name counts as other words too; as a place it weighs nothing.
const PLACE: u32 = 0xC0_0000;
const HASHED: u64 = 0x3F_FFFF;
/// Marks words among keys: two letters of 16 bits never reach it.
const WORD: u64 = 1 << 63;

static TABLE: LazyLock<Table> =
    LazyLock::new(|| Table::new(include_str!("../../data/story/terms.tsv")));

pub fn table() -> &'static Table {
    &TABLE
}

impl Term {
    pub fn place(number: u16) -> Term {
        Term(PLACE | u32::from(number))
    }

    pub fn is_place(self) -> bool {
        self.0 >= PLACE
    }
}

pub struct Table {
    numbers: HashMap<u64, u32, BuildHasherDefault<Mixer>>,
    weights: Vec<Weight>,
    unknown: u16,
}

#[derive(Clone, Copy)]
struct Weight {
    weight: u16,
    is_number: bool,
}

impl Table {
    fn new(rows: &str) -> Table {
        let mut table = Table { numbers: HashMap::default(), weights: Vec::new(), unknown: 0 };
        for line in rows.lines().filter(|line| !line.starts_with('#')) {
            let Some((term, weight)) = line.split_once('\t') else { continue };
            let Ok(weight) = weight.parse() else { continue };
            if term == "*" {
                table.unknown = weight;
                continue;
            }
            let letters: Vec<u16> = term.encode_utf16().collect();
            let is_number = letters.first().is_some_and(|&first| is_digit(first));
            table.numbers.insert(key(&letters), table.weights.len() as u32);
            table.weights.push(Weight { weight, is_number });
        }
        table
    }

    pub fn weight(&self, term: Term) -> u32 {
        match self.weights.get(term.0 as usize) {
            Some(known) => u32::from(known.weight),
            None if term.is_place() => 0,
            None => u32::from(self.unknown),
        }
    }

    pub fn is_number(&self, term: Term) -> bool {
        match self.weights.get(term.0 as usize) {
            Some(known) => known.is_number,
            None => (NUMBER..PLACE).contains(&term.0),
        }
    }

    fn term(&self, letters: &[u16]) -> Term {
        let key = key(letters);
        if let Some(&number) = self.numbers.get(&key) {
            return Term(number);
        }
        let range =
            if letters.first().is_some_and(|&first| is_digit(first)) { NUMBER } else { UNKNOWN };
        Term(range | (mixed(key) & HASHED) as u32)
    }

    /// Gives each term of a text, and where it begins, in order.
    pub fn each(&self, letters: &[u16], mut give: impl FnMut(usize, Term)) {
        self.each_with_end(letters, |start, _, term| give(start, term));
    }

    /// The same, and where it ends.
    pub fn each_with_end(&self, letters: &[u16], mut give: impl FnMut(usize, usize, Term)) {
        let mut at = 0;
        while let Some(&first) = letters.get(at) {
            if first == BREAK || first == POINT {
                at += 1;
            } else if is_wide(first) {
                if letters.get(at + 1).is_some_and(|&next| is_wide(next)) {
                    give(at, at + 2, self.term(&letters[at..at + 2]));
                }
                at += 1;
            } else {
                let is_number = is_digit(first);
                let belongs = |&&letter: &&u16| {
                    letter != BREAK
                        && !is_wide(letter)
                        && (is_digit(letter) || letter == POINT) == is_number
                };
                let length = letters[at..].iter().take_while(belongs).count().max(1);
                give(at, at + length, self.term(&letters[at..at + length]));
                at += length;
            }
        }
    }
}

fn key(letters: &[u16]) -> u64 {
    match letters {
        [first, second] if is_wide(*first) => u64::from(*first) << 16 | u64::from(*second),
        word => {
            let add = |hash: u64, &letter: &u16| mixed(hash ^ u64::from(letter));
            word.iter().fold(word.len() as u64, add) | WORD
        }
    }
}

/// For keys that are hashes or nearly so; what it gives decides no order.
#[derive(Default)]
pub struct Mixer(u64);

impl Hasher for Mixer {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = mixed(self.0 ^ u64::from(byte));
        }
    }

    fn write_u64(&mut self, key: u64) {
        self.0 = key.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        self.0 ^= self.0 >> 32;
    }
}

#[cfg(test)]
mod tests {
    use super::super::letters::letters;
    use super::*;

    fn terms(text: &str) -> Vec<(usize, Term)> {
        let mut found = Vec::new();
        table().each(&letters(text, 1000), |at, term| found.push((at, term)));
        found
    }

    #[test]
    fn the_table_loads_and_rare_terms_weigh_more() {
        assert!(table().weights.len() > 50_000 && table().weights.len() < UNKNOWN as usize);
        assert_eq!(table().numbers.len(), table().weights.len(), "no key twice");
        let weight = |text: &str| table().weight(terms(text)[0].1);
        assert!(weight("我们") < weight("地震"));
        assert!(weight("地震") < weight("囍鱻"));
        assert_eq!(weight("囍鱻"), u32::from(table().unknown));
    }

    #[test]
    fn pairs_words_and_numbers_are_terms() {
        let found = terms("兴平3.15级gdp");
        assert_eq!(found.iter().map(|(at, _)| *at).collect::<Vec<_>>(), [0, 2, 7]);
        assert!(!table().is_number(found[0].1) && table().is_number(found[1].1));
        assert!(table().is_number(terms("98765432101")[0].1));
        assert_ne!(terms("98765432101"), terms("98765432102"));
        assert!(terms("一，二").is_empty());
    }
}
