//! The reason for the time of a poll, in words.

use super::skip::Skipped;
use crate::model::Timestamp;
use std::time::Duration;

/// A wait that somebody wants, by what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wish {
    pub name: &'static str,
    pub wait: Duration,
    /// What was asked for, where that is more than is kept.
    pub asked: Option<Duration>,
}

impl Wish {
    /// Kept up to `most`.
    pub fn capped(name: &'static str, asked: Duration, most: Duration) -> Wish {
        Wish { name, wait: asked.min(most), asked: (asked > most).then_some(asked) }
    }
}

/// What decided, the winner first: `ttl 1h > learnt 22m; skipHours until 06:00 UTC; jitter 3m`.
/// What is longer than is obeyed is told with it: `Retry-After 7d (asked 1157d) > `.
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
    let mut text = own;
    if !wishes.is_empty() {
        let mut all = with_room();
        for Wish { name, wait, asked } in &wishes {
            match asked {
                Some(asked) => {
                    push(&mut all, name, *wait, " (asked ");
                    push_wait(&mut all, *asked);
                    all.push_str(") > ");
                }
                None => push(&mut all, name, *wait, " > "),
            }
        }
        all.push_str(&text);
        text = all;
    }
    if let Some((until, what)) = skipped {
        text.push_str(&format!("; {} until {}", what.label(), hour(until, now)));
    }
    if jitter >= Duration::from_secs(1) {
        push(&mut text, "; jitter", jitter, "");
    }
    text
}

/// For a reason: most fit in without growing.
pub(super) fn with_room() -> String {
    String::with_capacity(64)
}

/// Adds a wait by its name, such as `ttl 1h > `, where `sign` is ` > `.
pub(super) fn push(text: &mut String, name: &str, wait: Duration, sign: &str) {
    text.push_str(name);
    text.push(' ');
    push_wait(text, wait);
    text.push_str(sign);
}

/// The hour that has begun at `at`: `06:00 UTC`, with the day if it is not within one.
fn hour(at: Timestamp, now: Timestamp) -> String {
    let form = if at.since(now).as_secs() < 86_400 { "%H:00 UTC" } else { "%a %H:00 UTC" };
    at.to_utc().format(form).to_string()
}

/// Two units at most, such as `45m`, `1h30m`, `2d`.
pub(super) fn words(wait: Duration) -> String {
    let mut text = String::new();
    push_wait(&mut text, wait);
    text
}

fn push_wait(text: &mut String, wait: Duration) {
    let seconds = wait.as_secs();
    let (whole, unit, rest, smaller) = match seconds {
        86_400.. => (seconds / 86_400, 'd', seconds % 86_400 / 3_600, 'h'),
        3_600.. => (seconds / 3_600, 'h', seconds % 3_600 / 60, 'm'),
        60.. => (seconds / 60, 'm', seconds % 60, 's'),
        _ => (seconds, 's', 0, ' '),
    };
    push_number(text, whole);
    text.push(unit);
    if rest > 0 {
        push_number(text, rest);
        text.push(smaller);
    }
}

/// Digit by digit: `format!` took a tenth of what deciding takes.
fn push_number(text: &mut String, number: u64) {
    if number >= 10 {
        push_number(text, number / 10);
    }
    text.push(char::from(b'0' + (number % 10) as u8));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_are_told_in_two_units_at_most() {
        for (seconds, expected) in [
            (0, "0s"),
            (59, "59s"),
            (60, "1m"),
            (61, "1m1s"),
            (3_599, "59m59s"),
            (3_600, "1h"),
            (3_659, "1h"),
            (5_400, "1h30m"),
            (86_400, "1d"),
            (90_000, "1d1h"),
            (86_400 * 1_234 + 82_800, "1234d23h"),
            (u64::MAX, "213503982334601d7h"),
        ] {
            assert_eq!(words(Duration::from_secs(seconds)), expected);
        }
    }
}
