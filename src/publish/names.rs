//! What codes stand for, as documents say it.

mod channels;
mod items;

pub use channels::channel_uuid;

use super::address;
use super::view::Crumb;
use super::words::Words;
use crate::model::{Region, RegionCode, RegionLevel, RegionTree, Site, Topic, TopicId};
use chrono_tz::Tz;

/// The parts of the config that documents are made with.
#[derive(Debug, Clone, Copy)]
pub struct Names<'a> {
    pub site: &'a Site,
    pub regions: &'a RegionTree,
    pub topics: &'a [Topic],
    /// Roots of the published part of the tree; empty: all of it.
    pub publish: &'a [RegionCode],
    words: Words,
    zone: Tz,
}

impl<'a> Names<'a> {
    /// Cheap enough for each request: looks at the topmost published regions only.
    pub fn new(
        site: &'a Site,
        regions: &'a RegionTree,
        topics: &'a [Topic],
        publish: &'a [RegionCode],
    ) -> Self {
        let words = Words::of(&site.language);
        let mut names = Names { site, regions, topics, publish, words, zone: Tz::UTC };
        names.zone = names.most_common_zone().unwrap_or(Tz::UTC);
        names
    }

    pub(super) fn words(&self) -> Words {
        self.words
    }

    /// In which times are shown where no region says otherwise.
    pub fn zone(&self) -> Tz {
        self.zone
    }

    /// The zone of most topmost regions, the first one at a draw.
    fn most_common_zone(&self) -> Option<Tz> {
        let mut counts: Vec<(Tz, usize)> = Vec::new();
        for region in self.top() {
            match counts.iter_mut().find(|(zone, _)| *zone == region.zone) {
                Some((_, count)) => *count += 1,
                None => counts.push((region.zone, 1)),
            }
        }
        let most = counts.iter().map(|(_, count)| *count).max()?;
        counts.iter().find(|(_, count)| *count == most).map(|(zone, _)| *zone)
    }

    /// The topmost published regions.
    pub fn top(&self) -> Vec<&'a Region> {
        if self.publish.is_empty() {
            return self.regions.children(None).collect();
        }
        self.publish.iter().filter_map(|code| self.regions.get(code)).collect()
    }

    pub fn is_published(&self, code: &RegionCode) -> bool {
        self.publish.is_empty()
            || self.publish.iter().any(|root| self.regions.is_within(code, root))
    }

    pub fn topic(&self, id: &TopicId) -> Option<&'a Topic> {
        self.topics.iter().find(|topic| &topic.id == id)
    }

    fn with_site(&self, mut crumbs: Vec<Crumb>) -> Vec<Crumb> {
        crumbs.insert(0, self.crumb(&self.site.title, "/"));
        crumbs
    }

    fn crumb(&self, title: &str, path: &str) -> Crumb {
        Crumb { title: title.to_owned(), href: Some(address::href(self.site, path)) }
    }

    /// From the topmost region down: 陕西 › 咸阳市 › 兴平.
    fn lineage_crumbs(&self, region: &Region) -> Vec<Crumb> {
        let mut crumbs: Vec<Crumb> = self
            .regions
            .lineage(&region.code)
            .map(|region| {
                let title = match region.level {
                    RegionLevel::Prefecture => &region.name,
                    RegionLevel::Province | RegionLevel::County => &region.short,
                };
                let published = self.is_published(&region.code);
                let href =
                    published.then(|| address::href(self.site, &address::region_path(region)));
                Crumb { title: title.clone(), href }
            })
            .collect();
        crumbs.reverse();
        crumbs
    }

    fn full_name(&self, region: &Region) -> String {
        let lineage: Vec<&str> =
            self.regions.lineage(&region.code).map(|region| region.name.as_str()).collect();
        self.words.place(&lineage)
    }
}
