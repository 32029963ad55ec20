//! The index in use beside one that was made of the segments, key by key.

use super::error::StoreError;
use super::held::{Lookup, Pair};
use super::hits::Hits;
use super::index::Index;
use super::record::{self, ChannelRecord, EntryRecord};
use super::verify::{Fault, Verified};
use super::{keys, postings};
use crate::model::{ChannelKey, Timestamp};
use std::cmp::Ordering;

/// What is damaged in the index in use is told, and the rest compared all the same.
///
/// # Errors
/// The disk fails; the index that was made cannot be read.
pub fn compare(
    used: &Index,
    made: &Index,
    hits: &mut Hits<'_>,
    verified: &mut Verified,
) -> Result<(), StoreError> {
    used.check_runs(&mut |damage| {
        if let StoreError::Damaged { path, offset, problem } = damage {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            verified.add(format!("index: runs/{name}, byte {offset}"), problem);
        }
    })?;
    for kind in 0..=u8::MAX {
        match compare_kind(kind, used, made, hits, verified) {
            Err(error) if error.is_damaged_index() => {
                verified.add(name(&[kind], &[]), error.full())
            }
            compared => compared?,
        }
    }
    Ok(())
}

/// Keys that begin with a byte. Postings are compared by channel: how they are packed depends on
/// the order they came in.
fn compare_kind(
    kind: u8,
    used: &Index,
    made: &Index,
    hits: &mut Hits<'_>,
    verified: &mut Verified,
) -> Result<(), StoreError> {
    let (mut left_pairs, mut right_pairs) = (used.scan_after(&[kind], &[]), made.scan(&[kind]));
    let mut right = right_pairs.next().transpose()?;
    let mut left = None;
    let mut is_left_due = true;
    loop {
        if std::mem::take(&mut is_left_due) {
            left = match left_pairs.next().transpose() {
                // A block that was told of: what may be in it is passed over.
                Err(error) if error.is_damaged_run() => {
                    let Some((key, _)) = right else { return Ok(()) };
                    left_pairs = used.scan_after(&[kind], &key);
                    right = right_pairs.next().transpose()?;
                    is_left_due = true;
                    continue;
                }
                left => left?,
            };
        }
        let order = match (&left, &right) {
            (None, None) => return Ok(()),
            (Some((one, _)), Some((other, _))) => one.cmp(other),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
        };
        let (mut is, mut wanted) = (None, None);
        if order != Ordering::Greater {
            is = left.take();
            is_left_due = true;
        }
        if order != Ordering::Less {
            wanted = std::mem::replace(&mut right, right_pairs.next().transpose()?);
        }
        verified.keys += 1;
        compare_pair(is, wanted, (used, made), hits, verified)?;
    }
}

fn compare_pair(
    is: Option<Pair>,
    wanted: Option<Pair>,
    (used, made): (&Index, &Index),
    hits: &mut Hits<'_>,
    verified: &mut Verified,
) -> Result<(), StoreError> {
    let key = is.as_ref().or(wanted.as_ref()).map_or(&b""[..], |(key, _)| key);
    if key.first() == Some(&b'c') {
        // With its head, which must be there.
        let head = keys::channel_of(key).map(keys::channel);
        let head = head.map_or(Ok(None), |head| used.get(&head))?;
        if is.is_some() && head.is_none() {
            verified.add(name(key, &[]), "has no head".to_owned());
        }
        return Ok(());
    }
    let problem = match (&is, &wanted) {
        (Some(is), Some(wanted)) if is.0[0] == b'n' => {
            if are_alike(used, &is.1, made, &wanted.1, keys::channel_of(&is.0))? {
                return Ok(());
            }
            "is not what the segments make of it"
        }
        (Some(is), Some(wanted)) if is == wanted => return Ok(()),
        (_, None) => "is not in the segments",
        (None, _) => "is missing in the index",
        (Some(_), Some(_)) => "is not what the segments make of it",
    };
    if let Some(cost) = cost_of(is.as_ref(), wanted.as_ref(), hits)? {
        verified.add_entry(cost);
        return Ok(());
    }
    let follows = hits.explain(is.as_ref(), wanted.as_ref())?;
    if let Some((key, value)) = wanted.or(is) {
        let (place, problem) = (name(&key, &value), problem.to_owned());
        match follows {
            true => verified.add_consequence(place, problem),
            false => verified.add(place, problem),
        }
    }
    Ok(())
}

/// What damage in the segments costs of the entry that a key is of.
fn cost_of(
    is: Option<&Pair>,
    wanted: Option<&Pair>,
    hits: &mut Hits<'_>,
) -> Result<Option<Fault>, StoreError> {
    let entry = |pair: Option<&Pair>| pair.and_then(|(_, value)| record::decode(value).ok());
    let key = is.or(wanted).map_or(&b""[..], |(key, _)| key);
    match (key.first(), entry(is), entry(wanted)) {
        (Some(b'a'), Some(is), _) => hits.cost_of_archived(&is),
        (Some(b'b'), is, wanted) => hits.cost(is.as_ref(), wanted.as_ref()),
        _ => Ok(None),
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
        Some(b'a') => "archived form of an entry",
        Some(b'd') => "entry that was taken down from the channel",
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
