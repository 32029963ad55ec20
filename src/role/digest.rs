//! From the bytes of an answer to the entries of a report: parse, normalise, classify.

use super::live::Live;
use super::outlet::outlet;
use super::stump;
use crate::classify;
use crate::config::PollSettings;
use crate::model::{
    Defect, DefectCount, Entry, ParsedFeed, RegionCode, Source, SourceState, Stump, Timestamp,
    Wishes,
};
use crate::normalise::{self, Before, Known, Past};
use crate::parse::{self, Document, Limits, ParseContext, ParseError};
use std::collections::HashMap;
use url::Url;

/// What a document held, seen from what the last one held.
#[derive(Debug)]
pub struct Digest {
    /// New or changed, oldest first.
    pub entries: Vec<Entry>,
    pub items: usize,
    pub new: usize,
    pub changed: usize,
    /// The dates of those new ones that would be known if they were old, oldest item first.
    pub arrivals: Vec<Option<Timestamp>>,
    /// No items of this address were known before, or not under the names they have now.
    pub is_first: bool,
    pub defects: Vec<Defect>,
    pub title: Option<String>,
    pub site_url: Option<String>,
    pub wishes: Wishes,
    pub rung: u8,
    pub seen: Vec<(u64, u64)>,
    pub marks: Vec<(u32, u32)>,
    /// See [`SourceState::pictures`].
    pub pictures: Vec<(u32, u32)>,
    /// See [`SourceState::clock_polls`].
    pub clock_polls: u8,
    /// See [`SourceState::link_polls`].
    pub link_polls: u8,
    pub stump: Option<Stump>,
    /// The document was cut off, and does not always end so: it is to be asked for again in
    /// full.
    pub is_cut_off: bool,
    /// WebSub hubs that the document names, and what it gives for its own address.
    pub hubs: Vec<String>,
    pub self_link: Option<String>,
    /// See [`ParsedFeed::faulty_items`].
    pub faulty_items: usize,
}

impl Digest {
    /// The connection broke off within the document: why.
    pub fn note_cut(&mut self, why: String) {
        // In front: of many kinds the last ones are not remembered.
        self.defects.insert(0, Defect { kind: "cut-body", detail: why });
        self.is_cut_off = true;
    }

    /// A first body was not in its coding, and was asked for again.
    pub fn note_asked_twice(&mut self, coding: &str) {
        let detail = format!(
            "the body was not in its Content-Encoding, {coding}; it was asked for again without, as \
             it will be for a while"
        );
        self.defects.insert(0, Defect { kind: "asked-twice", detail });
    }

    /// Writes what is to be known at the next poll into the state.
    pub fn settle(&self, state: &mut SourceState) {
        state.rung = self.rung;
        // A document without items tells nothing of those that were there.
        if !self.seen.is_empty() {
            state.seen.clone_from(&self.seen);
            state.marks.clone_from(&self.marks);
        }
        state.pictures.clone_from(&self.pictures);
        state.clock_polls = self.clock_polls;
        state.link_polls = self.link_polls;
        state.stump = self.stump;
        state.wishes = self.wishes;
        state.feed_title.clone_from(&self.title);
        state.site_url.clone_from(&self.site_url);
        state.defects = DefectCount::summary(&self.defects);
    }
}

/// Items remembered from the last document; what lies beyond is offered to the store
/// at every change, which knows it already.
pub(super) const SEEN: usize = 200;

/// What is read of a document at most.
pub fn limits(poll: &PollSettings) -> Limits {
    Limits {
        items: poll.max_items,
        depth: poll.max_depth,
        attributes: poll.max_attributes,
        namespaces: poll.max_namespaces,
        text_bytes: usize::try_from(poll.max_text_bytes).unwrap_or(usize::MAX),
    }
}

