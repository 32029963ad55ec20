//! Which stored entry an item is, and under which names.

use super::draft::Draft;
use super::error::StoreError;
use super::held::Lookup;
use super::names::{self, Claim};
use super::record::EntryRecord;
use super::{keys, read};
use crate::model::{Alike, EntryHead, EntryKey, EntryNo};
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;

/// Hashes of what an origin says of an item, and of its link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Encode, Decode, Serialize, Deserialize)]
pub struct Prints {
    #[n(0)]
    #[serde(with = "crate::model::hex")]
    pub fingerprint: u64,
    #[n(1)]
    pub link: u32,
}

/// The stored entry that the item is: the one that it was in the last document, or by
/// its key, or by title and date as far as they name it.
pub fn known_entry(
    draft: &Draft<'_>,
    entry: &EntryHead<'_>,
) -> Result<Option<EntryRecord>, StoreError> {
    let of = |claim: Option<Claim>| match claim {
        Some(claim) => read::entry_record(draft, claim.no),
        None => Ok(None),
    };
    if let Some(was) = entry.was
        && let Some(old) = of(names::short_claim(draft, was)?)?
    {
        return Ok(Some(old));
    }
    if let Some(old) = of(names::claim(draft, entry.key)?)?
        && (old.alias != Some(entry.key) || is_like(prints_of(&old), entry))
    {
        return Ok(Some(old));
    }
    let Some(alias) = entry.alias else { return Ok(None) };
    Ok(of(names::claim(draft, alias)?)?.filter(|old| is_like(prints_of(old), entry)))
}

/// A stored entry keeps the key that its page is at; the one it has come under leads there,
/// too, unless it is another's address. Returns: whether the keys differ.
pub fn keep_address(
    draft: &Draft<'_>,
    old: &EntryRecord,
    entry: &mut EntryHead<'_>,
    renamed: &mut Vec<(EntryKey, EntryNo)>,
) -> Result<bool, StoreError> {
    if old.key == entry.key {
        return Ok(false);
    }
    let leads_there = names::goes_by(draft, entry.key, old.no)?;
    if !leads_there && !is_an_address(draft, entry.key)? {
        renamed.push((entry.key, old.no));
    }
    entry.key = old.key;
    Ok(true)
}

fn prints_of(old: &EntryRecord) -> Prints {
    Prints { fingerprint: old.fingerprint, link: old.link_print }
}

/// Whether an entry that has the item's title and date is it.
pub fn is_like(old: Prints, entry: &EntryHead<'_>) -> bool {
    let link = old.link == entry.link_print;
    let text = old.fingerprint == entry.fingerprint;
    match entry.alike {
        Alike::Never => false,
        Alike::ByLink => link,
        Alike::ByText => text,
        Alike::ByBoth => link && text,
        Alike::Always => true,
    }
}

/// Where links mean nothing, another link is no change.
pub fn says_the_same(old: &EntryRecord, entry: &EntryHead<'_>) -> bool {
    old.fingerprint == entry.fingerprint
        && (entry.link_print == 0 || old.link_print == entry.link_print)
}

/// Whether an entry is published under the key.
pub fn is_an_address(draft: &Draft<'_>, key: EntryKey) -> Result<bool, StoreError> {
    Ok(names::claim(draft, key)?.is_some_and(|claim| claim.is_address))
}

/// The origin's id, else the one made of the key, else, where somebody has claimed that
/// too, one made of the entry's number.
pub fn public_id(
    draft: &Draft<'_>,
    entry: &EntryHead<'_>,
    no: EntryNo,
    ids_here: &mut HashSet<String>,
) -> Result<String, StoreError> {
    for id in entry.origin_id().map(str::to_owned).into_iter().chain([entry.key.urn()]) {
        if !ids_here.contains(&id) && draft.get(&keys::public_id(&id))?.is_none() {
            ids_here.insert(id.clone());
            return Ok(id);
        }
    }
    Ok(EntryKey::hash_of(&[&entry.key.0, &no.0.to_be_bytes()]).urn())
}
