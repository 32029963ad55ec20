//! The documents of a search: its page, and the feeds of what it finds.

use super::content::{Effort, MAX_AGE, Site, all_tag, bad_query, policy};
use super::links::link_headers;
use super::live::Live;
use super::search_query::{Asked, Refused};
use super::shelf::Shelf;
use crate::model::{Cursor, EntryNo, Timestamp};
use crate::publish::address::{self, Format};
use crate::publish::{self, Chain, FeedDoc, Window};
use crate::search::{Page, Unfound, Wanted};
use crate::serve::{Document, Found};
use crate::store::{Reader, StoreError};
use crate::telemetry::Searched;
use quick_cache::sync::Cache;
use std::sync::Arc;
use std::time::{Duration, Instant};
use xxhash_rust::xxh3::Xxh3;

/// For an answer.
const PATIENCE: Duration = Duration::from_secs(2);
/// Answers that are kept until something has changed.
const KEPT: usize = 1024;

/// What was found lately: by what it means in the settings of today, however it was written.
pub struct Searches(Cache<Sought, Arc<Answer>>);

/// What an answer follows from, besides index and store.
type Sought = (Wanted, Option<EntryNo>, u32);

impl Default for Searches {
    fn default() -> Self {
        Searches(Cache::new(KEPT))
    }
}

struct Answer {
    page: Page,
    /// The date of a feed without entries.
    empty_since: Option<Timestamp>,
    /// Changes when what is listed does.
    hash: u64,
    /// Of what it was made: the index, and the store.
    of: (u64, u64),
}

enum Failed {
    Store(StoreError),
    Search(Unfound),
    NotReady,
}

impl From<StoreError> for Failed {
    fn from(error: StoreError) -> Self {
        Failed::Store(error)
    }
}

impl Site {
    /// `None`: it is to be searched for.
    pub(super) fn search_document(
        &self,
        live: &Live,
        reader: &Reader,
        format: Format,
        query: &str,
        effort: Effort,
    ) -> Result<Option<Found>, StoreError> {
        let refused = |found| {
            self.search_index().tally.searched(Searched::Refused);
            found
        };
        let asked = match Asked::read(live, reader, query) {
            Ok(asked) => asked,
            Err(Refused::Nothing) if format == Format::Html => {
                let tag = format!("search-{}", all_tag(live, reader.epoch()?));
                return Ok(Some(Found::Document(document(
                    live,
                    "",
                    format,
                    Window::default(),
                    tag,
                ))));
            }
            Err(Refused::Nothing) => {
                let why = "no q: write what is looked for, such as ?q=兴平".to_owned();
                return Ok(Some(refused(Found::BadRequest(why))));
            }
            Err(Refused::Query(why)) => return Ok(Some(refused(Found::BadRequest(why)))),
            Err(Refused::Window(bad)) => return Ok(Some(refused(bad_query(&bad)))),
            Err(Refused::Store(error)) => return Err(error),
        };
        Ok(match self.answer(reader, &asked, effort) {
            Ok(None) => None,
            Ok(Some(answer)) => {
                let all = all_tag(live, reader.epoch()?);
                let date = answer.empty_since.filter(|_| format != Format::Html);
                let date = date.map_or_else(String::new, |date| format!("-{:x}", date.0));
                let tag = format!("{:016x}{date}-{all}", answer.hash);
                Some(Found::Document(document(live, &asked.q, format, asked.window, tag)))
            }
            Err(Failed::Store(error)) => return Err(error),
            Err(failed) => {
                self.search_index().tally.searched(result_of(&failed));
                Some(match failed {
                    Failed::Search(Unfound::TooMany(_)) => Found::BadRequest(told(&failed)),
                    _ => Found::NotNow(told(&failed)),
                })
            }
        })
    }

