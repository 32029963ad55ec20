//! Of entries: what their verdicts name, their pages, and what is related to them.

use super::Names;
use super::channels::CHANNELS;
use crate::model::{Channel, SourceInfo, StoredEntry, Topic};
use crate::publish::address;
use crate::publish::same_story::Story;
use crate::publish::view::{
    Also, ChannelInfo, Crumb, EntryPage, Item, Onward, RegionLabel, TopicLabel,
};
use chrono_tz::Tz;
use uuid::Uuid;

impl<'a> Names<'a> {
    /// An entry with the names of its regions, topics and source. A verdict on a region
    /// or topic that the config no longer knows is left out.
    pub fn item(
        &self,
        stored: &'a StoredEntry,
        source: &'a SourceInfo,
        first: Option<Also<'a>>,
        also: Vec<Also<'a>>,
    ) -> Item<'a> {
        let entry = &stored.entry;
        let region = |verdict: &'a crate::model::RegionVerdict| {
            let region = self.regions.get(&verdict.region)?;
            let published = self.is_published(&verdict.region);
            Some(RegionLabel { region, verdict, published })
        };
        let topic = |verdict: &'a crate::model::TopicVerdict| {
            let topic = self.topic(&verdict.topic)?;
            let Topic { id, title, medtopics, .. } = topic;
            Some(TopicLabel { id, title, medtopics, verdict })
        };
        Item {
            stored,
            source,
            regions: entry.regions.iter().filter_map(region).collect(),
            topics: entry.topics.iter().filter_map(topic).collect(),
            first,
            also,
            brief: None,
        }
    }

    /// What documents say of the feed of what is related to an entry.
    pub fn related_channel(&self, item: &Item<'a>) -> ChannelInfo {
        let key = item.stored.key();
        let page = address::related_path(key);
        let title = match item.stored.entry.title.as_str() {
            "" => self.words.untitled(),
            title => title,
        };
        let (mut crumbs, zone) = self.place_of(item);
        crumbs.push(self.crumb(title, &address::entry_path(key)));
        let heading = self.words.related_to(title);
        let id = Uuid::new_v5(&CHANNELS, format!("related {}", key.hex()).as_bytes());
        let info = self.info(&Channel::All, heading.clone(), crumbs, page);
        ChannelInfo { channel: None, id: id.urn().to_string(), description: heading, zone, ..info }
    }

    pub fn entry_page<'i>(
        &self,
        item: &'i Item<'a>,
        story: &'i Story<'i>,
        onward: &'i Onward<'i>,
    ) -> EntryPage<'i>
    where
        'a: 'i,
    {
        let (crumbs, zone) = self.place_of(item);
        let breadcrumb = self.with_site(crumbs);
        EntryPage { site: self.site, item, story, onward, breadcrumb, zone }
    }

    /// From the topmost region to the entry's first, or to its source, and the zone there.
    fn place_of(&self, item: &Item<'a>) -> (Vec<Crumb>, Tz) {
        // A region with a page here leads somewhere; one without is better than none.
        let published = item.regions.iter().find(|label| label.published);
        let region = published.or(item.regions.first()).map(|label| label.region);
        let crumbs = match region {
            Some(region) => self.lineage_crumbs(region),
            None => {
                vec![self.crumb(&item.source.title, &address::source_path(&item.source.id))]
            }
        };
        (crumbs, region.map_or(self.zone, |region| region.zone))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::publish::sample;

    #[test]
    fn unknown_codes_of_old_verdicts_are_left_out() {
        let (site, tree) = (sample::site(), sample::regions());
        let (entries, sources) = (sample::entries(), sample::sources());
        let names = Names::new(&site, &tree, &[], &[]);
        let item = names.item(&entries[0], &sources[0], None, Vec::new());
        assert_eq!(item.regions.len(), entries[0].entry.regions.len());
        assert!(item.topics.is_empty());
    }
}