/// `was_interrupted`: the connection broke off within the document.
///
/// # Errors
/// When the bytes are no feed.
pub fn digest(
    live: &Live,
    source: &Source,
    state: &SourceState,
    document: &Document<'_>,
    was_interrupted: bool,
    polled_at: Timestamp,
) -> Result<Digest, ParseError> {
    let limits = limits(&live.config.poll);
    let context = ParseContext { zone: source.zone, polled_at, limits };
    let mut feed = parse::parse(document, &context)?;
    let stump = stump::hold_back(&mut feed, state.stump, polled_at, was_interrupted);
    let waits = stump.is_some_and(|stump| stump.waits(polled_at));
    // What stood in `seen` was current when the last document or push came.
    let last_push_at = state.push.as_ref().and_then(|push| push.last_push_at);
    let at = state.last_success_at.max(last_push_at);
    let before = Before { seen: &state.seen, at, clock_polls: state.clock_polls };
    let clock_polls = normalise::unmask_clocks(&mut feed, &before, polled_at);
    let context = normalise::Context {
        source: state.key_source(&source.id),
        base: document.url,
        language: source.language.as_deref(),
        rung: state.rung,
        zone: source.zone,
    };
    let known = state.seen.iter().zip(&state.marks);
    let known: Vec<Known> =
        known.map(|(&(key, fingerprint), &mark)| Known { key, fingerprint, mark }).collect();
    let past = Past { known: &known, link_polls: state.link_polls };
    let identities = normalise::identify_again(&feed, &context, &past);
    if identities.links_moved {
        let detail = "items known before have come back under other links".to_owned();
        feed.defects.push(Defect { kind: "links-follow-polls", detail });
    }
    let seen: HashMap<u64, &Known> = known.iter().map(|known| (known.key, known)).collect();
    let site_url = site_of(&feed, document.url);
    let outlet = outlet(source, site_url.as_deref(), state.key_source(&source.id));
    let mut digest = Digest {
        entries: Vec::new(),
        items: identities.items.len(),
        new: 0,
        changed: 0,
        arrivals: Vec::new(),
        is_first: state.seen.is_empty() || identities.links_moved || identities.rung != state.rung,
        title: normalise::feed_title(&feed),
        site_url,
        wishes: wishes(&feed),
        rung: identities.rung,
        seen: identities
            .items
            .iter()
            .take(SEEN)
            .map(|id| (id.short_key(), id.fingerprint))
            .collect(),
        marks: identities.items.iter().take(SEEN).map(|id| id.mark).collect(),
        pictures: Vec::new(),
        clock_polls,
        link_polls: identities.link_polls,
        stump,
        is_cut_off: false,
        hubs: std::mem::take(&mut feed.hubs),
        self_link: feed.self_link.take(),
        faulty_items: feed.faulty_items,
        defects: Vec::new(),
    };
    for (place, identity) in identities.items.iter().enumerate().rev() {
        let known = seen.get(&identity.short_key());
        match known {
            Some(known) if known.says_the_same(identity) => continue,
            Some(_) => digest.changed += 1,
            None => digest.new += 1,
        }
        let is_arrival = known.is_none() && place < SEEN;
        let mut entry = normalise::entry(&feed, identity, &context);
        classify(live, source, &mut entry);
        entry.site = digest.site_url.clone();
        entry.outlet = Some(outlet.clone());
        if is_arrival {
            digest.arrivals.push(entry.published);
        }
        digest.entries.push(entry);
    }
    let image = feed.image.as_deref();
    digest.pictures = normalise::choose_pictures(&mut digest.entries, image, &state.pictures);
    digest.defects = feed.defects;
    digest.defects.extend(gap(&digest));
    let same_items = digest.seen == state.seen;
    digest.is_cut_off = waits || stump::is_new_cut(&digest.defects, &state.defects, same_items);
    Ok(digest)
}

/// Told where none of the last document's items are left: there may have been more between.
fn gap(digest: &Digest) -> Option<Defect> {
    let is_gap = !digest.is_first && digest.items > 0 && digest.new == digest.items;
    let items = digest.items;
    let detail = format!("none of the {items} items was in the last document: some may be missing");
    is_gap.then_some(Defect { kind: "gap", detail })
}

fn wishes(feed: &ParsedFeed) -> Wishes {
    let ttl_minutes = feed.ttl_minutes.or(feed.update_minutes).unwrap_or(0);
    Wishes {
        ttl_seconds: ttl_minutes.saturating_mul(60),
        skip_hours: feed.skip_hours.iter().fold(0, |bits, hour| bits | 1 << (hour % 24)),
        skip_days: feed.skip_days.iter().fold(0, |bits, day| bits | 1 << ((day + 6) % 7)),
    }
}

/// Decides where an entry belongs.
pub(super) fn classify(live: &Live, source: &Source, entry: &mut Entry) {
    let verdicts = live.classifier.classify(&classify::Item {
        title: &entry.title,
        lead: &entry.summary,
        region: source.region.as_ref(),
        region_fallback: source.region_fallback,
        region_fixed: source.region_fixed,
        region_words: &source.region_words,
        topics: &source.topics,
    });
    let mut places: Vec<RegionCode> = Vec::new();
    for verdict in &verdicts.regions {
        for region in live.config.regions.lineage(&verdict.region) {
            if !places.contains(&region.code) {
                places.push(region.code.clone());
            }
        }
    }
    entry.places = places;
    entry.regions = verdicts.regions;
    entry.topics = verdicts.topics;
}

fn site_of(feed: &ParsedFeed, base: Option<&Url>) -> Option<String> {
    let link = feed.link.as_deref()?;
    let absolute = match base {
        Some(base) => base.join(link).ok()?,
        None => Url::parse(link).ok()?,
    };
    let web = matches!(absolute.scheme(), "http" | "https");
    (web && absolute.as_str().len() <= 2048).then(|| absolute.to_string())
}
