//! Which keys a run does not have, told without reading it: a Bloom filter whose bits for one
//! key lie in one line of the processor's cache.
//!
//! Putze, Sanders and Singler, "Cache-, Hash- and Space-Efficient Bloom Filters" (2007).

use xxhash_rust::xxh3::xxh3_64;

/// A filter knows so much of a key: a kind and 64 bits.
pub const HEAD: usize = 9;

/// One key in a hundred that is not there passes.
const BITS_PER_KEY: u64 = 10;
const PROBES: u32 = 6;
const LINE_BYTES: usize = 64;

pub struct Filter(Vec<[u64; LINE_BYTES / 8]>);

/// What filters know of a key, the same for all of them.
#[derive(Clone, Copy)]
pub struct Print(u64);

impl Print {
    pub fn of(key: &[u8]) -> Self {
        Print(xxh3_64(&key[..key.len().min(HEAD)]))
    }
}

impl Filter {
    /// For so many keys at most.
    pub fn new(keys: u64) -> Self {
        let lines = (keys * BITS_PER_KEY).div_ceil(8 * LINE_BYTES as u64).max(1);
        Filter(vec![[0; LINE_BYTES / 8]; lines as usize])
    }

    pub fn add(&mut self, key: &[u8]) {
        let (line, bits) = self.place(Print::of(key));
        bits.for_each(|bit| self.0[line][bit / 64] |= 1 << (bit % 64));
    }

    /// Whether there may be a key that begins with the first [`HEAD`] bytes of the one that the
    /// print is of. A shorter one asks for itself alone.
    pub fn may_have(&self, print: Print) -> bool {
        let (line, mut bits) = self.place(print);
        bits.all(|bit| self.0[line][bit / 64] & 1 << (bit % 64) != 0)
    }

    fn place(&self, Print(hash): Print) -> (usize, impl Iterator<Item = usize> + use<>) {
        let line = ((hash >> 32) * self.0.len() as u64) >> 32;
        let (first, step) = (hash as u32, (hash >> 17) as u32 | 1);
        let bits = (0..PROBES).map(move |n| first.wrapping_add(n.wrapping_mul(step)) >> 23);
        (line as usize, bits.map(|bit| bit as usize))
    }

    pub fn to_bytes(&self) -> Vec<u8> {
        self.0.iter().flatten().flat_map(|word| word.to_le_bytes()).collect()
    }

    /// `None`: they are no filter.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (lines, rest) = bytes.as_chunks::<LINE_BYTES>();
        let line = |bytes: &[u8; LINE_BYTES]| {
            let (words, _) = bytes.as_chunks::<8>();
            std::array::from_fn(|n| u64::from_le_bytes(words[n]))
        };
        let is_whole = rest.is_empty() && !lines.is_empty();
        is_whole.then(|| Filter(lines.iter().map(line).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(n: u64) -> Vec<u8> {
        [&b"k"[..], &n.to_be_bytes(), b"the rest"].concat()
    }

    #[test]
    fn it_has_what_was_added_and_little_else() {
        let mut filter = Filter::new(10_000);
        (0..10_000).for_each(|n| filter.add(&key(n)));
        let filter = Filter::from_bytes(&filter.to_bytes()).expect("a filter");
        assert!((0..10_000).all(|n| filter.may_have(Print::of(&key(n)[..HEAD]))));
        let passed = (10_000..110_000).filter(|n| filter.may_have(Print::of(&key(*n)))).count();
        assert!(passed < 2_000, "{passed} of 100,000");
    }
}
