//! Entry bodies: compressed into segments, read back with their checksum checked.

use super::error::StoreError;
use super::frame::{self, Kind};
use super::record::{self, EntryRecord};
use super::segment::{self, Location};
use crate::model::{Entry, EntryKey};
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use rustix::fs::{Advice, fadvise};
use std::cell::RefCell;
use std::fs::File;
use std::io;
use std::num::NonZeroU64;
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

/// Memory that an entry takes besides its texts, about.
const ENTRY_BYTES: u64 = 1024;
/// Of an entry, about, texts and all.
const USUAL_BYTES: u64 = 4 * 1024;

#[derive(Clone)]
struct Bytes;

impl Weighter<Location, Arc<Entry>> for Bytes {
    fn weight(&self, _: &Location, entry: &Arc<Entry>) -> u64 {
        let texts = [&entry.title, &entry.summary, &entry.content];
        let lists = entry.media.len() + entry.categories.len() + entry.regions.len();
        let lists = (lists + entry.authors.len()) as u64 * ENTRY_BYTES / 4;
        ENTRY_BYTES + lists + texts.map(|text| text.len() as u64).iter().sum::<u64>()
    }
}

/// Reads entries, and what else there is, out of segments.
pub struct Bodies {
    folder: PathBuf,
    open: Cache<u64, Arc<File>>,
    /// Entries that were read.
    entries: Cache<Location, Arc<Entry>, Bytes>,
}

impl Bodies {
    /// `cache_bytes`: for entries.
    pub fn new(folder: &Path, cache_bytes: u64) -> Self {
        let count = (cache_bytes / USUAL_BYTES) as usize;
        let entries = Cache::with_weighter(count, cache_bytes, Bytes);
        Bodies { folder: folder.to_owned(), open: Cache::new(OPEN_FILES), entries }
    }

    /// Closes a segment that is no more.
    pub fn forget(&self, segment: u64) {
        self.open.remove(&segment);
        self.entries.retain(|at, _| at.segment != segment);
    }

    /// What the index knows of an entry tells where it is, and which it is: a segment that was
    /// rewritten may get the id of one that is no more.
    pub fn read(&self, record: &EntryRecord) -> Result<Arc<Entry>, StoreError> {
        let is_it =
            |entry: &Arc<Entry>| entry.key == record.key && entry.fingerprint == record.fingerprint;
        if let Some(entry) = self.entries.get(&record.body).filter(is_it) {
            return Ok(entry);
        }
        let entry = Arc::new(self.read_as(record.body, entry_of_frame)?);
        self.entries.insert(record.body, entry.clone());
        Ok(entry)
    }

    /// Has the kernel read an entry from the disk, while we go on.
    pub fn read_ahead(&self, record: &EntryRecord) {
        let at = record.body;
        if self.entries.get(&at).is_none()
            && let Ok(file) = self.file(at.segment)
        {
            let length = NonZeroU64::new(at.length.into());
            let _ = fadvise(&*file, at.offset, length, Advice::WillNeed);
        }
    }

    /// A frame, as `decode` understands it.
    pub fn read_as<T>(
        &self,
        at: Location,
        decode: impl FnOnce(&[u8]) -> Result<T, String>,
    ) -> Result<T, StoreError> {
        let path = segment::path(&self.folder, at.segment);
        let file = self.file(at.segment).map_err(StoreError::io("cannot open", &path))?;
        let mut bytes =
            vec![0; (at.length as usize).min(frame::LARGEST_PAYLOAD + frame::HEADER_BYTES)];
        file.read_exact_at(&mut bytes, at.offset).map_err(StoreError::io("cannot read", &path))?;
        decode(&bytes).map_err(|problem| StoreError::Damaged { path, offset: at.offset, problem })
    }

    fn file(&self, segment: u64) -> io::Result<Arc<File>> {
        let path = || segment::path(&self.folder, segment);
        self.open.get_or_insert_with(&segment, || File::open(path()).map(Arc::new))
    }
}

/// The compressed body in an entry's frame.
///
/// # Errors
/// What is wrong, in words.
pub fn body_of_frame(bytes: &[u8]) -> Result<Vec<u8>, String> {
    let (frame, _) = frame::read(bytes)?;
    if frame.kind != Kind::Entry {
        return Err("not an entry".to_owned());
    }
    record::body_of(frame.payload).map(<[u8]>::to_vec)
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
