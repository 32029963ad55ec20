//! The tables of `data/` that the program carries inside. Origins and licences: the READMEs beside them.

use crate::model::{RegionCode, Topic, TopicId};
use serde::Deserialize;

/// A gazetteer for [`RegionTree::extend_from_tsv`](crate::model::RegionTree::extend_from_tsv),
/// by the name that `feeds.toml` gives it.
pub fn gazetteer(name: &str) -> Option<&'static str> {
    match name {
        "cn" => Some(include_str!("../data/gazetteer/cn.tsv")),
        "us" => Some(include_str!("../data/gazetteer/us.tsv")),
        _ => None,
    }
}

/// Names that [`gazetteer`] knows.
pub const GAZETTEERS: [&str; 2] = ["cn", "us"];

/// Short region names that mean something else far more often than the region.
pub fn traps() -> impl Iterator<Item = &'static str> {
    lines(include_str!("../data/gazetteer/traps.txt")).flat_map(str::split_whitespace)
}

/// Places that are no region but belong to one, with its code.
pub fn landmarks() -> impl Iterator<Item = (&'static str, RegionCode)> {
    lines(include_str!("../data/gazetteer/landmarks.tsv"))
        .filter_map(|line| line.split_once('\t'))
        .map(|(name, code)| (name, RegionCode::new(code)))
}

fn lines(table: &'static str) -> impl Iterator<Item = &'static str> {
    table.lines().filter(|line| !line.is_empty() && !line.starts_with('#'))
}

#[derive(Deserialize)]
struct TopicFile {
    topic: Vec<TopicRow>,
}

#[derive(Deserialize)]
struct TopicRow {
    id: String,
    title: String,
    words: Vec<String>,
    #[serde(default)]
    not_words: Vec<String>,
}

/// The topics of `data/topics/topics.toml`, in its order. Parses the table: call it once.
pub fn default_topics() -> Vec<Topic> {
    let file: TopicFile = toml::from_str(include_str!("../data/topics/topics.toml"))
        .expect("the shipped table is valid, as a test shows");
    file.topic
        .into_iter()
        .map(|row| Topic {
            id: TopicId::new(&row.id),
            title: row.title,
            words: row.words,
            not_words: row.not_words,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{RegionLevel, RegionTree};
    use std::collections::HashSet;

    fn tree(name: &str) -> RegionTree {
        let mut tree = RegionTree::default();
        tree.extend_from_tsv(gazetteer(name).expect("known")).expect("a valid gazetteer");
        tree
    }

    fn counts(tree: &RegionTree) -> [usize; 3] {
        [RegionLevel::Province, RegionLevel::Prefecture, RegionLevel::County]
            .map(|level| tree.iter().filter(|region| region.level == level).count())
    }

    #[test]
    fn every_gazetteer_loads_with_all_its_divisions() {
        assert_eq!(counts(&tree("cn")), [34, 333, 2873]);
        assert_eq!(counts(&tree("us")), [57, 0, 3235]);
        assert_eq!(GAZETTEERS.iter().filter(|name| gazetteer(name).is_some()).count(), 2);
        assert_eq!(gazetteer("atlantis"), None);
    }

    #[test]
    fn addresses_avoid_the_reserved_segments() {
        for region in
            GAZETTEERS.iter().flat_map(|name| tree(name).iter().cloned().collect::<Vec<_>>())
        {
            for segment in region.path.split('/') {
                assert!(
                    !["", "t", "hot", "pictures", "opml"].contains(&segment),
                    "{}",
                    region.path
                );
                assert!(!segment.starts_with(|c: char| c.is_ascii_digit()), "{}", region.path);
            }
        }
    }

    #[test]
    fn zones_are_inherited() {
        let tree = tree("cn");
        let zone = |path| tree.by_path(path).expect("known").zone;
        assert_eq!(zone("shaanxi/xianyang/xingping"), chrono_tz::Asia::Shanghai);
        assert_eq!(zone("hongkong"), chrono_tz::Asia::Hong_Kong);
    }

    #[test]
    fn every_landmark_belongs_to_a_region() {
        let tree = tree("cn");
        assert!(landmarks().count() >= 5);
        for (name, code) in landmarks() {
            assert!(tree.get(&code).is_some(), "{name}: {code}");
        }
    }

    #[test]
    fn traps_are_distinct_short_names() {
        let tree = tree("cn");
        let shorts: HashSet<&str> = tree.iter().map(|region| region.short.as_str()).collect();
        let mut seen = HashSet::new();
        for trap in traps() {
            assert!(seen.insert(trap), "{trap} twice");
            assert!(shorts.contains(trap), "{trap} is no short name");
        }
        assert!(seen.len() > 300);
    }

    #[test]
    fn the_default_topics_load() {
        let topics = default_topics();
        let ids: HashSet<&str> = topics.iter().map(|topic| topic.id.as_str()).collect();
        assert_eq!((topics.len(), ids.len()), (19, 19));
        for topic in &topics {
            let words: HashSet<&str> = topic.words.iter().map(String::as_str).collect();
            assert_eq!(words.len(), topic.words.len(), "a word twice in {}", topic.id);
            assert!(words.len() >= 20, "{}", topic.id);
        }
    }
}
