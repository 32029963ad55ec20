//! Documents of what came to a channel in a month (RFC 5005 §4), in pages that stay as they are.

use super::channel_documents::{channel_info, told};
use super::content::{Effort, MAX_AGE, Site, all_tag, bad_query, policy};
use super::links::link_headers;
use super::listed::{hash_of, weight};
use super::live::Live;
use super::shelf::Shelf;
use crate::model::{Channel, ChannelKey, EntryNo, Month};
use crate::publish::address::Format;
use crate::publish::{self, Chain, FeedDoc, Parameters, Part, Window};
use crate::serve::{Document, Found};
use crate::store::{ChannelRecord, Reader, StoreError, TakenDown};
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use std::sync::Arc;
use xxhash_rust::xxh3::{Xxh3, xxh3_64};

/// Seconds that caches may keep what a month that is over has: so long, at most, they show what was
/// taken down.
const KEPT_FOR: u32 = 7 * 24 * 3600;
/// A page ends behind an entry whose number's hash ends in so many zero bits: every 128th, wherever
/// others leave.
const ENDS: u64 = (1 << 7) - 1;
/// Entries that were taken down of which the documents of a month tell.
const TOMBSTONES: usize = 1_000;
/// Bytes of lists that are kept.
const LISTS_BYTES: u64 = 8 * 1024 * 1024;

/// What came to channels in months, as far as it was asked for lately.
pub struct Archives(Cache<(ChannelKey, Month), Arc<List>, BySize>);

/// What came to a channel in a month.
struct List {
    entries: Vec<EntryNo>,
    /// What was taken down, the last first.
    gone: Vec<TakenDown>,
    is_over: bool,
    /// What it holds for.
    alterations: u64,
    change: u64,
}

#[derive(Clone)]
struct BySize;

impl Weighter<(ChannelKey, Month), Arc<List>> for BySize {
    fn weight(&self, _: &(ChannelKey, Month), list: &Arc<List>) -> u64 {
        let gone = list.gone.iter().map(weight).sum::<usize>();
        (list.entries.len() * size_of::<EntryNo>() + gone + 128) as u64
    }
}

/// One document of a month.
struct Page {
    entries: Vec<EntryNo>,
    /// Of which its Atom tells.
    gone: Vec<TakenDown>,
    chain: Chain,
    is_over: bool,
}

impl Default for Archives {
    fn default() -> Self {
        Archives(Cache::with_weighter(1024, LISTS_BYTES, BySize))
    }
}

impl Archives {
    fn list(
        &self,
        reader: &Reader,
        channel: &Channel,
        month: Month,
    ) -> Result<Arc<List>, StoreError> {
        // Before the list, so that it is never taken for newer than it is.
        let alterations = reader.alterations();
        let is_over = reader.position()?.recorded_at >= month.end();
        let change = reader.channel(channel.key())?.change;
        let name = (channel.key(), month);
        let holds = |list: &Arc<List>| {
            list.alterations == alterations
                && list.is_over == is_over
                && (is_over || list.change == change)
        };
        if let Some(known) = self.0.get(&name).filter(holds) {
            return Ok(known);
        }
        let entries = reader.archive(channel, month)?;
        let gone = reader.taken_down_of(channel.key(), month, TOMBSTONES)?;
        let list = Arc::new(List { entries, gone, is_over, alterations, change });
        self.0.insert(name, Arc::clone(&list));
        Ok(list)
    }
}

