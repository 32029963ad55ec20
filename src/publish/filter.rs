//! Which entries of a channel a document shows: `?source=`, `?not_source=`, `?lang=` and `?q=`.

use super::address::push_escaped;
use super::window::BadParameter;
use crate::model::SourceId;
use std::fmt::Write;
use url::form_urlencoded;

/// Ids of a parameter, or languages.
pub const MOST: usize = 20;
/// Longer names are no source's, and longer tags no language's.
const MOST_BYTES: usize = 64;
/// Of a filter in titles.
const SHOWN_CHARACTERS: usize = 100;

/// An entry must meet all that is there. One that lets all through is the default.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filter {
    /// It is of one of these; none: of any.
    pub sources: Vec<SourceId>,
    /// It is of none of these.
    pub not_sources: Vec<SourceId>,
    /// Its language is in one of these ranges (RFC 4647 §2.1), in small letters; none: in any.
    pub languages: Vec<String>,
    /// All words of it occur; empty: none is asked for.
    pub q: String,
}

impl Filter {
    /// Reads a query: lists may be given in several parameters and with commas. Ids and words are for
    /// the caller to look up.
    ///
    /// # Errors
    /// What cannot be a list of ids or of languages, or is too long.
    pub fn parse(query: &str) -> Result<Filter, BadParameter> {
        let mut filter = Filter::default();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let id = |text: &str| {
                let fits = text.len() <= MOST_BYTES && !text.chars().any(char::is_control);
                fits.then(|| SourceId::new(&text.to_ascii_lowercase()))
            };
            match &*name {
                "source" => add("source", SOURCES, &mut filter.sources, &value, id)?,
                "not_source" => add("not_source", SOURCES, &mut filter.not_sources, &value, id)?,
                "lang" => add("lang", LANGUAGES, &mut filter.languages, &value, range)?,
                "q" if value.trim().is_empty() => {
                    return Err(BadParameter::new("q", "has no word: write such as q=兴平"));
                }
                "q" => filter.q = value.trim().to_owned(),
                _ => {}
            }
        }
        filter.languages = widest(filter.languages);
        Ok(filter)
    }

    /// Of equal filters the same, whatever was written twice or in another order, once ids are looked up.
    ///
    /// # Errors
    /// It leaves no source.
    pub fn tidied(mut self) -> Result<Filter, BadParameter> {
        for list in [&mut self.sources, &mut self.not_sources] {
            list.sort_unstable();
            list.dedup();
        }
        if !self.sources.is_empty() {
            let not = std::mem::take(&mut self.not_sources);
            self.sources.retain(|id| !not.contains(id));
            if self.sources.is_empty() {
                let takes = "names all that source does: leave one of both out";
                return Err(BadParameter::new("not_source", takes));
            }
        }
        Ok(self)
    }

    pub fn is_none(&self) -> bool {
        *self == Filter::default()
    }

    /// Whether an entry in that language is shown (RFC 4647 §3.3.1); `None`: it is not known.
    pub fn has_language(&self, language: Option<&str>) -> bool {
        let is_in = |range: &String, tag: &str| {
            let start = tag.get(..range.len());
            range == "*"
                || (start.is_some_and(|start| start.eq_ignore_ascii_case(range))
                    && matches!(tag.as_bytes().get(range.len()), None | Some(b'-')))
        };
        self.languages.is_empty()
            || language.is_some_and(|tag| self.languages.iter().any(|range| is_in(range, tag)))
    }

    /// Without a question mark, in one order; empty for one that lets all through.
    pub fn query(&self) -> String {
        let mut query = String::new();
        for (name, values) in self.parameters() {
            let _infallible = write!(query, "{}{name}", if query.is_empty() { "" } else { "&" });
            for (at, value) in values.into_iter().enumerate() {
                query.push(if at == 0 { '=' } else { ',' });
                push_escaped(&mut query, value);
            }
        }
        query
    }

    /// As titles have it.
    pub fn shown(&self) -> String {
        let parts = self.parameters().into_iter();
        let parts = parts.map(|(name, values)| format!("{name}={}", values.join(",")));
        let all = parts.collect::<Vec<_>>().join(" ");
        match all.char_indices().nth(SHOWN_CHARACTERS) {
            Some((end, _)) => format!("{}…", &all[..end]),
            None => all,
        }
    }

    /// Those that are there, with their values.
    fn parameters(&self) -> Vec<(&'static str, Vec<&str>)> {
        let q = Some(self.q.as_str()).filter(|q| !q.is_empty());
        let all = [
            ("source", self.sources.iter().map(SourceId::as_str).collect()),
            ("not_source", self.not_sources.iter().map(SourceId::as_str).collect()),
            ("lang", self.languages.iter().map(String::as_str).collect()),
            ("q", q.into_iter().collect::<Vec<_>>()),
        ];
        all.into_iter().filter(|(_, values)| !values.is_empty()).collect()
    }
}

const SOURCES: &str = "takes up to 20 ids of sources, as in /s/{id}, with commas between";
const LANGUAGES: &str =
    "takes up to 20 languages such as zh or zh-Hant (RFC 4647), with commas between, or *";

fn add<T>(
    name: &'static str,
    takes: &'static str,
    list: &mut Vec<T>,
    value: &str,
    read: impl Fn(&str) -> Option<T>,
) -> Result<(), BadParameter> {
    let bad = || BadParameter::new(name, takes);
    let before = list.len();
    for part in value.split(',').map(str::trim).filter(|part| !part.is_empty()) {
        list.push(read(part).filter(|_| list.len() < MOST).ok_or_else(bad)?);
    }
    if list.len() > before { Ok(()) } else { Err(bad()) }
}

