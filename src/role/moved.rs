//! Sources that have moved: where permanent redirects (301, 308; RFC 9110 §15.4.2, §15.4.9)
//! have led for long is polled itself. The address in `feeds.toml` stays the source's own: it
//! is asked again when the new one fails. Pure: time is an argument.

use crate::model::{Moved, Moving, Outcome, Source, SourceState, Timestamp};
use std::borrow::Cow;
use std::time::Duration;
use url::Url;

/// An address is adopted when so many polls in a row, over so long, were led to it.
const POLLS: u32 = 3;
const LONG: Duration = Duration::from_secs(24 * 3_600);
/// Failed polls in a row at an adopted address before the source's own is asked again.
const MISSES: u8 = 3;
/// A longer address is followed and never adopted, bytes.
const LONGEST: usize = 2_000;

/// What a poll changed in where the next one goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    Adopted(String),
    /// The adopted address has failed too often: the source's own is asked again.
    Dropped(String),
}

/// Where a source is polled: at its own address, or at the one adopted for it. `None`: it has
/// none.
pub fn address<'a>(source: &'a Source, state: Option<&SourceState>) -> Option<Cow<'a, Url>> {
    let own = source.url.as_ref()?;
    let state = state.filter(|state| state.url == own.as_str());
    let moved = state.and_then(|state| state.moved.as_ref());
    let adopted = moved.and_then(|moved| Url::parse(&moved.url).ok());
    Some(adopted.map_or(Cow::Borrowed(own), Cow::Owned))
}

/// Whether what is known of a source's document is of `url`, its address in the settings:
/// that has not changed, or only to the one adopted before.
pub fn knows(state: &SourceState, url: &Url) -> bool {
    let adopted = state.moved.as_ref().map(|moved| moved.url.as_str());
    state.url == url.as_str() || adopted == Some(url.as_str())
}

/// A 410 of an adopted address is not the last word on the source.
pub fn outcome(state: &SourceState, outcome: Outcome) -> Outcome {
    match (outcome, &state.moved) {
        (Outcome::Gone, Some(_)) => Outcome::Failed {
            kind: "status".to_owned(),
            error: "410 Gone where the source had moved to; its own address is asked next"
                .to_owned(),
        },
        (outcome, _) => outcome,
    }
}

/// Writes into the state where the next poll goes.
///
/// `led_to`: where permanent redirects from the polled address led to an answer with a feed,
/// or to a 304; `None`: there were none, or there was no such answer.
pub fn settle(
    state: &mut SourceState,
    outcome: &Outcome,
    led_to: Option<&Url>,
    at: Timestamp,
) -> Option<Change> {
    let is_success = matches!(outcome, Outcome::Fetched { .. } | Outcome::NotModified);
    if !is_success {
        return miss(state);
    }
    if let Some(moved) = &mut state.moved {
        moved.misses = 0;
    }
    let fits = |to: &&Url| {
        to.as_str().len() <= LONGEST && to.username().is_empty() && to.password().is_none()
    };
    let Some(to) = led_to.filter(fits) else {
        state.moving = None;
        return None;
    };
    if to.as_str() == state.url {
        state.moving = None;
        return state.moved.take().map(|moved| Change::Dropped(moved.url));
    }
    let moving = match state.moving.take() {
        Some(known) if known.to == to.as_str() && known.since <= at => {
            Moving { polls: known.polls.saturating_add(1), ..known }
        }
        _ => Moving { to: to.to_string(), since: at, polls: 1 },
    };
    if moving.polls < POLLS || at.since(moving.since) < LONG {
        state.moving = Some(moving);
        return None;
    }
    state.moved = Some(Moved { url: moving.to.clone(), misses: 0 });
    Some(Change::Adopted(moving.to))
}

