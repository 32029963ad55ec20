//! Addresses as people write them that are none of ours: with capitals or doubled slashes, with the
//! names of regions and topics, also former ones, or with the codes of regions. Each leads to one of
//! ours for good.

pub mod near;

use super::address::{self, Address, Format, Route, Target};
use crate::model::{Channel, Month, Region, RegionCode, RegionTree, Topic, TopicId};
use crate::text::script;

/// Segments of a path at most.
const MOST_SEGMENTS: usize = 8;
/// Fewer alone are a state's in one country and what many codes begin with in another.
const LEAST_DIGITS: usize = 5;

/// The address that is meant; `None`: nobody knows.
pub fn address(path: &str, tree: &RegionTree, topics: &[Topic]) -> Option<Address> {
    let single = without_doubled_slashes(path);
    let plain = single.to_ascii_lowercase();
    if plain != path
        && let Some(Route::Here(address) | Route::Moved(address)) = address::parse(&plain, tree)
        && topic_of(&address).is_none_or(|id| topics.iter().any(|topic| topic.id == *id))
    {
        return Some(address);
    }
    let (segments, format) = address::segments(&plain)?;
    if segments.len() > MOST_SEGMENTS {
        return None;
    }
    // A percent sign may have stood for a capital.
    let segments: Vec<String> = segments.iter().map(|part| part.to_ascii_lowercase()).collect();
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    let target = match segments.as_slice() {
        ["r", place @ .., "opml"] if format == Format::Html => {
            Target::Opml(Some(region(place, tree)?.code.clone()))
        }
        segments => match channel(segments, tree, topics) {
            Some(channel) => Target::Channel(channel),
            None => archive(segments, tree, topics)?,
        },
    };
    Some(Address { target, format })
}

fn channel(segments: &[&str], tree: &RegionTree, topics: &[Topic]) -> Option<Channel> {
    let code = |place: &[&str]| Some(region(place, tree)?.code.clone());
    let topic = |name: &str| Some(named(topics, name)?.id.clone());
    Some(match segments {
        ["t", name] => Channel::Topic(topic(name)?),
        ["r", place @ .., "t", name] => Channel::RegionTopic(code(place)?, topic(name)?),
        ["r", place @ .., "hot"] => Channel::Hot(Some(code(place)?)),
        ["r", place @ .., "pictures"] => Channel::Pictures(Some(code(place)?)),
        ["r", place @ ..] if place.last().is_some_and(|last| !address::is_reserved(last)) => {
            Channel::Region(code(place)?)
        }
        _ => return None,
    })
}

/// What is hot has no months.
fn archive(segments: &[&str], tree: &RegionTree, topics: &[Topic]) -> Option<Target> {
    let (month, page) = segments.split_last()?;
    let month = Month::parse(month)?;
    let channel = channel(page, tree, topics)?;
    let has_months = !matches!(channel, Channel::Hot(_));
    has_months.then_some(Target::Archive(channel, month))
}

fn without_doubled_slashes(path: &str) -> String {
    let parts = path.split('/').filter(|part| !part.is_empty()).collect::<Vec<_>>();
    let end = if path.ends_with('/') && !parts.is_empty() { "/" } else { "" };
    format!("/{}{end}", parts.join("/"))
}

/// The topic that is part of it.
pub fn topic_of(address: &Address) -> Option<&TopicId> {
    match &address.target {
        Target::Channel(channel) | Target::Archive(channel, _) => match channel {
            Channel::Topic(topic) | Channel::RegionTopic(_, topic) => Some(topic),
            _ => None,
        },
        _ => None,
    }
}

/// Whether a letter is a capital that is no part of a percent sign's number: no address of ours
/// has one.
pub fn has_capitals(path: &str) -> bool {
    path.split('%').enumerate().any(|(at, part)| {
        let own = if at == 0 { part } else { part.get(2..).unwrap_or_default() };
        own.bytes().any(|byte| byte.is_ascii_uppercase())
    })
}

/// The topic with that id or title.
pub fn named<'t>(topics: &'t [Topic], text: &str) -> Option<&'t Topic> {
    let simplified = script::to_simplified(text);
    let mut found = topics.iter();
    found.find(|topic| {
        topic.id.as_str().eq_ignore_ascii_case(text)
            || topic.title.eq_ignore_ascii_case(&simplified)
    })
}

