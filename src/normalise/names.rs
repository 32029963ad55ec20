//! What an item can be named by: its guid, its link, or its title and date.

use super::Context;
use super::links::Bases;
use super::prints::{self, schemeless};
use crate::model::{EntryKey, ParsedEntry, ParsedFeed};
use crate::text::clean;

/// Whether the link names a page of its own, not the site's front page or what the feed
/// itself is of.
pub(super) fn leads_to_an_item(item: &ParsedEntry, feed: &ParsedFeed) -> bool {
    let page = |link| schemeless(str::trim(link)).trim_end_matches('/');
    let Some(raw) = prints::raw_link(item) else { return false };
    let link = page(raw);
    let is_front = match raw.len() == schemeless(raw).len() {
        true => link.is_empty(),
        false => !link.contains(['/', '?', '#']),
    };
    !is_front && feed.link.as_deref().map(page) != Some(link)
}

/// What a name is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Of {
    Guid,
    Link,
    /// And the date.
    Title,
}

/// What makes names.
pub(super) struct Names<'a> {
    pub feed: &'a ParsedFeed,
    pub context: &'a Context<'a>,
    pub links_are_void: bool,
}

impl Names<'_> {
    pub fn link(&self, item: &ParsedEntry) -> Option<String> {
        super::links::of_item(item, &Bases::new(item, self.feed, self.context.base))
    }

    pub fn keys(&self, rung: u8) -> Vec<(EntryKey, Of)> {
        self.feed.entries.iter().map(|item| self.key(item, rung)).collect()
    }

    /// The key on a rung, and what it is made of.
    fn key(&self, item: &ParsedEntry, rung: u8) -> (EntryKey, Of) {
        let source = self.context.source.as_str().as_bytes();
        if rung == 0
            && let Some(guid) = prints::guid(item)
        {
            let name = prints::naming(guid);
            return (EntryKey::hash_of(&[source, b"guid", name.as_bytes()]), Of::Guid);
        }
        if rung <= 1
            && !self.links_are_void
            && leads_to_an_item(item, self.feed)
            && let Some(link) = self.link(item)
        {
            return (EntryKey::hash_of(&[source, b"link", schemeless(&link).as_bytes()]), Of::Link);
        }
        (title_key(item, source), Of::Title)
    }
}

fn title_key(item: &ParsedEntry, source: &[u8]) -> EntryKey {
    let title = prints::title(item);
    // What has no title is named by what it says.
    let words = clean::non_empty(&title).or(item.summary.as_deref()).or(item.content.as_deref());
    let date = prints::date(item).map_or_else(Vec::new, |date| date.at.0.to_le_bytes().to_vec());
    EntryKey::hash_of(&[source, b"title", words.unwrap_or("").as_bytes(), &date])
}

/// What names an item besides its key: title and date.
pub(super) fn alias(item: &ParsedEntry, key: EntryKey, context: &Context<'_>) -> Option<EntryKey> {
    let alias = title_key(item, context.source.as_str().as_bytes());
    (alias != key).then_some(alias)
}
