//! Of channels: their ids, titles, breadcrumbs and pages.

use super::Names;
use crate::model::{Channel, Month, RegionCode, SourceInfo};
use crate::publish::address;
use crate::publish::filter::Filter;
use crate::publish::view::{ChannelInfo, Crumb};
use uuid::Uuid;

/// Namespace of the version 5 UUIDs that name channels. Never changes.
pub(super) const CHANNELS: Uuid = Uuid::from_u128(0x6f0c_3a52_91d7_4b8e_a1c4_5d2e_7b90_f318);

/// The `atom:id` of a channel: made of its codes, not of our address, so that it
/// survives a move of the site and a renamed region.
pub fn channel_uuid(channel: &Channel) -> String {
    let name = match channel {
        Channel::All => "all".to_owned(),
        Channel::Region(region) => format!("region {region}"),
        Channel::Topic(topic) => format!("topic {topic}"),
        Channel::RegionTopic(region, topic) => format!("region {region} topic {topic}"),
        Channel::Source(source) => format!("source {source}"),
        Channel::Pictures(None) => "pictures".to_owned(),
        Channel::Pictures(Some(region)) => format!("pictures region {region}"),
        Channel::Hot(None) => "hot".to_owned(),
        Channel::Hot(Some(region)) => format!("hot region {region}"),
    };
    Uuid::new_v5(&CHANNELS, name.as_bytes()).urn().to_string()
}

