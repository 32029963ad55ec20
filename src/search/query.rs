//! What a reader writes into the box: words, phrases and filters.

use super::letters;
use chrono::NaiveDate;

/// Of the text as it is written.
const MOST_CHARACTERS: usize = 200;
/// Words, phrases and filters.
const MOST_PARTS: usize = 16;

/// What is looked for side by side, each part with its place.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Phrase(pub Vec<(usize, String)>);

/// All phrases must stand in an entry; of several filters of a kind one must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query {
    pub phrases: Vec<Phrase>,
    /// As written: names, codes or addresses.
    pub regions: Vec<String>,
    pub topics: Vec<String>,
    pub sources: Vec<String>,
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
    #[error("q takes words and phrases alone here: look in /search for region:, topic: and such")]
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

impl Query {
    /// # Errors
    /// What is wrong with it, and what to write instead.
    pub fn parse(text: &str) -> Result<Query, QueryError> {
        if text.chars().nth(MOST_CHARACTERS).is_some() {
            return Err(QueryError::TooLong);
        }
        let mut query = Query::default();
        let mut rest = text.trim_start();
        for parts in 0.. {
            if rest.is_empty() {
                break;
            }
            if parts == MOST_PARTS {
                return Err(QueryError::TooMany);
            }
            rest = query.take(rest)?.trim_start();
        }
        // One character may stand for many.
        if query.phrases.iter().map(|phrase| phrase.0.len()).sum::<usize>() > MOST_CHARACTERS {
            return Err(QueryError::TooLong);
        }
        if query == Query::default() {
            return Err(QueryError::Empty);
        }
        if query.after.zip(query.before).is_some_and(|(after, before)| after >= before) {
            return Err(QueryError::NoDay);
        }
        Ok(query)
    }

    /// Whether anything but words is looked for.
    pub fn has_filters(&self) -> bool {
        let Query { phrases: _, regions, topics, sources, after, before } = self;
        let names = [regions, topics, sources];
        names.iter().any(|names| !names.is_empty()) || after.is_some() || before.is_some()
    }

    /// Takes one part; returns what follows it.
    fn take<'t>(&mut self, text: &'t str) -> Result<&'t str, QueryError> {
        if let Some((key, rest)) = filter(text) {
            let (value, rest) = value(rest)?;
            self.limit(key, value.trim())?;
            return Ok(rest);
        }
        let (words, rest) = value(text)?;
        let terms = letters::terms(words);
        if !terms.is_empty() {
            self.phrases.push(Phrase(terms));
        }
        Ok(rest)
    }

    fn limit(&mut self, key: &'static str, value: &str) -> Result<(), QueryError> {
        if value.is_empty() {
            return Err(QueryError::NoValue { key });
        }
        let names = match key {
            "region" => Some(&mut self.regions),
            "topic" => Some(&mut self.topics),
            "source" => Some(&mut self.sources),
            _ => None,
        };
        if let Some(names) = names {
            names.push(value.to_owned());
            return Ok(());
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
        Query::parse(text).expect("a query").phrases.into_iter().map(terms).collect()
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
        assert_eq!(query.regions, ["兴平", "King County"]);
        assert_eq!((query.topics, query.sources), (vec!["education".into()], vec!["a苹果".into()]));
        assert_eq!(query.after, NaiveDate::from_ymd_opt(2026, 11, 1));
        assert_eq!(query.before, NaiveDate::from_ymd_opt(2026, 12, 1));
        assert!(query.phrases.is_empty());
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
            (&"x ".repeat(17), "more than 16"),
            (&"兴".repeat(201), "longer than 200"),
        ] {
            let error = Query::parse(text).expect_err(text).to_string();
            assert!(error.contains(told), "{text}: {error}");
        }
    }

    #[test]
    fn properties_any_text_is_read_or_refused_and_spaces_around_it_change_nothing() {
        const PARTS: [&str; 24] = [
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
                let terms = query.phrases.iter().flat_map(|phrase| &phrase.0);
                assert!(terms.clone().all(|(_, term)| !term.is_empty() && term.len() <= 64));
                assert!(query.phrases.len() <= MOST_PARTS && terms.count() <= MOST_CHARACTERS);
            }
        });
    }
}
