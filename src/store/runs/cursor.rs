//! Walking runs in the order of their keys.

use super::run::Run;
use crate::store::error::StoreError;
use crate::store::frame::HEADER_BYTES;
use crate::store::pairs::{Place, WriteRef};
use std::sync::Arc;

/// A place in one run.
struct Cursor {
    run: Arc<Run>,
    block: usize,
    bytes: Vec<u8>,
    /// None at the end.
    place: Option<Place>,
}

impl Cursor {
    /// At the first write whose key is not below `from`.
    fn new(run: Arc<Run>, from: &[u8]) -> Result<Cursor, StoreError> {
        let block = run.fences.find(from).unwrap_or(0);
        let mut cursor = Cursor { run, block, bytes: Vec::new(), place: None };
        cursor.enter(block)?;
        while cursor.write().is_some_and(|(key, _)| key < from) {
            cursor.advance()?;
        }
        Ok(cursor)
    }

    fn write(&self) -> Option<WriteRef<'_>> {
        self.place.as_ref().map(|place| place.of(&self.bytes))
    }

    fn advance(&mut self) -> Result<(), StoreError> {
        let Some(place) = self.place.take() else { return Ok(()) };
        self.place = self.run.write_at(self.block, &self.bytes, place.end)?;
        if self.place.is_none() { self.enter(self.block + 1) } else { Ok(()) }
    }

    fn enter(&mut self, block: usize) -> Result<(), StoreError> {
        if block < self.run.fences.len() {
            self.block = block;
            self.run.read_block(block, &mut self.bytes)?;
            self.place = self.run.write_at(block, &self.bytes, HEADER_BYTES)?;
        }
        Ok(())
    }
}

/// The newest write of each key in several runs.
pub struct Newest {
    /// Newest run first.
    cursors: Vec<Cursor>,
    /// Which has the next write.
    next: Option<usize>,
}

impl Newest {
    /// From the first key that is not below `from`.
    ///
    /// # Errors
    /// A failing disk, a damaged block.
    pub fn new(runs: impl Iterator<Item = Arc<Run>>, from: &[u8]) -> Result<Newest, StoreError> {
        let cursors: Result<Vec<Cursor>, _> = runs.map(|run| Cursor::new(run, from)).collect();
        let mut newest = Newest { cursors: cursors?, next: None };
        newest.find_next();
        Ok(newest)
    }

    pub fn write(&self) -> Option<WriteRef<'_>> {
        self.cursors[self.next?].write()
    }

    /// # Errors
    /// As [`Newest::new`].
    pub fn advance(&mut self) -> Result<(), StoreError> {
        let Some(next) = self.next else { return Ok(()) };
        let (before, older) = self.cursors.split_at_mut(next + 1);
        let key = before[next].write().map(|(key, _)| key);
        for cursor in older {
            if cursor.write().map(|(key, _)| key) == key {
                cursor.advance()?;
            }
        }
        self.cursors[next].advance()?;
        self.find_next();
        Ok(())
    }

    fn find_next(&mut self) {
        let mut next: Option<(usize, &[u8])> = None;
        for (at, cursor) in self.cursors.iter().enumerate() {
            if let Some((key, _)) = cursor.write()
                && next.is_none_or(|(_, least)| key < least)
            {
                next = Some((at, key));
            }
        }
        self.next = next.map(|(at, _)| at);
    }
}
