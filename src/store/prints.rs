//! Which of the prints of a text a channel shows.

use super::draft::Draft;
use super::error::StoreError;
use super::heads::{Head, Heads};
use super::held::Lookup;
use super::postings::{self, Posting};
use super::record::{self, ChannelRecord, EntryRecord};
use super::{keys, read};
use crate::model::{ChannelKey, Cursor, EntryNo};

/// In each channel the print that was stored first is shown, the others are copies of it.
pub fn join(
    draft: &mut Draft<'_>,
    entry: &EntryRecord,
    channel: ChannelKey,
    prints: &[Cursor],
    heads: &mut Heads,
) -> Result<(), StoreError> {
    let Head { record: head, visible } = heads.get(draft, channel)?;
    let is_own = || channel == ChannelKey::source(&entry.source);
    let first = match prints.is_empty() || is_own() {
        true => None,
        false => first_print_there(draft, prints, channel, head)?,
    };
    let copy = first.is_some_and(|first| first.no < entry.no);
    let before = postings::put(draft, channel, head, Posting { at: entry.cursor(), copy })?;
    head.shown += u64::from(!copy);
    head.shown -= u64::from(before == Some(false));
    if let Some(at) = first.filter(|_| !copy)
        && postings::put(draft, channel, head, Posting { at, copy: true })? == Some(false)
    {
        head.shown = head.shown.saturating_sub(1);
    }
    *visible = true;
    Ok(())
}

pub fn leave(
    draft: &mut Draft<'_>,
    entry: &EntryRecord,
    channel: ChannelKey,
    prints: &[Cursor],
    heads: &mut Heads,
) -> Result<(), StoreError> {
    let Head { record: head, visible } = heads.get(draft, channel)?;
    let Some(copy) = postings::remove(draft, channel, head, entry.cursor())? else {
        return Ok(());
    };
    *visible = true;
    if copy {
        return Ok(());
    }
    head.shown = head.shown.saturating_sub(1);
    if let Some(at) = first_print_there(draft, prints, channel, head)?
        && postings::put(draft, channel, head, Posting { at, copy: false })? == Some(true)
    {
        head.shown += 1;
    }
    Ok(())
}

/// Of some prints, the first that the channel has.
fn first_print_there(
    draft: &Draft<'_>,
    prints: &[Cursor],
    channel: ChannelKey,
    head: &ChannelRecord,
) -> Result<Option<Cursor>, StoreError> {
    for print in prints {
        if postings::get(draft, channel, head, *print)?.is_some() {
            return Ok(Some(*print));
        }
    }
    Ok(None)
}

/// Prints of one text that are looked at; beyond that, they are shown as if they were others.
const PRINTS: usize = 1_000;

/// In the order in which they were stored.
pub fn other_prints(draft: &Draft<'_>, entry: &EntryRecord) -> Result<Vec<Cursor>, StoreError> {
    let first = entry.placement.reprint_of.unwrap_or(entry.no);
    let mut prints = Vec::new();
    if first != entry.no {
        prints.extend(read::entry_record(draft, first)?.map(|first| first.cursor()));
    }
    for pair in draft.scan(&keys::copies(first)).take(PRINTS) {
        let (key, value) = pair?;
        let sort_at = record::decode(&value).map_err(StoreError::Record)?;
        let no = keys::last_number(&key).map(EntryNo);
        prints.extend(no.filter(|no| *no != entry.no).map(|no| Cursor { sort_at, no }));
    }
    Ok(prints)
}
