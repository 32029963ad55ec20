//! Filters of all kinds together, by chance, against what the whole channel and the export have.

use super::*;
use crate::chance::{self, Chance};
use crate::support::published::FORMATS;
use std::collections::BTreeSet;

const CHANNELS: [&str; 9] = [
    "/index",
    COUNTY,
    "/t/education",
    "/r/shaanxi/xianyang/t/education",
    "/s/alpha",
    "/pictures",
    "/r/shaanxi/pictures",
    "/hot",
    "/r/shaanxi/xianyang/hot",
];
/// As written in `q`, and a form that stands in texts.
const WORDS: [(&str, &str); 4] =
    [("苹果", "苹果"), ("蘋果", "苹果"), ("clinic", "clinic"), ("供暖", "供暖")];

/// What is asked for, and what is expected of it.
#[derive(Debug)]
struct Wish {
    sources: Vec<&'static str>,
    not_sources: Vec<&'static str>,
    language: Option<&'static str>,
    words: Vec<(&'static str, &'static str)>,
}

impl Wish {
    fn by(chance: &mut Chance) -> Wish {
        let mut papers = |many: usize| -> Vec<&'static str> {
            let some = PAPERS.iter().map(|(paper, _)| *paper).filter(|_| chance.one_in(2));
            let some: Vec<_> = some.collect();
            if some.len() > many { Vec::new() } else { some }
        };
        let sources = papers(3);
        let mut not_sources = papers(2);
        if !sources.is_empty() && sources.iter().all(|paper| not_sources.contains(paper)) {
            not_sources.clear();
        }
        let language =
            *chance.pick(&[None, None, Some("zh"), Some("en-us"), Some("fr"), Some("*")]);
        let words = WORDS.iter().filter(|_| chance.one_in(6)).copied().collect();
        Wish { sources, not_sources, language, words }
    }

    fn parameters(&self) -> Vec<String> {
        let q = self.words.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(" ");
        let mut all = vec![
            format!("source={}", self.sources.join(",")),
            format!("not_source={}", self.not_sources.join(",")),
            format!("lang={}", self.language.unwrap_or("")),
            format!("q={}", escaped(&q)),
        ];
        all.retain(|parameter| !parameter.ends_with('='));
        all
    }

    /// `text`: all of it.
    fn wants(&self, source: &str, language: Option<&str>, text: &str) -> bool {
        let is_spoken = match (self.language, language.map(str::to_ascii_lowercase)) {
            (None, _) => true,
            (Some("*"), tag) => tag.is_some(),
            (Some(range), tag) => tag.is_some_and(|tag| tag.starts_with(range)),
        };
        is_spoken
            && (self.sources.is_empty() || self.sources.contains(&source))
            && !self.not_sources.contains(&source)
            && self.words.iter().all(|(_, word)| text.contains(word))
    }
}

/// Characters that no word is of; each text is another.
fn noise(chance: &mut Chance) -> String {
    let from = |chance: &mut Chance| char::from_u32(0x5400 + chance.below(0x400) as u32);
    (0..120).filter_map(|_| from(chance)).collect()
}

/// Pieces of all papers, some in several, some with pictures.
fn fill(press: &Press, chance: &mut Chance) {
    let shared: Vec<String> = (0..6).map(|_| noise(chance)).collect();
    // Others are first to print the second half of what all print.
    for (round, (paper, _)) in PAPERS.iter().chain(PAPERS.iter().rev()).enumerate() {
        let pieces: Vec<Piece> = (0..14)
            .map(|n| {
                let mut body = match n {
                    0..3 => shared[n + round / 3 * 3].clone(),
                    _ => noise(chance),
                };
                for (_, word) in WORDS.iter().filter(|_| n >= 3 && chance.one_in(3)) {
                    body.push_str(&format!("，{word}"));
                }
                let hours = chance.within(1..300);
                let title = format!("{}{paper}{round}n{n}", &noise(chance)[..15]);
                Piece { has_picture: chance.one_in(3), ..Piece::new(&title, &body, hours) }
            })
            .collect();
        press.brings(paper, &pieces);
    }
}

fn ids(items: &[Value]) -> Vec<String> {
    items.iter().map(|item| item["id"].as_str().expect("an id").to_owned()).collect()
}

fn wanted<'a>(wish: &Wish, whole: &'a [Value]) -> Vec<&'a Value> {
    let is_wanted = |item: &&Value| {
        let source = item["_countywire"]["source"]["id"].as_str().expect("a source");
        let text = format!("{}{}{}", item["title"], item["summary"], item["content_html"]);
        wish.wants(source, item["language"].as_str(), &text)
    };
    whole.iter().filter(is_wanted).collect()
}

#[test]
fn properties_pages_of_any_filters_have_what_is_wanted_once_in_order() {
    let press = Press::new();
    let mut seen = BTreeSet::new();
    chance::each(1, |chance| fill(&press, chance));
    chance::each(80, |chance| {
        let wish = Wish::by(chance);
        let channel = *chance.pick(&CHANNELS);
        let editions = *chance.pick(&["one", "all"]);
        let whole = press.items(&format!("{channel}.json?editions={editions}&limit=200"));
        let expected = ids(&wanted(&wish, &whole).into_iter().cloned().collect::<Vec<_>>());
        let mut parameters = wish.parameters();
        parameters.push(format!("editions={editions}"));
        parameters.push(format!("limit={}", 1 + chance.below(8)));
        parameters.push((*chance.pick(&["script=hans", "script=hant", "x=y"])).to_owned());
        parameters.push((*chance.pick(&["content=full", "content=summary"])).to_owned());
        let path = format!("{channel}.json?{}", parameters.join("&"));
        assert_eq!(ids(&press.items(&path)), expected, "{path}");
        if !expected.is_empty() && expected.len() < whole.len() {
            seen.insert(channel);
        }
        // In another order it is the same document, in every format.
        chance.shuffle(&mut parameters);
        let again = format!("?{}", parameters.join("&"));
        for format in FORMATS.into_iter().chain([""]) {
            let page = if format.is_empty() && channel == "/index" { "/" } else { channel };
            let first = path.replace(&format!("{channel}.json"), &format!("{page}{format}"));
            let [one, other] =
                [first, format!("{page}{format}{again}")].map(|path| press.daemon.document(&path));
            assert_eq!((one.etag(), one.body), (other.etag(), other.body), "{again}");
        }
    });
    assert_eq!(seen.len(), CHANNELS.len(), "every channel showed a part of it: {seen:?}");
}

#[test]
fn properties_all_that_is_exported_and_wanted_is_found() {
    let press = Press::new();
    chance::each(1, |chance| fill(&press, chance));
    let exported = press.home.run_asking(press.daemon.admin, &["export"]).expect(0).json_lines();
    assert_eq!(exported.len(), 6 * 14);
    chance::each(40, |chance| {
        let wish = Wish::by(chance);
        let is_wanted = |line: &&Value| {
            let text = format!("{}{}{}", line["title"], line["summary"], line["content"]);
            let source = line["source"].as_str().expect("a source");
            wish.wants(source, line["language"].as_str(), &text)
        };
        let expected: BTreeSet<String> =
            ids(&exported.iter().filter(is_wanted).cloned().collect::<Vec<_>>())
                .into_iter()
                .collect();
        let path = format!("/index.json?editions=all&limit=7&{}", wish.parameters().join("&"));
        let found = ids(&press.items(&path));
        assert_eq!(found.len(), expected.len(), "{path}");
        assert_eq!(found.into_iter().collect::<BTreeSet<_>>(), expected, "{path}");
    });
}