impl Site {
    /// `None`: it takes a search.
    pub(super) fn archive_document(
        &self,
        live: &Live,
        reader: &Reader,
        (channel, month, format): (&Channel, Month, Format),
        query: &str,
        effort: Effort,
    ) -> Result<Option<Found>, StoreError> {
        let Some(info) = channel_info(live, reader, channel)? else {
            return Ok(Some(Found::NotFound));
        };
        let read = Parameters::OF_ARCHIVES.check(query).and_then(|()| Window::parse(Some(query)));
        let window = match read {
            Ok(window) => window,
            Err(bad) => return Ok(Some(bad_query(&bad))),
        };
        if !has_month(reader, month)? {
            return Ok(Some(Found::NotFound));
        }
        if effort == Effort::Little {
            return Ok(None);
        }
        let page = self.page(reader, (channel, &info.page), month, window)?;
        let own = live.names().archive(info, month).page;
        let links = link_headers(live, &own, format, window, None, &page.chain);
        Ok(Some(Found::Document(Document {
            target: publish::address::with_format(&own, format) + &window.query(),
            etag: format!(
                "{:016x}-{}",
                hash(reader, &page, format)?,
                all_tag(live, reader.epoch()?)
            ),
            last_modified: None,
            content_type: format.content_type(),
            max_age: if page.is_over { KEPT_FOR } else { MAX_AGE },
            is_immutable: page.is_over,
            links,
            policy: policy(format),
        })))
    }

    pub(super) fn render_archive(
        &self,
        live: &Live,
        reader: &Reader,
        (channel, month, format): (&Channel, Month, Format),
        window: Window,
    ) -> Result<Vec<u8>, String> {
        let failed = |error: StoreError| error.full();
        let info = channel_info(live, reader, channel).map_err(failed)?.ok_or("not published")?;
        let page = self.page(reader, (channel, &info.page), month, window).map_err(failed)?;
        let stored = reader.archived_entries(&page.entries).map_err(failed)?;
        let shelf = Shelf::alone(live, stored).show_as(window);
        let (names, items) = (live.names(), shelf.items(live));
        let info = names.archive(info, month);
        let gone = page.gone_in(format);
        let last = gone.first().map(|gone| gone.at).max(shelf.updated());
        let doc = FeedDoc {
            site: &live.config.site,
            channel: &info,
            items: &items,
            updated: last.unwrap_or_default().max(month.start()),
            window,
            next: None,
            chain: &page.chain,
            taken_down: &told(gone.to_vec()),
            nearby: &[],
            hub: None,
        };
        Ok(publish::feed(&doc, format).unwrap_or_else(|| {
            let mut html = names.channel_page(&info, &items, &mut |_| None);
            (html.chain, html.window) = (page.chain.clone(), window);
            publish::channel_page(&html)
        }))
    }

    /// `of`: a channel, and the path of its page.
    fn page(
        &self,
        reader: &Reader,
        (channel, of): (&Channel, &str),
        month: Month,
        window: Window,
    ) -> Result<Page, StoreError> {
        let list = self.archives.list(reader, channel, month)?;
        let entries = &list.entries;
        let next_end = |from: usize| {
            let end = entries[from..].iter().position(|no| is_end(*no));
            end.map_or(entries.len(), |end| from + end + 1)
        };
        let end = match window.until {
            None => next_end(0),
            Some(until) => entries.partition_point(|no| *no <= until),
        };
        let start = entries[..end.saturating_sub(1)].iter().rposition(|no| is_end(*no));
        let start = start.map_or(0, |before| before + 1);
        let part = |month, until| Part::archive(of, month, until, window);
        let prev = match start {
            0 => {
                let before = month.before();
                let is_there = before.map(|month| is_in(reader, month, month)).transpose()?;
                before.filter(|_| is_there == Some(true)).map(|m| part(m, Some(Window::END)))
            }
            _ => Some(part(month, Some(entries[start - 1]))),
        };
        let next = match entries.get(end) {
            Some(_) => match next_end(end) {
                last if last == entries.len() => Some(part(month, Some(Window::END))),
                last => Some(part(month, Some(entries[last - 1]))),
            },
            None if list.is_over => month.next().map(|month| part(month, None)),
            None => None,
        };
        let current = Some(Part::current(of, window));
        // Each is told where it was, as far as those are there that were beside it.
        let is_here = |gone: &&TakenDown| {
            let is_behind = start == 0 || gone.no > entries[start - 1];
            let is_before = match window.until {
                Some(until) => gone.no <= until,
                None => end == entries.len() || gone.no <= entries[end - 1],
            };
            is_behind && is_before
        };
        Ok(Page {
            entries: entries[start..end].to_vec(),
            gone: list.gone.iter().filter(is_here).cloned().collect(),
            chain: Chain { is_archive: true, current, prev, next },
            is_over: list.is_over,
        })
    }
}

