//! What must hold of the published histories after a replay.

use super::Publisher;
use super::archive::Dated;
use super::daemon::Daemon;
use super::feeds;
use countywire::classify::Item;
use countywire::config;
use countywire::model::{RegionCode, RegionTree};
use countywire::role::Live;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;
use unicode_normalization::UnicodeNormalization;

/// Folded characters below which texts are not compared (`story`).
const SHORTEST_TEXT: usize = 40;

/// What was looked at, in words.
pub fn check(publishers: &[Publisher], daemon: &Daemon, settings: &Path) -> String {
    let live = Live::new(
        config::load(settings, countywire::role::now()).expect("settings that the daemon took"),
    );
    let stored = daemon.export();
    histories(publishers, daemon, &stored);
    let members = channels(&live, &stored);
    let groups = reprint_groups(publishers, &stored);
    for (path, members) in &members {
        channel(daemon, path, members, &groups);
    }
    let copies = stored.iter().filter(|entry| !entry["reprint_of"].is_null()).count();
    format!("{} channels, {copies} reprints", members.len())
}

pub fn regions() -> RegionTree {
    let mut tree = RegionTree::default();
    let gazetteer = countywire::tables::gazetteer("cn").expect("it ships with the program");
    tree.extend_from_tsv(gazetteer).expect("a valid gazetteer");
    tree
}

/// Every article is in its outlet's feed history, none twice, each as it was written.
fn histories(publishers: &[Publisher], daemon: &Daemon, stored: &[Value]) {
    let mut total = 0;
    for publisher in publishers {
        let outlet = &publisher.outlet;
        let mut wanted: HashMap<String, &Dated> = outlet
            .articles
            .iter()
            .map(|dated| (feeds::link(&publisher.base, &dated.article.id), dated))
            .collect();
        total += wanted.len();
        let items = daemon.history(&format!("/s/{}.json", outlet.id));
        let mut above = i64::MAX;
        for item in items {
            let url = text(&item, "url");
            let Some(Dated { at, article }) = wanted.remove(url) else {
                panic!("{}: {url} is there twice, or is not theirs", outlet.title);
            };
            assert_eq!(letters(text(&item, "title")), letters(&article.title), "{url}");
            let published = instant(text(&item, "date_published"));
            assert_eq!(published, *at, "{url}");
            assert!(published <= above, "{url} is not in its place");
            above = published;
            let html = item["content_html"].as_str().unwrap_or_default();
            assert_eq!(letters(&without_tags(html)), letters(&article.text), "{url}");
        }
        let missing: Vec<&String> = wanted.keys().collect();
        assert!(missing.is_empty(), "{} misses {missing:?}", outlet.title);
    }
    assert_eq!(stored.len(), total, "entries stored");
}

/// Which entries belong to which channel, as the classifier says when it is asked anew:
/// from the address of a channel to the ids in it.
fn channels<'a>(live: &Live, stored: &'a [Value]) -> BTreeMap<String, BTreeSet<&'a str>> {
    let mut members: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for region in live.config.regions.iter().filter(|region| region.parent.is_none()) {
        // Those without entries too: nothing may be in them.
        members.insert(format!("/r/{}", region.path), BTreeSet::new());
    }
    for entry in stored {
        let id = text(entry, "id");
        let source = countywire::model::SourceId::new(text(entry, "source"));
        let source = live.source(&source).expect("a source of ours");
        let verdicts = live.classifier.classify(&Item {
            title: text(entry, "title"),
            lead: text(entry, "summary"),
            region: source.region.as_ref(),
            region_fallback: source.region_fallback,
            topics: &source.topics,
            ..Item::default()
        });
        let says = |list: &str, key: &str| -> Vec<String> {
            let list = entry[list].as_array().expect("a list");
            list.iter().map(|verdict| text(verdict, key).to_owned()).collect()
        };
        let regions: Vec<String> =
            verdicts.regions.iter().map(|verdict| verdict.region.to_string()).collect();
        let topics: Vec<String> =
            verdicts.topics.iter().map(|verdict| verdict.topic.to_string()).collect();
        assert_eq!(says("regions", "region"), regions, "{id}");
        assert_eq!(says("topics", "topic"), topics, "{id}");

        let mut paths = BTreeSet::from(["/index".to_owned()]);
        for code in &regions {
            for region in live.config.regions.lineage(&RegionCode::new(code)) {
                paths.insert(format!("/r/{}", region.path));
                paths.extend(topics.iter().map(|topic| format!("/r/{}/t/{topic}", region.path)));
            }
        }
        paths.extend(topics.iter().map(|topic| format!("/t/{topic}")));
        for path in paths {
            members.entry(path).or_default().insert(id);
        }
    }
    members
}

