//! What a reader writes into the box: words, phrases and filters.

use super::letters::{self, Beginning};
use chrono::NaiveDate;

/// Of the text as it is written.
const MOST_CHARACTERS: usize = 200;
/// Words, phrases and filters.
const MOST_PARTS: usize = 16;

/// What is looked for side by side, each part with its place.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Phrase(pub Vec<(usize, String)>);

/// What an entry has to hold, or must not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parts {
    pub phrases: Vec<Phrase>,
    /// What words begin with.
    pub beginnings: Vec<String>,
    /// As written: names, codes or addresses.
    pub regions: Vec<String>,
    pub topics: Vec<String>,
    pub sources: Vec<String>,
}

impl Parts {
    /// One character may stand for many.
    fn terms(&self) -> usize {
        self.phrases.iter().map(|phrase| phrase.0.len()).sum::<usize>() + self.beginnings.len()
    }
}

/// All that is wanted must hold; of several filters of a kind one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query {
    pub wanted: Parts,
    /// None of it may hold.
    pub unwanted: Parts,
    /// The first day.
    pub after: Option<NaiveDate>,
    /// The day after the last.
    pub before: Option<NaiveDate>,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    #[error("q is longer than {MOST_CHARACTERS} characters: look for less")]
    TooLong,
    #[error("q has more than {MOST_PARTS} words, phrases and filters: look for less")]
    TooMany,
    #[error("q has no word: write words, a phrase in quotation marks, or {}", filters())]
    Empty,
    #[error("q tells only what is not wanted: write a word, or a filter such as region:兴平, too")]
    OnlyUnwanted,
    #[error("-{key}: excludes no days: write {}", opposite(.key))]
    UnwantedDay { key: &'static str },
    #[error(
        "in {0} a star does not stand behind a single word of letters: write such as engin* for \
         all words that begin so, or the star in quotation marks, where it counts for nothing"
    )]
    Star(String),
    #[error("a quotation mark in q is not closed: write \"words\"")]
    Unclosed,
    #[error("{key}: names nothing: write such as {}", example(.key))]
    NoValue { key: &'static str },
    #[error("{key}:{value} is no date: write such as {}", example(.key))]
    Date { key: &'static str, value: String },
    #[error("q has {0}: twice: write one date")]
    Twice(&'static str),
    #[error("q has no word: write words, or a phrase in quotation marks")]
    NoWord,
    #[error(
        "q takes words and phrases alone here: look in /search for region:, -word, engin* and such"
    )]
    Filters,
    #[error("no day is from after: on and before before:")]
    NoDay,
}

const KEYS: [(&str, &str); 5] = [
    ("region", "region:兴平"),
    ("topic", "topic:education"),
    ("source", "source:chinanews"),
    ("after", "after:2026-11-01"),
    ("before", "before:2026-12-01"),
];

fn example(key: &str) -> &'static str {
    KEYS.iter().find(|(known, _)| *known == key).map_or("", |(_, example)| example)
}

fn filters() -> String {
    KEYS.map(|(_, example)| example).join(" ")
}

/// What excludes the days that a filter of dates lets in.
fn opposite(key: &str) -> &'static str {
    if key == "after" { "before:2026-12-01" } else { "after:2026-11-01" }
}

impl Query {
    /// # Errors
    /// What is wrong with it, and what to write instead.
    pub fn parse(text: &str) -> Result<Query, QueryError> {
        if text.chars().nth(MOST_CHARACTERS).is_some() {
            return Err(QueryError::TooLong);
        }
        let mut query = Query::default();
        let (mut rest, mut is_after_space) = (text.trim_start(), true);
        for parts in 0.. {
            if rest.is_empty() {
                break;
            }
            if parts == MOST_PARTS {
                return Err(QueryError::TooMany);
            }
            let after = query.take(rest, is_after_space)?;
            rest = after.trim_start();
            is_after_space = rest.len() < after.len();
        }
        if query.wanted.terms() + query.unwanted.terms() > MOST_CHARACTERS {
            return Err(QueryError::TooLong);
        }
        if query == Query::default() {
            return Err(QueryError::Empty);
        }
        if query == (Query { unwanted: query.unwanted.clone(), ..Query::default() }) {
            return Err(QueryError::OnlyUnwanted);
        }
        if query.after.zip(query.before).is_some_and(|(after, before)| after >= before) {
            return Err(QueryError::NoDay);
        }
        Ok(query)
    }

    /// Whether words and phrases are all that is looked for.
    pub fn is_words_alone(&self) -> bool {
        let phrases = self.wanted.phrases.clone();
        *self == Query { wanted: Parts { phrases, ..Parts::default() }, ..Query::default() }
    }

