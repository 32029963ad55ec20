//! What is kept of an entry to compare it with later ones: some kilobyte, made once.

use super::boilerplate::without;
use super::formulas::{QUAKE, formulas, ordinal};
use super::letters::{BREAK, letters};
use super::lookup::Terms;
use super::places::places;
use super::shingles::shingles;
use super::strength::strength;
use super::terms::{Said, Term, table};
use crate::model::Timestamp;
use std::sync::Arc;

/// Letters that are read of a title, of the part of a text that says what happened, whose
/// words count, and of that whose passages do. On `yardsticks/story` words after the first 300
/// letters tell nothing more.
pub(super) const TITLE: usize = 64;
pub(super) const LEAD: usize = 300;
pub(super) const TEXT: usize = 1000;
/// Terms of a sketch at most: each letter begins one, and each second one a place.
pub(super) const MOST_TERMS: usize = (TITLE + LEAD) * 3 / 2;

/// Terms that are sorted by what they say, at the beginning of all.
pub(super) const TELLING: usize = 32;
/// Shingles that are in order, at the beginning of all: those with the least hashes.
pub(super) const LEAST: usize = 48;

/// Copies share what is long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sketch {
    /// Terms, then shingles, each once: read from one end to the other for each comparison.
    words: Arc<[u32]>,
    /// How many of them are terms.
    terms: u16,
    /// Without breaks.
    pub(super) title: Arc<[u16]>,
    pub(super) measures: Measures,
    pub(super) published: Timestamp,
    /// Tells the sources of entries apart; 0 where it is not known.
    pub(super) origin: u32,
    /// Its text says too little to be printed again: notices and empty shells are alike by chance.
    pub(super) is_brief: bool,
    /// Letters that were read of the text.
    pub(super) read: u16,
    pub(super) formulas: u8,
    /// A bit for each market that the title names.
    pub(super) markets: u16,
    /// Of the quake that the title is about, in tenths; 0 where it is not told.
    pub(super) strength: u8,
    pub(super) ordinal: u32,
}

/// Lengths of the vectors of terms; of the title what its terms weigh together; how many are
/// numbers and places.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Measures {
    pub all: u32,
    pub title: u32,
    pub title_weight: u32,
    pub title_numbers: u8,
    pub title_places: u8,
    /// In title and lead.
    pub numbers: u16,
    pub places: u16,
}

impl Sketch {
    /// `title`: plain text. `text`: plain text or sanitised HTML; some thousand letters are read.
    pub fn new(title: &str, text: &str, published: Timestamp) -> Sketch {
        Sketch::of(title, without(text), published)
    }

    /// `head`: what stands before the text.
    pub(super) fn of(title: &str, (head, text): (&str, &str), published: Timestamp) -> Sketch {
        let mut title = letters(title, TITLE);
        // Who reports, where and on which day helps to tell events apart, and not texts.
        let mut lead = letters(head, LEAD);
        let text = letters(text, TEXT);
        lead.truncate(LEAD);
        lead.extend(text.iter().take(LEAD - lead.len()));
        let mut words = said(&title, &lead);
        let ((formulas, markets), ordinal) = (formulas(&title), ordinal(&title));
        let strength = match formulas & QUAKE {
            0 => 0,
            _ => {
                Some(strength(&title)).filter(|&known| known > 0).unwrap_or_else(|| strength(&lead))
            }
        };
        title.retain(|&letter| letter != BREAK);
        // Points between digits are no letters, and may be as many.
        title.truncate(TITLE);
        let read = text.iter().filter(|&&letter| letter != BREAK).count();
        let terms = words.len();
        let measures = Measures::of(&words);
        shingles(&text, LEAST, &mut words);
        Sketch {
            words: words.into(),
            terms: terms as u16,
            title: title.into(),
            measures,
            published,
            origin: 0,
            is_brief: false,
            read: read as u16,
            formulas,
            markets,
            strength,
            ordinal,
        }
    }

    /// Memory that it takes.
    pub fn bytes(&self) -> usize {
        size_of::<Sketch>() + size_of_val(&*self.words) + size_of_val(&*self.title)
    }

    /// Those that [`telling`](Sketch::telling) gives first, then in no order.
    pub(super) fn terms(&self) -> impl Iterator<Item = Said> + Clone {
        self.words[..usize::from(self.terms)].iter().map(|&word| Said(word))
    }

    /// The places that the title names.
    pub(super) fn title_places(&self) -> impl Iterator<Item = Term> + Clone {
        self.terms().filter(|said| said.in_title() && said.term().is_place()).map(Said::term)
    }

    /// The [`LEAST`] ascending, then in no order.
    pub(super) fn shingles(&self) -> &[u32] {
        &self.words[usize::from(self.terms)..]
    }

