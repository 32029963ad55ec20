//! Answers: the newest entries that hold what is looked for.

use super::index::{AT, FIRST, Fields, NO, SearchError};
use super::query::Phrase;
use crate::model::{ChannelKey, EntryNo, Timestamp};
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tantivy::query::{
    AllQuery, BooleanQuery, EnableScoring, Occur, PhraseQuery, Query, TermQuery, Weight,
};
use tantivy::schema::IndexRecordOption;
use tantivy::{
    DocSet, IndexReader, ReloadPolicy, Searcher, SegmentReader, TERMINATED, TantivyError, Term,
};

/// Documents between two looks at the time.
const STEP: u32 = 1024;

/// Words that one beginning may stand for.
const MOST_WORDS: usize = 256;

/// A query whose filters are looked up.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Wanted {
    pub phrases: Vec<Phrase>,
    /// What words begin with.
    pub beginnings: Vec<String>,
    /// Of each of these one must hold.
    pub channels: Vec<Vec<ChannelKey>>,
    pub not: Unwanted,
    pub from: Option<Timestamp>,
    pub until: Option<Timestamp>,
    /// Reprints too, instead of the first entry of each text that holds it.
    pub all_editions: bool,
}

/// What must not hold, none of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Unwanted {
    pub phrases: Vec<Phrase>,
    pub beginnings: Vec<String>,
    pub channels: Vec<ChannelKey>,
}

/// The newest first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Page {
    pub entries: Vec<EntryNo>,
    /// There are older ones.
    pub more: bool,
}

#[derive(Debug, thiserror::Error)]
pub enum Unfound {
    #[error("q takes longer than {0:?} to answer: look for rarer words")]
    TooLong(Duration),
    #[error("{0}* stands for more than {MOST_WORDS} words: write more letters")]
    TooMany(String),
    #[error("the index of search cannot be read: {0}")]
    Broken(String),
}

impl From<TantivyError> for Unfound {
    fn from(error: TantivyError) -> Self {
        Unfound::Broken(error.to_string())
    }
}

/// A shared handle for reading.
#[derive(Clone)]
pub struct Finder {
    reader: IndexReader,
    fields: Fields,
    changes: Arc<AtomicU64>,
}

impl Finder {
    pub(super) fn new(index: &tantivy::Index, fields: Fields) -> Result<Finder, SearchError> {
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
        Ok(Finder { reader, fields, changes: Arc::default() })
    }

    pub(super) fn searcher(&self) -> Searcher {
        self.reader.searcher()
    }

    /// Answers from what was committed last.
    pub(super) fn renew(&self) -> Result<(), SearchError> {
        self.reader.reload()?;
        self.changes.fetch_add(1, Ordering::Release);
        Ok(())
    }

    /// Grows when answers may be others.
    pub fn changes(&self) -> u64 {
        self.changes.load(Ordering::Acquire)
    }

    pub fn entries(&self) -> u64 {
        self.searcher().num_docs()
    }

    /// Up to `limit` entries that came before `before`.
    ///
    /// # Errors
    /// When it takes longer than `patience`, or the index is damaged.
    pub fn find(
        &self,
        wanted: &Wanted,
        before: Option<EntryNo>,
        limit: usize,
        patience: Duration,
    ) -> Result<Page, Unfound> {
        let found = || self.find_whole(wanted, before, limit, patience);
        // Damage is told by panics at times.
        let found = catch_unwind(AssertUnwindSafe(found));
        found.unwrap_or_else(|_| Err(Unfound::Broken("it panicked".to_owned())))
    }

    fn find_whole(
        &self,
        wanted: &Wanted,
        before: Option<EntryNo>,
        limit: usize,
        patience: Duration,
    ) -> Result<Page, Unfound> {
        let searcher = self.searcher();
        let query = self.query(&searcher, wanted)?;
        let weight = query.weight(EnableScoring::disabled_from_searcher(&searcher))?;
        let mut hits = Hits::default();
        let deadline = Instant::now() + patience;
        for segment in searcher.segment_readers() {
            if !hits.gather(segment, weight.as_ref(), wanted, deadline)? {
                return Err(Unfound::TooLong(patience));
            }
        }
        Ok(hits.page(before, limit))
    }

    fn query(&self, searcher: &Searcher, wanted: &Wanted) -> Result<Box<dyn Query>, Unfound> {
        let Wanted { phrases, beginnings, channels, not, .. } = wanted;
        let mut parts: Vec<(Occur, Box<dyn Query>)> = Vec::new();
        let mut add = |occur: Occur, part: Box<dyn Query>| parts.push((occur, part));
        phrases.iter().for_each(|phrase| add(Occur::Must, self.phrase(phrase)));
        for beginning in beginnings {
            add(Occur::Must, self.beginning(searcher, beginning)?);
        }
        channels.iter().for_each(|channels| add(Occur::Must, self.filed(channels)));
        if phrases.is_empty() && beginnings.is_empty() && channels.is_empty() {
            add(Occur::Must, Box::new(AllQuery));
        }
        not.phrases.iter().for_each(|phrase| add(Occur::MustNot, self.phrase(phrase)));
        for beginning in &not.beginnings {
            add(Occur::MustNot, self.beginning(searcher, beginning)?);
        }
        if !not.channels.is_empty() {
            add(Occur::MustNot, self.filed(&not.channels));
        }
        Ok(match parts.len() {
            1 => parts.remove(0).1,
            _ => Box::new(BooleanQuery::new(parts)),
        })
    }

