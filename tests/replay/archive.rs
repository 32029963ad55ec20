//! Real articles from the shared archive, and the outlets that publish them.

use serde::Deserialize;
use std::collections::{BTreeMap, HashSet};
use std::io::{BufRead, BufReader};
use std::path::Path;

#[derive(Debug, Clone, Deserialize)]
pub struct Article {
    pub id: String,
    /// `YYYY-MM-DD`, in China.
    pub date: String,
    pub outlet: String,
    /// GB/T 2260 code of the outlet's home, or empty.
    pub home: String,
    pub title: String,
    /// Paragraphs separated by newlines.
    pub text: String,
    pub images: Vec<String>,
}

/// A source of the replay.
#[derive(Debug)]
pub struct Outlet {
    /// Its source id.
    pub id: String,
    pub title: String,
    /// Region code, such as `cn610100`.
    pub home: Option<String>,
    pub articles: Vec<Dated>,
}

#[derive(Debug)]
pub struct Dated {
    /// Seconds since 1970. The archive gives the day alone; the articles of a day are
    /// spread over it in its order.
    pub at: i64,
    pub article: Article,
}

/// Credited outlets that are sources of their own; the smaller ones share one.
const NAMED: usize = 49;
/// Sources over which the articles without a credit are spread.
const UNCREDITED: usize = 10;
const NO_CREDIT: &str = "综合";

/// The first `count` articles.
pub fn read(path: &Path, count: usize) -> Vec<Article> {
    let file = std::fs::File::open(path).expect("the archive can be opened");
    let lines = BufReader::new(zstd::Decoder::new(file).expect("a zstd stream")).lines();
    let article = |line: std::io::Result<String>| {
        let mut article: Article =
            serde_json::from_str(&line.expect("a line")).expect("an article as JSON");
        // No feed format can carry these.
        article.title.retain(|c| !c.is_control());
        article.text.retain(|c| !c.is_control() || c == '\n');
        article
    };
    lines.take(count).map(article).collect()
}

/// Shares the articles out: each to one outlet.
pub fn outlets(articles: Vec<Article>) -> Vec<Outlet> {
    let mut per_outlet: BTreeMap<&str, usize> = BTreeMap::new();
    for article in articles.iter().filter(|article| article.outlet != NO_CREDIT) {
        *per_outlet.entry(&article.outlet).or_default() += 1;
    }
    let mut ranking: Vec<(&str, usize)> = per_outlet.into_iter().collect();
    ranking.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let named: HashSet<String> =
        ranking.iter().take(NAMED).map(|(name, _)| (*name).to_owned()).collect();

    let mut per_day: BTreeMap<String, i64> = BTreeMap::new();
    for article in &articles {
        *per_day.entry(article.date.clone()).or_default() += 1;
    }
    let mut so_far: BTreeMap<String, i64> = BTreeMap::new();
    let mut outlets: BTreeMap<String, Outlet> = BTreeMap::new();
    for (index, article) in articles.into_iter().enumerate() {
        let place = so_far.entry(article.date.clone()).or_default();
        let at = day_start(&article.date) + (2 * *place + 1) * 43_200 / per_day[&article.date];
        *place += 1;
        let (title, home) = match article.outlet.as_str() {
            NO_CREDIT => (format!("{NO_CREDIT} {}", index % UNCREDITED + 1), ""),
            name if named.contains(name) => (name.to_owned(), article.home.as_str()),
            _ => ("其他媒体".to_owned(), ""),
        };
        let home = (!home.is_empty()).then(|| format!("cn{home}"));
        let number = outlets.len() + 1;
        let outlet = outlets.entry(title.clone()).or_insert_with(|| Outlet {
            id: format!("outlet-{number}"),
            title,
            home,
            articles: Vec::new(),
        });
        outlet.articles.push(Dated { at, article });
    }
    outlets.into_values().collect()
}

/// Midnight in China.
fn day_start(date: &str) -> i64 {
    let midnight = format!("{date}T00:00:00+08:00");
    chrono::DateTime::parse_from_rfc3339(&midnight).expect("a date").timestamp()
}
