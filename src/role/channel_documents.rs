//! Documents of channels as they are now: their feeds and pages, whole or filtered.

use super::archives;
use super::around::{Around, around, nearby, shown, sourced_nearby};
use super::content::{Effort, MAX_AGE, Site, all_tag, bad_query, policy};
use super::links::link_headers;
use super::live::Live;
use super::shelf::Shelf;
use crate::model::{Channel, Timestamp};
use crate::publish::address::{self, Format};
use crate::publish::{self, Chain, ChannelInfo, FeedDoc, Filter, Parameters, Window};
use crate::serve::{Document, Found};
use crate::store::{Editions, Listing, Reader, StoreError, TakenDown};

/// Entries that were taken down of which a feed tells.
pub(super) const TOMBSTONES: usize = 50;

/// What a document of a channel shows.
pub(super) struct Shown {
    pub listing: Listing,
    /// Of an Atom feed, the last first.
    pub taken_down: Vec<TakenDown>,
    /// The date of a feed without entries.
    pub empty_since: Option<Timestamp>,
    pub chain: Chain,
}

impl Site {
    /// `None`: it is to be looked for what its filter lets through.
    pub(super) fn channel_document(
        &self,
        live: &Live,
        reader: &Reader,
        (channel, format): (&Channel, Format),
        query: &str,
        effort: Effort,
    ) -> Result<Option<Found>, StoreError> {
        let page = address::channel_path(channel, &live.config.regions);
        let (Some(info), Some(page)) = (channel_info(live, reader, channel)?, page) else {
            return Ok(Some(Found::NotFound));
        };
        let read = Parameters::OF_CHANNELS.check(query).and_then(|()| Window::parse(Some(query)));
        let (window, filter) = match read.and_then(|window| Ok((window, Filter::parse(query)?))) {
            Ok(read) => read,
            Err(bad) => return Ok(Some(bad_query(&bad))),
        };
        if is_part(&filter, window) {
            let of = (channel, info, format);
            return self.listed_document(live, reader, of, (filter, window), effort);
        }
        let counters = reader.channel(channel.key())?;
        let most = window.entries() as usize;
        let next = reader.next_page(channel.key(), &counters, most, editions(window))?;
        let chain = archives::newest(&info.page, channel, &counters, window);
        let around = around_page(live, reader, &info, format)?;
        let changed_at = counters.changed_at.max(around.changed_at);
        let mut links = link_headers(live, &info.page, format, window, next, &chain);
        links.extend(hub_of(live, format, window).map(|hub| format!("<{hub}>; rel=\"hub\"")));
        let epoch = reader.epoch_of(counters.change);
        Ok(Some(Found::Document(Document {
            links,
            target: address::with_window(&address::with_format(&page, format), window),
            etag: format!("{:x}{}-{}", counters.change, around.tag, all_tag(live, epoch)),
            last_modified: Some(changed_at.max(self.shared.settings_since())),
            content_type: format.content_type(),
            max_age: MAX_AGE,
            is_immutable: false,
            policy: policy(format),
        })))
    }

    /// `query`: of a document that was found.
    pub(super) fn render_channel(
        &self,
        live: &Live,
        reader: &Reader,
        (channel, format): (&Channel, Format),
        query: &str,
    ) -> Result<Vec<u8>, String> {
        let window = Window::parse(Some(query)).map_err(|bad| bad.to_string())?;
        let filter = Filter::parse(query).map_err(|bad| bad.to_string())?;
        if is_part(&filter, window) {
            return self.render_listed(live, reader, (channel, format), (filter, window));
        }
        let most = window.entries() as usize;
        let failed = |error: StoreError| error.full();
        let listing = reader.list(channel.key(), None, most, editions(window)).map_err(failed)?;
        let info = channel_info(live, reader, channel).map_err(failed)?.ok_or("not published")?;
        self.render_newest(live, reader, (&info, format, window), listing)
    }

