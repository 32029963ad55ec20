//! How long a document holds, over answers that do not bring it again.

use crate::model::{Outcome, SourceState};
use std::time::Duration;

/// A 304 that says nothing leaves it as it is (RFC 9111 §4.3.4); one that says something
/// else shortens it at most, for some servers give every 304 the same headers.
pub fn settle(state: &mut SourceState, outcome: &Outcome, stated: Option<Duration>) {
    let fresh = stated.map_or(0, |fresh| fresh.as_secs());
    match outcome {
        Outcome::Fetched { .. } => state.fresh_seconds = fresh,
        Outcome::NotModified if fresh > 0 => state.fresh_seconds = state.fresh_seconds.min(fresh),
        Outcome::NotModified | Outcome::Failed { .. } | Outcome::Gone => {}
    }
}

/// What binds the next poll. A failure says itself how long it holds.
pub fn binding(
    state: &SourceState,
    outcome: &Outcome,
    stated: Option<Duration>,
) -> Option<Duration> {
    match outcome {
        Outcome::Fetched { .. } | Outcome::NotModified if state.fresh_seconds > 0 => {
            Some(Duration::from_secs(state.fresh_seconds))
        }
        _ => stated,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FETCHED: Outcome = Outcome::Fetched { items: 1, defects: 0 };

    #[test]
    fn a_304_keeps_what_the_document_said_or_shortens_it() {
        let failed = Outcome::Failed { kind: "status".into(), error: String::new() };
        let mut state = SourceState::default();
        for (outcome, stated, expected) in [
            // A document that said nothing is asked for as its 304s say, each for itself.
            (&FETCHED, None, None),
            (&Outcome::NotModified, Some(300), Some(300)),
            (&Outcome::NotModified, None, None),
            (&FETCHED, Some(7_200), Some(7_200)),
            (&Outcome::NotModified, None, Some(7_200)),
            (&Outcome::NotModified, Some(86_400), Some(7_200)),
            (&failed, Some(9_000), Some(9_000)),
            (&failed, None, None),
            (&Outcome::NotModified, Some(3_600), Some(3_600)),
            (&Outcome::NotModified, None, Some(3_600)),
            (&FETCHED, Some(10_800), Some(10_800)),
            (&FETCHED, None, None),
        ] {
            let stated = stated.map(Duration::from_secs);
            settle(&mut state, outcome, stated);
            let bound = binding(&state, outcome, stated).map(|fresh| fresh.as_secs());
            assert_eq!(bound, expected, "{outcome:?} {stated:?}");
        }
    }
}