impl Names<'_> {
    /// What documents say of a channel; `None` when it is not published here. A source's
    /// channel needs its [`SourceInfo`]: see [`Names::source_channel`].
    pub fn channel(&self, channel: &Channel) -> Option<ChannelInfo> {
        let words = self.words;
        match channel {
            Channel::All => {
                let info = self.info(channel, String::new(), Vec::new(), "/".to_owned());
                let description = words.news_of_all(&self.site.title);
                Some(ChannelInfo { description, ..info })
            }
            Channel::Region(code) => {
                let region = self.regions.get(code).filter(|_| self.is_published(code))?;
                let crumbs = self.lineage_crumbs(region);
                let page = address::region_path(region);
                let info = self.info(channel, region.name.clone(), crumbs, page);
                let description = words.news_of(&self.full_name(region));
                Some(ChannelInfo { description, zone: region.zone, ..info })
            }
            Channel::Topic(id) => {
                let topic = self.topic(id)?;
                let page = address::topic_path(id);
                let crumbs = vec![self.crumb(&topic.title, &page)];
                let info = self.info(channel, topic.title.clone(), crumbs, page);
                Some(ChannelInfo { description: words.news_on(&topic.title), ..info })
            }
            Channel::RegionTopic(code, id) => {
                let region = self.regions.get(code).filter(|_| self.is_published(code))?;
                let topic = self.topic(id)?;
                let page = address::region_topic_path(region, id);
                let mut crumbs = self.lineage_crumbs(region);
                crumbs.push(self.crumb(&topic.title, &page));
                let title = format!("{}{}{}", region.name, words.joint(), topic.title);
                let info = self.info(channel, title, crumbs, page);
                let description = words.news_of_on(&self.full_name(region), &topic.title);
                Some(ChannelInfo { description, zone: region.zone, ..info })
            }
            Channel::Pictures(code) => {
                let title = words.pictures();
                self.view_channel(channel, code.as_ref(), title, |place| words.pictures_of(place))
            }
            Channel::Hot(code) => {
                let title = words.hot();
                self.view_channel(channel, code.as_ref(), title, |place| words.hot_of(place))
            }
            Channel::Source(_) => None,
        }
    }

    /// `code`: none for a view of everything.
    fn view_channel(
        &self,
        channel: &Channel,
        code: Option<&RegionCode>,
        view: &str,
        description: impl Fn(&str) -> String,
    ) -> Option<ChannelInfo> {
        let page = address::channel_path(channel, self.regions)?;
        let Some(code) = code else {
            let crumbs = vec![self.crumb(view, &page)];
            let info = self.info(channel, view.to_owned(), crumbs, page);
            return Some(ChannelInfo { description: description(&self.site.title), ..info });
        };
        let region = self.regions.get(code).filter(|_| self.is_published(code))?;
        let mut crumbs = self.lineage_crumbs(region);
        crumbs.push(self.crumb(view, &page));
        let title = format!("{}{}{view}", region.name, self.words.joint());
        let info = self.info(channel, title, crumbs, page);
        let description = description(&self.full_name(region));
        Some(ChannelInfo { description, zone: region.zone, ..info })
    }

    /// What documents say of what came to a channel in a month. It is the same feed.
    pub fn archive(&self, of: ChannelInfo, month: Month) -> ChannelInfo {
        let page = address::archive_path(&of.page, month);
        let titled = |title: &str| format!("{title}{}{month}", self.words.joint());
        let mut breadcrumb = of.breadcrumb;
        breadcrumb.push(self.crumb(&month.to_string(), &page));
        ChannelInfo {
            channel: None,
            title: titled(&of.title),
            feed_title: titled(&of.feed_title),
            breadcrumb,
            page,
            ..of
        }
    }

    /// What documents say of what a filter lets through of a channel: it is a feed of its own.
    pub fn filtered(&self, of: ChannelInfo, filter: &Filter) -> ChannelInfo {
        let query = filter.query();
        let id = Uuid::new_v5(&CHANNELS, format!("{} {query}", of.id).as_bytes());
        let titled = |title: &str| format!("{title}{}{}", self.words.joint(), filter.shown());
        ChannelInfo {
            id: id.urn().to_string(),
            title: titled(&of.title),
            feed_title: titled(&of.feed_title),
            page: format!("{}?{query}", of.page),
            is_filtered: true,
            ..of
        }
    }

    pub fn source_channel(&self, source: &SourceInfo) -> ChannelInfo {
        let page = address::source_path(&source.id);
        let crumbs = vec![self.crumb(&source.title, &page)];
        let channel = Channel::Source(source.id.clone());
        let info = self.info(&channel, source.title.clone(), crumbs, page);
        ChannelInfo {
            description: self.words.news_by(&source.title),
            elsewhere: source.site_url.clone(),
            ..info
        }
    }

    pub(super) fn info(
        &self,
        channel: &Channel,
        title: String,
        crumbs: Vec<Crumb>,
        page: String,
    ) -> ChannelInfo {
        let site = &self.site.title;
        let (title, feed_title) = match title.is_empty() {
            true => (site.clone(), site.clone()),
            false => {
                let feed_title = format!("{title}{}{site}", self.words.joint());
                (title, feed_title)
            }
        };
        ChannelInfo {
            channel: Some(channel.clone()),
            id: channel_uuid(channel),
            title,
            feed_title,
            description: String::new(),
            language: None,
            breadcrumb: self.with_site(crumbs),
            page,
            zone: self.zone,
            point: channel.region().and_then(|code| self.regions.get(code)?.point),
            elsewhere: None,
            is_filtered: false,
        }
    }

    /// What documents say of what was searched for; `q` as its reader wrote it, empty for nothing.
    pub fn search_channel(&self, q: &str) -> ChannelInfo {
        let page = match q {
            "" => address::SEARCH_PATH.to_owned(),
            q => address::search_path(q),
        };
        let title = match q {
            "" => self.words.search().to_owned(),
            q => self.words.search_for(q),
        };
        let crumbs = vec![self.crumb(self.words.search(), address::SEARCH_PATH)];
        let id = Uuid::new_v5(&CHANNELS, format!("search {q}").as_bytes());
        let info = self.info(&Channel::All, title.clone(), crumbs, page);
        ChannelInfo { channel: None, id: id.urn().to_string(), description: title, ..info }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{SourceId, TopicId};
    use crate::publish::sample;
    use chrono_tz::Tz;

    fn xingping() -> Channel {
        Channel::Region(RegionCode::new("cn610481"))
    }

    #[test]
    fn a_region_has_a_breadcrumb_from_the_site_down() {
        let (site, tree) = (sample::site(), sample::regions());
        let names = Names::new(&site, &tree, &[], &[]);
        let info = names.channel(&xingping()).expect("published");
        let titles: Vec<&str> = info.breadcrumb.iter().map(|c| c.title.as_str()).collect();
        assert_eq!(titles, ["县闻", "陕西", "咸阳市", "兴平"]);
        assert_eq!(info.breadcrumb[3].href.as_deref(), Some("/r/shaanxi/xianyang/xingping"));
        assert_eq!(info.title, "兴平市");
        assert_eq!(info.feed_title, "兴平市 · 县闻");
        assert_eq!(info.description, "陕西省咸阳市兴平市的最新消息");
        assert_eq!(info.zone, Tz::Asia__Shanghai);
    }

    #[test]
    fn outside_the_published_tree_nothing_has_a_page() {
        let (site, tree) = (sample::site(), sample::regions());
        let publish = [RegionCode::new("cn610400")];
        let names = Names::new(&site, &tree, &[], &publish);
        assert_eq!(names.channel(&Channel::Region(RegionCode::new("cn610000"))), None);
        let info = names.channel(&xingping()).expect("published");
        assert_eq!(info.breadcrumb[1], Crumb { title: "陕西".to_owned(), href: None });
        assert!(info.breadcrumb[2].href.is_some());
    }

    #[test]
    fn a_channel_keeps_its_id_wherever_it_is_published() {
        let ids: Vec<String> = [
            Channel::All,
            xingping(),
            Channel::Topic(TopicId::new("education")),
            Channel::Source(SourceId::new("education")),
        ]
        .iter()
        .map(channel_uuid)
        .collect();
        assert_eq!(ids[1], "urn:uuid:8d395c2d-1868-5e6f-aa46-f3df6b6db633");
        let distinct: std::collections::BTreeSet<&String> = ids.iter().collect();
        assert_eq!(distinct.len(), ids.len());
    }
}