    /// `listing`: of a channel's newest entries.
    pub(super) fn render_newest(
        &self,
        live: &Live,
        reader: &Reader,
        (info, format, window): (&ChannelInfo, Format, Window),
        listing: Listing,
    ) -> Result<Vec<u8>, String> {
        let failed = |error: StoreError| error.full();
        let channel = info.channel.as_ref().ok_or("no channel")?;
        let head = reader.channel(channel.key()).map_err(failed)?;
        let gone = reader.taken_down_from(channel.key()).take(TOMBSTONES);
        let taken_down = match format {
            Format::Atom => gone.collect::<Result<Vec<_>, _>>().map_err(failed)?,
            Format::Rss | Format::Json | Format::Html => Vec::new(),
        };
        let empty_since = Some(head.changed_at).filter(|_| head.change > 0);
        let chain = archives::newest(&info.page, channel, &head, window);
        let shown = Shown { listing, taken_down, empty_since, chain };
        self.render_shown(live, reader, (info, format, window), shown)
    }

    /// `info`: of a channel, or of what is filtered of it.
    pub(super) fn render_shown(
        &self,
        live: &Live,
        reader: &Reader,
        (info, format, window): (&ChannelInfo, Format, Window),
        Shown { listing, taken_down, empty_since, chain }: Shown,
    ) -> Result<Vec<u8>, String> {
        let names = live.names();
        let channel = info.channel.as_ref().ok_or("no channel")?;
        let shelf = Shelf::new(live, reader, listing.entries).map_err(|error| error.full())?;
        let shelf = shelf.show_as(window);
        let items = shelf.items(live);
        let hub = hub_of(live, format, window).filter(|_| !info.is_filtered);
        let doc = FeedDoc {
            site: &live.config.site,
            channel: info,
            items: &items,
            updated: shelf.updated().or(empty_since).unwrap_or(FeedDoc::NEVER),
            window,
            next: listing.next,
            chain: &chain,
            taken_down: &told(taken_down),
            nearby: &sourced_nearby(live, info),
            hub: hub.as_deref(),
        };
        if let Some(feed) = publish::feed(&doc, format) {
            return Ok(feed);
        }
        let mut count = |channel: &Channel| shown(reader, channel);
        Ok(match channel {
            Channel::All => {
                let mut page = names.portal_page(info, &items, &mut count);
                (page.window, page.next) = (window, listing.next);
                publish::portal_page(&page)
            }
            _ => {
                let mut page = names.channel_page(info, &items, &mut count);
                (page.window, page.next) = (window, listing.next);
                page.nearby = nearby(live, reader, info);
                match channel {
                    Channel::Pictures(_) => publish::pictures_page(&page),
                    _ => publish::channel_page(&page),
                }
            }
        })
    }
}

/// `None`: not published here.
pub(super) fn channel_info(
    live: &Live,
    reader: &Reader,
    channel: &Channel,
) -> Result<Option<ChannelInfo>, StoreError> {
    let names = live.names();
    let Channel::Source(id) = channel else { return Ok(names.channel(channel)) };
    // A removed source keeps its pages while the store holds its entries.
    if live.source(id).is_none() && reader.state(id)?.is_none() {
        return Ok(None);
    }
    Ok(Some(names.source_channel(&live.info(id))))
}

/// What a page shows of other channels; a feed shows nothing of them.
pub(super) fn around_page(
    live: &Live,
    reader: &Reader,
    info: &ChannelInfo,
    format: Format,
) -> Result<Around, StoreError> {
    match format {
        Format::Html => around(live, reader, info),
        Format::Atom | Format::Rss | Format::Json => Ok(Around::default()),
    }
}

/// As feeds tell it: public ids, and when.
pub(super) fn told(taken_down: Vec<TakenDown>) -> Vec<(String, Timestamp)> {
    taken_down.into_iter().map(|gone| (gone.id, gone.at)).collect()
}

/// Whether a document does not change with every change of its channel.
fn is_part(filter: &Filter, window: Window) -> bool {
    !filter.is_none() || window.before.is_some()
}

pub(super) fn editions(window: Window) -> Editions {
    if window.all_editions { Editions::All } else { Editions::One }
}

/// Where a document of a channel can be subscribed to: a feed of the newest entries.
pub(super) fn hub_of(live: &Live, format: Format, window: Window) -> Option<String> {
    live.hub_url().filter(|_| format != Format::Html && window.before.is_none())
}