/// The first print of each entry's text: what the archive has to the letter is together, and what
/// else is has most of its words from an article before it.
fn reprint_groups<'a>(publishers: &[Publisher], stored: &'a [Value]) -> HashMap<&'a str, u64> {
    let articles: HashMap<String, String> = publishers
        .iter()
        .flat_map(|publisher| {
            let articles = publisher.outlet.articles.iter();
            articles.map(|Dated { article, .. }| {
                (feeds::link(&publisher.base, &article.id), fold(&article.text))
            })
        })
        .collect();
    let mut first_prints: HashMap<&str, u64> = HashMap::new();
    let mut printed: HashMap<u64, Vec<&str>> = HashMap::new();
    let mut groups = HashMap::new();
    for entry in stored {
        let no = entry["no"].as_u64().expect("a number");
        let group = entry["reprint_of"].as_u64().unwrap_or(no);
        let folded = articles[text(entry, "link")].as_str();
        let is_short = folded.chars().count() < SHORTEST_TEXT;
        // The archive is replayed within minutes: no text comes back as news.
        match first_prints.get(folded) {
            Some(first) if !is_short => {
                assert_eq!(group, *first, "first print of {}", text(entry, "link"));
            }
            _ if group != no => {
                let before = printed[&group].iter().map(|other| held(folded, other));
                let most = before.max().unwrap_or_default();
                assert!(!is_short && most >= 40, "{most} % of {}", text(entry, "link"));
            }
            _ => {}
        }
        first_prints.entry(folded).or_insert(group);
        printed.entry(group).or_default().push(folded);
        groups.insert(text(entry, "id"), group);
    }
    groups
}

/// Of a hundred runs of six letters in the beginning of a text, those that are in another's.
fn held(text: &str, other: &str) -> usize {
    let runs = |text: &str| -> Vec<Vec<char>> {
        let letters: Vec<char> = text.chars().filter(|c| c.is_alphanumeric()).take(900).collect();
        letters.windows(6).map(<[char]>::to_vec).collect()
    };
    let (own, theirs) = (runs(text), BTreeSet::from_iter(runs(other)));
    own.iter().filter(|run| theirs.contains(*run)).count() * 100 / own.len().max(1)
}

/// A channel holds its members and nothing else; with one edition, one of each text.
fn channel(daemon: &Daemon, path: &str, members: &BTreeSet<&str>, groups: &HashMap<&str, u64>) {
    let ids = |query: &str| -> Vec<String> {
        let items = daemon.history(&format!("{path}.json?limit=200{query}"));
        items.iter().map(|item| text(item, "id").to_owned()).collect()
    };
    let all = ids("&editions=all");
    assert_eq!(all.len(), members.len(), "entries in {path}");
    let shown: BTreeSet<&str> = all.iter().map(String::as_str).collect();
    assert_eq!(&shown, members, "entries in {path}");

    let one = ids("");
    let mut shown: Vec<u64> = one.iter().map(|id| groups[id.as_str()]).collect();
    shown.sort_unstable();
    let wanted: BTreeSet<u64> = members.iter().map(|id| groups[id]).collect();
    assert_eq!(shown, wanted.into_iter().collect::<Vec<_>>(), "texts in {path}, each once");
}

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value[key].as_str().unwrap_or_else(|| panic!("{key} is missing in {}", json!(value)))
}

fn instant(rfc3339: &str) -> i64 {
    chrono::DateTime::parse_from_rfc3339(rfc3339).expect("RFC 3339").timestamp()
}

/// What a reader sees of simple HTML.
fn without_tags(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    for (index, piece) in html.split('<').enumerate() {
        let shown = if index == 0 { Some(piece) } else { piece.split_once('>').map(|(_, t)| t) };
        out.push_str(shown.unwrap_or_default());
    }
    let out = out.replace("&nbsp;", " ").replace("&lt;", "<").replace("&gt;", ">");
    out.replace("&quot;", "\"").replace("&amp;", "&")
}

/// What is left when spaces go, the invisible ones too.
fn letters(text: &str) -> String {
    let invisible =
        |c: char| matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}');
    text.chars().filter(|c| !c.is_whitespace() && !invisible(*c)).collect()
}

/// The text as `story` compares it: letters and digits, without width and case.
fn fold(text: &str) -> String {
    let plain = text.nfkc().flat_map(char::to_lowercase);
    plain.filter(|c| c.is_alphanumeric()).collect()
}