    /// The terms that say most, best first; at most [`TELLING`].
    pub(super) fn telling(&self) -> impl Iterator<Item = Term> + Clone {
        self.terms().take(TELLING).map(Said::term).take_while(|term| !term.is_place())
    }
}

/// The terms and places of title and lead, those that say most first.
fn said(title: &[u16], lead: &[u16]) -> Vec<u32> {
    let table = table();
    let mut counts = Counts::default();
    counts.places.reserve(MOST_TERMS);
    table.each(title, |_, term| counts.add(Said::in_a_title(term)));
    table.each(lead, |_, term| counts.add(Said::once(term)));
    places().each(title, |_, place| counts.add(Said::in_a_title(Term::place(place))));
    places().each(lead, |_, place| counts.add(Said::once(Term::place(place))));
    // Places, which weigh nothing, come last: their terms are the greatest.
    let ranked = |said: Said| {
        let value = said.value(table.weight(said.term()));
        u64::from(!value) << 32 | u64::from(said.0)
    };
    let mut ranked: Vec<u64> = counts.all().map(ranked).collect();
    if ranked.len() > TELLING {
        ranked.select_nth_unstable(TELLING);
    }
    let telling = ranked.len().min(TELLING);
    ranked[..telling].sort_unstable();
    let mut words = Vec::with_capacity(ranked.len() + TEXT / 3);
    words.extend(ranked.into_iter().map(|said| said as u32));
    words
}

/// Terms as they are counted.
#[derive(Default)]
struct Counts {
    terms: Terms,
    /// Where they are, in the order in which they came.
    places: Vec<u16>,
}

impl Counts {
    fn add(&mut self, said: Said) {
        let (at, there) = self.terms.place_of(said.term());
        if *there == Said::NONE {
            *there = said;
            self.places.push(at as u16);
        } else {
            *there = there.and(said);
        }
    }

    fn all(&self) -> impl Iterator<Item = Said> {
        self.places.iter().map(|&at| self.terms.at(usize::from(at)))
    }
}

impl Measures {
    fn of(terms: &[u32]) -> Measures {
        let table = table();
        let (mut of, mut all, mut title) = (Measures::default(), 0, 0);
        for said in terms.iter().map(|&word| Said(word)) {
            let weight = table.weight(said.term());
            all += u64::from(said.value(weight)).pow(2);
            of.numbers += u16::from(table.is_number(said.term()));
            of.places += u16::from(said.term().is_place());
            if said.in_title() {
                title += u64::from(weight).pow(2);
                of.title_weight += weight;
                of.title_numbers += u8::from(table.is_number(said.term()));
                of.title_places += u8::from(said.term().is_place());
            }
        }
        Measures { all: all.isqrt() as u32, title: title.isqrt() as u32, ..of }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_are_counted_where_they_stand() {
        let sketch = Sketch::new("兴平地震", "兴平，兴平。", Timestamp(0));
        let of = |text: &str| {
            let one = Sketch::new(text, "", Timestamp(0)).terms().next().expect("one");
            sketch.terms().find(|said| said.term() == one.term()).expect("there")
        };
        let (place, quake) = (of("兴平"), of("地震"));
        assert!(place.in_title() && quake.in_title());
        assert_eq!((quake.value(16), place.value(16)), (27, 38), "twice, and four times");
        assert_eq!(sketch.telling().next(), Some(place.term()));
        assert_eq!((sketch.measures.title_places, sketch.measures.title_numbers), (1, 0));
    }

    #[test]
    fn what_says_most_comes_first_and_places_never() {
        let text = "兴平市苹果丰收，咸阳市、武功县、库车市果农忙着采摘，预计产量五十万吨。记者在果园看到工人正在装车外运，订单排到年底。".repeat(3);
        let sketch = Sketch::new("陕西兴平苹果丰收", &text, Timestamp(0));
        let value = |said: Said| said.value(table().weight(said.term()));
        let values: Vec<u32> = sketch.terms().map(value).collect();
        assert!(values[..TELLING].is_sorted_by(|a, b| a >= b), "{values:?}");
        assert!(values[TELLING..].iter().all(|value| *value <= values[TELLING - 1]));
        assert_eq!(sketch.telling().count(), TELLING);
        assert!(sketch.telling().all(|term| !term.is_place()));
        assert!(Sketch::new("兴平", "", Timestamp(0)).telling().all(|term| !term.is_place()));
    }

    #[test]
    fn hostile_texts_are_read_in_part() {
        let long = "震".repeat(1_000_000);
        let sketch = Sketch::new(&long, &long, Timestamp(i64::MIN));
        assert!(sketch.bytes() < 8192 && sketch.title.len() <= TITLE);
        assert_eq!(Sketch::new("", "", Timestamp(0)).terms().count(), 0);
        let places = "北京".repeat(500);
        assert!(Sketch::new(&places, &places, Timestamp(0)).terms().count() <= MOST_TERMS);
    }
}
