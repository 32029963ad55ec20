//! Checks of `[[topic]]`: the default topics with the admin's own.

use super::super::problem::{Problems, quote};
use super::super::raw::RawTopic;
use super::super::read::{At, Raw};
use super::super::suggest::nearest;
use super::values::{line, optional_line, required, slug};
use crate::model::{Topic, TopicId};
use crate::tables;
use std::collections::HashMap;

/// Words of a topic at most.
const MAX_WORDS: usize = 5_000;
/// Topics named to who writes an unknown one, at most; their ids can be 64 bytes long.
const MAX_NAMED: usize = 24;

/// A shipped topic keeps what its table in `feeds.toml` leaves out.
pub(super) fn topics(raw: &[RawTopic], problems: &mut Problems<'_>) -> Vec<Topic> {
    let mut topics = tables::default_topics();
    let mut taken: HashMap<String, usize> = HashMap::new();
    for topic in raw {
        let key = |name: &str| format!("{}.{name}", topic.place.value);
        let id = required(&topic.id, &topic.place, "id", "\"education\"", problems)
            .filter(|id| slug(id, &key("id"), problems));
        let shipped = id.and_then(|id| {
            topics.iter().position(|known| !known.ruled && known.id.as_str() == id.value)
        });
        if shipped.is_none() {
            required(&topic.title, &topic.place, "title", "\"教育\"", problems);
            let example = "[\"学校\", \"高考\"]";
            required(&topic.words, &topic.place, "words", example, problems);
        }
        let title = optional_line(&topic.title, &key("title"), 100, problems);
        let words = self::words(&topic.words, &key("words"), problems);
        let not_words = self::words(&topic.not_words, &key("not_words"), problems);
        let medtopics = medtopics(&topic.medtopic, &key("medtopic"), problems);
        if let Some(given) = topic.words.given().filter(|given| given.value.is_empty()) {
            problems.add(given.at, &key("words"), "empty", "write one word at least");
        }
        let learnt = topic.learnt.given().map(|given| given.value);
        if let Some(given) = topic.learnt.given().filter(|given| given.value && shipped.is_none()) {
            let wrong = "nothing was learnt of a topic that is not shipped";
            problems.add(given.at, &key("learnt"), wrong, "leave the key out");
        }
        let Some(id) = id else { continue };
        if let Some(line) = taken.insert(id.value.clone(), problems.line(id.at)) {
            let wrong = format!("{} is the id of the topic in line {line} too", quote(&id.value));
            problems.add(id.at, &key("id"), wrong, "write another id");
        }
        let number = shipped.unwrap_or_else(|| {
            topics.push(own(&id.value));
            topics.len() - 1
        });
        let known = &mut topics[number];
        known.title = title.unwrap_or_else(|| std::mem::take(&mut known.title));
        known.learnt = learnt.unwrap_or(known.learnt);
        if topic.words.given().is_some() {
            (known.words, known.ruled) = (words, true);
        }
        if topic.not_words.given().is_some() {
            known.not_words = not_words;
        }
        if topic.medtopic.given().is_some() {
            known.medtopics = medtopics;
        }
    }
    topics
}

/// A topic of the admin's, with nothing in it yet.
fn own(id: &str) -> Topic {
    Topic {
        id: TopicId::new(id),
        title: String::new(),
        words: Vec::new(),
        not_words: Vec::new(),
        medtopics: Vec::new(),
        ruled: true,
        learnt: false,
    }
}

fn medtopics(raw: &Raw<Vec<At<String>>>, key: &str, problems: &mut Problems<'_>) -> Vec<String> {
    let mut codes = Vec::new();
    for (index, code) in raw.given().into_iter().flat_map(|given| &given.value).enumerate() {
        let digits = code.value.strip_prefix("medtop:").unwrap_or_default();
        if digits.len() == 8 && digits.bytes().all(|b| b.is_ascii_digit()) {
            codes.push(code.value.clone());
        } else {
            let wrong = format!("{} is no code of a Media Topic", quote(&code.value));
            let advice = "write medtop: and eight digits, such as \"medtop:05000000\"";
            problems.add(code.at, &format!("{key}[{index}]"), wrong, advice);
        }
    }
    codes
}

pub(super) fn words(
    raw: &Raw<Vec<At<String>>>,
    key: &str,
    problems: &mut Problems<'_>,
) -> Vec<String> {
    let Some(given) = raw.given() else { return Vec::new() };
    if given.value.len() > MAX_WORDS {
        let wrong = format!("{} words", given.value.len());
        problems.add(given.at, key, wrong, format!("write {MAX_WORDS} at most"));
    }
    let word = |(index, word)| line(word, &format!("{key}[{index}]"), 50, problems);
    given.value.iter().enumerate().filter_map(word).collect()
}

/// The topics that a source names.
pub(super) fn named(
    raw: &Raw<Vec<At<String>>>,
    key: &str,
    topics: &[Topic],
    problems: &mut Problems<'_>,
) -> Vec<TopicId> {
    let mut list: Vec<TopicId> = Vec::new();
    for (index, name) in raw.given().into_iter().flat_map(|given| &given.value).enumerate() {
        let key = format!("{key}[{index}]");
        match topics.iter().find(|topic| topic.id.as_str() == name.value) {
            Some(topic) if list.contains(&topic.id) => {
                let wrong = format!("{} is given twice", quote(&name.value));
                problems.add(name.at, &key, wrong, "keep one");
            }
            Some(topic) => list.push(topic.id.clone()),
            None => unknown(topics, name, &key, problems),
        }
    }
    list
}

fn unknown(topics: &[Topic], name: &At<String>, key: &str, problems: &mut Problems<'_>) {
    let titled = topics.iter().find(|topic| topic.title == name.value);
    let near = titled.map(|topic| topic.id.as_str());
    let near = near.or_else(|| nearest(&name.value, topics.iter().map(|topic| topic.id.as_str())));
    let advice = match near {
        Some(near) => format!("did you mean \"{near}\"?"),
        None => {
            let ids = topics.iter().map(|topic| topic.id.as_str());
            let mut ids: Vec<&str> = ids.take(MAX_NAMED + 1).collect();
            if ids.len() > MAX_NAMED {
                ids[MAX_NAMED] = "…";
            }
            format!("write one of {}, or add it as a [[topic]]", ids.join(", "))
        }
    };
    problems.add_absence(name.at, key, format!("{} is no known topic", quote(&name.value)), advice);
}
