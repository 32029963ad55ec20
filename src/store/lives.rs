//! The lives of a store. What a backup or an export had goes on in another life: sequences that
//! it had not reached are given again there, and stand for other bytes. The epoch tells lives
//! apart, and is part of every ETag.

use serde::{Deserialize, Serialize};

/// A life that has ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Former {
    #[serde(with = "crate::model::hex")]
    pub epoch: u64,
    /// Its last sequence of which the next one knows.
    pub until: u64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lives {
    /// Of the one that goes on.
    epoch: u64,
    /// Oldest first.
    former: Vec<Former>,
}

/// Until all that is there, which is known once the index is made.
const ALL: u64 = u64::MAX;

impl Lives {
    pub fn new(epoch: u64) -> Lives {
        Lives::after(epoch, Vec::new())
    }

    pub fn after(epoch: u64, former: Vec<Former>) -> Lives {
        Lives { epoch, former }
    }

    /// The epoch of what came by a sequence.
    pub fn epoch_of(&self, sequence: u64) -> u64 {
        let former = self.former.iter().find(|former| sequence <= former.until);
        former.map_or(self.epoch, |former| former.epoch)
    }

    /// The one that a sequence was given in, and those before it.
    pub fn upto(&self, sequence: u64) -> (u64, Vec<Former>) {
        let former = self.former.iter().take_while(|former| former.until < sequence);
        (self.epoch_of(sequence), former.cloned().collect())
    }

    /// Whether all sequences were given in this one.
    pub fn is_first(&self) -> bool {
        self.former.is_empty()
    }

    /// Begins another one after all that is there.
    pub fn begin(&mut self, epoch: u64) {
        let before = std::mem::replace(&mut self.epoch, epoch);
        if self.former.last().is_none_or(|former| former.until != ALL) {
            self.former.push(Former { epoch: before, until: ALL });
        }
    }

    /// Tells what the last sequence was when this one began; whether nobody knew.
    pub fn know_begin(&mut self, last: u64) -> bool {
        let unknown = self.former.iter_mut().filter(|former| former.until == ALL);
        unknown.map(|former| former.until = last).count() > 0
    }

    pub fn lines(&self) -> String {
        let former = self.former.iter();
        let former = former
            .map(|Former { epoch, until }| format!("\nuntil {until:016x} epoch {epoch:016x}"));
        format!("epoch {:016x}{}", self.epoch, former.collect::<String>())
    }

    /// # Errors
    /// What is wrong, in words.
    pub fn read(lines: &[&str]) -> Result<Lives, &'static str> {
        let epoch = lines.first().and_then(|line| digits(line.strip_prefix("epoch ")?));
        let epoch = epoch.ok_or("it has no epoch")?;
        let former = lines[1..].iter().map(|line| {
            let (until, epoch) = line.strip_prefix("until ")?.split_once(" epoch ")?;
            Some(Former { epoch: digits(epoch)?, until: digits(until)? })
        });
        let former = former.collect::<Option<Vec<_>>>();
        Ok(Lives::after(epoch, former.ok_or("a line of it is not understood")?))
    }
}

fn digits(digits: &str) -> Option<u64> {
    Some(digits).filter(|digits| digits.len() == 16)?;
    u64::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sequence_is_of_the_life_that_gave_it() {
        let mut lives = Lives::new(1);
        lives.begin(2);
        assert_eq!(lives.epoch_of(u64::MAX - 1), 1, "as long as nobody knows where it ends");
        assert!(lives.know_begin(5) && !lives.know_begin(9));
        lives.begin(3);
        lives.begin(4);
        assert!(lives.know_begin(7));
        let epochs = [0, 5, 6, 7, 8].map(|sequence| lives.epoch_of(sequence));
        assert_eq!(epochs, [1, 1, 2, 2, 4]);
        let lines = lives.lines();
        assert_eq!(Lives::read(&lines.lines().collect::<Vec<_>>()), Ok(lives.clone()));
        let (epoch, former) = lives.upto(6);
        assert_eq!((epoch, former), (2, vec![Former { epoch: 1, until: 5 }]));
        assert_eq!(lives.upto(5), (1, Vec::new()));
    }
}
