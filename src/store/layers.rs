//! What readers see: writes that are held in memory, over those on their way to the disk, over
//! what sled and the runs have.

use super::disk::Disk;
use super::error::StoreError;
use super::held::{Held, Lookup, Pair, Pairs, merged};
use super::keys;
use super::runs::Runs;
use std::ops::Bound;
use std::sync::Arc;

pub struct Layers {
    pub held: Held,
    pub settling: Arc<Held>,
    pub stored: Arc<Stored>,
}

/// What is on the disk.
pub struct Stored {
    pub disk: Arc<Disk>,
    pub runs: Runs,
}

impl Layers {
    pub fn new(stored: Stored) -> Self {
        Layers { held: Held::default(), settling: Arc::default(), stored: Arc::new(stored) }
    }

    /// What is written under a key and not yet on the disk, if anything is.
    pub fn find(&self, key: &[u8]) -> Option<&Option<Vec<u8>>> {
        self.held.find(key).or_else(|| self.settling.find(key))
    }

    /// See [`Lookup::last_between`].
    pub fn last_between(
        &self,
        from: Bound<&[u8]>,
        upto: Bound<&[u8]>,
    ) -> Result<Option<Pair>, StoreError> {
        self.held.last_between(&Below(self), from, upto)
    }

    /// Pairs whose key begins with `prefix` and is not below `from`, in order.
    pub fn scan(&self, prefix: &[u8], from: &[u8]) -> Pairs<'static> {
        let under = |held: &Held| {
            let mut writes = held.under(prefix);
            writes.retain(|(key, _)| key.as_slice() >= from);
            writes
        };
        let settling = merged(under(&self.settling), self.stored.scan(prefix, from));
        merged(under(&self.held), settling)
    }
}

impl Stored {
    pub fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        if keys::is_in_runs(key) { self.runs.get(key) } else { self.disk.get(key) }
    }

    fn scan(self: &Arc<Self>, prefix: &[u8], from: &[u8]) -> Pairs<'static> {
        if prefix.is_empty() {
            let (stored, from) = (self.clone(), from.to_vec());
            return Box::new((0..=u8::MAX).flat_map(move |kind| stored.scan(&[kind], &from)));
        }
        match keys::is_in_runs(prefix) {
            true => self.runs.scan(prefix, from),
            false => self.disk.scan_from(prefix, from),
        }
    }
}

/// All but what is held; of keys that sled has.
struct Below<'a>(&'a Layers);

impl Lookup for Below<'_> {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.0.settling.get(&*self.0.stored.disk, key)
    }

    fn last_between(
        &self,
        from: Bound<&[u8]>,
        upto: Bound<&[u8]>,
    ) -> Result<Option<Pair>, StoreError> {
        self.0.settling.last_between(&*self.0.stored.disk, from, upto)
    }

    fn scan(&self, prefix: &[u8]) -> Pairs<'_> {
        merged(self.0.settling.under(prefix), self.0.stored.disk.scan(prefix))
    }
}
