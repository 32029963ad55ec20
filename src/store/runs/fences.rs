//! Where the blocks of a run lie, and with which key each begins.

use minicbor::{Decoder, Encoder};

#[derive(Default)]
pub struct Fences {
    /// First keys, one after the other.
    keys: Vec<u8>,
    /// Of each block: where its key ends, and where it begins in the file.
    blocks: Vec<(usize, u64)>,
}

impl Fences {
    pub fn push(&mut self, key: &[u8], offset: u64) {
        self.keys.extend_from_slice(key);
        self.blocks.push((self.keys.len(), offset));
    }

    pub fn len(&self) -> usize {
        self.blocks.len()
    }

    pub fn offset(&self, block: usize) -> Option<u64> {
        self.blocks.get(block).map(|(_, offset)| *offset)
    }

    /// The block that has a key, if any has.
    pub fn find(&self, key: &[u8]) -> Option<usize> {
        let (mut low, mut high) = (0, self.blocks.len());
        while low < high {
            let middle = (low + high) / 2;
            if self.key(middle) <= key { low = middle + 1 } else { high = middle }
        }
        low.checked_sub(1)
    }

    fn key(&self, block: usize) -> &[u8] {
        let start = block.checked_sub(1).map_or(0, |before| self.blocks[before].0);
        &self.keys[start..self.blocks[block].0]
    }

    pub fn encode(&self, encoder: &mut Encoder<&mut Vec<u8>>) {
        let _ = encoder.array(self.blocks.len() as u64);
        for (block, (_, offset)) in self.blocks.iter().enumerate() {
            let _ = encoder.bytes(self.key(block)).and_then(|encoder| encoder.u64(*offset));
        }
    }

    /// `within`: the offsets that blocks may have.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub fn decode(decoder: &mut Decoder<'_>, within: std::ops::Range<u64>) -> Result<Self, String> {
        let count = decoder.array().map_err(|error| error.to_string())?.unwrap_or_default();
        let (mut fences, mut least) = (Fences::default(), within.start);
        for block in 0..count {
            let key = decoder.bytes().map_err(|error| error.to_string())?;
            let offset = decoder.u64().map_err(|error| error.to_string())?;
            let is_next = fences.len().checked_sub(1).is_none_or(|last| fences.key(last) < key);
            if !is_next || !(least..within.end).contains(&offset) {
                return Err(format!("block {block} is out of order"));
            }
            least = offset + 1;
            fences.push(key, offset);
        }
        Ok(fences)
    }
}
