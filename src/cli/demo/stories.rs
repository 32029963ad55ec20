//! What the sample publishers bring: stories that were written for them, then news put together from
//! sentences, for as long as the demo runs.

use super::publishers::Outlet;

const WRITTEN: &str = include_str!("../../../data/demo/stories.tsv");
const ONWARD: &str = include_str!("../../../data/demo/onward.tsv");
/// Sentences of a kind. A prime: for so many rounds, but one, no two news of an outlet share more than
/// one sentence, so that none is taken for a reprint of another.
const SENTENCES: usize = 13;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    pub title: String,
    pub paragraphs: Vec<String>,
}

/// What an outlet brings as its `number`th; there is always one.
pub fn text(outlet: Outlet, number: usize) -> Text {
    let mut written = told(WRITTEN, outlet.id());
    let count = written.clone().count();
    match written.nth(number).and_then(|line| line.split_once('\t')) {
        Some((title, body)) => Text {
            title: title.to_owned(),
            paragraphs: body.split('|').map(str::to_owned).collect(),
        },
        None => put_together(outlet, number.saturating_sub(count)),
    }
}

fn put_together(outlet: Outlet, number: usize) -> Text {
    let at = Outlet::ALL.iter().position(|other| *other == outlet).unwrap_or(0);
    let place = nth(outlet.id(), number).unwrap_or(outlet.title());
    let amount = (20 + (number % 79 * 7 + at * 11) % 79).to_string();
    let filled = |text: &str| text.replace("{place}", place).replace("{n}", &amount);
    // Outlets go through the sentences in orders of their own.
    let (round, step) = (1 + number / SENTENCES % (SENTENCES - 1), number % SENTENCES);
    let first = nth("first", step).and_then(|line| line.split_once('|')).unwrap_or_default();
    let further = [("second", 2 * at + 1), ("third", 2 * at + 2)];
    let further = further.map(|(kind, slope)| nth(kind, slope * round + step).unwrap_or_default());
    Text {
        title: place.to_owned() + &filled(first.0),
        paragraphs: [first.1, further[0], further[1]].map(filled).into(),
    }
}

/// One of the lines of a kind; behind the last comes the first.
fn nth(kind: &str, number: usize) -> Option<&'static str> {
    told(ONWARD, kind).cycle().nth(number % told(ONWARD, kind).count().max(1))
}

fn told(lines: &'static str, kind: &str) -> impl Iterator<Item = &'static str> + Clone {
    lines.lines().filter_map(move |line| line.strip_prefix(kind)?.strip_prefix('\t'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn news_go_on_without_an_end_and_no_two_are_alike_for_long() {
        for outlet in Outlet::ALL {
            let texts: Vec<Text> = (0..150).map(|number| text(outlet, number)).collect();
            let distinct: BTreeSet<&Vec<String>> =
                texts.iter().map(|text| &text.paragraphs).collect();
            assert_eq!(distinct.len(), texts.len(), "{outlet:?}");
            for text in texts.iter().chain([&text(outlet, usize::MAX)]) {
                let all = [&text.paragraphs[..], std::slice::from_ref(&text.title)].concat();
                let is_whole = |part: &String| !part.is_empty() && !part.contains(['{', '|', '<']);
                assert!(all.iter().all(is_whole), "{text:?}");
            }
        }
        let kinds = ["first", "second", "third"].map(|kind| told(ONWARD, kind).count());
        assert_eq!(kinds, [SENTENCES; 3]);
    }
}
