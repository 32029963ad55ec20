//! Decides which regions and topics an entry is about, each with its evidence.
//!
//! Regions come from the source's setting and from place names in title and lead, topics
//! from the source's setting, the admin's words, and what was learnt of them. All scores are
//! integers and all orders are those of the tables, so the same entry always gets the same
//! verdicts.
//! Names and text are compared in Simplified characters; evidence is shown as it was written.

mod admin;
mod crossing;
mod dictionary;
mod names;
mod namesakes;
mod places;
mod regions;
mod resolve;
mod scan;
mod states;
#[cfg(test)]
mod tests;
pub mod topics;

use crate::model::{
    EvidenceKind, Region, RegionCode, RegionTree, RegionVerdict, RegionWords, Relation, Rule,
    Topic, TopicId, TopicVerdict,
};
use crate::text::script;
use regions::RegionReader;
use std::borrow::Cow;
use topics::TopicReader;
use topics::weights::Weights;

/// What is read of an entry's text: more says little and costs time. Bytes.
const MAX_TITLE: usize = 600;
const MAX_LEAD: usize = 1200;
/// The part of the lead that says where and what, before the details. Bytes: 70 Chinese characters.
const EARLY_LEAD: usize = 210;

/// The tables, compiled once; shared by all threads.
pub struct Classifier {
    regions: RegionReader,
    topics: TopicReader,
}

/// What is known of an entry when it is classified.
#[derive(Debug, Clone, Copy, Default)]
pub struct Item<'a> {
    /// Plain text.
    pub title: &'a str,
    /// Plain text: the summary, or how the content begins.
    pub lead: &'a str,
    /// The source's own region: helps to understand names.
    pub region: Option<&'a RegionCode>,
    /// The entry belongs to `region` if its text names no place.
    pub region_fallback: bool,
    /// It belongs to `region`, whatever it names.
    pub region_fixed: bool,
    /// The source's, before those of all.
    pub region_words: &'a [RegionWords],
    /// The source's setting.
    pub topics: &'a [TopicId],
}

/// Best first; no region: unknown. What the source's setting alone says comes last among the
/// regions and first among the topics.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verdicts {
    /// At most 4, none inside another: ancestors are implied.
    pub regions: Vec<RegionVerdict>,
    /// At most 3, or as many as the source has.
    pub topics: Vec<TopicVerdict>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Explained {
    pub regions: Vec<RegionReasons>,
    pub topics: Vec<TopicVerdict>,
}

/// Why an entry belongs to a region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegionReasons {
    pub region: RegionCode,
    pub relation: Relation,
    /// 0–1000.
    pub score: u16,
    /// At most 8, the weightiest first.
    pub evidence: Vec<Evidence>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    pub part: EvidenceKind,
    /// The matched words; of the source's setting, its path.
    pub text: String,
    /// Where they stand in title or lead, in characters.
    pub start: u32,
    pub end: u32,
    pub rule: Rule,
}

impl Classifier {
    pub fn new(regions: &RegionTree, topics: &[Topic]) -> Classifier {
        let regions: Vec<&Region> = regions.iter().collect();
        let topics = TopicReader::new(topics, Some(Weights::shipped()));
        Classifier { regions: RegionReader::new(&regions), topics }
    }

    /// With what the admin says of words, for all sources.
    pub fn with_words(mut self, words: &[RegionWords]) -> Classifier {
        self.regions.set_words(words.to_vec());
        self
    }

    pub fn classify(&self, item: &Item<'_>) -> Verdicts {
        let text = Text::new(item.title, item.lead);
        let verdict = |found| verdict(self.regions.reasons(found, &text, 1));
        Verdicts {
            regions: self.regions.judge(&text, item).into_iter().filter_map(verdict).collect(),
            topics: self.topics.verdicts(&text, item.topics),
        }
    }

    /// What [`classify`](Self::classify) gives, with all the evidence for each region.
    pub fn explain(&self, item: &Item<'_>) -> Explained {
        let text = Text::new(item.title, item.lead);
        let reasons = |found| self.regions.reasons(found, &text, usize::MAX);
        Explained {
            regions: self.regions.judge(&text, item).into_iter().map(reasons).collect(),
            topics: self.topics.verdicts(&text, item.topics),
        }
    }
}

fn verdict(reasons: RegionReasons) -> Option<RegionVerdict> {
    let RegionReasons { region, relation, score, evidence } = reasons;
    let Evidence { part: kind, text: evidence, start, end, rule } = evidence.into_iter().next()?;
    Some(RegionVerdict { region, kind, evidence, score, relation, rule, start, end })
}

/// What is read of an item, in the order in which it is read.
#[derive(Debug)]
struct Text<'a> {
    parts: [Part<'a>; 2],
}

#[derive(Debug)]
struct Part<'a> {
    kind: EvidenceKind,
    written: &'a str,
    /// In Simplified characters; places in it are places in `written`.
    folded: Cow<'a, str>,
}

impl<'a> Text<'a> {
    fn new(title: &'a str, lead: &'a str) -> Self {
        let part = |kind, text: &'a str, most| {
            let written = &text[..text.floor_char_boundary(most)];
            let is_title = kind == EvidenceKind::Title;
            Part { kind, written, folded: states::unshouted(script::fold(written), is_title) }
        };
        Text {
            parts: [
                part(EvidenceKind::Title, title, MAX_TITLE),
                part(EvidenceKind::Lead, lead, MAX_LEAD),
            ],
        }
    }

    /// Title or lead.
    fn part(&self, kind: EvidenceKind) -> &Part<'a> {
        &self.parts[usize::from(kind != EvidenceKind::Title)]
    }

    /// The words that were found, as they were written.
    fn evidence(&self, kind: EvidenceKind, start: usize, end: usize) -> &'a str {
        self.part(kind).written.get(start..end).unwrap_or_default()
    }
}

/// 0–1000, growing with the weight and never full: a title alone gives 750.
fn score_of(weight: u32) -> u16 {
    u16::try_from(u64::from(weight) * 1000 / (u64::from(weight) + 100)).unwrap_or(1000)
}
