//! The names of sources, and the places that they have in the queue.

use super::SlotNo;
use super::index::Index;
use crate::model::SourceId;
use xxhash_rust::xxh3::xxh3_64;

#[derive(Debug, Default)]
pub(super) struct Sources {
    names: Vec<SourceId>,
    numbers: Index,
    /// Places to be used again.
    vacant: Vec<SlotNo>,
}

impl Sources {
    pub fn find(&self, source: &SourceId) -> Option<SlotNo> {
        let is_meant = |number| self.names[number as usize] == *source;
        self.numbers.find(hash_of(source), is_meant).map(SlotNo)
    }

    pub fn name(&self, number: SlotNo) -> &SourceId {
        &self.names[number.0 as usize]
    }

    /// Each place's last name.
    pub fn names(&self) -> &[SourceId] {
        &self.names
    }

    /// Gives a source that has none a place: a vacant one, else one more.
    pub fn add(&mut self, source: &SourceId) -> SlotNo {
        let number = match self.vacant.pop() {
            Some(number) => {
                self.names[number.0 as usize] = source.clone();
                number
            }
            None => {
                self.names.push(source.clone());
                SlotNo(u32::try_from(self.names.len() - 1).expect("sources are fewer than 2^32"))
            }
        };
        self.numbers.insert(hash_of(source), number.0);
        number
    }

    /// Forgets whose place this is, but for its name.
    pub fn remove(&mut self, number: SlotNo) {
        self.numbers.remove(hash_of(self.name(number)), number.0);
        self.vacant.push(number);
    }
}

fn hash_of(source: &SourceId) -> u64 {
    xxh3_64(source.as_str().as_bytes())
}