    fn phrase(&self, Phrase(terms): &Phrase) -> Box<dyn Query> {
        let term = |text: &String| Term::from_field_text(self.fields.text, text);
        match &terms[..] {
            [(_, only)] => Box::new(TermQuery::new(term(only), IndexRecordOption::Basic)),
            _ => {
                let terms = terms.iter().map(|(place, text)| (*place, term(text)));
                Box::new(PhraseQuery::new_with_offset(terms.collect()))
            }
        }
    }

    /// All words of the index that begin so.
    fn beginning(&self, searcher: &Searcher, text: &str) -> Result<Box<dyn Query>, Unfound> {
        let mut words: BTreeSet<Vec<u8>> = BTreeSet::new();
        for segment in searcher.segment_readers() {
            let index = segment.inverted_index(self.fields.text)?;
            let from = index.terms().range().ge(text);
            let mut stream = from.into_stream().map_err(TantivyError::from)?;
            while stream.advance() && stream.key().starts_with(text.as_bytes()) {
                words.insert(stream.key().to_vec());
                if words.len() > MOST_WORDS {
                    return Err(Unfound::TooMany(text.to_owned()));
                }
            }
        }
        let words = words.iter().filter_map(|word| std::str::from_utf8(word).ok());
        let words = words.map(|word| Term::from_field_text(self.fields.text, word));
        Ok(any_of(words))
    }

    /// What is filed under one of these at least.
    fn filed(&self, channels: &[ChannelKey]) -> Box<dyn Query> {
        any_of(channels.iter().map(|key| Term::from_field_u64(self.fields.channel, key.0)))
    }
}

fn any_of(terms: impl Iterator<Item = Term>) -> Box<dyn Query> {
    let one = |term| -> Box<dyn Query> { Box::new(TermQuery::new(term, IndexRecordOption::Basic)) };
    Box::new(BooleanQuery::union(terms.map(one).collect()))
}

/// All that is found, by number.
#[derive(Default)]
struct Hits {
    shown: Vec<u64>,
    /// Reprints, behind the first print of their text.
    copies: Vec<(u64, u64)>,
}

impl Hits {
    /// False: there was not enough time.
    fn gather(
        &mut self,
        segment: &SegmentReader,
        weight: &dyn Weight,
        wanted: &Wanted,
        deadline: Instant,
    ) -> Result<bool, Unfound> {
        let columns = segment.fast_fields();
        let (no, first, at) = (columns.u64(NO)?, columns.u64(FIRST)?, columns.i64(AT)?);
        let mut scorer = weight.scorer(segment, 1.0)?;
        let mut steps: u32 = 0;
        let mut document = scorer.doc();
        while document != TERMINATED {
            steps += 1;
            if steps.is_multiple_of(STEP) && Instant::now() > deadline {
                return Ok(false);
            }
            let at = Timestamp(at.first(document).unwrap_or_default());
            let is_in_time = wanted.from.is_none_or(|from| at >= from)
                && wanted.until.is_none_or(|until| at < until);
            if is_in_time && !segment.is_deleted(document) {
                let no = no.first(document).unwrap_or_default();
                let first = first.first(document).unwrap_or(no);
                match wanted.all_editions || first == no {
                    true => self.shown.push(no),
                    false => self.copies.push((first, no)),
                }
            }
            document = scorer.advance();
        }
        Ok(Instant::now() <= deadline)
    }

    fn page(mut self, before: Option<EntryNo>, limit: usize) -> Page {
        self.show_copies();
        let mut found = self.shown;
        found.retain(|no| before.is_none_or(|before| *no < before.0));
        let more = found.len() > limit;
        if more {
            found.select_nth_unstable_by(limit, |a, b| b.cmp(a));
            found.truncate(limit);
        }
        found.sort_unstable_by(|a, b| b.cmp(a));
        Page { entries: found.into_iter().map(EntryNo).collect(), more }
    }

    /// Of a text whose first print is not found the first copy that is stands for all.
    fn show_copies(&mut self) {
        let firsts: HashSet<u64> = self.copies.iter().map(|(first, _)| *first).collect();
        let told: HashSet<u64> =
            self.shown.iter().copied().filter(|no| firsts.contains(no)).collect();
        let mut copies: BTreeMap<u64, u64> = BTreeMap::new();
        for (first, no) in self.copies.drain(..) {
            if !told.contains(&first) {
                copies.entry(first).and_modify(|known| *known = no.min(*known)).or_insert(no);
            }
        }
        self.shown.extend(copies.into_values());
    }
}
