//! What a request for a search asks: its query read, and the names in it looked up.

use super::filters::present_id;
use super::live::Live;
use crate::model::{ChannelKey, RegionTree, SourceId, Timestamp, TopicId};
use crate::publish::respelt;
use crate::publish::{BadParameter, Parameters, Window, address};
use crate::search::{Parts, Query, Unwanted, Wanted};
use crate::store::{Reader, StoreError};
use chrono::{NaiveDate, NaiveTime, TimeZone};
use chrono_tz::Tz;
use url::form_urlencoded;

/// Of a value that is told back.
const SHOWN_CHARACTERS: usize = 40;

/// A request that can be answered.
pub struct Asked {
    /// As written, without spaces around it.
    pub q: String,
    pub wanted: Wanted,
    pub window: Window,
}

pub enum Refused {
    /// Nothing is looked for.
    Nothing,
    /// What is wrong, and what to write instead.
    Query(String),
    Window(BadParameter),
    Store(StoreError),
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        Refused::Store(error)
    }
}

impl Asked {
    /// # Errors
    /// Why it cannot be answered.
    pub fn read(live: &Live, reader: &Reader, query: &str) -> Result<Asked, Refused> {
        Parameters::OF_SEARCHES.check(query).map_err(Refused::Window)?;
        let window = Window::parse(Some(query)).map_err(Refused::Window)?;
        let pairs = form_urlencoded::parse(query.as_bytes());
        let q = pairs.filter(|(name, _)| name == "q").map(|(_, value)| value).last();
        let q = q.unwrap_or_default();
        let q = q.trim();
        if q.is_empty() {
            return Err(Refused::Nothing);
        }
        let query = Query::parse(q).map_err(|error| Refused::Query(error.to_string()))?;
        let zone = live.names().zone();
        let day = |date: Option<NaiveDate>| date.map(|date| start_of(date, zone));
        let [regions, topics, sources] = filed(live, reader, &query.wanted)?;
        let channels = [regions, topics, sources].into_iter().filter(|one| !one.is_empty());
        let not = Unwanted {
            channels: filed(live, reader, &query.unwanted)?.concat(),
            phrases: query.unwanted.phrases,
            beginnings: query.unwanted.beginnings,
        };
        let wanted = Wanted {
            phrases: query.wanted.phrases,
            beginnings: query.wanted.beginnings,
            channels: channels.collect(),
            not,
            from: day(query.after),
            until: day(query.before),
            all_editions: window.all_editions,
        };
        Ok(Asked { q: q.to_owned(), wanted, window })
    }
}

/// Where an entry lies that its filters name: regions, topics, sources.
fn filed(live: &Live, reader: &Reader, parts: &Parts) -> Result<[Vec<ChannelKey>; 3], Refused> {
    let mut regions = Vec::new();
    for text in &parts.regions {
        regions.extend(region(live, text)?);
    }
    let topics = parts.topics.iter().map(|text| topic(live, text)).collect::<Result<_, _>>()?;
    let sources = parts.sources.iter().map(|text| source(live, reader, text));
    Ok([regions, topics, sources.collect::<Result<_, _>>()?])
}

/// All that have the name, each with what lies in it.
fn region(live: &Live, text: &str) -> Result<Vec<ChannelKey>, Refused> {
    let tree = &live.config.regions;
    let found = respelt::regions(text, tree);
    if !found.is_empty() {
        return Ok(found.iter().map(|region| ChannelKey::region(&region.code)).collect());
    }
    let near = near(text, tree);
    let advice = match &near[..] {
        [] => "write its name, its code or its address below /r/".to_owned(),
        near => format!("is region:{} meant?", near.join(" or region:")),
    };
    Err(Refused::Query(format!("region:{} is none here: {advice}", shown(text))))
}

/// What may be written instead: codes for a number, else addresses.
fn near(text: &str, tree: &RegionTree) -> Vec<String> {
    let codes = respelt::near::codes(text, tree);
    if !codes.is_empty() {
        return codes.iter().map(|region| format!("{} ({})", region.code, region.name)).collect();
    }
    let mut near = address::nearest_regions(text, tree);
    if near.is_empty() {
        near = respelt::near::names(text, tree);
    }
    near.iter().map(|region| region.path.clone()).collect()
}

fn topic(live: &Live, text: &str) -> Result<ChannelKey, Refused> {
    let topics = &live.config.topics;
    let Some(topic) = respelt::named(topics, text) else {
        let ids: Vec<&str> = topics.iter().map(|topic| topic.id.as_str()).collect();
        let wrong = format!("topic:{} is none here: there are {}", shown(text), ids.join(", "));
        return Err(Refused::Query(wrong));
    };
    Ok(ChannelKey::topic(&TopicId::new(topic.id.as_str())))
}

fn source(live: &Live, reader: &Reader, text: &str) -> Result<ChannelKey, Refused> {
    let id = SourceId::new(text);
    let titled = || live.config.sources.iter().find(|source| source.title == text);
    let id = match live.source(&id).or_else(titled) {
        Some(source) => source.id.clone(),
        None => match present_id(live, reader, &id)? {
            Some(present) => present,
            None => {
                let wrong = "is none here: write its title, or its id as in /s/{id}";
                return Err(Refused::Query(format!("source:{} {wrong}", shown(text))));
            }
        },
    };
    Ok(ChannelKey::source(&id))
}

fn shown(text: &str) -> String {
    text.chars().take(SHOWN_CHARACTERS).collect()
}

/// The first instant of a day.
fn start_of(date: NaiveDate, zone: Tz) -> Timestamp {
    let midnight = date.and_time(NaiveTime::MIN);
    // Where clocks are set at midnight, an hour later is the first.
    let instant = zone.from_local_datetime(&midnight).earliest();
    instant.map_or(Timestamp(midnight.and_utc().timestamp()), Timestamp::from)
}
