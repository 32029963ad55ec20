//! The settings in force and what is built from them; swapped whole at a reload.

use crate::classify::Classifier;
use crate::config::Config;
use crate::model::{RegionCode, Source, SourceId, SourceInfo};
use crate::publish::{Names, address};
use crate::schedule::policy::Policy;
use crate::schedule::queue::HostLimits;
use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};
use url::Url;
use xxhash_rust::xxh3::Xxh3;

pub struct Live {
    pub config: Config,
    pub classifier: Classifier,
    sources: HashMap<SourceId, usize>,
    infos: HashMap<SourceId, SourceInfo>,
    /// Regions that sources are of, with all that they lie in.
    sourced: BTreeSet<RegionCode>,
    /// Of former ids, those of today.
    renamed: HashMap<SourceId, SourceId>,
    /// Part of every ETag: changes with any setting that a document shows.
    pub settings_tag: String,
    /// ETag of the lists of feeds: changes with any setting that they show.
    pub outlines_tag: String,
}

impl Live {
    pub fn new(config: Config) -> Live {
        let classifier =
            Classifier::new(&config.regions, &config.topics).with_words(&config.region_words);
        let sources = config.sources.iter().enumerate();
        let sources = sources.map(|(at, source)| (source.id.clone(), at)).collect();
        let infos = config.sources.iter().map(|s| (s.id.clone(), info(s))).collect();
        let former = |s: &Source| s.formerly.iter().map(|id| (id.clone(), s.id.clone())).collect();
        let renamed = config.sources.iter().flat_map::<Vec<_>, _>(former).collect();
        let sourced = sourced(&config);
        let settings_tag = settings_tag(&config, &sourced);
        let outlines_tag = outlines_tag(&config, &settings_tag);
        Live { config, classifier, sources, infos, sourced, renamed, settings_tag, outlines_tag }
    }

    pub fn source(&self, id: &SourceId) -> Option<&Source> {
        self.sources.get(id).map(|&at| &self.config.sources[at])
    }

    /// Whether a source that is polled is of the region, or of one in it.
    pub fn has_source_in(&self, region: &RegionCode) -> bool {
        self.sourced.contains(region)
    }

    /// The id that the source has now which had this one, as the settings say.
    pub fn successor(&self, id: &SourceId) -> Option<&SourceId> {
        self.renamed.get(id)
    }

    /// Ids that sources had.
    pub fn former_ids(&self) -> impl Iterator<Item = &SourceId> {
        self.renamed.keys()
    }

    /// What documents say of a source; a removed one is named by its id.
    pub fn info(&self, id: &SourceId) -> SourceInfo {
        let id = self.successor(id).unwrap_or(id);
        self.infos.get(id).cloned().unwrap_or_else(|| SourceInfo {
            id: id.clone(),
            title: id.to_string(),
            url: String::new(),
            site_url: None,
        })
    }

    pub fn names(&self) -> Names<'_> {
        let config = &self.config;
        Names::new(&config.site, &config.regions, &config.topics, &config.publish)
    }

    /// Where our feeds are subscribed to; `None`: nowhere.
    pub fn hub_url(&self) -> Option<String> {
        let site = &self.config.site;
        self.config.hub.enabled.then(|| address::url(site, address::HUB_PATH))
    }

    pub fn policy(&self) -> Policy {
        let poll = &self.config.poll;
        Policy { shortest: poll.shortest, longest: poll.longest, price: Policy::PRICE }
    }

    /// What the callbacks of a source begin with; `None`: its hub is not to push.
    pub fn push_base(&self, source: &Source) -> Option<&str> {
        let wanted = self.config.poll.push && source.push && source.is_active();
        wanted.then(|| self.config.site.base_url.as_str())
    }

    /// Where the sources of a host wait: with those of its group, else by themselves.
    pub fn queue_of<'a>(&'a self, host: &'a str) -> Cow<'a, str> {
        match self.config.host_rule(host).and_then(|rule| rule.group.as_deref()) {
            // No host has a space in its name.
            Some(group) => Cow::Owned(format!("group {group}")),
            None => Cow::Borrowed(host),
        }
    }

    /// Manners toward a host: those of its `[[host]]`, else `[poll]`.
    pub fn host_limits(&self, host: &str) -> HostLimits {
        let rule = self.config.host_rule(host);
        HostLimits {
            spacing: rule.and_then(|r| r.spacing).unwrap_or(self.config.poll.host_spacing),
            concurrency: rule.and_then(|r| r.concurrency).unwrap_or(1),
        }
    }
}

