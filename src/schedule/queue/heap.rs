//! First come the least. What no longer holds stays until it would come first, so that
//! taking it back costs nothing: who asks tells what holds.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

#[derive(Debug)]
pub(super) struct Heap<T>(BinaryHeap<Reverse<T>>);

impl<T: Ord> Default for Heap<T> {
    fn default() -> Self {
        Heap(BinaryHeap::new())
    }
}

impl<T: Ord + Copy> Heap<T> {
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The same may come in twice.
    pub fn push(&mut self, entry: T) {
        self.0.push(Reverse(entry));
    }

    /// Whether it holds or not.
    pub fn peek(&self) -> Option<T> {
        self.0.peek().map(|Reverse(first)| *first)
    }

    /// Whether it holds or not.
    pub fn pop(&mut self) -> Option<T> {
        self.0.pop().map(|Reverse(first)| first)
    }

    /// Throws out what does not hold, and what is there twice. O(n log n)
    pub fn tidy(&mut self, holds: impl Fn(T) -> bool) {
        let mut entries = std::mem::take(&mut self.0).into_vec();
        entries.retain(|Reverse(entry)| holds(*entry));
        entries.sort_unstable();
        entries.dedup();
        entries.shrink_to_fit();
        self.0 = entries.into();
    }
}
