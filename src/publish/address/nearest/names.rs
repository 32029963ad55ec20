//! Ids of topics and sources and names of views that somebody may have misspelt.

use super::super::{
    HOT_SEGMENT, OPML_SEGMENT, PICTURES_SEGMENT, SEARCH_PATH, TOPIC_SEGMENT, is_reserved,
};
use super::{Known, LEFT_OUT, SLIP, SURPLUS};
use crate::model::{SourceId, Topic, TopicId};
use crate::text::slips;

/// Longer names are none's.
const MAX_NAME_BYTES: usize = 64;
/// Of so many letters one may be wrong; and three at most.
const ONE_IN: usize = 4;
const MOST_SLIPS: usize = 3;
/// A name that goes on is as far away as with so many slips.
const CUT_OFF: usize = 2;
/// Shorter beginnings are those of too many.
const LEAST_BEGINNING: usize = 3;

/// What a path shows of a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum View {
    Whole,
    Topic(TopicId),
    Pictures,
    Hot,
    Opml,
    Search,
}

/// What the end of a path may mean, with its cost and how many parts that takes; where nothing is
/// taken it is all of a place.
pub fn views(parts: &[String], known: &Known<'_>) -> Vec<(usize, View, usize)> {
    let Some(last) = parts.last() else { return vec![(0, View::Whole, 0)] };
    let at = parts.iter().rposition(|part| part == TOPIC_SEGMENT);
    let mut found: Vec<(usize, View, usize)> = Vec::new();
    if let Some((at, name)) = at.and_then(|at| Some((at, parts.get(at + 1)?))) {
        let (surplus, taken) = ((parts.len() - at - 2) * SURPLUS, parts.len() - at);
        let topics = topics(name, known.topics).into_iter();
        found.extend(topics.map(|(cost, id)| (cost + surplus, View::Topic(id.clone()), taken)));
    } else {
        let exact = topics(last, known.topics).into_iter().filter(|(cost, _)| *cost == 0);
        found.extend(exact.map(|(_, id)| (LEFT_OUT, View::Topic(id.clone()), 1)));
        for (name, view) in [
            (HOT_SEGMENT, View::Hot),
            (PICTURES_SEGMENT, View::Pictures),
            (OPML_SEGMENT, View::Opml),
            (SEARCH_PATH.trim_start_matches('/'), View::Search),
        ] {
            found.extend(cost(last, name).map(|cost| (cost, view, 1)));
        }
    }
    // No region is called so.
    let reserved = found.iter().find(|(_, _, taken)| is_reserved(&parts[parts.len() - taken]));
    let passed_over = reserved.map_or(0, |(_, _, taken)| *taken);
    found.push((passed_over * SURPLUS, View::Whole, passed_over));
    found
}

/// Those with an id that is almost so, or with that title.
fn topics<'t>(name: &str, topics: &'t [Topic]) -> Vec<(usize, &'t TopicId)> {
    let cost_of = |topic: &Topic| match topic.title.eq_ignore_ascii_case(name) {
        true => Some(0),
        false => cost(name, topic.id.as_str()),
    };
    topics.iter().filter_map(|topic| Some((cost_of(topic)?, &topic.id))).collect()
}

/// The same of sources.
pub fn sources<'a>(name: &str, known: &Known<'a>) -> Vec<(usize, &'a SourceId)> {
    let cost_of = |id: &SourceId, title: &str| match title.eq_ignore_ascii_case(name) {
        true => Some(0),
        false => cost(name, id.as_str()),
    };
    let sources = known.sources.iter();
    sources.filter_map(|(id, title)| Some((cost_of(id, title)?, *id))).collect()
}

/// What it costs to make a known name of one; `None`: another is meant.
fn cost(name: &str, known: &str) -> Option<usize> {
    if name.len() > MAX_NAME_BYTES {
        return None;
    }
    let limit = (name.len() / ONE_IN).clamp(1, MOST_SLIPS);
    let goes_on = || {
        let shorter = name.len().min(known.len());
        let is_beginning = known.starts_with(name) || name.starts_with(known);
        (is_beginning && shorter >= LEAST_BEGINNING).then_some(CUT_OFF)
    };
    let slips = slips::between(name.as_bytes(), known.as_bytes(), limit);
    slips.or_else(goes_on).map(|slips| slips * SLIP)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_almost_another_with_few_slips_or_as_its_beginning() {
        for (name, known, expected) in [
            ("education", "education", Some(0)),
            ("educatio", "education", Some(SLIP)),
            ("educatoin", "education", Some(SLIP)),
            ("edu", "education", Some(2 * SLIP)),
            ("ed", "education", None),
            ("hots", "hot", Some(SLIP)),
            ("hto", "hot", Some(SLIP)),
            ("aa", "a", Some(SLIP)),
            ("a", "bc", None),
            ("chinanews", "chinanews-shaanxi", Some(2 * SLIP)),
            ("nothing", "education", None),
        ] {
            assert_eq!(cost(name, known), expected, "{name}");
        }
        let long = "a".repeat(MAX_NAME_BYTES + 1);
        assert_eq!(cost(&long, &long), None);
    }
}