    /// Takes one part; returns what follows it. `is_after_space`: a hyphen is none within a word.
    fn take<'t>(&mut self, text: &'t str, is_after_space: bool) -> Result<&'t str, QueryError> {
        let unwanted = text.strip_prefix(['-', '－']).filter(|_| is_after_space);
        let unwanted = unwanted.filter(|rest| !rest.starts_with(char::is_whitespace));
        let (text, is_unwanted) = unwanted.map_or((text, false), |rest| (rest, true));
        if let Some((key, rest)) = filter(text) {
            let (value, rest) = value(rest)?;
            self.limit(key, value.trim(), is_unwanted)?;
            return Ok(rest);
        }
        let (words, rest) = value(text)?;
        let is_quoted = text.len() - rest.len() > words.len();
        let stem = if is_quoted { None } else { words.strip_suffix(['*', '＊']) };
        if !is_quoted && stem.unwrap_or(words).contains(['*', '＊']) {
            return Err(QueryError::Star(words.to_owned()));
        }
        let parts = self.parts(is_unwanted);
        match stem.map(letters::beginning_of_word) {
            Some(Beginning::Word(word)) => parts.beginnings.push(word),
            Some(Beginning::Many) => return Err(QueryError::Star(words.to_owned())),
            // What goes on behind characters without words is found in any case.
            Some(Beginning::Run) | None => {
                let terms = letters::terms(words);
                if !terms.is_empty() {
                    parts.phrases.push(Phrase(terms));
                }
            }
        }
        Ok(rest)
    }

    fn parts(&mut self, is_unwanted: bool) -> &mut Parts {
        if is_unwanted { &mut self.unwanted } else { &mut self.wanted }
    }

    fn limit(
        &mut self,
        key: &'static str,
        value: &str,
        is_unwanted: bool,
    ) -> Result<(), QueryError> {
        if value.is_empty() {
            return Err(QueryError::NoValue { key });
        }
        let parts = self.parts(is_unwanted);
        let names = match key {
            "region" => Some(&mut parts.regions),
            "topic" => Some(&mut parts.topics),
            "source" => Some(&mut parts.sources),
            _ => None,
        };
        if let Some(names) = names {
            names.push(value.to_owned());
            return Ok(());
        }
        if is_unwanted {
            return Err(QueryError::UnwantedDay { key });
        }
        let day = if key == "after" { &mut self.after } else { &mut self.before };
        let date = date(value);
        let date = date.ok_or_else(|| QueryError::Date { key, value: value.to_owned() })?;
        match day.replace(date) {
            Some(_) => Err(QueryError::Twice(key)),
            None => Ok(()),
        }
    }
}

/// A key and a colon, also one of full width.
fn filter(text: &str) -> Option<(&'static str, &str)> {
    KEYS.iter().find_map(|(key, _)| {
        let (start, rest) = text.split_at_checked(key.len())?;
        let rest = rest.strip_prefix([':', '：'])?;
        start.eq_ignore_ascii_case(key).then_some((*key, rest))
    })
}

/// What stands in quotation marks, else what there is up to the next space or quotation mark;
/// and what follows.
pub(super) fn value(text: &str) -> Result<(&str, &str), QueryError> {
    const OPENING: [(char, char); 4] = [('"', '"'), ('“', '”'), ('＂', '＂'), ('「', '」')];
    for (opening, closing) in OPENING {
        if let Some(rest) = text.strip_prefix(opening) {
            return rest.split_once(closing).ok_or(QueryError::Unclosed);
        }
    }
    let ends = |c: char| c.is_whitespace() || OPENING.iter().any(|(opening, _)| c == *opening);
    // A closing mark alone is passed over like any other sign.
    let first = text.chars().next().map_or(0, char::len_utf8);
    let end = text[first..].find(ends).map_or(text.len(), |end| first + end);
    match text.starts_with(ends) {
        true => Ok(("", text)),
        false => Ok(text.split_at(end)),
    }
}

