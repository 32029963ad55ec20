//! Entry bodies: compressed into segments, read back with their checksum checked.

use super::error::StoreError;
use super::frame::{self, Kind};
use super::record;
use super::segment::{self, Location};
use crate::model::{Entry, EntryKey};
use quick_cache::sync::Cache;
use std::cell::RefCell;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// zstd level: 3 costs a third more than 1 and saves a tenth of the disk.
const LEVEL: i32 = 1;
/// Bytes that a body may unfold to; the caps of `normalise` stay far below.
pub const LARGEST_BODY: usize = 16 * 1024 * 1024;
/// Bytes that one byte can stand for: 128 KiB are a block of four (RFC 8878 §3.1.1.2).
const LARGEST_FOLD: usize = 32 * 1024;
/// Segment files kept open.
const OPEN_FILES: usize = 64;

pub struct Compressor(zstd::bulk::Compressor<'static>);

impl Default for Compressor {
    fn default() -> Self {
        Compressor(zstd::bulk::Compressor::new(LEVEL).expect("level 1 is valid"))
    }
}

impl Compressor {
    pub fn bytes(&mut self, plain: &[u8]) -> Vec<u8> {
        self.0.compress(plain).expect("the output bound is computed by zstd itself")
    }
}

/// An encoded entry under another key. The bytes have been decoded before.
pub fn renamed(bytes: &[u8], key: EntryKey) -> Vec<u8> {
    let Ok(entry) = minicbor::decode::<Entry>(bytes) else { return bytes.to_vec() };
    minicbor::to_vec(Entry { key, ..entry }).expect("writing to a vector cannot fail")
}

thread_local! {
    /// A context costs 100 KB to make, more than a body to read.
    static DECOMPRESSOR: RefCell<zstd::bulk::Decompressor<'static>> =
        RefCell::new(zstd::bulk::Decompressor::new().expect("a context without a dictionary"));
}

/// `most`: bytes that they may unfold to.
///
/// # Errors
/// What is wrong, in words.
pub fn decompress(bytes: &[u8], most: usize) -> Result<Vec<u8>, String> {
    let claimed = zstd::bulk::Decompressor::upper_bound(bytes).ok_or("not compressed by us")?;
    if claimed > most.min(bytes.len().saturating_mul(LARGEST_FOLD)) {
        return Err(format!("{} bytes cannot hold {claimed}; limit {most}", bytes.len()));
    }
    DECOMPRESSOR.with_borrow_mut(|context| {
        context.decompress(bytes, claimed).map_err(|error| error.to_string())
    })
}

/// Reads entries, and what else there is, out of segments.
pub struct Bodies {
    folder: PathBuf,
    open: Cache<u64, Arc<File>>,
}

impl Bodies {
    pub fn new(folder: &Path) -> Self {
        Bodies { folder: folder.to_owned(), open: Cache::new(OPEN_FILES) }
    }

    /// Closes a segment that is no more.
    pub fn forget(&self, segment: u64) {
        self.open.remove(&segment);
    }

    pub fn read(&self, at: Location) -> Result<Entry, StoreError> {
        self.read_as(at, entry_of_frame)
    }

    /// A frame, as `decode` understands it.
    pub fn read_as<T>(
        &self,
        at: Location,
        decode: impl FnOnce(&[u8]) -> Result<T, String>,
    ) -> Result<T, StoreError> {
        let path = segment::path(&self.folder, at.segment);
        let file = self.open.get_or_insert_with(&at.segment, || File::open(&path).map(Arc::new));
        let file = file.map_err(StoreError::io("cannot open", &path))?;
        let mut bytes =
            vec![0; (at.length as usize).min(frame::LARGEST_PAYLOAD + frame::HEADER_BYTES)];
        file.read_exact_at(&mut bytes, at.offset).map_err(StoreError::io("cannot read", &path))?;
        decode(&bytes).map_err(|problem| StoreError::Damaged { path, offset: at.offset, problem })
    }
}

/// # Errors
/// What is wrong, in words.
pub fn entry_of_frame(bytes: &[u8]) -> Result<Entry, String> {
    let (frame, _) = frame::read(bytes)?;
    if frame.kind != Kind::Entry {
        return Err("not an entry".to_owned());
    }
    entry_of(frame.payload)
}

/// # Errors
/// What is wrong, in words.
pub fn entry_of(payload: &[u8]) -> Result<Entry, String> {
    let body = decompress(record::body_of(payload)?, LARGEST_BODY)?;
    minicbor::decode(&body).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_folded_unfolds() {
        let mut compressor = Compressor::default();
        for length in [0, 1, 1_000, 3_000_000] {
            let plain = vec![b'a'; length];
            assert_eq!(decompress(&compressor.bytes(&plain), LARGEST_BODY), Ok(plain), "{length}");
        }
    }

    #[test]
    fn no_room_is_made_for_what_cannot_be_there() {
        // RFC 8878 §3.1.1: magic, a descriptor of one segment, its size in four bytes, and
        // one block without content.
        let claim =
            |size: u32| [&b"\x28\xb5\x2f\xfd\xa0"[..], &size.to_le_bytes(), b"\x01\0\0"].concat();
        let refused = |bytes: &[u8]| decompress(bytes, LARGEST_BODY).expect_err("refused");
        assert_eq!(refused(&claim(1 << 20)), "12 bytes cannot hold 1048576; limit 16777216");
        assert_eq!(refused(&claim(1 << 30)), "12 bytes cannot hold 1073741824; limit 16777216");
        assert_eq!(refused(b"9"), "not compressed by us");
    }
}