/// A basic language range (RFC 4647 §2.1) in small letters.
fn range(text: &str) -> Option<String> {
    let is_part = |part: &str| {
        (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric())
    };
    let is_first = |part: &str| part.bytes().all(|b| b.is_ascii_alphabetic());
    let fits = text.len() <= MOST_BYTES
        && text.split('-').all(is_part)
        && text.split('-').next().is_some_and(is_first);
    (fits || text == "*").then(|| text.to_ascii_lowercase())
}

/// Without ranges that are within others: what is in `zh-cn` is in `zh`.
fn widest(mut ranges: Vec<String>) -> Vec<String> {
    ranges.sort_unstable();
    ranges.dedup();
    let is_within = |range: &str, other: &str| {
        let rest = range.strip_prefix(other);
        range != other && (other == "*" || rest.is_some_and(|rest| rest.starts_with('-')))
    };
    let is_widest = |range: &String| !ranges.iter().any(|other| is_within(range, other));
    ranges.iter().filter(|range| is_widest(range)).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(text: &str) -> String {
        Filter::parse(text).and_then(Filter::tidied).expect(text).query()
    }

    #[test]
    fn equal_filters_are_written_alike_and_read_back() {
        for (written, canonical) in [
            ("", ""),
            ("limit=3&x=y", ""),
            ("source=b,A&source=B", "source=a,b"),
            ("source=a,b%2C,c&not_source=b", "source=a,c"),
            ("not_source=b&not_source=a%20", "not_source=a,b"),
            ("lang=ZH-cn,en&lang=zh", "lang=en,zh"),
            ("lang=zh-hant,*", "lang=%2A"),
            ("lang=zhx,zh", "lang=zh,zhx"),
            ("q=+a%26b+&lang=en", "lang=en&q=a%26b"),
            ("q=x&q=%E5%85%B4%2C", "q=%E5%85%B4%2C"),
        ] {
            assert_eq!(query(written), canonical, "{written}");
            assert_eq!(query(canonical), canonical);
        }
    }

    #[test]
    fn what_is_no_list_is_told_with_what_is() {
        let many = format!("source={}", (0..21).map(|n| format!("s{n},")).collect::<String>());
        let long = format!("not_source={}", "a".repeat(65));
        for (bad, told) in [
            ("source=", "source takes up to 20 ids"),
            ("source=,", "source takes"),
            ("source=a%00", "source takes"),
            (&many, "source takes up to 20 ids"),
            (&long, "not_source takes"),
            ("source=a,b&not_source=b,a", "not_source names all that source does"),
            ("lang=", "lang takes up to 20 languages"),
            ("lang=zh_CN", "lang takes"),
            ("lang=zh-", "lang takes"),
            ("lang=1", "lang takes"),
            ("lang=zh-*", "lang takes"),
            ("q=", "q has no word"),
            ("q=%20", "q has no word"),
        ] {
            let error = Filter::parse(bad).and_then(Filter::tidied).expect_err(bad).to_string();
            assert!(error.starts_with(told), "{bad}: {error}");
        }
    }

    #[test]
    fn properties_any_query_is_read_or_refused_and_what_is_read_reads_back() {
        const PARTS: [&str; 22] = [
            "source=",
            "not_source=",
            "lang=",
            "q=",
            "&",
            "&",
            "&",
            ",",
            "a",
            "b",
            "zh",
            "zh-cn",
            "*",
            "-",
            "%2C",
            "%26",
            "+",
            "%00",
            "%E5%85%B4",
            "%ff",
            "兴",
            "=",
        ];
        let mut read = 0;
        crate::chance::each(20_000, |chance| {
            let text: String = (0..chance.below(12)).map(|_| *chance.pick(&PARTS)).collect();
            let Ok(filter) = Filter::parse(&text).and_then(Filter::tidied) else { return };
            let again = Filter::parse(&filter.query()).and_then(Filter::tidied);
            assert_eq!(again.as_ref(), Ok(&filter), "{text}");
            assert_eq!(filter.is_none(), filter.query().is_empty(), "{text}");
            read += usize::from(!filter.is_none());
        });
        assert!(read > 1_000, "{read}");
    }

    #[test]
    fn a_range_holds_the_languages_that_begin_with_it() {
        let has = |ranges: &str, tag: Option<&str>| {
            Filter::parse(ranges).expect(ranges).has_language(tag)
        };
        for (ranges, tag) in [
            ("lang=zh", Some("zh")),
            ("lang=zh", Some("zh-CN")),
            ("lang=zh", Some("ZH-Hant-TW")),
            ("lang=zh-hant", Some("zh-Hant-TW")),
            ("lang=en,zh", Some("en-US")),
            ("lang=*", Some("fr")),
            ("", None),
        ] {
            assert!(has(ranges, tag), "{ranges} {tag:?}");
        }
        for (ranges, tag) in [
            ("lang=zh", Some("zhx")),
            ("lang=zh-cn", Some("zh")),
            ("lang=zh-tw", Some("zh-Hant-TW")),
            ("lang=zh", Some("en")),
            ("lang=zh", Some("語")),
            ("lang=zh", None),
            ("lang=*", None),
        ] {
            assert!(!has(ranges, tag), "{ranges} {tag:?}");
        }
    }
}
