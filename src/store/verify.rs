//! Whether a store is what it should be: every byte of the segments is checked, an index is
//! made of them, and the one in use compared with it.

use super::error::StoreError;
use super::held::Lookup;
use super::index::Index;
use super::postings;
use super::read;
use super::record::{self, ChannelRecord, EntryRecord, PositionRecord};
use super::replay::{Damage, Progress, Replay};
use super::{Store, keys, segment};
use crate::model::{ChannelKey, Timestamp};
use std::cmp::Ordering;
use std::fs;
use std::path::Path;

/// Cache of the index that is made to compare with.
const CACHE_BYTES: u64 = 32 * 1024 * 1024;
/// Faults that are told one by one.
const FAULTS: usize = 1_000;

/// Something that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Fault {
    /// A segment with the byte, or what of the index.
    pub place: String,
    pub problem: String,
}

#[derive(Debug, Default, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Verified {
    pub segments: usize,
    pub segment_bytes: u64,
    pub sequence: u64,
    pub entries: u64,
    /// Keys of the index that were compared.
    pub keys: u64,
    pub faults: Vec<Fault>,
    /// Beyond those that are told.
    pub more_faults: u64,
}

impl Verified {
    fn add(&mut self, place: String, problem: String) {
        if self.faults.len() < FAULTS {
            self.faults.push(Fault { place, problem });
        } else {
            self.more_faults += 1;
        }
    }
}

/// The index that is made to compare with.
pub const BESIDE: &str = "verify";

impl Store {
    /// Reads all of the store. Takes as much disk again as the index, for a while.
    ///
    /// # Errors
    /// The disk fails; what is wrong with the store is told in the answer.
    pub fn verify(&self, progress: &mut dyn FnMut(Progress)) -> Result<Verified, StoreError> {
        let mut verified = Verified::default();
        let segments = self.folder.join("segments");
        for id in segment::list(&segments)? {
            let path = segment::path(&segments, id);
            let metadata = fs::metadata(&path).map_err(StoreError::io("cannot read", &path))?;
            verified.segments += 1;
            verified.segment_bytes += metadata.len();
        }
        let beside = self.folder.join(BESIDE);
        remove(&beside)?;
        let (made, _) = Index::open(&beside, CACHE_BYTES)?;
        let replay = Replay { folder: &segments, index: &made, with_bodies: true };
        let mut note = |damage: Damage| {
            let place = format!("segment {:016x}, byte {}", damage.segment, damage.offset);
            verified.add(place, damage.problem);
        };
        replay.run(PositionRecord::default(), &mut note, progress)?;
        compare(&self.reader.index, &made, &mut verified)?;
        let position = read::position(&self.reader.index)?;
        (verified.sequence, verified.entries) = (position.sequence, position.entries);
        drop(made);
        remove(&beside)?;
        Ok(verified)
    }
}

/// # Errors
/// When the folder is there and cannot be removed.
pub fn remove(folder: &Path) -> Result<(), StoreError> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(StoreError::io("cannot remove", folder)(error))
        }
        _ => Ok(()),
    }
}

/// Postings are compared by channel: how they are packed depends on the order they came in.
fn compare(used: &Index, made: &Index, verified: &mut Verified) -> Result<(), StoreError> {
    let (mut left_pairs, mut right_pairs) = (used.scan(&[]), made.scan(&[]));
    let (mut left, mut right) = (left_pairs.next().transpose()?, right_pairs.next().transpose()?);
    loop {
        let order = match (&left, &right) {
            (None, None) => return Ok(()),
            (Some((one, _)), Some((other, _))) => one.cmp(other),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
        };
        let (mut is, mut wanted) = (None, None);
        if order != Ordering::Greater {
            is = std::mem::replace(&mut left, left_pairs.next().transpose()?);
        }
        if order != Ordering::Less {
            wanted = std::mem::replace(&mut right, right_pairs.next().transpose()?);
        }
        verified.keys += 1;
        let key = is.as_ref().or(wanted.as_ref()).map_or(&b""[..], |(key, _)| key);
        if key.first() == Some(&b'c') {
            // With its head, which must be there.
            let head = keys::channel_of(key).map(keys::channel);
            let head = head.map_or(Ok(None), |head| used.get(&head))?;
            if is.is_some() && head.is_none() {
                verified.add(name(key, &[]), "has no head".to_owned());
            }
            continue;
        }
        let problem = match (&is, &wanted) {
            (Some(is), Some(wanted)) if is.0[0] == b'n' => {
                if are_alike(used, &is.1, made, &wanted.1, keys::channel_of(&is.0))? {
                    continue;
                }
                "is not what the segments make of it"
            }
            (Some(is), Some(wanted)) if is == wanted => continue,
            (_, None) => "is not in the segments",
            (None, _) => "is missing in the index",
            (Some(_), Some(_)) => "is not what the segments make of it",
        };
        if let Some((key, value)) = wanted.or(is) {
            verified.add(name(&key, &value), problem.to_owned());
        }
    }
}

/// Whether two heads of a channel tell the same, and all its postings.
fn are_alike(
    used: &Index,
    is: &[u8],
    made: &Index,
    wanted: &[u8],
    channel: Option<ChannelKey>,
) -> Result<bool, StoreError> {
    let decode = |head| record::decode::<ChannelRecord>(head);
    let (Ok(is), Ok(wanted), Some(channel)) = (decode(is), decode(wanted), channel) else {
        return Ok(false);
    };
    let told = |head: &ChannelRecord| (head.change, head.changed_at, head.shown);
    Ok(told(&is) == told(&wanted)
        && postings::digest(used, channel, &is)? == postings::digest(made, channel, &wanted)?)
}

/// What a key of the index is for, in words.
fn name(key: &[u8], value: &[u8]) -> String {
    let hex: String = key.iter().skip(1).map(|byte| format!("{byte:02x}")).collect();
    let kind = match key.first() {
        Some(b'b') => {
            let entry: Option<EntryRecord> = record::decode(value).ok();
            let id = entry.map_or(String::new(), |entry| {
                let at = Timestamp::rfc3339(entry.first_seen);
                format!(" ({}, of {:?}, first seen {at})", entry.id, entry.source.as_str())
            });
            return format!("index: entry {hex}{id}");
        }
        Some(b's') => {
            return format!("index: state of {:?}", String::from_utf8_lossy(&key[1..]));
        }
        Some(b'm') => return "index: journal position".to_owned(),
        Some(b'k') => "key of an entry",
        Some(b'i') => "public id",
        Some(b't') => "first print of a text",
        Some(b'g') => "copy of a text",
        Some(b'y') => "entry of a story",
        Some(b'x') => "further key of an entry",
        Some(b'z') => "tombstone of an entry",
        Some(b'p') => "what is known of the segment",
        Some(b'n') => "head of the channel",
        Some(b'c') => "postings of the channel",
        _ => "unknown key",
    };
    format!("index: {kind} {hex}")
}
