//! The tables of `data/` that the program carries inside. Origins and licences: the READMEs beside them.

use crate::model::{Location, RegionCode, Topic, TopicId};
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

/// Where the regions of these are.
pub fn points() -> impl Iterator<Item = (RegionCode, Location)> {
    pairs(include_str!("../data/gazetteer/points.tsv")).filter_map(|(code, place)| {
        let (latitude, longitude) = place.split_once('\t')?;
        let [latitude, longitude] = [latitude, longitude].map(|degrees| degrees.parse().ok());
        let point = Location { latitude: latitude?, longitude: longitude? };
        Some((RegionCode::new(code), point))
    })
}

/// Region names that mean something else far more often than the region.
pub fn traps() -> impl Iterator<Item = &'static str> {
    lines(include_str!("../data/gazetteer/traps.txt")).flat_map(str::split_whitespace)
}

/// Places that are no region but belong to one, and institutions there, with its code.
pub fn landmarks() -> impl Iterator<Item = (&'static str, RegionCode)> {
    let made = pairs(include_str!("../data/gazetteer/landmarks.tsv"));
    let places = pairs(include_str!("../data/gazetteer/places.tsv"));
    let places = places.flat_map(|(code, names)| names.split(' ').map(move |name| (name, code)));
    made.chain(places).map(|(name, code)| (name, RegionCode::new(code)))
}

/// Towns, each with the code of the county that it is in; one name may be in several.
pub fn towns() -> impl Iterator<Item = (&'static str, RegionCode)> {
    let china = pairs(include_str!("../data/gazetteer/towns.tsv"));
    let america = pairs(include_str!("../data/gazetteer/us_towns.tsv"));
    china.chain(america).flat_map(|(code, names)| {
        let code = RegionCode::new(code);
        names.split('|').map(move |name| (name, code.clone()))
    })
}

/// How newspapers shorten the states of the United States (`Ill.`), each with its code, and whether a
/// sentence may end in it (`Miss.`).
pub fn states() -> impl Iterator<Item = (&'static str, RegionCode, bool)> {
    pairs(include_str!("../data/gazetteer/us_states.tsv")).map(|(code, rest)| {
        let (name, is_word) = match rest.split_once('\t') {
            Some((name, _)) => (name, true),
            None => (rest, false),
        };
        (name, RegionCode::new(code), is_word)
    })
}

/// Common words of two characters, of which a short name beside them may be made by chance.
pub fn crossing_words() -> impl Iterator<Item = (&'static str, Crossing)> {
    pairs(include_str!("../data/gazetteer/words.tsv")).flat_map(|(kind, words)| {
        let crossing = if kind == "before" { Crossing::Before } else { Crossing::After };
        words.split(' ').map(move |word| (word, crossing))
    })
}

/// Where a common word lies that shares a character with a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Crossing {
    /// It ends with the name's first character: 面临, 临清.
    Before,
    /// It begins with the name's last character: 文成, 成立.
    After,
}

/// What a word beside place names says of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cue {
    /// Holds the name of a place and is none: 山东舰.
    Stop,
    /// The entry is about another country: 外交部.
    Abroad,
    /// It is about the whole country: 国务院.
    National,
    /// It is about companies and what they are worth: A股.
    Market,
    /// It goes round many places: 多地.
    Several,
    /// The source's own region: 我市.
    Here,
}

pub fn cues() -> impl Iterator<Item = (&'static str, Cue)> {
    pairs(include_str!("../data/gazetteer/cues.tsv")).flat_map(|(kind, words)| {
        let cue = match kind {
            "abroad" => Cue::Abroad,
            "national" => Cue::National,
            "market" => Cue::Market,
            "several" => Cue::Several,
            "here" => Cue::Here,
            _ => Cue::Stop,
        };
        words.split_whitespace().map(move |word| (word, cue))
    })
}

/// Lines of two fields.
fn pairs(table: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    lines(table).filter_map(|line| line.split_once('\t'))
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
    #[serde(default)]
    medtopic: Vec<String>,
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
            medtopics: row.medtopic,
            ruled: false,
            learnt: true,
        })
        .collect()
}

/// What was learnt of the default topics, by the program beside it.
pub const TOPIC_WEIGHTS: &[u8] = include_bytes!("../data/topics/weights.bin");

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
    fn nearly_all_regions_have_a_place_within_their_country() {
        for (name, located, latitudes, longitudes) in
            [("cn", 3071, 3.0..54.0, 73.0..136.0), ("us", 3285, -15.0..72.0, -180.0..180.0)]
        {
            let mut tree = tree(name);
            tree.locate(points());
            let found: Vec<Location> = tree.iter().filter_map(|region| region.point).collect();
            assert_eq!(found.len(), located, "{name}");
            for point in found {
                let Location { latitude, longitude } = point;
                assert!(
                    latitudes.contains(&latitude) && longitudes.contains(&longitude),
                    "{point:?}"
                );
            }
        }
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
        assert!(landmarks().count() > 200);
        let mut seen = HashSet::new();
        for (name, code) in landmarks() {
            assert!(tree.get(&code).is_some(), "{name}: {code}");
            assert!(seen.insert(name), "{name} twice");
        }
    }

    #[test]
    fn every_town_is_in_a_county() {
        let trees = GAZETTEERS.map(tree);
        assert!(towns().count() > 35_000);
        for (name, code) in towns() {
            let county = trees.iter().find_map(|tree| tree.get(&code));
            let county = county.unwrap_or_else(|| panic!("{name}: {code}"));
            assert!(county.level >= RegionLevel::Prefecture, "{name}: {code}");
        }
    }

    #[test]
    fn shortened_states_are_states() {
        let tree = tree("us");
        let mut seen = HashSet::new();
        for (name, code, _) in states() {
            assert!(seen.insert(name) && name.ends_with('.'), "{name}");
            assert_eq!(tree.get(&code).map(|region| region.level), Some(RegionLevel::Province));
        }
        assert!(states().any(|(name, _, is_word)| name == "Miss." && is_word));
        assert!(states().any(|(name, _, is_word)| name == "Calif." && !is_word));
    }

    #[test]
    fn crossing_words_have_two_characters() {
        for kind in [Crossing::Before, Crossing::After] {
            assert!(crossing_words().filter(|(_, one)| *one == kind).count() > 1000);
        }
        assert!(crossing_words().all(|(word, _)| word.chars().count() == 2));
    }

    #[test]
    fn traps_are_distinct_short_names() {
        let trees = GAZETTEERS.map(tree);
        let regions = trees.iter().flat_map(RegionTree::iter);
        let shorts: HashSet<&str> = regions.map(|region| region.short.as_str()).collect();
        let mut seen = HashSet::new();
        for trap in traps() {
            assert!(seen.insert(trap), "{trap} twice");
            assert!(shorts.contains(trap), "{trap} is no short name");
        }
        assert!(seen.len() > 300);
    }

    #[test]
    fn every_cue_has_one_kind() {
        let mut seen = HashSet::new();
        for (word, _) in cues() {
            assert!(seen.insert(word), "{word} twice");
        }
        for cue in [Cue::Stop, Cue::Abroad, Cue::National, Cue::Market, Cue::Several, Cue::Here] {
            assert!(cues().any(|(_, kind)| kind == cue), "{cue:?}");
        }
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
