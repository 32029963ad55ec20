//! Addresses that somebody may have meant by one that there is not.

mod names;
mod regions;
mod wish;

use super::reading::decode_segment;
use super::{Address, Format, SEARCH_PATH, STREAM_PATH, Target, search_path, with_format};
use crate::model::{Channel, EntryKey, Month, Region, RegionCode, RegionTree, SourceId, Topic};
use crate::publish::respelt;
use crate::text::slips;
use names::View;
use std::collections::BTreeMap;
use wish::Wish;

/// More would be no help.
const MOST: usize = 5;
/// Longer ones are no search that is answered.
const MAX_SEARCH_BYTES: usize = 1000;

/// What it costs to make the path of a document of what was asked for: a level that was left out,
/// a wrong letter, a part that is none of it.
const LEFT_OUT: usize = 1;
const SLIP: usize = 2;
const SURPLUS: usize = 3;
/// What costs so much more than the best was not meant.
const FAR: usize = 2 * SURPLUS;

/// What addresses are made of.
pub struct Known<'a> {
    pub tree: &'a RegionTree,
    pub topics: &'a [Topic],
    /// With their titles.
    pub sources: &'a [(&'a SourceId, &'a str)],
    /// Else the page is named where a stream was meant.
    pub has_streams: bool,
}

/// Paths below the base URL for one that names no document, the most likely first: in the order of how
/// little of the whole path has to be changed. `q`: what is searched for; `is_there` tells which
/// documents there are.
pub fn nearest(
    asked: &str,
    q: Option<&str>,
    known: &Known<'_>,
    is_there: impl Fn(&Address) -> bool,
) -> Vec<String> {
    let page = page_of_stream(asked);
    let stream = page.filter(|_| known.has_streams);
    let before = if stream.is_some() { STREAM_PATH } else { "" };
    let page = page.unwrap_or(asked);
    let Some((parts, wish)) = wish::read(page) else { return Vec::new() };
    let wish = if stream.is_some() { Wish::One(Format::Html) } else { wish };
    let is_there = |target: &Target| {
        (stream.is_none() || is_streamed(target))
            && is_there(&Address { target: target.clone(), format: Format::Html })
    };
    let mut found = targets(&parts, known, &is_there);
    found.retain(|(_, target)| is_there(target));
    found.sort_by_key(|(cost, _)| *cost);
    let least = found.first().map_or(0, |(cost, _)| *cost);
    let far = if least == 0 && matches!(wish, Wish::Any(_)) { 1 } else { least + FAR };
    found.retain(|(cost, _)| *cost < far);
    let q = q.filter(|q| q.len() <= MAX_SEARCH_BYTES);
    let mut paths: Vec<String> = Vec::new();
    for (at, (_, target)) in found.into_iter().enumerate() {
        for format in formats(&target, wish, at == 0) {
            let path = match (&target, q) {
                (Target::Search, Some(q)) => Some(with_format(&search_path(q), format)),
                // Without words there is no feed.
                (Target::Search, None) => Some(SEARCH_PATH.to_owned()),
                _ => Address { target: target.clone(), format }.path(known.tree),
            };
            let path = path.map(|path| format!("{before}{path}"));
            paths.extend(path.filter(|path| path != asked && !paths.contains(path)));
        }
    }
    paths.truncate(MOST);
    paths
}

/// The path of a page in that of its stream, however that is spelt.
fn page_of_stream(path: &str) -> Option<&str> {
    let named = path.trim_start_matches('/');
    let (head, page) = named.split_at(named.find('/').unwrap_or(named.len()));
    let is_stream = head.eq_ignore_ascii_case(STREAM_PATH.trim_start_matches('/'));
    is_stream.then_some(if page.is_empty() { "/" } else { page })
}

/// Regions that may have been meant by what was written for the part of an address below `/r/`.
pub fn nearest_regions<'t>(text: &str, tree: &'t RegionTree) -> Vec<&'t Region> {
    let Some((parts, _)) = wish::read(&format!("/r/{text}")) else { return Vec::new() };
    let found = regions::regions(&parts[1..], usize::MAX, tree, |_| true);
    found.into_iter().map(|(_, region)| region).collect()
}

fn is_streamed(target: &Target) -> bool {
    matches!(target, Target::Channel(channel) if !matches!(channel, Channel::Hot(_)))
}

/// In which formats a document is named, the most wanted first.
fn formats(target: &Target, wish: Wish, is_best: bool) -> Vec<Format> {
    let all: &[Format] = match target {
        Target::Entry(_) => &[Format::Html, Format::Json],
        Target::Opml(_) | Target::OpenSearch | Target::Style => &[Format::Html],
        Target::Channel(_) | Target::Archive(..) | Target::Related(_) | Target::Search => {
            &[Format::Html, Format::Atom, Format::Rss, Format::Json]
        }
    };
    let wanted = match wish {
        Wish::One(format) => Some(format),
        Wish::Any(format) => format,
    };
    let wanted = wanted.filter(|format| all.contains(format));
    match wish {
        Wish::Any(_) if is_best => {
            let others = all.iter().copied().filter(|format| Some(*format) != wanted);
            wanted.into_iter().chain(others).collect()
        }
        Wish::One(_) if wanted.is_none() && is_best => all.to_vec(),
        _ => vec![wanted.unwrap_or(Format::Html)],
    }
}

