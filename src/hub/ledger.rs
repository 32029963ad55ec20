//! How subscriptions are written down: lines that are only ever added, each JSON with a checksum
//! behind it, so that a line which a crash cut off or a disk damaged costs itself alone.

use super::Subscription;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use xxhash_rust::xxh3::xxh3_64;

/// What the file begins with; the store's epoch follows, for changes of another mean nothing.
const HEAD: &str = "countywire hub 1";
const SUM_DIGITS: usize = 16;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Note {
    /// Subscribed, or renewed.
    Holds(Subscription),
    Left {
        topic: String,
        callback: String,
    },
    /// What a subscriber has by now.
    Has {
        topic: String,
        callback: String,
        change: u64,
    },
}

/// What a file tells.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Told {
    pub subscriptions: Vec<Subscription>,
    /// Lines that were damaged.
    pub damaged: usize,
    pub lines: usize,
    /// It is of another life of the store, and nobody has what that holds.
    pub is_outdated: bool,
}

pub fn head(epoch: u64) -> String {
    let head = format!("{HEAD} {epoch:016x}");
    format!("{head} {:016x}\n", xxh3_64(head.as_bytes()))
}

pub fn line(note: &Note) -> String {
    let json = serde_json::to_string(note).expect("strings and numbers");
    let sum = xxh3_64(json.as_bytes());
    format!("{json} {sum:016x}\n")
}

/// `None`: it is of another version, or none of ours.
pub fn read(text: &str, epoch: u64) -> Option<Told> {
    let mut lines = text.split_inclusive('\n');
    let first = lines.next().and_then(checked)?;
    let of = first.strip_prefix(HEAD)?.strip_prefix(' ')?;
    let is_outdated = u64::from_str_radix(of, 16) != Ok(epoch);
    let mut told = Told { lines: 1, is_outdated, ..Told::default() };
    let mut held: HashMap<(String, String), Subscription> = HashMap::new();
    for line in lines {
        told.lines += 1;
        match checked(line).and_then(|json| serde_json::from_str(json).ok()) {
            Some(Note::Holds(subscription)) => {
                let Subscription { topic, callback, .. } = &subscription;
                held.insert((topic.clone(), callback.clone()), subscription);
            }
            Some(Note::Left { topic, callback }) => {
                held.remove(&(topic, callback));
            }
            Some(Note::Has { topic, callback, change }) => {
                if let Some(subscription) = held.get_mut(&(topic, callback)) {
                    subscription.change = change;
                }
            }
            None => told.damaged += 1,
        }
    }
    told.subscriptions = held.into_values().collect();
    if is_outdated {
        told.subscriptions.iter_mut().for_each(|subscription| subscription.change = 0);
    }
    Some(told)
}

/// A whole line without its checksum, if that is right.
fn checked(line: &str) -> Option<&str> {
    let line = line.strip_suffix('\n')?;
    let (text, sum) = line.rsplit_once(' ')?;
    let is_right = sum.len() == SUM_DIGITS
        && u64::from_str_radix(sum, 16).is_ok_and(|sum| sum == xxh3_64(text.as_bytes()));
    is_right.then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Secret, Timestamp};

    fn subscription(callback: &str) -> Subscription {
        Subscription {
            topic: "http://w.cn/r/县.atom".to_owned(),
            callback: callback.to_owned(),
            secret: Some(Secret::new("s \"1\"\n".to_owned())),
            since: Timestamp(1_795_500_000),
            lease_until: Timestamp(1_795_600_000),
            client: [8, 8, 8, 8].into(),
            change: 3,
        }
    }

    fn written(notes: &[Note]) -> String {
        head(7) + &notes.iter().map(line).collect::<String>()
    }

    #[test]
    fn what_is_written_is_read_back() {
        let (one, other) = (subscription("http://a.cn/1"), subscription("http://a.cn/2"));
        let topic = || one.topic.clone();
        let renewed = Subscription { lease_until: Timestamp(1_795_700_000), ..one.clone() };
        let notes = [
            Note::Holds(one.clone()),
            Note::Holds(other.clone()),
            Note::Holds(renewed.clone()),
            Note::Left { topic: topic(), callback: other.callback },
            Note::Has { topic: topic(), callback: one.callback.clone(), change: 9 },
            Note::Has { topic: topic(), callback: "http://nobody.cn/".to_owned(), change: 9 },
        ];
        let text = written(&notes);
        let expected = Subscription { change: 9, ..renewed };
        let told = Told {
            subscriptions: vec![expected.clone()],
            damaged: 0,
            lines: 7,
            is_outdated: false,
        };
        assert_eq!(read(&text, 7), Some(told));
        // In another life of the store nobody has what it holds.
        let told = read(&text, 8).expect("of this version");
        assert_eq!(told.subscriptions, [Subscription { change: 0, ..expected }]);
    }

    #[test]
    fn damage_costs_the_lines_that_it_is_in() {
        let notes = ["http://a.cn/1", "http://a.cn/2"].map(|c| Note::Holds(subscription(c)));
        let text = written(&notes);
        assert_eq!(read("", 7), None);
        assert_eq!(read("countywire hub 2 0000000000000007 0000000000000000\n", 7), None);
        let torn = read(&text[..text.len() - 1], 7).expect("the head is whole");
        assert_eq!((torn.subscriptions.len(), torn.damaged), (1, 1));
        for at in head(7).len()..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[at] ^= 1;
            let damaged = String::from_utf8_lossy(&bytes);
            let told = read(&damaged, 7).expect("the head is whole");
            assert!(told.damaged >= 1 && told.subscriptions.len() <= 1, "{at}");
        }
    }
}
