//! Writes that are collected before they reach the disk, and read as if they had.

use super::error::StoreError;
use super::keys;
use super::pairs::WriteRef;
use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::ops::Bound;
use xxhash_rust::xxh3::xxh3_64_with_seed;

pub type Pair = (Vec<u8>, Vec<u8>);
/// A write to come: `None` deletes.
pub type Write = (Vec<u8>, Option<Vec<u8>>);
pub type Pairs<'a> = Box<dyn Iterator<Item = Result<Pair, StoreError>> + 'a>;

/// What a write takes in memory besides its bytes, about.
const WRITE_BYTES: usize = 100;

/// Reading by key.
pub trait Lookup {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError>;
    /// The greatest key between two; of keys that are walked.
    fn last_between(
        &self,
        from: Bound<&[u8]>,
        upto: Bound<&[u8]>,
    ) -> Result<Option<Pair>, StoreError>;
    /// All pairs whose key begins with `prefix`, in order.
    fn scan(&self, prefix: &[u8]) -> Pairs<'_>;

    /// The greatest key that begins with `prefix` and is not above `key`; of keys that are
    /// walked.
    fn last_upto(&self, prefix: &[u8], key: &[u8]) -> Result<Option<Pair>, StoreError> {
        self.last_between(Bound::Included(prefix), Bound::Included(key))
    }
}

/// Hashes keys faster than the standard library does, differently each time.
#[derive(Debug, Clone)]
struct Seed(u64);

impl Default for Seed {
    fn default() -> Self {
        Seed(RandomState::new().hash_one(()))
    }
}

impl BuildHasher for Seed {
    type Hasher = KeyHasher;

    fn build_hasher(&self) -> KeyHasher {
        KeyHasher(self.0)
    }
}

struct KeyHasher(u64);

impl Hasher for KeyHasher {
    fn write(&mut self, bytes: &[u8]) {
        self.0 = xxh3_64_with_seed(bytes, self.0);
    }

    /// Of the length, which the bytes tell, too.
    fn write_usize(&mut self, _: usize) {}

    fn finish(&self) -> u64 {
        self.0
    }
}

#[derive(Debug, Default)]
pub struct Held {
    /// Of keys that are only looked up.
    points: HashMap<Vec<u8>, Option<Vec<u8>>, Seed>,
    /// Of keys that are also walked in order.
    walked: BTreeMap<Vec<u8>, Option<Vec<u8>>>,
    bytes: usize,
}

impl Held {
    pub fn write(&mut self, (key, value): Write) {
        let size = |key: &[u8], value: &Option<Vec<u8>>| {
            WRITE_BYTES + key.len() + value.as_ref().map_or(0, Vec::len)
        };
        self.bytes += size(&key, &value);
        let length = key.len();
        let before = match keys::is_walked(&key) {
            true => self.walked.insert(key, value),
            false => self.points.insert(key, value),
        };
        if let Some(before) = before {
            self.bytes -= WRITE_BYTES + length + before.map_or(0, |value| value.len());
        }
    }

    pub fn len(&self) -> usize {
        self.points.len() + self.walked.len()
    }

    /// Memory that they take, about.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    pub fn into_writes(self) -> impl Iterator<Item = Write> {
        self.points.into_iter().chain(self.walked)
    }

    /// Those that runs take, or those that sled takes, in the order of their keys.
    pub fn sorted(&self, for_runs: bool) -> Vec<WriteRef<'_>> {
        let all = self.points.iter().chain(&self.walked);
        let all = all.filter(|(key, _)| keys::is_in_runs(key) == for_runs);
        let mut writes: Vec<_> =
            all.map(|(key, value)| (key.as_slice(), value.as_deref())).collect();
        writes.sort_unstable_by_key(|(key, _)| *key);
        writes
    }

    /// What is written under a key, if anything is.
    pub fn find(&self, key: &[u8]) -> Option<&Option<Vec<u8>>> {
        match keys::is_walked(key) {
            true => self.walked.get(key),
            false => self.points.get(key),
        }
    }

    /// The value of a key over `base`.
    pub fn get(&self, base: &impl Lookup, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.find(key).map_or_else(|| base.get(key), |value| Ok(value.clone()))
    }

    /// See [`Lookup::last_between`], over `base`.
    pub fn last_between(
        &self,
        base: &impl Lookup,
        from: Bound<&[u8]>,
        upto: Bound<&[u8]>,
    ) -> Result<Option<Pair>, StoreError> {
        let written = self.walked.range::<[u8], _>((from, upto)).rev();
        let mut written = written.filter_map(|(key, value)| Some((key, value.as_ref()?)));
        let written = written.next();
        // What lies below counts only above the written key; there is often nothing.
        let from = match written {
            Some((key, value)) if upto == Bound::Included(key.as_slice()) => {
                return Ok(Some((key.clone(), value.clone())));
            }
            Some((key, _)) => Bound::Excluded(key.as_slice()),
            None => from,
        };
        let mut upto = upto.map(<[u8]>::to_vec);
        loop {
            match base.last_between(from, upto.as_ref().map(Vec::as_slice))? {
                // Deleted here: look further down.
                Some((key, _)) if self.walked.contains_key(&key) => upto = Bound::Excluded(key),
                Some(pair) => return Ok(Some(pair)),
                None => return Ok(written.map(|(key, value)| (key.clone(), value.clone()))),
            }
        }
    }

    /// Those whose key begins with `prefix`, in order.
    pub fn under(&self, prefix: &[u8]) -> Vec<Write> {
        let clone = |(key, value): (&Vec<u8>, &Option<Vec<u8>>)| (key.clone(), value.clone());
        let walked = self.walked.range::<[u8], _>((Bound::Included(prefix), Bound::Unbounded));
        let walked = walked.take_while(|(key, _)| key.starts_with(prefix)).map(clone);
        let mut writes: Vec<Write> = walked.collect();
        if !keys::is_walked(prefix) {
            let points = self.points.iter().filter(|(key, _)| key.starts_with(prefix));
            writes.extend(points.map(clone));
            writes.sort_unstable();
        }
        writes
    }
}

/// The pairs of `base` with `writes` over them, both in order.
pub fn merged<'a>(writes: Vec<Write>, base: Pairs<'a>) -> Pairs<'a> {
    if writes.is_empty() {
        return base;
    }
    let mut writes = writes.into_iter().peekable();
    let mut base = base.peekable();
    Box::new(std::iter::from_fn(move || {
        loop {
            let write_first = match (writes.peek(), base.peek()) {
                (Some((key, _)), Some(Ok((below, _)))) => key <= below,
                (write, below) => write.is_some() && below.is_none(),
            };
            if !write_first {
                return base.next();
            }
            let (key, value) = writes.next()?;
            base.next_if(|pair| pair.as_ref().is_ok_and(|(below, _)| *below == key));
            if let Some(value) = value {
                return Some(Ok((key, value)));
            }
        }
    }))
}
