//! Sources whose compressed bodies cannot be opened: they are asked without compression at
//! once, so that each poll is one request again, until compression is given another chance.
//! Pure: time is an argument.

use crate::model::{SourceState, Timestamp, Uncompressed};
use std::time::Duration;

/// So many documents that came well without compression, or this time, and it is tried again.
const DOCUMENTS: u8 = 24;
const LONGEST: Duration = Duration::from_secs(7 * 86_400);

/// Whether the next request is to say that only `identity` is wanted.
pub fn is_wanted(state: &SourceState, now: Timestamp) -> bool {
    let lasts = |since: Timestamp| since <= now && now.since(since) < LONGEST;
    state.uncompressed.is_some_and(|known| known.documents < DOCUMENTS && lasts(known.since))
}

/// What a poll teaches of it.
#[derive(Debug, Clone, Copy)]
pub struct Seen {
    /// The request said that only `identity` is wanted.
    pub asked: bool,
    /// A body could not be opened, whether or not it was asked for again.
    pub was_broken: bool,
    /// A whole document came in the end.
    pub is_good: bool,
}

/// Writes it into the state.
pub fn settle(state: &mut SourceState, seen: Seen, now: Timestamp) {
    let Seen { asked, was_broken, is_good } = seen;
    state.uncompressed = match state.uncompressed {
        Some(known) if asked => {
            let documents = known.documents.saturating_add(u8::from(is_good));
            Some(Uncompressed { documents, ..known })
        }
        _ if was_broken => Some(Uncompressed { since: now, documents: u8::from(is_good) }),
        _ => None,
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_795_646_400);
    const BROKEN: Seen = Seen { asked: false, was_broken: true, is_good: true };
    const PLAIN: Seen = Seen { asked: true, was_broken: false, is_good: true };

    #[test]
    fn compression_is_tried_again_after_many_documents_or_a_week() {
        let mut state = SourceState::default();
        assert!(!is_wanted(&state, NOW));
        settle(&mut state, BROKEN, NOW);
        for _ in 1..DOCUMENTS {
            assert!(is_wanted(&state, NOW));
            settle(&mut state, PLAIN, NOW);
            settle(&mut state, Seen { is_good: false, ..PLAIN }, NOW);
        }
        assert!(!is_wanted(&state, NOW));
        settle(&mut state, BROKEN, NOW);
        assert!(is_wanted(&state, Timestamp((NOW + LONGEST).0 - 1)));
        assert!(!is_wanted(&state, NOW + LONGEST));
        assert!(!is_wanted(&state, Timestamp(NOW.0 - 1)), "a clock was ahead");
        settle(&mut state, Seen { was_broken: false, ..BROKEN }, NOW + LONGEST);
        assert_eq!(state.uncompressed, None);
    }
}
