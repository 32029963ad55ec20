//! Where a page leads besides its entries: regions beside and below it, and topics.

use super::address;
use super::chain::Chain;
use super::names::Names;
use super::view::{
    ChannelInfo, ChannelPage, Item, Neighbour, Place, PlaceGroup, PortalPage, ViewLink,
};
use super::window::Window;
use super::words::Words;
use crate::model::{Channel, Region, RegionCode, TopicId};

/// Neighbours that are recommended, besides the region above.
const NEIGHBOURS: usize = 8;
/// With few regions at the top, the portal shows all those below them, else only those
/// with entries.
const FEW_REGIONS: usize = 3;

impl<'a> Names<'a> {
    /// The page of a channel other than [`Channel::All`].
    ///
    /// `entries` counts a channel's entries; `None` when it does not know.
    pub fn channel_page<'i>(
        &self,
        channel: &'i ChannelInfo,
        items: &'i [Item<'i>],
        entries: &mut dyn FnMut(&Channel) -> Option<u64>,
    ) -> ChannelPage<'i>
    where
        'a: 'i,
    {
        let (mut siblings, mut children, mut topics) = (Vec::new(), Vec::new(), Vec::new());
        let mut views = Vec::new();
        if let Some(Channel::Region(code) | Channel::RegionTopic(code, _)) = &channel.channel {
            let topic = match &channel.channel {
                Some(Channel::RegionTopic(_, topic)) => Some(topic),
                _ => None,
            };
            if let Some(region) = self.regions.get(code) {
                siblings = self
                    .siblings(region)
                    .into_iter()
                    .map(|sibling| self.place(sibling, topic, code, entries))
                    .collect();
                children = self
                    .regions
                    .children(Some(code))
                    .map(|child| self.place(child, topic, code, entries))
                    .collect();
                topics = self.topic_places(Some(region), topic, entries);
                if topic.is_none() {
                    views = self.views(Some(region), entries);
                }
            }
        } else if let Some(Channel::Topic(topic)) = &channel.channel {
            topics = self.topic_places(None, Some(topic), entries);
            let nowhere = RegionCode::new("");
            children = self
                .top()
                .into_iter()
                .map(|region| self.place(region, Some(topic), &nowhere, entries))
                .filter(|place| place.entries != Some(0))
                .collect();
        }
        ChannelPage {
            site: self.site,
            channel,
            items,
            siblings,
            children,
            nearby: Vec::new(),
            topics,
            views,
            window: Window::default(),
            next: None,
            chain: Chain::default(),
        }
    }

    /// The page of [`Channel::All`]. `entries` as for [`Names::channel_page`].
    pub fn portal_page<'i>(
        &self,
        channel: &'i ChannelInfo,
        items: &'i [Item<'i>],
        entries: &mut dyn FnMut(&Channel) -> Option<u64>,
    ) -> PortalPage<'i>
    where
        'a: 'i,
    {
        let nowhere = RegionCode::new("");
        let top = self.top();
        let few = top.len() <= FEW_REGIONS;
        let mut regions = Vec::with_capacity(top.len());
        for region in top {
            let place = self.place(region, None, &nowhere, entries);
            // An empty region has nothing below it; no need to ask for each.
            let empty = place.entries == Some(0) && !few;
            let mut below = Vec::new();
            for child in self.regions.children(Some(&region.code)).filter(|_| !empty) {
                let place = self.place(child, None, &nowhere, entries);
                if few || place.entries.is_some_and(|count| count > 0) {
                    below.push(place);
                }
            }
            regions.push(PlaceGroup { place, below });
        }
        PortalPage {
            site: self.site,
            channel,
            items,
            regions,
            topics: self.topic_places(None, None, entries),
            views: self.views(None, entries),
            window: Window::default(),
            next: None,
        }
    }

    /// Of the published regions beside one, and above it, those that `is_wanted`: at most eight
    /// beside it, the next ones in the order of the gazetteer, in which neighbours stand together.
    pub fn neighbours(
        &self,
        code: &RegionCode,
        is_wanted: &mut dyn FnMut(&RegionCode) -> bool,
    ) -> Vec<Neighbour> {
        let Some(region) = self.regions.get(code) else { return Vec::new() };
        let beside = self.siblings(region);
        let own = beside.iter().position(|other| other.code == *code).unwrap_or(0);
        let mut others: Vec<usize> = (0..beside.len()).filter(|at| *at != own).collect();
        others.sort_by_key(|at| (at.abs_diff(own), *at));
        let wanted = others.into_iter().filter(|at| is_wanted(&beside[*at].code));
        let mut wanted: Vec<usize> = wanted.take(NEIGHBOURS).collect();
        wanted.sort_unstable();
        let above = region.parent.as_ref().filter(|parent| self.is_published(parent));
        let above = above.filter(|parent| is_wanted(parent));
        let above = above.and_then(|parent| self.regions.get(parent));
        let neighbour = |region: &Region| Neighbour {
            title: region.short.clone(),
            page: address::region_path(region),
        };
        wanted.into_iter().map(|at| beside[at]).chain(above).map(neighbour).collect()
    }

    /// Views of a region, or of everything, that have something to show.
    fn views(
        &self,
        region: Option<&Region>,
        entries: &mut dyn FnMut(&Channel) -> Option<u64>,
    ) -> Vec<ViewLink> {
        let words = Words::of(&self.site.language);
        let code = region.map(|region| region.code.clone());
        let views = [
            (words.hot(), Channel::Hot(code.clone())),
            (words.pictures(), Channel::Pictures(code)),
        ];
        let link = |(title, channel): (&'static str, Channel)| {
            let any = entries(&channel).is_some_and(|count| count > 0);
            let path = address::channel_path(&channel, self.regions).filter(|_| any)?;
            Some(ViewLink { title, href: address::href(self.site, &path) })
        };
        views.into_iter().filter_map(link).collect()
    }

    /// Published regions with the same parent, the region itself among them.
    fn siblings(&self, region: &Region) -> Vec<&'a Region> {
        let all = self.regions.children(region.parent.as_ref());
        let siblings: Vec<&Region> = all.filter(|other| self.is_published(&other.code)).collect();
        if siblings.len() > 1 { siblings } else { Vec::new() }
    }

    fn place(
        &self,
        region: &Region,
        topic: Option<&TopicId>,
        here: &RegionCode,
        entries: &mut dyn FnMut(&Channel) -> Option<u64>,
    ) -> Place {
        let (channel, path) = match topic {
            None => (Channel::Region(region.code.clone()), address::region_path(region)),
            Some(topic) => (
                Channel::RegionTopic(region.code.clone(), topic.clone()),
                address::region_topic_path(region, topic),
            ),
        };
        Place {
            title: region.short.clone(),
            href: address::href(self.site, &path),
            entries: entries(&channel),
            here: &region.code == here,
        }
    }

    /// Topics with entries, nationwide or of a region; the current one in any case.
    fn topic_places(
        &self,
        region: Option<&Region>,
        here: Option<&TopicId>,
        entries: &mut dyn FnMut(&Channel) -> Option<u64>,
    ) -> Vec<Place> {
        let mut places = Vec::new();
        for topic in self.topics {
            let (channel, path) = match region {
                None => (Channel::Topic(topic.id.clone()), address::topic_path(&topic.id)),
                Some(region) => (
                    Channel::RegionTopic(region.code.clone(), topic.id.clone()),
                    address::region_topic_path(region, &topic.id),
                ),
            };
            let (entries, here) = (entries(&channel), here == Some(&topic.id));
            if here || entries != Some(0) {
                let href = address::href(self.site, &path);
                places.push(Place { title: topic.title.clone(), href, entries, here });
            }
        }
        places
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::publish::sample;

    #[test]
    fn a_region_page_links_its_neighbours_and_the_topics_that_have_entries() {
        let (site, tree, topics) = (sample::site(), sample::regions(), sample::topics());
        let names = Names::new(&site, &tree, &topics, &[]);
        let xingping = Channel::Region(RegionCode::new("cn610481"));
        let info = names.channel(&xingping).expect("published");
        let page = names.channel_page(&info, &[], &mut |channel| match channel {
            Channel::RegionTopic(_, topic) => Some(u64::from(topic.as_str() == "education")),
            _ => Some(5),
        });
        let siblings: Vec<(&str, bool)> =
            page.siblings.iter().map(|place| (place.title.as_str(), place.here)).collect();
        assert_eq!(siblings, [("秦都", false), ("武功", false), ("兴平", true)]);
        let topics: Vec<&str> = page.topics.iter().map(|place| place.title.as_str()).collect();
        assert_eq!(topics, ["教育"]);
        assert_eq!(page.topics[0].href, "/r/shaanxi/xianyang/xingping/t/education");
        assert!(page.children.is_empty());
    }

    #[test]
    fn neighbours_are_the_nearest_that_are_wanted_and_the_region_above() {
        let mut rows = "p0\tprovince\tP\tP\t\t\tp\tAsia/Shanghai\n".to_owned();
        for n in 1..=20 {
            rows.push_str(&format!("c{n}\tcounty\tC{n}\tC{n}\t\tp0\tp/c{n}\t\n"));
        }
        let (site, mut tree) = (sample::site(), crate::model::RegionTree::default());
        tree.extend_from_tsv(&rows).expect("a valid gazetteer");
        let titles = |publish: &[RegionCode], code: &str, unwanted: &[&str]| {
            let names = Names::new(&site, &tree, &[], publish);
            let mut is_wanted = |code: &RegionCode| !unwanted.contains(&code.as_str());
            let found = names.neighbours(&RegionCode::new(code), &mut is_wanted);
            found.into_iter().map(|neighbour| neighbour.title).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(titles(&[], "c10", &[]), "C6 C7 C8 C9 C11 C12 C13 C14 P");
        assert_eq!(titles(&[], "c10", &["c9", "c11", "p0"]), "C5 C6 C7 C8 C12 C13 C14 C15");
        assert_eq!(titles(&[], "c1", &[]), "C2 C3 C4 C5 C6 C7 C8 C9 P");
        assert_eq!(titles(&[], "p0", &[]), "");
        assert_eq!(titles(&[RegionCode::new("c1"), RegionCode::new("c3")], "c3", &[]), "C1");
        assert_eq!(titles(&[], "nowhere", &[]), "");
    }
}
