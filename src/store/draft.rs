//! The index as it will be once a group of reports is applied.

use super::error::StoreError;
use super::held::{Held, Lookup, Pair, Pairs, Write, merged};
use super::index::Index;
use std::ops::Bound;

pub struct Draft<'a> {
    base: &'a Index,
    writes: Held,
}

impl<'a> Draft<'a> {
    pub fn new(base: &'a Index) -> Self {
        Draft { base, writes: Held::default() }
    }

    pub fn put(&mut self, key: Vec<u8>, value: Vec<u8>) {
        self.writes.write((key, Some(value)));
    }

    pub fn delete(&mut self, key: Vec<u8>) {
        self.writes.write((key, None));
    }

    pub fn len(&self) -> usize {
        self.writes.len()
    }

    pub fn into_writes(self) -> impl Iterator<Item = Write> {
        self.writes.into_writes()
    }
}

impl Lookup for Draft<'_> {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.writes.get(self.base, key)
    }

    fn last_between(
        &self,
        from: Bound<&[u8]>,
        upto: Bound<&[u8]>,
    ) -> Result<Option<Pair>, StoreError> {
        self.writes.last_between(self.base, from, upto)
    }

    fn scan(&self, prefix: &[u8]) -> Pairs<'_> {
        merged(self.writes.under(prefix), self.base.scan(prefix))
    }
}
