//! Decides which regions and topics an entry is about, each with its evidence.
//!
//! Regions come from the source's setting and from place names in title and lead, topics
//! from the source's setting and from each topic's words. All scores are integers and all
//! orders are those of the tables, so the same entry always gets the same verdicts.

mod names;
mod places;
mod regions;
mod resolve;
mod scan;
#[cfg(test)]
mod tests;
mod topics;
#[cfg(test)]
mod yardstick;

use crate::model::{Region, RegionCode, RegionTree, RegionVerdict, Topic, TopicId, TopicVerdict};
use regions::RegionReader;
use topics::TopicReader;

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
#[derive(Debug, Clone, Copy)]
pub struct Item<'a> {
    /// Plain text.
    pub title: &'a str,
    /// Plain text: the summary, or how the content begins.
    pub lead: &'a str,
    /// The source's setting.
    pub region: Option<&'a RegionCode>,
    /// The source's setting.
    pub topics: &'a [TopicId],
}

/// Best first; what the source's setting alone says comes last among the regions and first
/// among the topics.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verdicts {
    /// At most 4, none inside another: ancestors are implied.
    pub regions: Vec<RegionVerdict>,
    /// At most 3, or as many as the source has.
    pub topics: Vec<TopicVerdict>,
}

impl Classifier {
    pub fn new(regions: &RegionTree, topics: &[Topic]) -> Classifier {
        let regions: Vec<&Region> = regions.iter().collect();
        Classifier { regions: RegionReader::new(&regions), topics: TopicReader::new(topics) }
    }

    pub fn classify(&self, item: &Item<'_>) -> Verdicts {
        let title = &item.title[..item.title.floor_char_boundary(MAX_TITLE)];
        let lead = &item.lead[..item.lead.floor_char_boundary(MAX_LEAD)];
        Verdicts {
            regions: self.regions.verdicts(title, lead, item.region),
            topics: self.topics.verdicts(title, lead, item.topics),
        }
    }
}

/// 0–1000, growing with the weight and never full: a title alone gives 750.
fn score_of(weight: u32) -> u16 {
    u16::try_from(u64::from(weight) * 1000 / (u64::from(weight) + 100)).unwrap_or(1000)
}
