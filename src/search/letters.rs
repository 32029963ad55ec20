//! How texts are cut: words where letters are spelt, single characters and pairs of them where
//! they are not (Han, kana, hangul), both folded in width, case, accents and script.

use crate::text::script;
use tantivy::tokenizer::{Token, TokenStream, Tokenizer};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::decompose_canonical;

/// Longer words count by their beginning.
const WORD_BYTES: usize = 64;

/// A word, or a run of characters without words between, in a folded text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unit<'t> {
    pub text: &'t str,
    /// Counts words and characters of runs.
    pub position: usize,
    pub is_run: bool,
}

/// The text as it is compared: equal for all ways to write it.
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    let folder = script::folder();
    for c in text.nfkc() {
        match c {
            'a'..='z' | '0'..='9' | ' ' => folded.push(c),
            _ if is_of_run(c) => folded.push(folder.get(c)),
            _ => c.to_lowercase().for_each(|c| folded.push(without_accent(c))),
        }
    }
    folded
}

/// Of Latin letters: `é` is `e`.
fn without_accent(c: char) -> char {
    if !matches!(c, '\u{C0}'..='\u{24F}' | '\u{1E00}'..='\u{1EFF}') {
        return c;
    }
    let mut first = None;
    decompose_canonical(c, |part| {
        first.get_or_insert(part);
    });
    first.unwrap_or(c)
}

fn is_of_run(c: char) -> bool {
    matches!(c, '\u{3005}'..='\u{3007}' | '\u{3041}'..='\u{30FF}' | '\u{3400}'..='\u{9FFF}'
        | '\u{AC00}'..='\u{D7AF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}')
        && c.is_alphanumeric()
}

pub fn units(folded: &str) -> impl Iterator<Item = Unit<'_>> {
    let mut rest = folded;
    let mut position = 0;
    std::iter::from_fn(move || {
        let start = rest.find(char::is_alphanumeric)?;
        rest = &rest[start..];
        let is_run = rest.starts_with(is_of_run);
        let goes_on = |c: char| c.is_alphanumeric() && is_of_run(c) == is_run;
        let end = rest.find(|c| !goes_on(c)).unwrap_or(rest.len());
        let (text, after) = rest.split_at(end);
        rest = after;
        let unit = Unit { text: if is_run { text } else { beginning(text) }, position, is_run };
        position += if is_run { text.chars().count() } else { 1 };
        Some(unit)
    })
}

fn beginning(word: &str) -> &str {
    &word[..word.floor_char_boundary(WORD_BYTES)]
}

/// What is looked for where a text is wanted, with the places of its parts: of a run so many
/// pairs as cover it.
pub fn terms(text: &str) -> Vec<(usize, String)> {
    let folded = fold(text);
    let mut terms = Vec::new();
    for unit in units(&folded) {
        let places: Vec<usize> = unit.text.char_indices().map(|(place, _)| place).collect();
        let end = |at: usize| places.get(at).copied().unwrap_or(unit.text.len());
        if !unit.is_run || places.len() == 1 {
            terms.push((unit.position, unit.text.to_owned()));
            continue;
        }
        let last = places.len() - 2;
        for at in (0..last).step_by(2).chain([last]) {
            terms.push((unit.position + at, unit.text[places[at]..end(at + 2)].to_owned()));
        }
    }
    terms
}

/// What stands before a star.
#[derive(Debug, PartialEq, Eq)]
pub enum Beginning {
    /// What a word begins with.
    Word(String),
    /// Characters without words between, or no word at all.
    Run,
    /// More than one word, or a sign before the star.
    Many,
}

pub fn beginning_of_word(text: &str) -> Beginning {
    let folded = fold(text);
    let mut all = units(&folded);
    let last = all.next();
    match (last, all.last()) {
        (None, _) => Beginning::Run,
        (_, Some(last)) | (Some(last), None) if !folded.ends_with(last.text) => Beginning::Many,
        (_, Some(last)) | (Some(last), None) if last.is_run => Beginning::Run,
        (Some(only), None) => Beginning::Word(only.text.to_owned()),
        (Some(_), Some(_)) => Beginning::Many,
    }
}

