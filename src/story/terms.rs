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

impl Term {
    pub fn place(number: u16) -> Term {
        Term(PLACE | u32::from(number))
    }

    pub fn is_place(self) -> bool {
        self.0 >= PLACE
    }

    /// As it was given to [`place`](Term::place).
    pub fn place_number(self) -> Option<u16> {
        self.is_place().then_some(self.0 as u16)
    }
}

/// A term, whether it is in the title, and how often it is said: 24, 1 and 7 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Said(pub u32);

const IN_TITLE: u32 = 0x80;
const TIMES: u32 = 0x7F;

/// How often a term counts that is said once, twice … (1 + ln n), in sixteenths.
const SAID: [u32; 16] = [0, 16, 27, 34, 38, 42, 45, 47, 49, 51, 53, 54, 56, 57, 58, 59];

impl Said {
    /// What no term is: each is said.
    pub const NONE: Said = Said(0);

    pub fn once(term: Term) -> Said {
        Said(term.0 << 8 | 1)
    }

    /// A title counts twice, however often it says something.
    pub fn in_a_title(term: Term) -> Said {
        Said(term.0 << 8 | IN_TITLE)
    }

    /// The same term, said here and there.
    pub fn and(self, other: Said) -> Said {
        let times = (self.0 & TIMES) + (other.0 & TIMES);
        Said(self.0 & !TIMES | other.0 & IN_TITLE | times.min(TIMES))
    }

    pub fn term(self) -> Term {
        Term(self.0 >> 8)
    }

    pub fn in_title(self) -> bool {
        self.0 & IN_TITLE != 0
    }

    /// Weight of the term times how often it is said.
    pub fn value(self, weight: u32) -> u32 {
        let times = (self.0 & TIMES) as usize + if self.in_title() { 2 } else { 0 };
        weight * SAID[times.min(SAID.len() - 1)] / 16
    }
}

static TABLE: LazyLock<Table> =
    LazyLock::new(|| Table::new(include_str!("../../data/story/terms.tsv")));

pub fn table() -> &'static Table {
    &TABLE
}

/// The numbers of known terms and what each weighs.
pub struct Table {
    /// Pairs of letters, with open addresses: most terms, in one place each.
    pairs: Box<[Pair]>,
    words: HashMap<u64, u32, BuildHasherDefault<Mixer>>,
    weights: Vec<Weight>,
    unknown: u16,
}

/// The two letters, which are 0 where there is none, and their number.
#[derive(Clone, Copy, Default)]
struct Pair {
    letters: u32,
    number: u32,
}

/// What a term weighs, in what bursts it comes, whether it is a number: 9, 6 and 1 bits.
#[derive(Clone, Copy)]
struct Weight(u16);

const WEIGHT: u16 = 0x01FF;
const BURST: u16 = 0x3F;
const IS_NUMBER: u16 = 0x8000;
/// Places for pairs: more than twice as many as there are, which a test shows.
const PLACES: usize = 1 << 17;

impl Table {
    fn new(rows: &str) -> Table {
        let mut table = Table {
            pairs: vec![Pair::default(); PLACES].into(),
            words: HashMap::default(),
            weights: Vec::new(),
            unknown: 0,
        };
        for line in rows.lines().filter(|line| !line.starts_with('#')) {
            let mut fields = line.split('\t');
            let Some(term) = fields.next() else { continue };
            let mut number = || fields.next().and_then(|field| field.parse::<u16>().ok());
            let (Some(weight), Some(burst)) = (number(), number()) else { continue };
            let (weight, burst) = (weight.min(WEIGHT), burst.min(BURST));
            if term == "*" {
                table.unknown = weight;
                continue;
            }
            let letters: Vec<u16> = term.encode_utf16().collect();
            let is_number = letters.first().is_some_and(|&first| is_digit(first));
            let number = table.weights.len() as u32;
            match *letters.as_slice() {
                [first, second] if is_wide(first) => {
                    let letters = pair(first, second);
                    let at = table.place_of(letters, first_place(letters));
                    table.pairs[at] = Pair { letters, number };
                }
                ref word => drop(table.words.insert(key(word), number)),
            }
            let is_number = if is_number { IS_NUMBER } else { 0 };
            table.weights.push(Weight(weight | burst << 9 | is_number));
        }
        table
    }

