//! Documents whose ETag is a hash of what they list: what a filter lets through of a channel, in the
//! channel's order, and the pages behind its first. So each stays as it is while all that changes lies
//! elsewhere.
//!
//! For a filter the places are looked at one by one, from the newest or from `before` on, up to a bound:
//! where little is let through a page is short, and has a `next` while older entries are left. So no
//! filter costs more than that, whatever it asks for.

use super::around::around_part;
use super::channel_documents::{Shown, TOMBSTONES, channel_info, editions};
use super::content::{Effort, MAX_AGE, Site, all_tag, bad_query, policy};
use super::filters::Sieve;
use super::links::link_headers;
use super::live::Live;
use crate::model::{Channel, ChannelKey, EntryNo, Timestamp};
use crate::publish::address::{self, Format};
use crate::publish::{Chain, ChannelInfo, Filter, Window};
use crate::serve::{Document, Found};
use crate::store::{ChannelRecord, Listing, Reader, Sifted, Sifting, StoreError, TakenDown};
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use std::sync::Arc;
use xxhash_rust::xxh3::Xxh3;

/// Places of a channel that are looked at for a filtered page, and of what was taken down from it.
const LOOKED_AT: usize = 2_000;
/// The beginning of 1990: no entry is older.
const OLDEST: Timestamp = Timestamp(631_152_000);
/// Bytes of answers that are kept.
const ANSWERS_BYTES: u64 = 4 * 1024 * 1024;
/// What one takes besides its entries and its name, about.
const OVERHEAD: usize = 256;

/// What was listed lately.
pub struct Listed(Cache<Name, Arc<Answer>, BySize>);

/// A channel, and what is asked of it.
type Name = (ChannelKey, String);

struct Answer {
    page: Sifted,
    /// Of which its Atom tells.
    gone: Vec<TakenDown>,
    /// Of one that lists nothing: see [`empty_since`].
    empty_since: Option<Timestamp>,
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
        let gone = answer.gone.iter().map(weight).sum::<usize>();
        (entries + gone + query.len() + OVERHEAD) as u64
    }
}

/// Bytes of memory, about.
pub(super) fn weight(gone: &TakenDown) -> usize {
    size_of::<TakenDown>() + gone.id.len() + gone.source.as_str().len()
}

impl Default for Listed {
    fn default() -> Self {
        Listed(Cache::with_weighter(1024, ANSWERS_BYTES, BySize))
    }
}

impl Site {
    /// `None`: it is to be looked for.
    pub(super) fn listed_document(
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
        let answer = self.listed(live, reader, channel, (&sieve, window), effort)?;
        let Some(answer) = answer else { return Ok(None) };
        let around = around_part(live, reader, &info, format)?;
        let changed_at = reader.channel(channel.key())?.changed_at.max(around.changed_at);
        // From a page behind the first entries may have left, of which no date tells.
        let is_dated = window.before.is_none();
        let info = named(live, info, &sieve);
        let next = answer.page.next;
        let links = link_headers(live, &info.page, format, window, next, &Chain::default());
        let (hash, tag) = (answer.hash_in(format), all_tag(live, reader.epoch()?));
        Ok(Some(Found::Document(Document {
            links,
            target: address::with_window(&address::with_format(&info.page, format), window),
            etag: format!("{hash:016x}{}-{tag}", around.tag),
            last_modified: is_dated.then(|| changed_at.max(self.shared.settings_since())),
            content_type: format.content_type(),
            max_age: MAX_AGE,
            is_immutable: false,
            policy: policy(format),
        })))
    }

    pub(super) fn render_listed(
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
        let answer = self.listed(live, reader, channel, asked, Effort::Search);
        let answer = answer.map_err(failed)?.ok_or("nothing was looked for")?;
        let entries = reader.entries(&answer.page.entries);
        let shown = Shown {
            listing: Listing { entries, next: answer.page.next },
            taken_down: answer.gone_in(format).to_vec(),
            empty_since: answer.dated_in(format),
            chain: Chain::default(),
        };
        let info = named(live, info, &sieve);
        self.render_shown(live, reader, (&info, format, window), shown)
    }

