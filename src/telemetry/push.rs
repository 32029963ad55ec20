//! What becomes of pushes.

/// What became of a push that came to a callback of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PushResult {
    Applied,
    /// Signed, but not to be applied by itself: a poll is owed.
    Unreadable,
    /// Taken, and lost: the store refused it, or its subscription had ended.
    NotKept,
    /// Dropped, for the hub had not signed it.
    Unsigned,
    /// Not taken: too long, or too much was waiting.
    Refused,
}

impl PushResult {
    pub const ALL: [PushResult; 5] = [
        PushResult::Applied,
        PushResult::Unreadable,
        PushResult::NotKept,
        PushResult::Unsigned,
        PushResult::Refused,
    ];

    /// A short fixed label for metrics.
    pub fn label(self) -> &'static str {
        match self {
            PushResult::Applied => "applied",
            PushResult::Unreadable => "unreadable",
            PushResult::NotKept => "not_kept",
            PushResult::Unsigned => "unsigned",
            PushResult::Refused => "refused",
        }
    }
}
