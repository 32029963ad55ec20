//! Entries as documents take them, with everything that their items borrow.

use super::live::Live;
use crate::model::{Entry, SourceInfo, StoredEntry, Timestamp};
use crate::publish::{Also, Item, Window};
use crate::store::{Reader, StoreError};
use crate::text::html;
use std::sync::Arc;

/// Of a summary that is cut out of a body.
const BRIEF_CHARACTERS: usize = 300;

/// Entries with everything that their items borrow.
pub(super) struct Shelf {
    stored: Vec<StoredEntry>,
    sources: Vec<SourceInfo>,
    others: Vec<Vec<(StoredEntry, SourceInfo)>>,
    /// What stands for the bodies; empty: these are shown.
    briefs: Vec<String>,
}

impl Shelf {
    pub(super) fn new(
        live: &Live,
        reader: &Reader,
        stored: Vec<StoredEntry>,
    ) -> Result<Shelf, StoreError> {
        let mut others = Vec::with_capacity(stored.len());
        for entry in &stored {
            let prints = reader.other_prints(entry)?;
            others.push(
                prints
                    .into_iter()
                    .map(|print| {
                        let info = source_info(live, &print);
                        (print, info)
                    })
                    .collect(),
            );
        }
        let sources = stored.iter().map(|entry| source_info(live, entry)).collect();
        Ok(Shelf { stored, sources, others, briefs: Vec::new() })
    }

    /// Each without the others with its text.
    pub(super) fn alone(live: &Live, stored: Vec<StoredEntry>) -> Shelf {
        let others = stored.iter().map(|_| Vec::new()).collect();
        let sources = stored.iter().map(|entry| source_info(live, entry)).collect();
        Shelf { stored, sources, others, briefs: Vec::new() }
    }

    /// When the newest change of an entry happened; none without entries.
    pub(super) fn updated(&self) -> Option<Timestamp> {
        self.stored.iter().map(|stored| stored.updated).max()
    }

    /// As the window shows them: in which characters, and whether with their bodies.
    pub(super) fn show_as(mut self, window: Window) -> Shelf {
        if let Some(script) = window.script {
            let others = self.others.iter_mut().flatten().map(|(stored, _)| stored);
            let all = self.stored.iter_mut().chain(others);
            all.for_each(|stored| script.show(Arc::make_mut(&mut stored.entry)));
        }
        if window.is_brief {
            self.briefs = self.stored.iter().map(|stored| brief(&stored.entry)).collect();
        }
        self
    }

    pub(super) fn items<'a>(&'a self, live: &'a Live) -> Vec<Item<'a>> {
        let names = live.names();
        let shelf = self.stored.iter().zip(&self.sources).zip(&self.others);
        let item = |((stored, source), others): ((&'a StoredEntry, &'a SourceInfo), &'a Vec<_>)| {
            let also = others.iter().map(|(stored, source)| Also { stored, source });
            let (first, also) =
                also.partition::<Vec<_>, _>(|also| Some(also.stored.no) == stored.reprint_of);
            names.item(stored, source, first.into_iter().next(), also)
        };
        let mut items: Vec<Item<'a>> = shelf.map(item).collect();
        for (item, brief) in items.iter_mut().zip(&self.briefs) {
            item.brief = Some(brief);
        }
        items
    }
}

pub fn source_info(live: &Live, stored: &StoredEntry) -> SourceInfo {
    SourceInfo { site_url: stored.entry.site.clone(), ..live.info(&stored.source) }
}

/// Its summary; where there is none, how its body begins.
fn brief(entry: &Entry) -> String {
    match entry.summary.as_str() {
        "" => html::to_summary(&entry.content, BRIEF_CHARACTERS),
        summary => summary.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_without_a_summary_is_cut_to_one() {
        let entry = |summary: &str, content: &str| Entry {
            summary: summary.to_owned(),
            content: content.to_owned(),
            ..Entry::default()
        };
        assert_eq!(brief(&entry("苹果 & 梨", "<p>全文</p>")), "苹果 & 梨");
        assert_eq!(brief(&entry("", "<p>苹果 &amp; 梨</p>")), "苹果 & 梨");
        let long = format!("<p>{}</p>", "苹果丰收。".repeat(100));
        let cut = brief(&entry("", &long));
        assert!(cut.ends_with("丰收。") && cut.chars().count() <= BRIEF_CHARACTERS, "{cut}");
        assert_eq!(brief(&entry("", "")), "");
    }
}
