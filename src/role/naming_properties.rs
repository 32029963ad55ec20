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
    /// From one of several hosts, as chance has it.
    AnyHost,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Dates {
    Own,
    /// Later at each poll.
    Moving,
    /// With seconds or without.
    Rounded,
    OneForAll,
    None,
}

#[derive(Debug)]
struct Habits {
    guids: Guids,
    links: Links,
    dates: Dates,
    /// All articles have one title, and are told apart by their texts.
    one_title: bool,
    /// Titles are escaped once or twice.
    escapes: bool,
    /// Each item is listed twice.
    doubles: bool,
    edits_links: bool,
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
        use Links::{AnyHost, KnownSession, OneForAll as OneLink, Own as OwnLinks, UnknownSession};
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
            (Guids::None, AnyHost),
        ]);
        let named = guids == OwnGuids || matches!(links, OwnLinks | KnownSession);
        let changing = guids == PerRequest || links == UnknownSession;
        let mut dates = match chance.below(8) {
            0 => Dates::Moving,
            1 => Dates::Rounded,
            2 => Dates::OneForAll,
            3..6 => Dates::Own,
            _ => Dates::None,
        };
        if links == AnyHost || (links == UnknownSession && dates == Dates::Moving) {
            dates = Dates::Own;
        }
        let steady = !matches!(dates, Dates::Moving | Dates::Rounded) && links != AnyHost;
        let one_title = links != UnknownSession
            && (links != AnyHost || dates == Dates::Own)
            && chance.one_in(4);
        // What has nothing else for its name is named by its text.
        let texts_name = one_title && matches!(dates, Dates::OneForAll | Dates::None);
        Habits {
            guids,
            links,
            dates,
            one_title,
            escapes: chance.one_in(3),
            doubles: guids == PerRequest && links == OwnLinks && chance.one_in(2),
            edits_links: guids != PerRequest
                && links == OwnLinks
                && dates == Dates::Own
                && chance.one_in(3),
            tracks: chance.one_in(3),
            both_schemes: chance.one_in(3),
            shuffles: chance.one_in(2),
            repeats_titles: named && !changing && chance.one_in(2),
            edits_titles: named && !one_title && chance.one_in(2),
            edits_texts: (named || (steady && !texts_name)) && chance.one_in(2),
            edits_from: if changing { 4 } else { 2 },
        }
    }

    fn link(&self, chance: &mut Chance, article: &Article, poll: usize) -> Option<String> {
        let (id, visit) = (format!("{}.html", article.name), format!("v{poll}"));
        let mut link = match self.links {
            Links::Own | Links::AnyHost => id,
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
        let host = match self.links {
            Links::AnyHost => format!("cdn{}.a.cn", chance.below(3)),
            _ => "a.cn".to_owned(),
        };
        Some(format!("{scheme}://{host}/{link}"))
    }

    fn item(&self, chance: &mut Chance, article: &Article, poll: usize) -> Item {
        let link = self.link(chance, article, poll);
        let guid = match self.guids {
            Guids::Own => Some(article.number.to_string()),
            Guids::PerRequest => Some(format!("{poll}-{}", article.number)),
            Guids::OneForAll => Some("latest".to_owned()),
            Guids::Links => link.clone(),
            Guids::None => None,
        };
        let age = 900_000 - 3600 * article.number as i64;
        let age = match self.dates {
            Dates::Own => Some(age),
            Dates::Moving => Some(age - 700 * poll as i64),
            Dates::Rounded => Some(age - 37 * chance.below(2) as i64),
            Dates::OneForAll => Some(900_000),
            Dates::None => None,
        };
        let mut title = article.title.clone();
        for _ in 0..chance.below(if self.escapes { 3 } else { 1 }) {
            title = title.replace('&', "&amp;");
        }
        Item { title, guid, link, age, text: Some(article.text.clone()) }
    }

    fn items(&self, chance: &mut Chance, articles: &[Article], poll: usize) -> Vec<Item> {
        let newest_first = articles.iter().rev();
        let mut items: Vec<Item> = newest_first.map(|a| self.item(chance, a, poll)).collect();
        if self.doubles {
            let again =
                |item: &Item| Item { guid: item.guid.clone().map(|g| g + "b"), ..item.clone() };
            items.extend(items.iter().map(again).collect::<Vec<_>>());
        }
        if self.shuffles {
            chance.shuffle(&mut items);
        }
        items
    }
}

struct Article {
    number: usize,
    /// In its address.
    name: String,
    title: String,
    text: String,
    /// In a document, at some poll.
    stood: bool,
    gone: bool,
}

impl Article {
    fn new(chance: &mut Chance, habits: &Habits, number: usize) -> Article {
        let mut title = match habits.one_title || (habits.repeats_titles && chance.one_in(3)) {
            true => "天气预报".to_owned(),
            false => format!("{} {number}", chance.words()),
        };
        if habits.escapes {
            title.push_str(" & co");
        }
        let text = format!("{}。第{number}条。", chance.words());
        Article { number, name: number.to_string(), title, text, stood: false, gone: false }
    }

    fn edit(&mut self, chance: &mut Chance, habits: &Habits) {
        if habits.edits_links && chance.one_in(3) {
            self.name.push('x');
            return;
        }
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
            let items = habits.items(chance, &articles[oldest..], poll);
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
        let linked = matches!(habits.links, Links::Own | Links::KnownSession | Links::AnyHost);
        let named = linked || habits.guids == Guids::Own;
        match habits.dates {
            Dates::None if habits.links == Links::UnknownSession => habits.dates = Dates::Own,
            // One name and one date: an article under another title.
            Dates::OneForAll if !named => habits.dates = Dates::Own,
            // Two of them are too few to tell that dates move.
            Dates::Moving if !linked => habits.dates = Dates::Own,
            _ => {}
        }
        let dated = !matches!(habits.dates, Dates::None | Dates::OneForAll);
        // One title under one name, again and again, is an article that goes on.
        habits.one_title &=
            (linked || (named && dated)) && (dated || habits.guids != Guids::OneForAll);
        habits.repeats_titles &= dated || habits.guids != Guids::OneForAll;
        habits.repeats_titles |=
            dated && habits.guids == Guids::PerRequest && habits.links != Links::OneForAll;
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
            let items = habits.items(chance, &articles[seen..], poll);
            articles[seen..].iter_mut().for_each(|article| article.stood = true);
            wire.poll(&mut source, &items);
            let stood = articles.iter().filter(|article| article.stood).count();
            assert_eq!(source.state.entries, stood as u64, "poll {poll}, {habits:?}: {items:#?}");
        }
    });
}