    pub(super) fn render_search(
        &self,
        live: &Live,
        reader: &Reader,
        format: Format,
        query: &str,
    ) -> Result<Vec<u8>, String> {
        let (q, window, page, empty_since) = match Asked::read(live, reader, query) {
            Ok(asked) => {
                let answer = self.answer(reader, &asked, Effort::Search);
                let answer = answer.map_err(|failed| told(&failed))?.ok_or("nothing was found")?;
                (asked.q, asked.window, answer.page.clone(), answer.empty_since)
            }
            Err(Refused::Nothing) => (String::new(), Window::default(), Page::default(), None),
            Err(Refused::Query(why)) => return Err(why),
            Err(Refused::Window(bad)) => return Err(bad.to_string()),
            Err(Refused::Store(error)) => return Err(error.full()),
        };
        let stored = reader.entries(&page.entries);
        // Its number alone counts: the last entry may have left meanwhile.
        let cursor = |no: &EntryNo| Cursor { sort_at: Timestamp(0), no: *no };
        let next = page.entries.last().filter(|_| page.more).map(cursor);
        let shelf = Shelf::new(live, reader, stored).map_err(|error| error.full())?;
        let shelf = shelf.show_as(window);
        let names = live.names();
        let info = names.search_channel(&q);
        let items = shelf.items(live);
        let doc = FeedDoc {
            site: &live.config.site,
            channel: &info,
            items: &items,
            updated: shelf.updated().or(empty_since).unwrap_or(FeedDoc::NEVER),
            window,
            next,
            chain: &Chain::default(),
            taken_down: &[],
            nearby: &[],
            hub: None,
        };
        let page = || publish::search_page(&live.config.site, &info, &q, &items, (window, next));
        Ok(publish::feed(&doc, format).unwrap_or_else(page))
    }

    /// `None`: finding it takes more than little effort.
    fn answer(
        &self,
        reader: &Reader,
        asked: &Asked,
        effort: Effort,
    ) -> Result<Option<Arc<Answer>>, Failed> {
        let finder = self.search_index().finder().ok_or(Failed::NotReady)?;
        let of = (finder.changes(), reader.position()?.sequence);
        let before = asked.window.before.map(|before| before.no);
        let sought = (asked.wanted.clone(), before, asked.window.entries());
        if let Some(known) = self.searches.0.get(&sought).filter(|known| known.of == of) {
            return Ok(Some(known));
        }
        if effort == Effort::Little {
            return Ok(None);
        }
        let began = Instant::now();
        let found = finder.find(&sought.0, before, sought.2 as usize, PATIENCE);
        self.search_index().tally.took(began.elapsed());
        let page = found.map_err(|why| {
            if let Unfound::Broken(_) = why {
                self.search_index().tell_broken();
            }
            Failed::Search(why)
        })?;
        let mut hasher = Xxh3::new();
        hasher.update(&[u8::from(page.more)]);
        for no in &page.entries {
            let version = reader.item_version_of(*no)?;
            hasher.update(&version.map_or(0, |version| version.hash).to_le_bytes());
        }
        let empty_since = match page.entries.is_empty() {
            true => reader.history_since()?,
            false => None,
        };
        let answer = Arc::new(Answer { page, empty_since, hash: hasher.digest(), of });
        self.search_index().tally.searched(Searched::Answered);
        self.searches.0.insert(sought, Arc::clone(&answer));
        Ok(Some(answer))
    }
}

fn result_of(failed: &Failed) -> Searched {
    match failed {
        Failed::Search(Unfound::TooMany(_)) => Searched::Refused,
        Failed::Search(Unfound::TooLong(_)) => Searched::TooLong,
        Failed::Search(Unfound::Broken(_)) | Failed::Store(_) | Failed::NotReady => {
            Searched::Unready
        }
    }
}

fn told(failed: &Failed) -> String {
    match failed {
        Failed::Store(error) => error.full(),
        Failed::Search(why @ (Unfound::TooLong(_) | Unfound::TooMany(_))) => why.to_string(),
        Failed::Search(Unfound::Broken(_)) | Failed::NotReady => {
            "the index of search is being made; ask again in a while".to_owned()
        }
    }
}

fn document(live: &Live, q: &str, format: Format, window: Window, etag: String) -> Document {
    let page = live.names().search_channel(q).page;
    Document {
        target: address::with_window(&address::with_format(&page, format), window),
        etag,
        // What is listed may leave, of which no date tells.
        last_modified: None,
        content_type: format.content_type(),
        max_age: MAX_AGE,
        is_immutable: false,
        links: if q.is_empty() {
            Vec::new()
        } else {
            link_headers(live, &page, format, window, None, &Chain::default())
        },
        policy: policy(format),
    }
}
