//! Writes that are collected before they are applied, and read as if they were.

use super::error::StoreError;
use super::index::{Index, Lookup, Pair, Write};
use super::keys;
use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;

/// The index as it will be once the collected writes are applied.
pub struct Draft<'a> {
    base: &'a Index,
    /// Of keys that are only looked up: most.
    points: HashMap<Vec<u8>, Option<Vec<u8>>>,
    /// Of keys that are also walked in order.
    walked: BTreeMap<Vec<u8>, Option<Vec<u8>>>,
}

impl<'a> Draft<'a> {
    pub fn new(base: &'a Index) -> Self {
        Draft { base, points: HashMap::new(), walked: BTreeMap::new() }
    }

    pub fn put(&mut self, key: Vec<u8>, value: Vec<u8>) {
        self.write(key, Some(value));
    }

    pub fn delete(&mut self, key: Vec<u8>) {
        self.write(key, None);
    }

    fn write(&mut self, key: Vec<u8>, value: Option<Vec<u8>>) {
        if keys::is_walked(&key) {
            self.walked.insert(key, value);
        } else {
            self.points.insert(key, value);
        }
    }

    fn written(&self, key: &[u8]) -> Option<&Option<Vec<u8>>> {
        if keys::is_walked(key) { self.walked.get(key) } else { self.points.get(key) }
    }

    pub fn len(&self) -> usize {
        self.points.len() + self.walked.len()
    }

    pub fn into_writes(self) -> impl Iterator<Item = Write> {
        self.points.into_iter().chain(self.walked)
    }

    /// The least key that begins with `prefix`, of keys that are walked.
    pub fn first(&self, prefix: &[u8]) -> Result<Option<Pair>, StoreError> {
        let written = self.walked.range(prefix.to_vec()..);
        let written = written.take_while(|(key, _)| key.starts_with(prefix));
        let written = written.filter_map(|(key, value)| Some((key, value.as_ref()?))).next();
        let not_here = |pair: &Result<Pair, StoreError>| {
            pair.as_ref().map_or(true, |(key, _)| !self.walked.contains_key(key))
        };
        let stored = self.base.scan(prefix).find(not_here).transpose()?;
        Ok(match (written, stored) {
            (Some((key, _)), Some(stored)) if stored.0 < *key => Some(stored),
            (Some((key, value)), _) => Some((key.clone(), value.clone())),
            (None, stored) => stored,
        })
    }

    /// All keys that begin with `prefix`, in order, of keys that are walked.
    pub fn keys(&self, prefix: &[u8]) -> Result<Vec<Vec<u8>>, StoreError> {
        let mut keys = std::collections::BTreeSet::new();
        for pair in self.base.scan(prefix) {
            keys.insert(pair?.0);
        }
        for (key, value) in self.walked.range(prefix.to_vec()..) {
            if !key.starts_with(prefix) {
                break;
            }
            match value {
                Some(_) => keys.insert(key.clone()),
                None => keys.remove(key),
            };
        }
        Ok(keys.into_iter().collect())
    }
}

impl Lookup for Draft<'_> {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        match self.written(key) {
            Some(value) => Ok(value.clone()),
            None => self.base.get(key),
        }
    }

    fn last_upto(&self, prefix: &[u8], key: &[u8]) -> Result<Option<Pair>, StoreError> {
        let mut written = self
            .walked
            .range::<[u8], _>((Bound::Included(prefix), Bound::Included(key)))
            .rev()
            .filter_map(|(key, value)| Some((key, value.as_ref()?)));
        let written = written.next();
        // What is stored counts only above the written key; there is often nothing.
        let from = match written {
            Some((written, value)) if written == key => {
                return Ok(Some((written.clone(), value.clone())));
            }
            Some((written, _)) => Bound::Excluded(written.as_slice()),
            None => Bound::Included(prefix),
        };
        let mut upto = Bound::Included(key.to_vec());
        loop {
            let range = (from, upto.as_ref().map(Vec::as_slice));
            match self.base.last_within(range)? {
                // Deleted here: look further down.
                Some((key, _)) if self.walked.contains_key(&key) => upto = Bound::Excluded(key),
                Some(pair) => return Ok(Some(pair)),
                None => return Ok(written.map(|(key, value)| (key.clone(), value.clone()))),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draft_looks_as_the_index_will() {
        let folder = tempfile::tempdir().expect("a folder");
        let (index, _) = Index::open(folder.path(), 1 << 20).expect("an index");
        let mut expected = BTreeMap::new();
        let mut random = 7u32;
        for _ in 0..20 {
            let mut draft = Draft::new(&index);
            for _ in 0..60 {
                random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let key = vec![b'c', (random >> 24) as u8 % 40];
                if random >> 16 & 1 == 0 {
                    draft.delete(key.clone());
                    expected.remove(&key);
                } else {
                    draft.put(key.clone(), random.to_be_bytes().to_vec());
                    expected.insert(key, random.to_be_bytes().to_vec());
                }
                let bound = vec![b'c', (random >> 8) as u8 % 42];
                let wanted = expected.range(vec![b'c']..=bound.clone()).next_back();
                let wanted = wanted.map(|(key, value)| (key.clone(), value.clone()));
                assert_eq!(draft.last_upto(b"c", &bound).expect("read"), wanted);
            }
            index.apply(draft.into_writes()).expect("applied");
        }
    }
}
