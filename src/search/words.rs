//! Words that are looked for in entries one by one, without an index, as the index would find them.

use super::letters::{self, Cutter};
use super::query::{Phrase, Query, QueryError, value};
use crate::model::Entry;
use crate::text::html;
use tantivy::tokenizer::{TokenStream, Tokenizer};

/// What is read of a body, characters.
const MOST_CHARACTERS: usize = 100_000;

/// Words and phrases that must all stand in an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    text: String,
    phrases: Vec<Phrase>,
    /// Of all phrases, in order.
    terms: Vec<String>,
}

impl Words {
    /// Reads what a reader writes, as [`Query`] does.
    ///
    /// # Errors
    /// What is wrong, and what to write instead; filters such as `region:` are.
    pub fn parse(q: &str) -> Result<Words, QueryError> {
        let query = Query::parse(q).map_err(|error| match error {
            QueryError::Empty => QueryError::NoWord,
            QueryError::OnlyUnwanted => QueryError::Filters,
            other => other,
        })?;
        if !query.is_words_alone() {
            return Err(QueryError::Filters);
        }
        let mut parts = Vec::new();
        let mut rest = q.trim_start();
        while !rest.is_empty() {
            let (words, after) = value(rest)?;
            parts.extend(written(words));
            rest = after.trim_start();
        }
        parts.sort_unstable();
        parts.dedup();
        let text = parts.join(" ");
        let phrases = Query::parse(&text)?.wanted.phrases;
        let all = phrases.iter().flat_map(|phrase| &phrase.0);
        let mut terms: Vec<String> = all.map(|(_, term)| term.clone()).collect();
        terms.sort_unstable();
        terms.dedup();
        Ok(Words { text, phrases, terms })
    }

    /// What was read, the same for all ways to write it.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether each stands in title, summary or body.
    pub fn stand_in(&self, entry: &Entry) -> bool {
        let mut wanted: Vec<&Phrase> = self.phrases.iter().collect();
        let mut cutter = Cutter::default();
        let mut look = |text: &str| {
            let places = self.places(&mut cutter, text);
            wanted.retain(|phrase| !self.stands(phrase, &places));
            wanted.is_empty()
        };
        look(&entry.title)
            || look(&entry.summary)
            || look(&html::to_text(&entry.content, MOST_CHARACTERS))
    }

    /// Where in a text each term stands.
    fn places(&self, cutter: &mut Cutter, text: &str) -> Vec<Vec<usize>> {
        let mut places = vec![Vec::new(); self.terms.len()];
        let mut stream = cutter.token_stream(text);
        while stream.advance() {
            let token = stream.token();
            if let Some(at) = self.index(&token.text) {
                places[at].push(token.position);
            }
        }
        places
    }

    /// `places`: in order for each term, as the cutter tells them.
    fn stands(&self, Phrase(terms): &Phrase, places: &[Vec<usize>]) -> bool {
        let of = |term: &str| self.index(term).map_or(&[][..], |at| &places[at]);
        let Some((first, term)) = terms.first() else { return true };
        let mut starts = of(term).iter().filter_map(|place| place.checked_sub(*first));
        starts.any(|start| {
            terms.iter().all(|(place, term)| of(term).binary_search(&(start + place)).is_ok())
        })
    }

    fn index(&self, term: &str) -> Option<usize> {
        self.terms.binary_search_by(|known| known.as_str().cmp(term)).ok()
    }
}

/// A word or phrase as it is compared; `None`: nothing is.
fn written(words: &str) -> Option<String> {
    let folded = letters::fold(words);
    let units: Vec<&str> = letters::units(&folded).map(|unit| unit.text).collect();
    match &units[..] {
        [] => None,
        [only] => Some((*only).to_owned()),
        several => Some(format!("\"{}\"", several.join(" "))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::each;

    fn words(q: &str) -> Words {
        Words::parse(q).expect(q)
    }

    fn entry(title: &str, summary: &str, content: &str) -> Entry {
        let [title, summary, content] = [title, summary, content].map(str::to_owned);
        Entry { title, summary, content, ..Entry::default() }
    }

    #[test]
    fn all_words_must_stand_somewhere_and_phrases_side_by_side() {
        let entry =
            entry("陝西兴平", "Apples in King County", "<p>蘋果<b>豐收</b>，ＧＤＰ增长5%</p>");
        for q in [
            "兴平",
            "興平 苹果",
            "苹果丰收 gdp",
            "果丰",
            "\"king county\"",
            "APPLES 陕",
            "\"GDP增长 5\"",
            "西",
        ] {
            assert!(words(q).stand_in(&entry), "{q}");
        }
        for q in ["兴平 西安", "apple", "\"county king\"", "兴平苹果", "平兴", "收苹", "gd"]
        {
            assert!(!words(q).stand_in(&entry), "{q}");
        }
    }

    #[test]
    fn equal_words_have_one_text() {
        for (written, text) in [
            (" 興平 Apple 兴平", "apple 兴平"),
            ("\"King　County\" ｇｄｐ", "\"king county\" gdp"),
            ("http://a.cn/", "\"http a cn\""),
            ("5月，b", "\"5 月 b\""),
        ] {
            assert_eq!(words(written).text(), text, "{written}");
            assert_eq!(words(text), words(written));
        }
        for (bad, told) in [
            ("，", "q has no word"),
            ("region:兴平", "q takes words and phrases alone here"),
            ("兴平 after:2026-11-01", "q takes words"),
            ("兴平 -苹果", "q takes words"),
            ("-苹果", "q takes words"),
            ("engin*", "q takes words"),
            ("\"兴平", "not closed"),
        ] {
            let error = Words::parse(bad).expect_err(bad).to_string();
            assert!(error.contains(told), "{bad}: {error}");
        }
    }

    #[test]
    fn properties_what_is_read_reads_back_and_stands_in_itself() {
        const PARTS: [&str; 16] = [
            "兴平", "蘋果", "a", "É", "5", " ", "　", "\"", "-", "𠮷", "ﬀ", "\u{301}", "ｶﾞ", "İ",
            "ǅ", "한국",
        ];
        let mut read = 0;
        each(20_000, |chance| {
            let text: String = (0..chance.below(10)).map(|_| *chance.pick(&PARTS)).collect();
            let Ok(words) = Words::parse(&text) else { return };
            read += 1;
            assert_eq!(Words::parse(words.text()).as_ref(), Ok(&words), "{text:?}");
            assert!(words.stand_in(&entry(&text, "", "")), "{text:?}");
        });
        assert!(read > 8_000, "{read}");
    }
}
