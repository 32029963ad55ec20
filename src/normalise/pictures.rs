//! Which picture can be shown for an entry: a photograph rather than a logo, an icon, a portrait of
//! the writer or a dot that counts readers. Nothing is fetched for it: what a feed says of a
//! picture, and how its address reads, must do.

use super::sight::{TRACKERS, is_at};
use crate::model::{Entry, Media};
use std::collections::HashMap;

/// Pixels. Thumbnails of news are 200 wide and more; 16:9 makes 112 of it, icons are square.
const LEAST_WIDTH: u32 = 200;
const LEAST_HEIGHT: u32 = 110;
/// A picture that is so many times wider than high is a banner.
const WIDEST: u32 = 4;

/// Of the pictures of one entry that are none of the rest, so many are looked at.
const OF_ONE: usize = 4;
/// Pictures of a source that are remembered.
const REMEMBERED: usize = 64;
/// Instead of the entry that has a picture: several do.
const SEVERAL: u32 = 0;

/// Words of addresses that no photograph of an event has.
const WORDS: [&str; 31] = [
    "pixel",
    "spacer",
    "blank",
    "transparent",
    "placeholder",
    "logo",
    "logos",
    "weblogo",
    "sitelogo",
    "icon",
    "icons",
    "favicon",
    "favicons",
    "avatar",
    "avatars",
    "gravatar",
    "touxiang",
    "qrcode",
    "qrcodes",
    "erweima",
    "emoji",
    "emojis",
    "emoticon",
    "emoticons",
    "smiley",
    "smileys",
    "smilies",
    "sprite",
    "sprites",
    "noimage",
    "nopic",
];
/// The same; of these only whole parts between other signs than letters and digits, for names made by
/// chance hold them.
const SHORT: [&str; 5] = ["ad", "ads", "ewm", "ico", "qr"];
/// Names of files, as a whole, of what stands in for a picture or counts readers.
const NAMES: [&str; 22] = [
    "beacon",
    "counter",
    "count",
    "track",
    "tracker",
    "tracking",
    "stat",
    "stats",
    "hit",
    "hits",
    "pv",
    "analytics",
    "impression",
    "space",
    "empty",
    "noimg",
    "default",
    "loader",
    "loading",
    "lazyload",
    "none",
    "clear",
];
/// Of these the first are counters.
const COUNTERS: usize = 13;
/// Where portraits, signs and buttons are.
const ASIDE: [(&str, &str); 9] = [
    ("gravatar.com", "/"),
    ("s.w.org", "/images/core/emoji"),
    ("twemoji.maxcdn.com", "/"),
    ("fbcdn.net", "/images/emoji.php"),
    ("feeds.wordpress.com", "/1.0/"),
    ("feeds.feedburner.com", "/"),
    ("api.qrserver.com", "/"),
    ("chart.googleapis.com", "/chart"),
    ("img.shields.io", "/"),
];

/// Sets the picture of each of the entries of a document. A picture that several entries have is a
/// logo, and so is what the document gives for its own (`image`). `known`: pictures of earlier
/// entries of the source, each with a mark of the entry that had it; returns those to be known
/// next.
pub fn choose_pictures(
    entries: &mut [Entry],
    image: Option<&str>,
    known: &[(u32, u32)],
) -> Vec<(u32, u32)> {
    if entries.is_empty() {
        return known.to_vec();
    }
    let mut owners: HashMap<u32, u32> = known.iter().copied().collect();
    if let Some(image) = image {
        owners.insert(print(image), SEVERAL);
    }
    let mut found = Vec::with_capacity(entries.len());
    for entry in entries.iter() {
        let mark = mark(entry);
        let pictures: Vec<(u8, u32)> = pictures(entry).collect();
        for (_, picture) in &pictures {
            let owner = owners.entry(*picture).or_insert(mark);
            if *owner != mark {
                *owner = SEVERAL;
            }
        }
        found.push((mark, pictures));
    }
    for (entry, (mark, pictures)) in entries.iter_mut().zip(&found) {
        let own = pictures.iter().find(|(_, picture)| owners[picture] == *mark);
        entry.picture = own.map(|(place, _)| *place);
    }
    remembered(&found, &owners, known)
}

/// What is used by several stays longest, then what is newest.
fn remembered(
    found: &[(u32, Vec<(u8, u32)>)],
    owners: &HashMap<u32, u32>,
    known: &[(u32, u32)],
) -> Vec<(u32, u32)> {
    let newest = || found.iter().rev().flat_map(|(_, all)| all.iter().map(|(_, print)| *print));
    let of_several = newest().filter(|print| owners[print] == SEVERAL);
    let all = of_several.chain(newest()).chain(known.iter().map(|(print, _)| *print));
    let mut kept: Vec<(u32, u32)> = Vec::new();
    for print in all {
        if kept.len() == REMEMBERED {
            break;
        }
        if !kept.iter().any(|(known, _)| *known == print) {
            kept.push((print, owners[&print]));
        }
    }
    kept
}

/// Tells entries of a source apart.
fn mark(entry: &Entry) -> u32 {
    (entry.key.beginning() as u32).max(SEVERAL + 1)
}

/// Those that could be shown, by what is known of each, with their places in `media`.
fn pictures(entry: &Entry) -> impl Iterator<Item = (u8, u32)> {
    let places = (0..=u8::MAX).zip(&entry.media);
    let usable = places.filter(|(_, media)| is_usable(media));
    usable.map(|(place, media)| (place, print(&media.url))).take(OF_ONE)
}