fn miss(state: &mut SourceState) -> Option<Change> {
    let is_gone = state.last_status == Some(410);
    let moved = state.moved.as_mut()?;
    moved.misses = moved.misses.saturating_add(1);
    if moved.misses < MISSES && !is_gone {
        return None;
    }
    state.moving = None;
    state.moved.take().map(|moved| Change::Dropped(moved.url))
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: &str = "http://a.example.cn/rss";
    const NEW: &str = "https://b.example.cn/rss";
    const DAY: i64 = 86_400;

    fn state() -> SourceState {
        SourceState { url: OWN.to_owned(), ..SourceState::default() }
    }

    fn adopted() -> SourceState {
        SourceState { moved: Some(Moved { url: NEW.to_owned(), misses: 0 }), ..state() }
    }

    fn failed(state: &mut SourceState, status: u16) -> Option<Change> {
        state.last_status = Some(status);
        let outcome = Outcome::Failed { kind: "status".to_owned(), error: String::new() };
        settle(state, &outcome, None, Timestamp(0))
    }

    fn led(state: &mut SourceState, to: Option<&str>, at: i64) -> Option<Change> {
        let to = to.map(|to| Url::parse(to).expect("an address"));
        settle(state, &Outcome::NotModified, to.as_ref(), Timestamp(at))
    }

    #[test]
    fn a_redirect_is_adopted_after_three_polls_over_a_day() {
        for (polls, expected) in [
            (&[0, DAY][..], None),
            (&[0, 10, 20], None),
            (&[0, 10, DAY - 1], None),
            (&[0, 10, DAY], Some(DAY)),
            (&[0, 10, 20, 30, DAY, 2 * DAY], Some(DAY)),
            // A clock that went back begins anew.
            (&[5 * DAY, 0, 10, DAY - 1], None),
        ] {
            let mut state = state();
            let changes = polls.iter().map(|at| (*at, led(&mut state, Some(NEW), *at)));
            let first =
                changes.collect::<Vec<_>>().into_iter().find(|(_, change)| change.is_some());
            let adopted = |at| (at, Some(Change::Adopted(NEW.to_owned())));
            assert_eq!(first, expected.map(adopted), "{polls:?}");
        }
    }

    #[test]
    fn another_target_or_none_begins_anew_and_a_failure_does_not() {
        for between in [None, Some("https://c.example.cn/")] {
            let mut state = state();
            led(&mut state, Some(NEW), 0);
            led(&mut state, Some(NEW), 10);
            led(&mut state, between, 20);
            assert_eq!(led(&mut state, Some(NEW), DAY), None, "{between:?}");
        }
        let mut state = state();
        led(&mut state, Some(NEW), 0);
        failed(&mut state, 503);
        led(&mut state, Some(NEW), 20);
        assert_eq!(led(&mut state, Some(NEW), DAY), Some(Change::Adopted(NEW.to_owned())));
    }

    #[test]
    fn what_has_a_password_or_no_end_is_never_adopted() {
        let long = format!("https://b.example.cn/{}", "x".repeat(LONGEST));
        for to in ["https://reader:geheim@b.example.cn/", "https://:geheim@b.example.cn/", &long] {
            let mut state = state();
            for day in 0..5 {
                assert_eq!(led(&mut state, Some(to), day * DAY), None);
            }
            assert_eq!(state, self::state());
        }
    }

    #[test]
    fn an_adopted_address_that_fails_gives_way_to_the_own() {
        let dropped = Some(Change::Dropped(NEW.to_owned()));
        let mut state = adopted();
        assert_eq!((failed(&mut state, 404), failed(&mut state, 404)), (None, None));
        // A success in between forgives.
        assert_eq!(led(&mut state, None, 0), None);
        assert_eq!((failed(&mut state, 404), failed(&mut state, 500)), (None, None));
        assert_eq!(failed(&mut state, 404), dropped);
        assert_eq!(state.moved, None);
        assert_eq!(failed(&mut adopted(), 410), dropped);
        // Back to where it was.
        assert_eq!(led(&mut adopted(), Some(OWN), 0), dropped);
    }

    #[test]
    fn a_410_counts_for_the_own_address_only() {
        assert_eq!(outcome(&state(), Outcome::Gone), Outcome::Gone);
        assert!(matches!(outcome(&adopted(), Outcome::Gone), Outcome::Failed { .. }));
        assert_eq!(outcome(&adopted(), Outcome::NotModified), Outcome::NotModified);
    }

    #[test]
    fn the_document_stays_known_when_the_settings_follow_the_move() {
        let url = |text| Url::parse(text).expect("an address");
        assert!(knows(&adopted(), &url(OWN)) && knows(&adopted(), &url(NEW)));
        assert!(!knows(&state(), &url(NEW)));
        assert!(!knows(&adopted(), &url("https://c.example.cn/")));
    }
}
