//! What is new in a feed since a version of it, which its ETag names: the sequence of its last change
//! then.

use super::channel_documents::{channel_info, editions};
use super::content::{Site, all_tag};
use super::live::Live;
use crate::model::{Channel, StoredEntry};
use crate::publish::address::{self, Format, Route, Target};
use crate::publish::{Filter, Window};
use crate::serve::{Delta, Document};
use crate::store::{Listing, Reader, StoreError};
use std::cmp::Reverse;
use std::collections::HashSet;

impl Site {
    /// `None`: the whole feed is as good an answer.
    pub(super) fn feed_delta(
        &self,
        live: &Live,
        reader: &Reader,
        document: &Document,
        versions: &[String],
    ) -> Result<Option<Delta>, String> {
        let (path, query) = document.target.split_once('?').unwrap_or((&document.target, ""));
        let Some(Route::Here(address)) = address::parse(path, &live.config.regions) else {
            return Ok(None);
        };
        let (Target::Channel(channel), Ok(window), Ok(filter)) =
            (&address.target, Window::parse(Some(query)), Filter::parse(query))
        else {
            return Ok(None);
        };
        // The ETag of what is filtered names no change.
        if !filter.is_none() {
            return Ok(None);
        }
        // What is hot is in an order of its own, which a change of any entry moves.
        let is_page = address.format == Format::Html || window.before.is_some();
        if is_page || matches!(channel, Channel::Hot(_)) {
            return Ok(None);
        }
        let failed = |error: StoreError| error.full();
        // What is no change of the channel is the ETag of another document of it.
        let last = reader.channel(channel.key()).map_err(failed)?.change;
        let named = versions.iter().filter_map(|version| {
            let (change, tag) = version.split_once('-')?;
            let change = u64::from_str_radix(change, 16).ok()?;
            let is_ours = change <= last && tag == all_tag(live, reader.epoch_of(change));
            is_ours.then_some((change, version))
        });
        let Some((change, base)) = named.max() else { return Ok(None) };
        let Some(listing) = news(reader, channel, window, change).map_err(failed)? else {
            return Ok(None);
        };
        let info = channel_info(live, reader, channel).map_err(failed)?.ok_or("not published")?;
        let body = self.render_newest(live, reader, (&info, address.format, window), listing)?;
        Ok(Some(Delta { base: base.clone(), body }))
    }
}

/// What the feed shows that came or changed after a report, and what came since with an older date
/// than it shows.
fn news(
    reader: &Reader,
    channel: &Channel,
    window: Window,
    report: u64,
) -> Result<Option<Listing>, StoreError> {
    let (key, most) = (channel.key(), window.entries() as usize);
    if reader.channel(key)?.change < report || reader.is_altered_since(key, report) {
        return Ok(None);
    }
    let Some(came) = reader.came_since(key, report, most, editions(window))? else {
        return Ok(None);
    };
    let Listing { entries, next } = reader.list(key, None, most, editions(window))?;
    let shown: HashSet<_> = entries.iter().map(|entry| entry.no).collect();
    let mut news = Vec::new();
    for entry in entries {
        if reader.is_changed_since(&entry, report)? {
            news.push(entry);
        }
    }
    for no in came.into_iter().filter(|no| !shown.contains(no)) {
        news.extend(reader.entry(no)?);
    }
    news.sort_by_key(|entry: &StoredEntry| Reverse(entry.cursor()));
    Ok(Some(Listing { entries: news, next }))
}