/// The same for one picture under `http` and `https`, and in other sizes.
fn print(url: &str) -> u32 {
    let url = url.split_once("//").map_or(url, |(_, rest)| rest);
    let whole = url.split('#').next().unwrap_or(url);
    let (path, _) = whole.split_once('?').unwrap_or((whole, ""));
    // What follows the name of a file asks for a size, or goes round caches.
    let named = if is_file(path) { path } else { whole };
    xxhash_rust::xxh3::xxh3_64(named.as_bytes()) as u32
}

fn is_file(path: &str) -> bool {
    const ENDINGS: [&str; 6] = [".jpg", ".jpeg", ".png", ".gif", ".webp", ".avif"];
    let path = path.to_ascii_lowercase();
    ENDINGS.iter().any(|ending| path.ends_with(ending))
}

fn is_usable(media: &Media) -> bool {
    let kind = media.mime.as_deref().unwrap_or_default();
    let is_drawn = kind.contains("svg") || kind.contains("icon");
    let url = media.url.as_str();
    let after_scheme = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    let Some(address) = after_scheme.filter(|_| kind.starts_with("image/") && !is_drawn) else {
        return false;
    };
    let address = address.split('#').next().unwrap_or(address);
    let (place, query) = address.split_once('?').unwrap_or((address, ""));
    let (host, path) = place.split_once('/').unwrap_or((place, ""));
    let is_ad_server = ["ad.", "ads.", "adserver."].iter().any(|label| host.starts_with(label));
    let name = path.rsplit('/').next().unwrap_or(path);
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let (by_name, by_query) = (size_in_name(stem), size_in_query(query));
    let width = media.width.or(by_name.0).or(by_query.0);
    let height = media.height.or(by_name.1).or(by_query.1);
    let is_told = width.is_some() || height.is_some();
    is_large(width, height)
        && (is_told || !may_count_readers(path, query, stem))
        && !is_at(url, &TRACKERS)
        && !is_at(url, &ASIDE)
        && !NAMES.iter().any(|known| known.eq_ignore_ascii_case(stem))
        && !is_ad_server
        && !words(path).any(|word| WORDS.iter().any(|known| known.eq_ignore_ascii_case(word)))
        && !parts(path).any(|part| SHORT.iter().any(|known| known.eq_ignore_ascii_case(part)))
}

/// Of pictures of which no size is told: what a program draws that is not said to draw pictures,
/// dots that are told something, and what lies in a folder of counters.
fn may_count_readers(path: &str, query: &str, stem: &str) -> bool {
    const PROGRAMS: [&str; 7] = ["php", "asp", "aspx", "jsp", "do", "cgi", "ashx"];
    const DRAWN: [&str; 5] = ["im", "pic", "photo", "thumb", "attach"];
    let is_one = |list: &[&str], word: &str| list.iter().any(|one| one.eq_ignore_ascii_case(word));
    let ending = path.rsplit_once('.').map_or("", |(_, ending)| ending);
    let draws = || DRAWN.iter().any(|word| stem.to_ascii_lowercase().contains(word));
    (is_one(&["gif"], ending) && !query.is_empty())
        || (is_one(&PROGRAMS, ending) && !draws())
        || path.split('/').rev().skip(1).any(|folder| is_one(&NAMES[..COUNTERS], folder))
        || parts(stem).any(|part| is_one(&["code"], part))
}

fn is_large(width: Option<u32>, height: Option<u32>) -> bool {
    let is_banner = matches!((width, height), (Some(w), Some(h)) if w / WIDEST > h);
    width.is_none_or(|width| width >= LEAST_WIDTH)
        && height.is_none_or(|height| height >= LEAST_HEIGHT)
        && !is_banner
}

type Size = (Option<u32>, Option<u32>);

/// `harvest-150x150`, as WordPress names what it makes smaller.
fn size_in_name(stem: &str) -> Size {
    let size = stem.rsplit(['-', '_']).next().unwrap_or(stem);
    match size.split_once('x').map(|(w, h)| (w.parse(), h.parse())) {
        Some((Ok(width), Ok(height))) => (asked(width), asked(height)),
        _ => (None, None),
    }
}

/// `?w=96&h=96`: what the server is asked for.
fn size_in_query(query: &str) -> Size {
    let value = |names: [&str; 2]| {
        let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        let found = pairs.find(|(name, _)| names.contains(name));
        found.and_then(|(_, value)| value.parse().ok()).and_then(asked)
    };
    (value(["w", "width"]), value(["h", "height"]))
}

/// Nothing is asked for by 0: `600x0` is as high as it comes.
fn asked(length: u32) -> Option<u32> {
    (length > 0).then_some(length)
}

/// What stands between other signs than letters and digits.
fn parts(path: &str) -> impl Iterator<Item = &str> {
    path.split(|c: char| !c.is_ascii_alphanumeric())
}

/// The words of a path: `/img/siteLogo2.png` has img, site, Logo and png.
fn words(path: &str) -> impl Iterator<Item = &str> {
    let parts = path.split(|c: char| !c.is_ascii_alphabetic());
    parts.flat_map(|part| {
        let bytes = part.as_bytes();
        let ends = (1..=part.len()).filter(move |&at| {
            at == bytes.len()
                || (bytes[at].is_ascii_uppercase() && bytes[at - 1].is_ascii_lowercase())
        });
        let mut start = 0;
        ends.map(move |end| &part[std::mem::replace(&mut start, end)..end])
    })
}

#[cfg(test)]
mod tests;