/// Cuts the texts that are indexed.
#[derive(Clone, Default)]
pub struct Cutter {
    folded: String,
    pieces: Vec<Piece>,
    token: Token,
}

#[derive(Clone, Copy)]
struct Piece {
    position: usize,
    start: usize,
    end: usize,
}

impl Cutter {
    fn cut(&mut self, text: &str) {
        self.folded = fold(text);
        self.pieces.clear();
        let base = self.folded.as_ptr() as usize;
        for unit in units(&self.folded) {
            let start = unit.text.as_ptr() as usize - base;
            if !unit.is_run {
                let end = start + unit.text.len();
                self.pieces.push(Piece { position: unit.position, start, end });
                continue;
            }
            let mut before: Option<usize> = None;
            for (at, (place, c)) in unit.text.char_indices().enumerate() {
                let (position, place) = (unit.position + at, start + place);
                let end = place + c.len_utf8();
                if let Some(start) = before {
                    self.pieces.push(Piece { position: position - 1, start, end });
                }
                self.pieces.push(Piece { position, start: place, end });
                before = Some(place);
            }
        }
    }
}

impl Tokenizer for Cutter {
    type TokenStream<'a> = Cut<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> Cut<'a> {
        self.cut(text);
        self.token.reset();
        Cut { folded: &self.folded, pieces: self.pieces.iter(), token: &mut self.token }
    }
}

pub struct Cut<'a> {
    folded: &'a str,
    pieces: std::slice::Iter<'a, Piece>,
    token: &'a mut Token,
}

impl TokenStream for Cut<'_> {
    fn advance(&mut self) -> bool {
        let Some(Piece { position, start, end }) = self.pieces.next().copied() else {
            return false;
        };
        self.token.text.clear();
        self.token.text.push_str(&self.folded[start..end]);
        (self.token.offset_from, self.token.offset_to) = (start, end);
        self.token.position = position;
        true
    }

    fn token(&self) -> &Token {
        self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        self.token
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn width_case_accents_and_script_make_no_difference() {
        for (written, folded) in [
            ("ＧＤＰ增長５％", "gdp增长5%"),
            ("São Paulo ÉTÉ", "sao paulo ete"),
            ("陝西省興平市", "陕西省兴平市"),
            ("ｶﾞ", "ガ"),
        ] {
            assert_eq!(fold(written), folded);
        }
    }

    #[test]
    fn a_text_is_words_and_runs() {
        let folded = fold("兴平GDP增长5.2%，A股");
        let units: Vec<_> = units(&folded).map(|unit| (unit.position, unit.text)).collect();
        let expected =
            [(0, "兴平"), (2, "gdp"), (3, "增长"), (5, "5"), (6, "2"), (7, "a"), (8, "股")];
        assert_eq!(units, expected);
    }

    #[test]
    fn what_is_looked_for_stands_where_the_text_has_it() {
        let text = "今年A股5月兴平市苹果丰收，ＧＤＰ too";
        let mut cutter = Cutter::default();
        let mut stream = cutter.token_stream(text);
        let mut cut = Vec::new();
        while stream.advance() {
            cut.push((stream.token().position, stream.token().text.clone()));
        }
        for part in ["A股", "5月", "兴平市苹果", "苹", "苹果丰收GDP", "丰收", "too", text]
        {
            let terms = terms(part);
            let places = 0..cut.len();
            let found = places.clone().any(|at| {
                terms.iter().all(|(place, term)| {
                    cut.iter().any(|(position, cut)| *position == at + place && cut == term)
                })
            });
            assert!(found, "{part}: {terms:?} in {cut:?}");
        }
        assert_eq!(terms("兴平市苹果").len(), 3);
        assert!(terms("，。 !").is_empty());
    }
}