    pub fn weight(&self, term: Term) -> u32 {
        match self.weights.get(term.0 as usize) {
            Some(known) => u32::from(known.0 & WEIGHT),
            None if term.is_place() => 0,
            None => u32::from(self.unknown),
        }
    }

    /// How much more often articles with the term are of the same days than any are; 0 of terms
    /// that the table does not have.
    pub fn burst(&self, term: Term) -> u32 {
        self.weights.get(term.0 as usize).map_or(0, |known| u32::from(known.0 >> 9 & BURST))
    }

    pub fn is_number(&self, term: Term) -> bool {
        match self.weights.get(term.0 as usize) {
            Some(known) => known.0 & IS_NUMBER != 0,
            None => (NUMBER..PLACE).contains(&term.0),
        }
    }

    /// Where a pair is, or would be; searched for from `at` on.
    fn place_of(&self, letters: u32, mut at: usize) -> usize {
        while self.pairs[at].letters != letters && self.pairs[at].letters != 0 {
            at = (at + 1) % PLACES;
        }
        at
    }

    /// Gives the pairs of letters that follow each other. First all are looked for where they
    /// are nearly always, so that the processor waits for memory once and not for each.
    fn each_pair(&self, letters: &[u16], at: usize, give: &mut impl FnMut(usize, usize, Term)) {
        const AT_ONCE: usize = 32;
        let mut places = [(0, Pair::default()); AT_ONCE];
        for from in (0..letters.len().saturating_sub(1)).step_by(AT_ONCE) {
            let pairs = letters[from..].windows(2).take(AT_ONCE);
            let many = pairs.len();
            for (place, two) in places.iter_mut().zip(pairs) {
                let letters = pair(two[0], two[1]);
                *place = (letters, self.pairs[first_place(letters)]);
            }
            for (next, &(letters, mut there)) in places[..many].iter().enumerate() {
                if there.letters != letters && there.letters != 0 {
                    there = self.pairs[self.place_of(letters, first_place(letters))];
                }
                let unknown = UNKNOWN | (mixed(u64::from(letters)) & HASHED) as u32;
                let is_known = there.letters == letters;
                let start = at + from + next;
                give(start, start + 2, Term(if is_known { there.number } else { unknown }));
            }
        }
    }

    fn term_of_word(&self, letters: &[u16]) -> Term {
        let key = key(letters);
        if let Some(&number) = self.words.get(&key) {
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
            if is_wide(first) {
                let length = letters[at..].iter().take_while(|&&letter| is_wide(letter)).count();
                self.each_pair(&letters[at..at + length], at, &mut give);
                at += length;
            } else if first == BREAK || first == POINT {
                at += 1;
            } else {
                let is_number = is_digit(first);
                let belongs = |&&letter: &&u16| {
                    letter != BREAK
                        && !is_wide(letter)
                        && (is_digit(letter) || letter == POINT) == is_number
                };
                let length = letters[at..].iter().take_while(belongs).count().max(1);
                give(at, at + length, self.term_of_word(&letters[at..at + length]));
                at += length;
            }
        }
    }
}

fn first_place(letters: u32) -> usize {
    (letters.wrapping_mul(0x9E37_79B1) >> 15) as usize
}

fn pair(first: u16, second: u16) -> u32 {
    u32::from(first) << 16 | u32::from(second)
}

/// Of a word or a number.
fn key(word: &[u16]) -> u64 {
    /// No pair of letters, hashed, is a word.
    const WORD: u64 = 1 << 63;
    let add = |hash: u64, &letter: &u16| mixed(hash ^ u64::from(letter));
    word.iter().fold(word.len() as u64, add) | WORD
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
        let pairs = table().pairs.iter().filter(|pair| pair.letters != 0).count();
        assert_eq!(pairs + table().words.len(), table().weights.len(), "no key twice");
        assert!(pairs * 2 < PLACES);
        let weight = |text: &str| table().weight(terms(text)[0].1);
        assert!(weight("我们") < weight("地震"));
        assert!(weight("地震") < weight("囍鱻"));
        assert_eq!(weight("囍鱻"), u32::from(table().unknown));
        let burst = |text: &str| table().burst(terms(text)[0].1);
        assert!(burst("我们") < burst("地震") && burst("地震") < burst("寒潮"));
        assert_eq!(burst("囍鱻"), 0);
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
