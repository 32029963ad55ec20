//! The story of one entry, as its page shows it: what else tells of the event, and why it is held
//! to do so. Compared anew when it is asked for, which a page is once per change.

use super::live::Live;
use super::shelf::source_info;
use crate::model::{Comparison, EntryNo, SourceInfo, StoredEntry};
use crate::publish::{Also, Story};
use crate::store::{Reader, StoreError};
use crate::story::Told;

pub struct SameStory {
    id: EntryNo,
    others: Vec<(StoredEntry, SourceInfo, u16)>,
    evidence: Option<(StoredEntry, SourceInfo, Comparison)>,
}

impl SameStory {
    /// `first`: the entry that it prints again.
    pub fn of(
        live: &Live,
        reader: &Reader,
        stored: &StoredEntry,
        first: Option<&StoredEntry>,
    ) -> Result<SameStory, StoreError> {
        let own = told(stored);
        let mates = reader.same_story(stored)?.into_iter().map(|mate| {
            let score = own.scores(&told(&mate)).same_event;
            let info = source_info(live, &mate);
            (mate, info, score)
        });
        let others: Vec<(StoredEntry, SourceInfo, u16)> = mates.collect();
        let before = others.iter().filter(|(mate, ..)| mate.no < stored.no);
        let likest = before.max_by_key(|(mate, _, score)| (*score, mate.no));
        let with = first.or(likest.map(|(mate, ..)| mate).filter(|_| stored.reprint_of.is_none()));
        let evidence =
            with.map(|with| (with.clone(), source_info(live, with), own.compare(&told(with))));
        Ok(SameStory { id: stored.story, others, evidence })
    }

    pub fn view(&self) -> Story<'_> {
        let also = |stored, source| Also { stored, source };
        Story {
            id: self.id,
            others: self.others.iter().map(|(mate, info, n)| (also(mate, info), *n)).collect(),
            evidence: self.evidence.as_ref().map(|(with, info, why)| (also(with, info), why)),
        }
    }
}

fn told(stored: &StoredEntry) -> Told {
    Told::new(&stored.entry.title, stored.entry.text(), stored.published)
}