impl Page {
    fn gone_in(&self, format: Format) -> &[TakenDown] {
        if format == Format::Atom { &self.gone } else { &[] }
    }
}

/// The newest document of a channel's history, for the channel as it is now: it has a new address
/// whenever something came, so that who knows an address knows what is there.
pub(super) fn newest(page: &str, channel: &Channel, head: &ChannelRecord, window: Window) -> Chain {
    let has_history =
        head.change > 0 && window.before.is_none() && !matches!(channel, Channel::Hot(_));
    let month = Month::of(head.changed_at);
    let until = Some(EntryNo::new(head.change, u16::MAX));
    let prev = has_history.then(|| Part::archive(page, month, until, window));
    Chain { prev, ..Chain::default() }
}

/// Whether there are documents of a month.
pub(super) fn has_month(reader: &Reader, month: Month) -> Result<bool, StoreError> {
    is_in(reader, month, Month::of(reader.position()?.recorded_at))
}

/// Whether the store may have something of a month, up to the last one.
fn is_in(reader: &Reader, month: Month, last: Month) -> Result<bool, StoreError> {
    let first = reader.first_came_at()?.map(Month::of);
    Ok(month <= last && first.is_some_and(|first| first <= month))
}

fn is_end(no: EntryNo) -> bool {
    xxh3_64(&no.0.to_le_bytes()) & ENDS == 0
}

/// What the bytes of a page depend on, but for the settings.
fn hash(reader: &Reader, page: &Page, format: Format) -> Result<u64, StoreError> {
    let mut hasher = Xxh3::new();
    hasher.update(&hash_of(page.gone_in(format)).to_le_bytes());
    for no in &page.entries {
        let revision = reader.archived_revision(*no)?.unwrap_or(u32::MAX);
        hasher.update(&no.0.to_le_bytes());
        hasher.update(&revision.to_le_bytes());
    }
    for (rel, part) in page.chain.links() {
        hasher.update(rel.as_bytes());
        hasher.update(part.path(Format::Html).as_bytes());
    }
    Ok(hasher.digest())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Cursor, Timestamp};

    #[test]
    fn pages_have_some_hundred_entries() {
        let numbers = (0..100_000).map(|sequence| EntryNo::new(sequence, 3));
        let ends: Vec<usize> =
            numbers.enumerate().filter(|(_, no)| is_end(*no)).map(|(at, _)| at).collect();
        let longest = ends.windows(2).map(|pair| pair[1] - pair[0]).max();
        assert!((650..950).contains(&ends.len()), "{}", ends.len());
        assert!(longest.is_some_and(|longest| longest < 1_500), "{longest:?}");
    }

    #[test]
    fn the_newest_part_of_the_history_is_named_by_what_came_last() {
        let head =
            ChannelRecord { change: 0x12, changed_at: Timestamp(0), ..ChannelRecord::default() };
        let page = |channel, window| newest("/t/a", channel, &head, window).prev;
        let prev = page(&Channel::All, Window::default()).expect("there");
        assert_eq!(prev.path(Format::Rss), "/t/a/1970-01.rss?until=12ffff");
        assert_eq!(page(&Channel::Hot(None), Window::default()), None);
        let before = Some(Cursor { sort_at: Timestamp(1), no: EntryNo(1) });
        assert_eq!(page(&Channel::All, Window { before, ..Window::default() }), None);
    }
}
