//! What is open where an item begins: an element that lacks its end, one that is put
//! around the items, or one with items of its own.

use super::super::kinds::Kind;
use super::super::names::{self, Ns};
use super::super::scan::{Scanner, Token};
use super::super::sniff::Family;
use super::Walker;

/// How often the document is read ahead; what is open beyond that lacks its end.
const MOST_LOOKS: usize = 8;

impl<'a> Walker<'a> {
    /// Ends what is open where items cannot be, unless its items are not the feed's.
    pub(super) fn close_before_item(&mut self, at: usize) {
        let (channel, own) = match self.family {
            Family::Rss => (self.stack.iter().position(|o| o.kind == Kind::Channel), Ns::Rss),
            Family::Rdf | Family::Cdf => (None, Ns::Rss),
            Family::Atom => (None, Ns::Atom),
        };
        let inside = channel.unwrap_or(0) + 1;
        let Some(open) = self.stack.get(inside) else { return };
        let (name, others) = (open.name, self.stack[inside..].iter().any(|open| open.ns != own));
        // No element of the feed's own vocabulary holds items of its own.
        if !others || !self.holds_its_own(name, at) {
            self.too_deep = 0;
            self.close_missing(inside, at);
        }
    }

    /// Whether an open element ends after what begins at `at`, and the feed has other items.
    fn holds_its_own(&mut self, name: &str, at: usize) -> bool {
        if at < self.held_until {
            return true;
        }
        if self.looked_ahead == MOST_LOOKS {
            return false;
        }
        self.looked_ahead += 1;
        let mut scanner = Scanner::new(self.text, at);
        let mut depth = 1usize;
        while let Some((token, range)) = scanner.next() {
            match token {
                Token::Start { name: own, empty: false, .. } if self.text[own.clone()] == *name => {
                    depth += 1;
                }
                Token::End { name: own } if self.text[own.clone()] == *name => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                let has_others = !self.extras.items.is_empty() || self.item_follows(scanner);
                self.held_until = if has_others { range.end } else { 0 };
                return has_others;
            }
        }
        false
    }

    fn item_follows(&self, mut scanner: Scanner<'_>) -> bool {
        let wanted = if self.family == Family::Atom { "entry" } else { "item" };
        while let Some((token, _)) = scanner.next() {
            if let Token::Start { name, .. } = token
                && names::split(&self.text[name]).1.eq_ignore_ascii_case(wanted)
            {
                return true;
            }
        }
        false
    }
}