fn date(text: &str) -> Option<NaiveDate> {
    let is_date = text.len() == 10 && text.bytes().all(|b| b.is_ascii_digit() || b == b'-');
    let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
    is_date.then_some(date)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::each;

    fn phrases(text: &str) -> Vec<Vec<String>> {
        let terms = |phrase: Phrase| phrase.0.into_iter().map(|(_, term)| term).collect();
        Query::parse(text).expect("a query").wanted.phrases.into_iter().map(terms).collect()
    }

    #[test]
    fn words_phrases_and_filters_are_told_apart() {
        assert_eq!(phrases("兴平 Apple"), [vec!["兴平"], vec!["apple"]]);
        assert_eq!(
            phrases("\"King County\"苹果　丰收"),
            [vec!["king", "county"], vec!["苹果"], vec!["丰收"]]
        );
        assert_eq!(phrases("“陝西 兴平”"), [vec!["陕西", "兴平"]]);
        assert_eq!(phrases("3:2 http://a.cn/"), [vec!["3", "2"], vec!["http", "a", "cn"]]);
        let query = Query::parse(
            "region:兴平 Region：\"King County\" topic:education source:a苹果 after:2026-11-01 before:2026-12-01",
        );
        let query = query.expect("a query");
        let Parts { phrases, regions, topics, sources, .. } = query.wanted;
        assert_eq!(regions, ["兴平", "King County"]);
        assert_eq!((topics, sources), (vec!["education".into()], vec!["a苹果".into()]));
        assert_eq!(query.after, NaiveDate::from_ymd_opt(2026, 11, 1));
        assert_eq!(query.before, NaiveDate::from_ymd_opt(2026, 12, 1));
        assert!(phrases.is_empty());
    }

    #[test]
    fn a_hyphen_before_a_part_excludes_it_and_elsewhere_means_nothing() {
        let terms = |parts: &[Phrase]| -> Vec<Vec<String>> {
            let of = |phrase: &Phrase| phrase.0.iter().map(|(_, term)| term.clone()).collect();
            parts.iter().map(of).collect()
        };
        let text = "兴平 -苹果 －\"King County\" -region:武功 -topic:sport -source:one -high*";
        let Query { wanted, unwanted, .. } = Query::parse(text).expect("a query");
        assert_eq!(terms(&wanted.phrases), [vec!["兴平"]]);
        assert_eq!(terms(&unwanted.phrases), [vec!["苹果"], vec!["king", "county"]]);
        assert_eq!(unwanted.beginnings, ["high"]);
        assert_eq!(
            (unwanted.regions, unwanted.topics),
            (vec!["武功".into()], vec!["sport".into()])
        );
        assert_eq!(unwanted.sources, ["one"]);
        for text in ["GDP-growth", "GDP - growth", "\"GDP\"-growth", "- GDP growth -"] {
            let query = Query::parse(text).expect(text);
            assert_eq!(query.unwanted, Parts::default(), "{text}");
        }
    }

    #[test]
    fn a_star_behind_a_word_finds_all_that_begin_so() {
        let query = Query::parse("Éngin* 苹果* \"5*\" 3＊").expect("a query");
        assert_eq!(query.wanted.beginnings, ["engin", "3"]);
        assert_eq!(query.wanted.phrases.len(), 2);
        assert_eq!(phrases("A股*"), phrases("A股"));
    }

    #[test]
    fn what_is_wrong_is_told_with_what_is_right() {
        for (text, told) in [
            ("", "q has no word"),
            (" ，。\"\" ” ", "q has no word"),
            ("\"兴平", "not closed"),
            ("region: 兴平", "region: names nothing: write such as region:兴平"),
            ("source:\" \"", "source: names nothing"),
            ("before:2026-13-01", "before:2026-13-01 is no date: write such as before:2026-12-01"),
            ("after:yesterday", "after:yesterday is no date"),
            ("after:+2026-1-1", "no date"),
            ("after:2026-11-01 after:2026-11-02", "after: twice"),
            ("after:2026-11-01 before:2026-11-01", "no day"),
            ("-苹果", "only what is not wanted: write a word"),
            ("-region:兴平 -苹果", "only what is not wanted"),
            ("苹果 -after:2026-11-01", "-after: excludes no days: write before:2026-12-01"),
            ("苹果 -before:2026-11-01", "write after:2026-11-01"),
            ("苹果 -\"丰收", "not closed"),
            ("苹果 -region:", "region: names nothing"),
            ("*gine", "in *gine a star"),
            ("en*e", "write such as engin*"),
            ("兴平engin*", "in 兴平engin* a star"),
            ("engin**", "a star"),
            (&"x ".repeat(17), "more than 16"),
            (&"兴".repeat(201), "longer than 200"),
        ] {
            let error = Query::parse(text).expect_err(text).to_string();
            assert!(error.contains(told), "{text}: {error}");
        }
    }

    #[test]
    fn properties_any_text_is_read_or_refused_and_spaces_around_it_change_nothing() {
        const PARTS: [&str; 25] = [
            "兴平",
            "苹果",
            "a",
            "É",
            "5",
            " ",
            "　",
            "\"",
            "“",
            "”",
            "「",
            "」",
            "region:",
            "topic：",
            "SOURCE:",
            "before:",
            "after:",
            "2026-11-01",
            "-",
            "*",
            "𠮷",
            "ﬀ",
            "\u{301}",
            "\0",
            "ｶﾞ",
        ];
        each(20_000, |chance| {
            let count = chance.below(12);
            let text: String = (0..count).map(|_| *chance.pick(&PARTS)).collect();
            let read = Query::parse(&text);
            assert_eq!(Query::parse(&format!(" {text}\u{3000}")), read, "{text:?}");
            if let Ok(query) = read {
                let parts = [&query.wanted, &query.unwanted];
                let phrases = parts.iter().flat_map(|parts| &parts.phrases);
                let beginnings = parts.iter().flat_map(|parts| &parts.beginnings);
                let terms = phrases.clone().flat_map(|phrase| &phrase.0).map(|(_, term)| term);
                let terms = terms.chain(beginnings.clone());
                assert!(terms.clone().all(|term| !term.is_empty() && term.len() <= 64));
                assert!(phrases.count() + beginnings.count() <= MOST_PARTS);
                assert!(terms.count() <= MOST_CHARACTERS);
            }
        });
    }
}