/// What a view is of.
#[derive(Clone, PartialEq, Eq)]
enum Place {
    Everything,
    Region(RegionCode),
    Source(SourceId),
}

/// What the parts may mean, with its cost.
fn targets(
    parts: &[String],
    known: &Known<'_>,
    is_there: &impl Fn(&Target) -> bool,
) -> Vec<(usize, Target)> {
    if let [first, key, rest @ ..] = parts
        && first == "e"
    {
        return EntryKey::from_hex(key).map_or_else(Vec::new, |key| of_entry(key, rest));
    }
    let month = parts.last().and_then(|last| Month::parse(last));
    let channel = &parts[..parts.len() - usize::from(month.is_some())];
    let mut places_of: BTreeMap<usize, Vec<(usize, Place)>> = BTreeMap::new();
    let mut found = Vec::new();
    for (cost, view, taken) in names::views(channel, known) {
        let rest = &channel[..channel.len() - taken];
        let places = places_of.entry(taken).or_insert_with(|| places(rest, known, is_there));
        for (at, place) in places.iter().cloned() {
            // Nobody who names something means everything.
            if taken > 0 && (&view, &place) == (&View::Whole, &Place::Everything) {
                continue;
            }
            let cost = cost + at;
            let Some(target) = of_view(place, &view) else { continue };
            match (&target, month) {
                (_, None) => found.push((cost, target)),
                (Target::Channel(channel), Some(month)) => {
                    if !matches!(channel, Channel::Hot(_)) {
                        found.push((cost, Target::Archive(channel.clone(), month)));
                    }
                    found.push((cost + SURPLUS, target));
                }
                (_, Some(_)) => found.push((cost + SURPLUS, target)),
            }
        }
    }
    found
}

fn of_entry(key: EntryKey, rest: &[String]) -> Vec<(usize, Target)> {
    let slips = match rest {
        [] => Some(0),
        [only] => slips::between(only.as_bytes(), b"related", 2),
        _ => None,
    };
    let related = if rest.is_empty() { LEFT_OUT } else { slips.unwrap_or(rest.len()) * SLIP };
    vec![(related, Target::Related(key)), (rest.len() * SURPLUS, Target::Entry(key))]
}

/// `None`: there is no such view of it.
fn of_view(place: Place, view: &View) -> Option<Target> {
    let region = match place {
        Place::Source(id) => {
            return matches!(view, View::Whole).then_some(Target::Channel(Channel::Source(id)));
        }
        Place::Region(code) => Some(code),
        Place::Everything => None,
    };
    Some(match view {
        View::Whole => Target::Channel(region.map_or(Channel::All, Channel::Region)),
        View::Topic(topic) => Target::Channel(match region {
            Some(code) => Channel::RegionTopic(code, topic.clone()),
            None => Channel::Topic(topic.clone()),
        }),
        View::Pictures => Target::Channel(Channel::Pictures(region)),
        View::Hot => Target::Channel(Channel::Hot(region)),
        View::Opml => Target::Opml(region),
        View::Search if region.is_none() => Target::Search,
        View::Search => return None,
    })
}

/// Where the parts that no view has taken may lead.
fn places(
    parts: &[String],
    known: &Known<'_>,
    is_there: &impl Fn(&Target) -> bool,
) -> Vec<(usize, Place)> {
    let is_published =
        |region: &Region| is_there(&Target::Channel(Channel::Region(region.code.clone())));
    let regions = |parts: &[String], most_slips, more: usize| -> Vec<(usize, Place)> {
        let found = regions::regions(parts, most_slips, known.tree, is_published);
        let place =
            |(cost, region): (usize, &Region)| (cost + more, Place::Region(region.code.clone()));
        found.into_iter().map(place).collect()
    };
    let Some((head, rest)) = parts.split_first() else { return vec![(0, Place::Everything)] };
    match (head.as_str(), rest) {
        ("r" | "t" | "s", []) => vec![(SURPLUS, Place::Everything)],
        ("t" | "e", _) => Vec::new(),
        ("r", rest) => {
            let segments: Vec<&str> = rest.iter().map(String::as_str).collect();
            match respelt::region(&segments, known.tree).filter(|region| is_published(region)) {
                Some(region) => vec![(0, Place::Region(region.code.clone()))],
                None => regions(rest, usize::MAX, 0),
            }
        }
        ("s", [id, more @ ..]) => {
            let near = names::sources(id, known).into_iter();
            near.map(|(cost, id)| (cost + more.len() * SURPLUS, Place::Source(id.clone())))
                .collect()
        }
        // Its first part may have been forgotten: what follows must be right then.
        _ => {
            let mut found = regions(parts, 0, LEFT_OUT);
            let sources = names::sources(head, known).into_iter().filter(|(cost, _)| *cost == 0);
            found.extend(sources.map(|(_, id)| (LEFT_OUT, Place::Source(id.clone()))));
            found
        }
    }
}

#[cfg(test)]
mod tests;