/// Each segment is that of an address, also a former one, or a name or the code of one region in that
/// of the segments before it.
pub fn region<'t>(segments: &[&str], tree: &'t RegionTree) -> Option<&'t Region> {
    let mut found: Option<&Region> = None;
    let mut path = String::new();
    for segment in segments {
        let below = match path.as_str() {
            "" => segment.to_ascii_lowercase(),
            above => format!("{above}/{}", segment.to_ascii_lowercase()),
        };
        if let Some(region) = tree.by_path(&below) {
            found = Some(region);
            path = below;
        } else if let Some(region) = tree
            .by_former_path(&below)
            .or_else(|| region_named(segment, found, tree))
            .or_else(|| coded(segment, tree).filter(|region| is_below(region, &path)))
        {
            found = Some(region);
            path.clone_from(&region.path);
        } else {
            // Such as `us`, which is no region itself.
            let prefix = format!("{below}/");
            tree.paths().find(|path| path.starts_with(&prefix))?;
            path = below;
        }
    }
    found.filter(|region| region.path == path)
}

/// What is meant by a region's code, with or without the letters of its country, its address, or
/// a name, which several may have.
pub fn regions<'t>(text: &str, tree: &'t RegionTree) -> Vec<&'t Region> {
    let segments: Vec<&str> = text.trim_matches('/').split('/').collect();
    if let Some(only) = coded(text, tree).or_else(|| region(&segments, tree)) {
        return vec![only];
    }
    if let Some(("", digits)) = near::code(text) {
        return with_digits(digits, tree).collect();
    }
    let name = script::to_simplified(text);
    tree.iter().filter(|region| is_named(region, &name)).collect()
}

/// The one with that code, which may lack the letters of its country.
fn coded<'t>(text: &str, tree: &'t RegionTree) -> Option<&'t Region> {
    if let Some(region) = tree.get(&RegionCode::new(&text.to_ascii_lowercase())) {
        return Some(region);
    }
    let ("", digits) = near::code(text).filter(|(_, digits)| digits.len() >= LEAST_DIGITS)? else {
        return None;
    };
    let mut found = with_digits(digits, tree);
    found.next().filter(|_| found.next().is_none())
}

fn with_digits<'t>(digits: &str, tree: &'t RegionTree) -> impl Iterator<Item = &'t Region> {
    let has_them =
        move |region: &&Region| near::code(region.code.as_str()).is_some_and(|own| own.1 == digits);
    tree.iter().filter(has_them)
}

fn is_below(region: &Region, path: &str) -> bool {
    path.is_empty() || region.path.strip_prefix(path).is_some_and(|rest| rest.starts_with('/'))
}

fn is_named(region: &Region, name: &str) -> bool {
    let is_name = |known: &str| known.eq_ignore_ascii_case(name);
    is_name(&region.name)
        || is_name(&region.short)
        || region.aliases.iter().any(|alias| is_name(alias))
}

