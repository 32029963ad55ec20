//! What orders have altered since the store was opened: nothing of it can be told from the entries
//! that are left.

use super::read::Reader;
use crate::model::ChannelKey;
use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

/// Channels that are told apart.
const CHANNELS: usize = 65_536;

#[derive(Debug)]
pub struct Alterations {
    count: AtomicU64,
    last: Mutex<Last>,
}

#[derive(Debug)]
struct Last {
    /// Of what is not told below.
    any: u64,
    /// The last order that changed a channel.
    of: HashMap<ChannelKey, u64>,
}

impl Alterations {
    /// `sequence`: the last one before the store was opened.
    pub fn after(sequence: u64) -> Alterations {
        let last = Last { any: sequence, of: HashMap::new() };
        Alterations { count: AtomicU64::new(0), last: Mutex::new(last) }
    }

    pub fn note(&self, sequence: u64, touched: &[ChannelKey]) {
        let mut last = self.last.lock().expect("no holder panics");
        if last.of.len() + touched.len() > CHANNELS {
            last.any = sequence;
            last.of = HashMap::new();
        } else {
            last.of.extend(touched.iter().map(|channel| (*channel, sequence)));
        }
    }

    /// What was noted can be read.
    pub fn count_on(&self) {
        self.count.fetch_add(1, Ordering::Release);
    }

    pub fn count(&self) -> u64 {
        self.count.load(Ordering::Acquire)
    }

    /// Whether an order may have changed a channel after a report.
    pub fn since(&self, channel: ChannelKey, sequence: u64) -> bool {
        let last = self.last.lock().expect("no holder panics");
        last.any > sequence || last.of.get(&channel).is_some_and(|last| *last > sequence)
    }
}

impl Reader {
    /// Whether entries may have left a channel by an order, or been filed anew, after a report: then
    /// nobody can tell what has changed in it.
    pub fn is_altered_since(&self, channel: ChannelKey, report: u64) -> bool {
        self.alterations.since(channel, report)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_may_have_been_altered() {
        let alterations = Alterations::after(7);
        let [one, other] = [ChannelKey(1), ChannelKey(2)];
        assert!(alterations.since(one, 6) && !alterations.since(one, 7));
        alterations.note(9, &[one]);
        assert!(alterations.since(one, 8) && !alterations.since(one, 9));
        assert!(!alterations.since(other, 7));
        let many: Vec<ChannelKey> = (0..CHANNELS as u64).map(ChannelKey).collect();
        alterations.note(11, &many);
        assert!(alterations.since(other, 10) && !alterations.since(other, 11));
        assert_eq!(alterations.count(), 0, "nothing of it can be read yet");
        alterations.count_on();
        assert_eq!(alterations.count(), 1);
    }
}
