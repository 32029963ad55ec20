//! What two entries have in common: why they are of one story, or the same text.

/// Scores are 0–1000.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Comparison {
    /// Both report one event.
    pub same_event: u16,
    /// One affair, or the same event.
    pub related: u16,
    /// One text is the other, whole or in part.
    pub reprint: u16,
    /// What the scores are made of, by name.
    pub measured: Vec<(&'static str, i32)>,
    /// Words of title and opening that both have, those that say most first. Folded, as they are
    /// compared: Simplified characters, small letters, no punctuation.
    pub words: Vec<String>,
    /// Passages that both texts have, the longest first; folded.
    pub passages: Vec<String>,
}