/// Right below the region, else anywhere in it; `None`: no region, or several, have the name.
fn region_named<'t>(
    text: &str,
    within: Option<&Region>,
    tree: &'t RegionTree,
) -> Option<&'t Region> {
    let name = script::to_simplified(text);
    let is_named = |region: &&Region| is_named(region, &name);
    let within = within.map(|region| &region.code);
    let mut children = tree.children(within).filter(is_named);
    match (children.next(), children.next()) {
        (Some(only), None) => return Some(only),
        (Some(_), Some(_)) => return None,
        (None, _) => {}
    }
    let mut all = tree.iter().filter(is_named).filter(|region| {
        within.is_none_or(|code| &region.code != code && tree.is_within(&region.code, code))
    });
    all.next().filter(|_| all.next().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::publish::sample;

    fn leads(path: &str) -> Option<String> {
        let tree = sample::regions();
        address(path, &tree, &sample::topics())?.path(&tree)
    }

    #[test]
    fn names_and_capitals_lead_to_the_address() {
        for (path, expected) in [
            ("/R/Shaanxi/XIANYANG.Atom", "/r/shaanxi/xianyang.atom"),
            ("/INDEX.RSS", "/index.rss"),
            ("/OPML", "/opml"),
            ("/r/%E9%99%95%E8%A5%BF/%E5%92%B8%E9%98%B3", "/r/shaanxi/xianyang"),
            ("/r/陕西省/咸阳市/兴平.rss", "/r/shaanxi/xianyang/xingping.rss"),
            ("/r/陝西/咸陽/興平市/", "/r/shaanxi/xianyang/xingping"),
            ("/r/shaanxi/兴平", "/r/shaanxi/xianyang/xingping"),
            ("/r/武功县/opml", "/r/shaanxi/xianyang/wugong/opml"),
            ("/r/武功/Hot.json", "/r/shaanxi/xianyang/wugong/hot.json"),
            ("/r/咸阳/t/教育.json", "/r/shaanxi/xianyang/t/education.json"),
            ("/r/兴平/2026-11.atom", "/r/shaanxi/xianyang/xingping/2026-11.atom"),
            ("/r/兴平/t/教育/2026-11.rss", "/r/shaanxi/xianyang/xingping/t/education/2026-11.rss"),
            ("/r/陕西/t/education/2026-11", "/r/shaanxi/t/education/2026-11"),
            ("/r/610481/PICTURES/2026-11", "/r/shaanxi/xianyang/xingping/pictures/2026-11"),
            ("/t/教育/2026-11.Atom", "/t/education/2026-11.atom"),
            ("/r/兴平.ATOM", "/r/shaanxi/xianyang/xingping.atom"),
            ("/%52/%E5%85%B4%E5%B9%B3/HOT.Json/", "/r/shaanxi/xianyang/xingping/hot.json"),
            ("/t/教育", "/t/education"),
            ("/r/us/Washington/King%20County", "/r/us/wa/king"),
            ("/r/US/WA", "/r/us/wa"),
            ("/T/教育", "/t/education"),
            ("/r/610481", "/r/shaanxi/xianyang/xingping"),
            ("/r/cn610481.atom", "/r/shaanxi/xianyang/xingping.atom"),
            ("/r/CN610400/t/教育", "/r/shaanxi/xianyang/t/education"),
            ("/r/shaanxi/610481/opml", "/r/shaanxi/xianyang/xingping/opml"),
            ("/r/us53033/hot.rss", "/r/us/wa/king/hot.rss"),
            ("/r/53033", "/r/us/wa/king"),
            ("/r/us53", "/r/us/wa"),
            ("//", "/"),
            ("/r//shaanxi///xianyang.atom//", "/r/shaanxi/xianyang.atom"),
            ("//r/兴平//2026-11", "/r/shaanxi/xianyang/xingping/2026-11"),
        ] {
            assert_eq!(leads(path).as_deref(), Some(expected), "{path}");
        }
    }

    #[test]
    fn a_region_is_named_by_its_code_its_address_or_its_names() {
        let tree = sample::regions();
        let codes = |text: &str| -> Vec<&str> {
            regions(text, &tree).iter().map(|region| region.code.as_str()).collect()
        };
        for text in
            ["610481", "cn610481", "CN610481", "shaanxi/xianyang/xingping", "兴平", "興平市"]
        {
            assert_eq!(codes(text), ["cn610481"], "{text}");
        }
        assert_eq!(codes("咸阳/兴平"), ["cn610481"]);
        assert_eq!(codes("53"), ["us53"]);
        assert_eq!(codes("nowhere"), [""; 0]);
        assert_eq!(codes(""), [""; 0]);
    }

    #[test]
    fn what_means_nothing_or_several_things_leads_nowhere() {
        let long = format!("/r{}", "/陕西".repeat(20));
        for path in [
            "/r/nowhere",
            "/r/us",
            "/r/咸阳/陕西",
            "/r/陕西/nowhere/兴平",
            "/r/陕西/opml.atom",
            "/r/陕西/opml/2026-11",
            "/r/陕西/hot/2026-11",
            "/r/陕西/2026-11/2026-11",
            "/r/2026-11",
            "/t/体操/2026-11",
            "/r/陕西/t/体操",
            "/t/体操",
            "/r",
            "/x/陕西",
            "/s/咸阳日报",
            "/s//",
            "/r/us/610481",
            "/r/咸阳/53033",
            "/r/610482",
            "/r/53",
            "//t//体操",
            "/r/%FF",
            &long,
        ] {
            assert_eq!(leads(path), None, "{path}");
        }
    }
}
