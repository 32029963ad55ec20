//! Which entry goes by an entry key.
//!
//! Several may: each has a claim of its own, so that what is left when one of them leaves does
//! not depend on who came first.

use super::draft::Draft;
use super::error::StoreError;
use super::held::Lookup;
use super::keys;
use super::record::{self, EntryRecord};
use crate::model::{EntryKey, EntryNo};
use minicbor::{Decode, Encode};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
struct ClaimRecord {
    #[n(0)]
    is_address: bool,
    /// The report that told it.
    #[n(1)]
    since: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claim {
    pub no: EntryNo,
    /// It is published under the key.
    pub is_address: bool,
}

/// The claim that counts: of the entry published under the key, else the last that was told.
pub fn claim(index: &impl Lookup, key: EntryKey) -> Result<Option<Claim>, StoreError> {
    let mut found: Option<(ClaimRecord, EntryNo)> = None;
    for pair in index.scan(&keys::claims(key)) {
        let (key, value) = pair?;
        let record: ClaimRecord = record::decode(&value).map_err(StoreError::Record)?;
        let Some(no) = keys::last_number(&key).map(EntryNo) else { continue };
        let counts = |(known, _): (ClaimRecord, _)| {
            (record.is_address, record.since) >= (known.is_address, known.since)
        };
        if found.is_none_or(counts) {
            found = Some((record, no));
        }
    }
    Ok(found.map(|(record, no)| Claim { no, is_address: record.is_address }))
}

/// The same, for a key of which the beginning is known.
pub fn short_claim(index: &impl Lookup, short: u64) -> Result<Option<Claim>, StoreError> {
    let first = index.scan(&keys::short_claims(short)).next().transpose()?;
    match first.and_then(|(key, _)| keys::key_within(&key, 1)) {
        Some(key) => claim(index, key),
        None => Ok(None),
    }
}

/// Whether the entry goes by the key, be it alone or not.
pub fn goes_by(index: &impl Lookup, key: EntryKey, no: EntryNo) -> Result<bool, StoreError> {
    Ok(index.get(&keys::claim(key, no))?.is_some())
}

/// The keys that an entry tells itself.
pub fn put_own(draft: &mut Draft<'_>, entry: &EntryRecord, since: u64) {
    put(draft, entry.key, entry.no, ClaimRecord { is_address: true, since: 0 });
    if let Some(alias) = entry.alias.filter(|alias| *alias != entry.key) {
        put(draft, alias, entry.no, ClaimRecord { is_address: false, since });
    }
}

/// A further key, told by a report in `segment`.
pub fn put_further(draft: &mut Draft<'_>, key: EntryKey, no: EntryNo, since: u64, segment: u64) {
    put(draft, key, no, ClaimRecord { is_address: false, since });
    draft.put(keys::further_key(no, key), record::encode(&(segment, since)));
}

fn put(draft: &mut Draft<'_>, key: EntryKey, no: EntryNo, claim: ClaimRecord) {
    draft.put(keys::claim(key, no), record::encode(&claim));
}

/// The report that told a claim.
pub fn since(claim: &[u8]) -> Option<u64> {
    record::decode(claim).ok().map(|claim: ClaimRecord| claim.since)
}

/// A further key of an entry, as the index has it.
pub struct Further {
    pub key: EntryKey,
    pub segment: u64,
    pub since: u64,
}

pub fn further(index: &impl Lookup, no: EntryNo) -> Result<Vec<Further>, StoreError> {
    let prefix = keys::further_keys(no);
    let all = index.scan(&prefix).map(|pair| {
        let (key, value) = pair?;
        let (segment, since) = record::decode(&value).map_err(StoreError::Record)?;
        Ok(keys::key_within(&key, prefix.len()).map(|key| Further { key, segment, since }))
    });
    all.filter_map(Result::transpose).collect()
}

/// All claims of an entry; `entry`: none, where it was gone before its further keys were told.
pub fn remove_all(
    draft: &mut Draft<'_>,
    no: EntryNo,
    entry: Option<&EntryRecord>,
) -> Result<(), StoreError> {
    for Further { key, .. } in further(draft, no)? {
        draft.delete(keys::claim(key, no));
        draft.delete(keys::further_key(no, key));
    }
    for key in entry.into_iter().flat_map(|entry| [Some(entry.key), entry.alias]).flatten() {
        draft.delete(keys::claim(key, no));
    }
    Ok(())
}
