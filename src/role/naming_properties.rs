//! Whatever habits a publisher has: after each poll there are as many entries as there
//! were articles.

use super::naming_tests::{Item, Wire};
use crate::chance::{Chance, each};

/// What a publisher names items by.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Guids {
    Own,
    PerRequest,
    OneForAll,
    Links,
    None,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Links {
    Own,
    OneForAll,
    None,
    /// With an id of the visit under a name that we know, or do not.
    KnownSession,
    UnknownSession,
}

#[derive(Debug)]
struct Habits {
    guids: Guids,
    links: Links,
    dated: bool,
    tracks: bool,
    both_schemes: bool,
    shuffles: bool,
    /// Several articles have one title.
    repeats_titles: bool,
    edits_titles: bool,
    edits_texts: bool,
    /// Before that poll nothing is edited: the source has yet to be known for what it is.
    edits_from: usize,
}

impl Habits {
    fn any(chance: &mut Chance) -> Habits {
        use Guids::{OneForAll as OneGuid, Own as OwnGuids, PerRequest};
        use Links::{KnownSession, OneForAll as OneLink, Own as OwnLinks, UnknownSession};
        let (guids, links) = *chance.pick(&[
            (OwnGuids, OwnLinks),
            (OwnGuids, OneLink),
            (OwnGuids, Links::None),
            (OwnGuids, UnknownSession),
            (PerRequest, OwnLinks),
            (PerRequest, KnownSession),
            (PerRequest, OneLink),
            (PerRequest, Links::None),
            (PerRequest, UnknownSession),
            (OneGuid, OwnLinks),
            (OneGuid, KnownSession),
            (OneGuid, OneLink),
            (OneGuid, Links::None),
            (Guids::Links, OwnLinks),
            (Guids::Links, KnownSession),
            (Guids::Links, UnknownSession),
            (Guids::None, OwnLinks),
            (Guids::None, OneLink),
            (Guids::None, Links::None),
            (Guids::None, UnknownSession),
        ]);
        let named = guids == OwnGuids || matches!(links, OwnLinks | KnownSession);
        let changing = guids == PerRequest || links == UnknownSession;
        Habits {
            guids,
            links,
            dated: chance.one_in(2),
            tracks: chance.one_in(3),
            both_schemes: chance.one_in(3),
            shuffles: chance.one_in(2),
            repeats_titles: named && !changing && chance.one_in(2),
            edits_titles: named && chance.one_in(2),
            edits_texts: chance.one_in(2),
            edits_from: if changing { 4 } else { 2 },
        }
    }

    fn link(&self, chance: &mut Chance, number: usize, poll: usize) -> Option<String> {
        let (id, visit) = (format!("{number}.html"), format!("v{poll}"));
        let mut link = match self.links {
            Links::Own => id,
            Links::OneForAll => "list.html".to_owned(),
            Links::None => return None,
            Links::KnownSession => format!("{id}?PHPSESSID={visit}"),
            Links::UnknownSession => format!("{id}?visit={visit}"),
        };
        if self.tracks && chance.one_in(2) {
            let joint = if link.contains('?') { '&' } else { '?' };
            link = format!("{link}{joint}utm_source={poll}");
        }
        let scheme = if self.both_schemes && chance.one_in(2) { "https" } else { "http" };
        Some(format!("{scheme}://a.cn/{link}"))
    }

    fn item(&self, chance: &mut Chance, article: &Article, poll: usize) -> Item {
        let link = self.link(chance, article.number, poll);
        let guid = match self.guids {
            Guids::Own => Some(article.number.to_string()),
            Guids::PerRequest => Some(format!("{poll}-{}", article.number)),
            Guids::OneForAll => Some("latest".to_owned()),
            Guids::Links => link.clone(),
            Guids::None => None,
        };
        let age = self.dated.then_some(900_000 - 3600 * article.number as i64);
        Item { title: article.title.clone(), guid, link, age, text: Some(article.text.clone()) }
    }
}