fn info(source: &Source) -> SourceInfo {
    SourceInfo {
        id: source.id.clone(),
        title: source.title.clone(),
        url: public_address(source),
        site_url: None,
    }
}

/// Query parameters with these in their names carry keys of the admin's.
const SECRETS: [&str; 6] = ["key", "token", "secret", "auth", "pass", "sig"];

/// The source's address as the world may know it: without the admin's own RSSHub, and
/// without a query that holds a key.
fn public_address(source: &Source) -> String {
    let Some(url) = source.url.as_ref().filter(|_| !source.configured_url.starts_with("rsshub:"))
    else {
        return source.configured_url.clone();
    };
    without_keys(url).to_string()
}

/// Without a query that holds a key.
pub fn without_keys(url: &Url) -> Url {
    let is_secret =
        |name: &str| SECRETS.iter().any(|word| name.to_ascii_lowercase().contains(word));
    let mut public = url.clone();
    if url.query_pairs().any(|(name, _)| is_secret(&name)) {
        public.set_query(None);
    }
    public
}

fn sourced(config: &Config) -> BTreeSet<RegionCode> {
    let own: BTreeSet<&RegionCode> =
        config.sources.iter().filter(|s| s.is_active()).filter_map(|s| s.region.as_ref()).collect();
    let all = own.into_iter().flat_map(|code| config.regions.lineage(code));
    all.map(|region| region.code.clone()).collect()
}

/// Raised when the program renders the same entries to other bytes.
const RENDERING: &str = "7";

/// Lists of feeds also show which sources are polled, and of what region each is.
fn outlines_tag(config: &Config, settings_tag: &str) -> String {
    let mut hasher = Xxh3::new();
    for source in &config.sources {
        hasher.update(source.region.as_ref().map_or("", RegionCode::as_str).as_bytes());
        hasher.update(&[0, u8::from(source.is_active())]);
    }
    format!("{settings_tag}{:08x}", hasher.digest() as u32)
}

fn settings_tag(config: &Config, sourced: &BTreeSet<RegionCode>) -> String {
    let mut hasher = Xxh3::new();
    let mut add = |text: &str| {
        hasher.update(text.as_bytes());
        hasher.update(&[0]);
    };
    add(RENDERING);
    add(&config.site.title);
    add(config.site.base_url.as_str());
    add(&config.site.language);
    add(config.site.contact.as_deref().unwrap_or(""));
    add(if config.hub.enabled { "hub" } else { "" });
    add(if config.site.search { "search" } else { "" });
    config.publish.iter().for_each(|code| add(code.as_str()));
    for source in &config.sources {
        let language = source.language.as_deref().unwrap_or("");
        let told = [source.id.as_str(), &source.title, &source.configured_url, language];
        told.into_iter().for_each(&mut add);
        source.formerly.iter().for_each(|id| add(id.as_str()));
    }
    sourced.iter().for_each(|code| add(code.as_str()));
    for topic in &config.topics {
        [topic.id.as_str(), &topic.title].into_iter().for_each(&mut add);
        topic.medtopics.iter().for_each(|code| add(code));
    }
    for region in config.regions.iter() {
        [region.code.as_str(), &region.name, &region.short, &region.path]
            .into_iter()
            .for_each(&mut add);
    }
    format!("{:08x}", hasher.digest() as u32)
}
