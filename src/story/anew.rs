//! Which entries have a term, where entries say something else than when they came: a small
//! index beside the large one, whose postings are never taken out.

use std::collections::BTreeSet;

#[derive(Debug, Default)]
pub struct Anew {
    /// The entries; what the large index says of them does not hold.
    numbers: BTreeSet<u32>,
    /// Key, entry.
    postings: BTreeSet<(u32, u32)>,
}

/// Memory that one takes in a set, about.
const BYTES: usize = 12;

impl Anew {
    /// The entry has these keys from now on, and no other.
    pub fn put(&mut self, number: u32, keys: impl IntoIterator<Item = u32>) {
        self.numbers.insert(number);
        self.postings.extend(keys.into_iter().map(|key| (key, number)));
    }

    pub fn has(&self, number: u32) -> bool {
        self.numbers.contains(&number)
    }

    /// The entry, which had these keys, is not here any more.
    pub fn take(&mut self, number: u32, keys: impl IntoIterator<Item = u32>) {
        self.numbers.remove(&number);
        for key in keys {
            self.postings.remove(&(key, number));
        }
    }

    /// Entries with the key, the newest first. `others`: those that the large index has.
    pub fn with(&self, key: u32, others: impl Iterator<Item = u32>) -> impl Iterator<Item = u32> {
        let mut others =
            others.filter(|number| !self.is_any() || !self.numbers.contains(number)).peekable();
        let own = self.is_any().then(|| self.postings.range((key, 0)..=(key, u32::MAX)).rev());
        let mut own = own.into_iter().flatten().map(|(_, number)| *number).peekable();
        std::iter::from_fn(move || match (own.peek(), others.peek()) {
            (Some(one), Some(other)) if one < other => others.next(),
            (Some(_), _) => own.next(),
            (None, _) => others.next(),
        })
    }

    fn is_any(&self) -> bool {
        !self.numbers.is_empty()
    }

    /// Memory that it takes, about.
    pub fn bytes(&self) -> usize {
        (self.numbers.len() + self.postings.len()) * BYTES
    }
}
