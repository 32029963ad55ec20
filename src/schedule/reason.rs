//! The reason for the time of a poll, in words.

use super::skip::Skipped;
use crate::model::Timestamp;
use std::time::Duration;

/// A wait that somebody wants, by what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wish {
    pub name: &'static str,
    pub wait: Duration,
}

impl Wish {
    pub fn new(name: &'static str, wait: Duration) -> Wish {
        Wish { name, wait }
    }
}

/// What decided, the winner first: `ttl 1h > learnt 22m; skipHours until 06:00 UTC; jitter 3m`.
///
/// `own`: what the schedule itself wanted, in words, and its wait; wishes for less did not
/// decide. `skipped`: when the poll comes instead, and what is passed over.
pub(super) fn in_full(
    own: String,
    wait: Duration,
    mut wishes: Vec<Wish>,
    skipped: Option<(Timestamp, Skipped)>,
    jitter: Duration,
    now: Timestamp,
) -> String {
    wishes.retain(|wish| wish.wait > wait);
    wishes.sort_by_key(|wish| std::cmp::Reverse(wish.wait));
    let mut text = String::new();
    for wish in &wishes {
        text.push_str(&format!("{} {} > ", wish.name, words(wish.wait)));
    }
    text.push_str(&own);
    if let Some((until, what)) = skipped {
        text.push_str(&format!("; {} until {}", what.label(), hour(until, now)));
    }
    if jitter >= Duration::from_secs(1) {
        text.push_str(&format!("; jitter {}", words(jitter)));
    }
    text
}

/// The hour that has begun at `at`: `06:00 UTC`, with the day if it is not within one.
fn hour(at: Timestamp, now: Timestamp) -> String {
    let form = if at.since(now).as_secs() < 86_400 { "%H:00 UTC" } else { "%a %H:00 UTC" };
    at.to_utc().format(form).to_string()
}

/// Two units at most, such as `45m`, `1h30m`, `2d`.
pub(super) fn words(wait: Duration) -> String {
    let seconds = wait.as_secs();
    let units = [("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)];
    let largest = units.iter().position(|(_, size)| seconds >= *size).unwrap_or(3);
    let (unit, size) = units[largest];
    let mut text = format!("{}{unit}", seconds / size);
    if let Some((unit, smaller)) = units.get(largest + 1) {
        let rest = seconds % size / smaller;
        if rest > 0 {
            text.push_str(&format!("{rest}{unit}"));
        }
    }
    text
}