struct Article {
    number: usize,
    title: String,
    text: String,
    /// In a document, at some poll.
    stood: bool,
    gone: bool,
}

impl Article {
    fn new(chance: &mut Chance, habits: &Habits, number: usize) -> Article {
        let title = match habits.repeats_titles && chance.one_in(3) {
            true => "天气预报".to_owned(),
            false => format!("{} {number}", chance.words()),
        };
        let text = format!("{}。第{number}条。", chance.words());
        Article { number, title, text, stood: false, gone: false }
    }

    fn edit(&mut self, chance: &mut Chance, habits: &Habits) {
        if habits.edits_titles && chance.one_in(2) {
            self.title.push_str("（更正）");
        }
        if habits.edits_texts && chance.one_in(2) {
            self.text.push_str("更正。");
        }
    }
}

const POLLS: usize = 5;
/// Items that two documents in a row have in common at least.
const COMMON: usize = 3;

#[test]
fn each_article_is_one_entry_whatever_the_publisher_does() {
    let mut wire = Wire::new();
    let mut round = 0;
    each(150, |chance| {
        round += 1;
        let habits = Habits::any(chance);
        let mut source = wire.source(&format!("s{round}"));
        let mut articles: Vec<Article> = Vec::new();
        let mut oldest = 0;
        for poll in 1..=POLLS {
            let before = articles.len();
            let more = if poll == 1 { COMMON + chance.below(6) } else { chance.below(4) };
            for number in before..before + more {
                articles.push(Article::new(chance, &habits, number));
            }
            oldest += chance.below(before.saturating_sub(oldest + COMMON) + 1);
            if poll >= habits.edits_from && oldest < before {
                let at = oldest + chance.below(before - oldest);
                articles[at].edit(chance, &habits);
            }
            let mut items: Vec<Item> =
                articles[oldest..].iter().rev().map(|a| habits.item(chance, a, poll)).collect();
            if habits.shuffles {
                chance.shuffle(&mut items);
            }
            wire.poll(&mut source, &items);
            let stored = source.state.entries;
            assert_eq!(stored, articles.len() as u64, "poll {poll}, {habits:?}: {items:#?}");
        }
        let mut titles = wire.titles(&source);
        let mut expected: Vec<String> = articles.into_iter().map(|a| a.title).collect();
        titles.sort();
        expected.sort();
        assert_eq!(titles, expected, "{habits:?}");
    });
}

#[test]
fn each_article_is_one_entry_however_few_stand_in_a_document() {
    let mut wire = Wire::new();
    let mut round = 0;
    each(150, |chance| {
        round += 1;
        let mut habits = Habits { edits_from: usize::MAX, ..Habits::any(chance) };
        habits.dated |= habits.links == Links::UnknownSession;
        // One title under one name, again and again, is an article that goes on.
        habits.repeats_titles &= habits.dated || habits.guids != Guids::OneForAll;
        habits.repeats_titles |= habits.dated && habits.guids == Guids::PerRequest;
        let mut source = wire.source(&format!("few{round}"));
        let mut articles: Vec<Article> = Vec::new();
        for poll in 1..=POLLS + 1 {
            for number in articles.len()..articles.len() + chance.below(3) {
                articles.push(Article::new(chance, &habits, number));
            }
            let window = chance.below(3).min(articles.len());
            let mut seen = articles.len() - window;
            // What has left does not come again.
            seen = seen.max(articles.iter().filter(|a| a.gone).count());
            articles[..seen].iter_mut().for_each(|article| article.gone = true);
            let items: Vec<Item> =
                articles[seen..].iter().rev().map(|a| habits.item(chance, a, poll)).collect();
            articles[seen..].iter_mut().for_each(|article| article.stood = true);
            wire.poll(&mut source, &items);
            let stood = articles.iter().filter(|article| article.stood).count();
            assert_eq!(source.state.entries, stood as u64, "poll {poll}, {habits:?}: {items:#?}");
        }
    });
}
