//! The last pictures of a text: many stand twice, for readers with scripts and for those without.

use std::collections::VecDeque;

const MOST_REMEMBERED: usize = 32;

/// A picture as it was shown.
#[derive(Debug)]
struct Before {
    address: String,
    shown: Shown,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shown {
    Plain,
    /// It waited for a script.
    Lazy,
    /// For readers without scripts.
    Noscript,
}

#[derive(Debug, Default)]
pub(super) struct Seen {
    /// The newest last.
    before: VecDeque<Before>,
    /// Whether the newest is right before what is read: no text is between.
    is_beside: bool,
}

impl Seen {
    pub(super) fn text(&mut self) {
        self.is_beside = false;
    }

    pub(super) fn add(&mut self, address: &str, shown: Shown) {
        if self.before.len() == MOST_REMEMBERED {
            self.before.pop_front();
        }
        self.before.push_back(Before { address: address.to_owned(), shown });
        self.is_beside = true;
    }

    /// Whether it is one of those before it, for readers with scripts or for those without.
    pub(super) fn repeats(&mut self, address: &str, in_noscript: bool) -> bool {
        let newest = self.before.len().wrapping_sub(1);
        let is_beside = self.is_beside;
        let same = self.before.iter_mut().enumerate().rev().find(|(at, before)| {
            let same = before.address == address;
            if in_noscript {
                let waits = is_beside && *at == newest && before.shown == Shown::Lazy;
                before.shown != Shown::Noscript && (same || waits)
            } else {
                same && before.shown == Shown::Noscript
            }
        });
        same.map(|(_, before)| before.shown = Shown::Plain).is_some()
    }
}
