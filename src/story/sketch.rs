//! What is kept of an entry to compare it with later ones: some kilobyte, made once.

use super::formulas::{formulas, ordinal};
use super::letters::{BREAK, letters};
use super::places::places;
use super::shingles::shingles;
use super::terms::{Term, table};
use crate::model::Timestamp;

/// Letters that are read of a title, of the part of a text that says what happened, of the
/// part whose words count, and of that whose passages do. On `yardsticks/story` 800 letters
/// of words are no better than 400.
pub(super) const TITLE: usize = 64;
pub(super) const LEAD: usize = 200;
const BODY: usize = 400;
pub(super) const TEXT: usize = 1000;

/// How often a term counts that is said once, twice … (1 + ln n), in sixteenths.
const SAID: [u32; 16] = [0, 16, 27, 34, 38, 42, 45, 47, 49, 51, 53, 54, 56, 57, 58, 59];

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sketch {
    /// Ascending by term, each once.
    pub(super) terms: Box<[Said]>,
    /// Ascending, each once.
    pub(super) shingles: Box<[u32]>,
    /// Without breaks.
    pub(super) title: Box<[u16]>,
    pub(super) lengths: Lengths,
    pub(super) published: Timestamp,
    /// Tells the sources of entries apart; 0 where it is not known.
    pub(super) origin: u32,
    /// Its text says too little to be printed again: notices and empty shells are alike by chance.
    pub(super) is_brief: bool,
    /// Letters that were read of the text.
    pub(super) read: u16,
    pub(super) formulas: u8,
    pub(super) ordinal: u32,
}

/// Lengths of the vectors of terms, and what the title's terms weigh together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Lengths {
    pub all: u32,
    pub early: u32,
    pub title: u32,
    pub title_weight: u32,
}

/// A term, whether it is in title or lead, and how often it is said: 24, 2 and 6 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Said(u32);

const IN_TITLE: u32 = 0x80;
const IN_LEAD: u32 = 0x40;
const TIMES: u32 = 0x3F;

impl Said {
    fn new(term: Term, part: u32) -> Said {
        Said(term.0 << 8 | part)
    }

    pub fn term(self) -> Term {
        Term(self.0 >> 8)
    }

    pub fn in_title(self) -> bool {
        self.0 & IN_TITLE != 0
    }

    /// In title or lead.
    pub fn is_early(self) -> bool {
        self.0 & (IN_TITLE | IN_LEAD) != 0
    }

    /// Weight of the term times how often it is said; a title counts twice.
    pub fn value(self, weight: u32) -> u32 {
        let times = (self.0 & TIMES) as usize + if self.in_title() { 2 } else { 0 };
        weight * SAID[times.min(SAID.len() - 1)] / 16
    }
}

impl Sketch {
    /// `title`: plain text. `text`: plain text or sanitised HTML; some thousand letters are read.
    pub fn new(title: &str, text: &str, published: Timestamp) -> Sketch {
        let mut title = letters(title, TITLE);
        let text = letters(text, TEXT);
        let terms = said(&title, &text);
        let (formulas, ordinal) = (formulas(&title), ordinal(&title));
        title.retain(|&letter| letter != BREAK);
        let read = text.iter().filter(|&&letter| letter != BREAK).count();
        Sketch {
            lengths: lengths(&terms),
            terms: terms.into(),
            shingles: shingles(&text).into(),
            title: title.into(),
            published,
            origin: 0,
            is_brief: false,
            read: read as u16,
            formulas,
            ordinal,
        }
    }

    /// Memory that it takes.
    pub fn bytes(&self) -> usize {
        size_of::<Sketch>()
            + size_of_val(&*self.terms)
            + size_of_val(&*self.shingles)
            + size_of_val(&*self.title)
    }

    /// The terms of title and lead that say most, best first; at most `most`.
    pub(super) fn telling(&self, most: usize) -> Vec<Term> {
        let table = table();
        let early = self.terms.iter().filter(|said| said.is_early() && !said.term().is_place());
        let mut ranked: Vec<(u32, Term)> =
            early.map(|said| (said.value(table.weight(said.term())), said.term())).collect();
        let by_value = |a: &(u32, Term), b: &(u32, Term)| b.0.cmp(&a.0).then(a.1.cmp(&b.1));
        if ranked.len() > most {
            ranked.select_nth_unstable_by(most, by_value);
            ranked.truncate(most);
        }
        ranked.sort_unstable_by(by_value);
        ranked.into_iter().map(|(_, term)| term).collect()
    }
}

/// The terms and places of title and text.
fn said(title: &[u16], text: &[u16]) -> Vec<Said> {
    let table = table();
    let lead = &text[..text.len().min(LEAD)];
    let body = &text[..text.len().min(BODY)];
    let mut all = Vec::with_capacity(title.len() + body.len() + 16);
    table.each(title, |_, term| all.push(Said::new(term, IN_TITLE)));
    table.each(body, |at, term| all.push(Said::new(term, if at < LEAD { IN_LEAD | 1 } else { 1 })));
    places().each(title, |_, place| all.push(Said::new(Term::place(place), IN_TITLE)));
    places().each(lead, |_, place| all.push(Said::new(Term::place(place), IN_LEAD | 1)));
    all.sort_unstable();
    let mut said: Vec<Said> = Vec::with_capacity(all.len());
    for one in all {
        match said.last_mut() {
            Some(last) if last.term() == one.term() => {
                let times = (last.0 & TIMES) + (one.0 & TIMES);
                let parts = (last.0 | one.0) & (IN_TITLE | IN_LEAD);
                *last = Said(one.0 & !0xFF | parts | times.min(TIMES));
            }
            _ => said.push(one),
        }
    }
    said
}

fn lengths(terms: &[Said]) -> Lengths {
    let table = table();
    let (mut all, mut early, mut title, mut title_weight) = (0, 0, 0, 0);
    for said in terms {
        let weight = table.weight(said.term());
        let square = u64::from(said.value(weight)).pow(2);
        all += square;
        if said.is_early() {
            early += square;
        }
        if said.in_title() {
            title += u64::from(weight).pow(2);
            title_weight += weight;
        }
    }
    let length = |squares: u64| squares.isqrt() as u32;
    Lengths { all: length(all), early: length(early), title: length(title), title_weight }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_are_counted_where_they_stand() {
        let sketch = Sketch::new("兴平地震", "兴平，兴平。", Timestamp(0));
        let of = |text: &str| {
            let one = Sketch::new(text, "", Timestamp(0)).terms[0];
            sketch.terms.iter().find(|said| said.term() == one.term()).copied().expect("there")
        };
        let (place, quake) = (of("兴平"), of("地震"));
        assert!(place.in_title() && quake.in_title() && quake.is_early());
        assert_eq!((quake.value(16), place.value(16)), (27, 38), "twice, and four times");
        assert_eq!(sketch.telling(1), [place.term()]);
    }

    #[test]
    fn hostile_texts_are_read_in_part() {
        let long = "震".repeat(1_000_000);
        let sketch = Sketch::new(&long, &long, Timestamp(i64::MIN));
        assert!(sketch.bytes() < 8192 && sketch.title.len() <= TITLE);
        assert_eq!(Sketch::new("", "", Timestamp(0)).terms.len(), 0);
    }
}
