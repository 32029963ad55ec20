//! Values that were read from runs, of the keys that are read most: those of entries.

use super::filter::HEAD;
use quick_cache::Weighter;
use quick_cache::sync::Cache as QuickCache;
use std::sync::Arc;

/// Memory that a value takes besides its bytes, about.
const VALUE_BYTES: u64 = 128;
/// Bytes of a value, about.
const USUAL_BYTES: u64 = 300;

/// By run and key; runs never change.
type Key = (u64, [u8; HEAD]);

pub struct Cache(QuickCache<Key, Arc<[u8]>, Bytes>);

#[derive(Clone)]
struct Bytes;

impl Weighter<Key, Arc<[u8]>> for Bytes {
    fn weight(&self, _: &Key, value: &Arc<[u8]>) -> u64 {
        VALUE_BYTES + value.len() as u64
    }
}

impl Cache {
    pub fn new(bytes: u64) -> Self {
        let count = bytes / (VALUE_BYTES + USUAL_BYTES);
        Cache(QuickCache::with_weighter(count as usize, bytes, Bytes))
    }

    pub fn get(&self, run: u64, key: &[u8]) -> Option<Vec<u8>> {
        let key = key.try_into().ok()?;
        self.0.get(&(run, key)).map(|value| value.to_vec())
    }

    pub fn keep(&self, run: u64, key: &[u8], value: &[u8]) {
        if let Ok(key) = key.try_into() {
            self.0.insert((run, key), value.into());
        }
    }
}