    /// `None`: it takes more than little effort.
    fn listed(
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
        if let Some(known) = self.listed.0.get(&name).filter(|known| known.of == of) {
            return Ok(Some(known));
        }
        if effort == Effort::Little {
            return Ok(None);
        }
        let is_whole = sieve.filter.is_none();
        let sifting = Sifting {
            before: window.before,
            limit: window.entries() as usize,
            editions: editions(window),
            most: if is_whole { usize::MAX } else { LOOKED_AT },
        };
        let is_shown = |no: EntryNo| Ok(is_whole || sieve.lets_through(live, reader, no)?);
        let page = reader.sift(channel.key(), &head, sifting, is_shown)?;
        let gone = match window.before {
            None => {
                let all = reader.taken_down_from(channel.key()).take(LOOKED_AT);
                let may_be_told = |gone: &TakenDown| sieve.may_have_let_through(live, &gone.source);
                let told = all.filter(|gone| gone.as_ref().map_or(true, may_be_told));
                told.take(TOMBSTONES).collect::<Result<Vec<_>, _>>()?
            }
            Some(_) => Vec::new(),
        };
        let empty_since = match page.entries.is_empty() {
            true => empty_since(reader, &head, (&page, window))?,
            false => None,
        };
        let mut hasher = Xxh3::new();
        hasher.update(page.next.map_or_else(String::new, |next| next.encode()).as_bytes());
        for no in &page.entries {
            let version = reader.item_version_of(*no)?;
            hasher.update(&version.map_or(0, |version| version.hash).to_le_bytes());
        }
        let answer = Arc::new(Answer { page, gone, empty_since, hash: hasher.digest(), of });
        self.listed.0.insert(name, Arc::clone(&answer));
        Ok(Some(answer))
    }
}

impl Answer {
    fn gone_in(&self, format: Format) -> &[TakenDown] {
        if format == Format::Atom { &self.gone } else { &[] }
    }

    /// What is told as the date of a feed that lists nothing.
    fn dated_in(&self, format: Format) -> Option<Timestamp> {
        let gone_at = self.gone_in(format).first().map(|gone| gone.at);
        gone_at.or(self.empty_since).filter(|_| format != Format::Html)
    }

    /// Changes when what a format shows does.
    fn hash_in(&self, format: Format) -> u64 {
        let date = self.dated_in(format).filter(|_| self.page.entries.is_empty());
        let mut hasher = Xxh3::new();
        hasher.update(&self.hash.to_le_bytes());
        hasher.update(&hash_of(self.gone_in(format)).to_le_bytes());
        hasher.update(&date.map_or(0, |date| date.0).to_le_bytes());
        hasher.digest()
    }
}

/// A date of a document that lists nothing which is the same as long as it is empty, and by whatever
/// clock: of the last place that was looked at, or behind which it begins, if an entry may lie there; else
/// see [`Reader::history_since`].
fn empty_since(
    reader: &Reader,
    head: &ChannelRecord,
    (page, window): (&Sifted, Window),
) -> Result<Option<Timestamp>, StoreError> {
    let place = page.next.or(window.before).map(|place| place.sort_at);
    match place.filter(|at| (OLDEST..=head.changed_at).contains(at)) {
        Some(at) => Ok(Some(at)),
        None => reader.history_since(),
    }
}

fn named(live: &Live, info: ChannelInfo, sieve: &Sieve) -> ChannelInfo {
    match sieve.filter.is_none() {
        true => info,
        false => live.names().filtered(info, &sieve.filter),
    }
}

/// 0 where nothing has gone.
pub(super) fn hash_of(gone: &[TakenDown]) -> u64 {
    let mut hasher = Xxh3::new();
    for TakenDown { id, at, .. } in gone {
        hasher.update(&at.0.to_le_bytes());
        hasher.update(&(id.len() as u64).to_le_bytes());
        hasher.update(id.as_bytes());
    }
    if gone.is_empty() { 0 } else { hasher.digest() }
}
