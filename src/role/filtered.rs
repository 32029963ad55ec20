//! Documents of what a filter lets through of a channel, in the channel's order.
//!
//! Its places are looked at one by one, from the newest or from `before` on, up to a bound: where little
//! is let through a page is short, and has a `next` while older entries are left. So no filter costs
//! more than that, whatever it asks for.

use super::channel_documents::{around_page, channel_info, editions, taken_down};
use super::content::{Effort, MAX_AGE, Site, all_tag, bad_query, policy};
use super::filters::Sieve;
use super::links::link_headers;
use super::live::Live;
use crate::model::{Channel, ChannelKey, Timestamp};
use crate::publish::address::{self, Format};
use crate::publish::{Chain, ChannelInfo, Filter, Window};
use crate::serve::{Document, Found};
use crate::store::{Listing, Reader, Sifted, Sifting, StoreError};
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use std::sync::Arc;
use xxhash_rust::xxh3::Xxh3;

/// Places of a channel that are looked at for a page.
const LOOKED_AT: usize = 2_000;
/// Bytes of answers that are kept.
const ANSWERS_BYTES: u64 = 4 * 1024 * 1024;
/// What one takes besides its entries and its name, about.
const OVERHEAD: usize = 256;

/// What filters let through, as far as it was asked for lately.
pub struct Filtered(Cache<Name, Arc<Answer>, BySize>);

/// A channel, and what is asked of it.
type Name = (ChannelKey, String);

struct Answer {
    page: Sifted,
    /// Changes when what is listed does.
    hash: u64,
    /// What it holds for: the channel's last change, and the settings.
    of: (u64, String),
}

#[derive(Clone)]
struct BySize;

impl Weighter<Name, Arc<Answer>> for BySize {
    fn weight(&self, (_, query): &Name, answer: &Arc<Answer>) -> u64 {
        let entries = size_of_val(answer.page.entries.as_slice());
        (entries + query.len() + OVERHEAD) as u64
    }
}

impl Default for Filtered {
    fn default() -> Self {
        Filtered(Cache::with_weighter(1024, ANSWERS_BYTES, BySize))
    }
}

impl Site {
    /// `None`: it is to be looked for.
    pub(super) fn filtered_document(
        &self,
        live: &Live,
        reader: &Reader,
        (channel, info, format): (&Channel, ChannelInfo, Format),
        (filter, window): (Filter, Window),
        effort: Effort,
    ) -> Result<Option<Found>, StoreError> {
        let sieve = match Sieve::of(live, reader, filter)? {
            Ok(sieve) => sieve,
            Err(bad) => return Ok(Some(bad_query(&bad))),
        };
        let answer = self.filtered_answer(live, reader, channel, (&sieve, window), effort)?;
        let Some(answer) = answer else { return Ok(None) };
        let around = around_page(live, reader, &info, format)?;
        let changed_at = reader.channel(channel.key())?.changed_at.max(around.changed_at);
        let gone = hash_of(&taken_down(reader, channel, format, window)?);
        let info = live.names().filtered(info, &sieve.filter);
        let next = answer.page.next;
        let links = link_headers(live, &info.page, format, window, next, &Chain::default());
        let (hash, tag) = (answer.hash ^ gone, all_tag(live, reader.epoch()?));
        Ok(Some(Found::Document(Document {
            links,
            target: address::with_window(&address::with_format(&info.page, format), window),
            etag: format!("{hash:016x}{}-{tag}", around.tag),
            last_modified: Some(changed_at.max(self.shared.settings_since())),
            content_type: format.content_type(),
            max_age: MAX_AGE,
            is_immutable: false,
            policy: policy(format),
        })))
    }

    pub(super) fn render_filtered(
        &self,
        live: &Live,
        reader: &Reader,
        (channel, format): (&Channel, Format),
        (filter, window): (Filter, Window),
    ) -> Result<Vec<u8>, String> {
        let failed = |error: StoreError| error.full();
        let info = channel_info(live, reader, channel).map_err(failed)?.ok_or("not published")?;
        let sieve = Sieve::of(live, reader, filter).map_err(failed)?;
        let sieve = sieve.map_err(|bad| bad.to_string())?;
        let asked = (&sieve, window);
        let answer = self.filtered_answer(live, reader, channel, asked, Effort::Search);
        let answer = answer.map_err(failed)?.ok_or("nothing was looked for")?;
        let entries = answer.page.entries.iter().filter_map(|no| reader.entry_or_log(*no));
        let listing = Listing { entries: entries.collect(), next: answer.page.next };
        let info = live.names().filtered(info, &sieve.filter);
        self.render_listing(live, reader, (&info, format, window), listing)
    }

    /// `None`: it takes more than little effort.
    fn filtered_answer(
        &self,
        live: &Live,
        reader: &Reader,
        channel: &Channel,
        (sieve, window): (&Sieve, Window),
        effort: Effort,
    ) -> Result<Option<Arc<Answer>>, StoreError> {
        // Before the entries, so that the answer is never taken for newer than it is.
        let head = reader.channel(channel.key())?;
        let of = (head.change, all_tag(live, reader.epoch_of(head.change)));
        let listed = Window { script: None, is_brief: false, ..window };
        let name = (channel.key(), format!("{}{}", sieve.filter.query(), listed.query()));
        if let Some(known) = self.filtered.0.get(&name).filter(|known| known.of == of) {
            return Ok(Some(known));
        }
        if effort == Effort::Little {
            return Ok(None);
        }
        let sifting = Sifting {
            before: window.before,
            limit: window.entries() as usize,
            editions: editions(window),
            most: LOOKED_AT,
        };
        let page = reader
            .sift(channel.key(), &head, sifting, |no| sieve.lets_through(live, reader, no))?;
        let mut hasher = Xxh3::new();
        hasher.update(page.next.map_or_else(String::new, |next| next.encode()).as_bytes());
        for no in &page.entries {
            let version = reader.item_version_of(*no)?;
            hasher.update(&version.map_or(0, |version| version.hash).to_le_bytes());
        }
        let answer = Arc::new(Answer { page, hash: hasher.digest(), of });
        self.filtered.0.insert(name, Arc::clone(&answer));
        Ok(Some(answer))
    }
}

/// 0 where nothing has gone.
fn hash_of(gone: &[(String, Timestamp)]) -> u64 {
    let mut hasher = Xxh3::new();
    for (id, at) in gone {
        hasher.update(&at.0.to_le_bytes());
        hasher.update(&(id.len() as u64).to_le_bytes());
        hasher.update(id.as_bytes());
    }
    if gone.is_empty() { 0 } else { hasher.digest() }
}
