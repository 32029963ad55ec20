//! Which stored entry an item is, and under which names.

use super::draft::Draft;
use super::error::StoreError;
use super::held::Lookup;
use super::record::EntryRecord;
use super::{keys, read};
use crate::model::{Alike, EntryHead, EntryKey, EntryNo};
use std::collections::HashSet;

/// The stored entry that the item is: the one that it was in the last document, or by
/// its key, or by title and date as far as they name it.
pub fn known_entry(
    draft: &Draft<'_>,
    entry: &EntryHead<'_>,
) -> Result<Option<EntryRecord>, StoreError> {
    if let Some(was) = entry.was
        && let Some(old) = read::entry_by_short_key(draft, was)?
    {
        return Ok(Some(old));
    }
    let by = |key| -> Result<Option<EntryRecord>, StoreError> {
        match read::entry_no(draft, key)? {
            Some(no) => read::entry_record(draft, no),
            None => Ok(None),
        }
    };
    if let Some(old) = by(entry.key)?
        && (old.alias != Some(entry.key) || is_like(&old, entry))
    {
        return Ok(Some(old));
    }
    let Some(alias) = entry.alias else { return Ok(None) };
    Ok(by(alias)?.filter(|old| is_like(old, entry)))
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
    let leads_there = read::entry_no(draft, entry.key)? == Some(old.no);
    if !leads_there && !is_an_address(draft, entry.key)? {
        renamed.push((entry.key, old.no));
    }
    entry.key = old.key;
    Ok(true)
}

fn is_like(old: &EntryRecord, entry: &EntryHead<'_>) -> bool {
    let link = old.link_print == entry.link_print;
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
    let Some(no) = read::entry_no(draft, key)? else { return Ok(false) };
    Ok(read::entry_record(draft, no)?.is_some_and(|owner| owner.key == key))
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
