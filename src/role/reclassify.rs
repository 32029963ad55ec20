//! Stored entries that belong elsewhere by the settings of today: regions, topics and rules may
//! have changed since they came.

use super::digest::classify;
use super::live::Live;
use super::outlet::outlet;
use crate::model::{Entry, EntryNo, Refiled, SourceId};
use crate::store::Reader;
use std::collections::HashMap;
use std::collections::hash_map::Entry as Slot;

/// Entries that are looked at in one go.
const ENTRIES: usize = 200;

pub struct Misfiled {
    pub entries: Vec<Refiled>,
    /// The last entry that was looked at.
    pub upto: u64,
    pub more: bool,
}

/// Of the entries after one. Those of sources that are not in the settings any more stay as they
/// are.
///
/// # Errors
/// In words, when the store cannot be read.
pub fn misfiled(live: &Live, reader: &Reader, after: EntryNo) -> Result<Misfiled, String> {
    let mut named: HashMap<SourceId, SourceId> = HashMap::new();
    let mut misfiled = Misfiled { entries: Vec::new(), upto: after.0, more: false };
    for (count, stored) in reader.entries_after(after).enumerate() {
        if count == ENTRIES {
            misfiled.more = true;
            break;
        }
        let stored = stored.map_err(|error| error.full())?;
        misfiled.upto = stored.no.0;
        let id = live.successor(&stored.source).unwrap_or(&stored.source);
        let Some(source) = live.source(id) else { continue };
        let before = stored.entry;
        let mut entry = Entry::clone(&before);
        classify(live, source, &mut entry);
        let own = match named.entry(id.clone()) {
            Slot::Occupied(known) => known.into_mut(),
            Slot::Vacant(free) => {
                let state = reader.state(id).map_err(|error| error.full())?.unwrap_or_default();
                free.insert(state.key_source(id).clone())
            }
        };
        entry.outlet = Some(outlet(source, entry.site.as_deref(), own));
        if !is_filed_alike(&entry, &before) {
            let Entry { regions, places, topics, outlet, .. } = entry;
            misfiled.entries.push(Refiled { no: stored.no, regions, places, topics, outlet });
        }
    }
    Ok(misfiled)
}

fn is_filed_alike(one: &Entry, other: &Entry) -> bool {
    let Entry { regions, places, topics, outlet, .. } = other;
    (&one.regions, &one.places, &one.topics, &one.outlet) == (regions, places, topics, outlet)
}
