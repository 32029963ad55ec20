//! Posting times of real feeds: the dates of the items in `corpus/real`, where these are
//! clock times, with the zone that they were most likely posted in.

use chrono_tz::Tz;
use countywire::model::{ParsedFeed, Timestamp};
use countywire::parse::{self, Document, Limits, ParseContext};
use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};
use url::Url;

/// What one feed posted, without a hole that the captures did not see.
pub struct Series {
    pub name: String,
    /// `None`: neither language nor dates tell.
    pub zone: Option<Tz>,
    /// In order.
    pub times: Vec<i64>,
}

/// One capture of a feed: items by name, with their times.
struct Capture {
    feed: String,
    zone: Option<Tz>,
    items: BTreeMap<String, i64>,
}

/// Items that a series has at least.
const FEWEST: usize = 10;

pub fn load(folder: &Path) -> std::io::Result<Vec<Series>> {
    let mut files = Vec::new();
    collect(folder, &mut files)?;
    files.sort();
    let mut feeds: BTreeMap<String, Vec<Capture>> = BTreeMap::new();
    for file in files {
        let bytes = std::fs::read(&file)?;
        if let Some(capture) = capture(&file, &bytes) {
            feeds.entry(capture.feed.clone()).or_default().push(capture);
        }
    }
    let series = feeds.into_iter().filter_map(|(name, captures)| longest_run(name, captures));
    Ok(series.filter(|series| series.times.len() >= FEWEST && is_clocked(&series.times)).collect())
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() { collect(&path, files)? } else { files.push(path) }
    }
    Ok(())
}

fn capture(file: &Path, bytes: &[u8]) -> Option<Capture> {
    let url = Url::parse("https://feed.example/").expect("an address");
    // Dates without a zone are taken for those of the zone found first.
    let zone = offset(bytes);
    let context = ParseContext {
        zone: zone.unwrap_or(Tz::UTC),
        polled_at: Timestamp(1_800_000_000),
        limits: Limits { items: 5_000, ..Limits::default() },
    };
    let document = Document { bytes, content_type: None, url: Some(&url) };
    let feed = parse::parse(&document, &context).ok()?;
    let mut items = BTreeMap::new();
    for entry in &feed.entries {
        let Some(date) = entry.published.or(entry.updated).filter(|date| !date.relative) else {
            continue;
        };
        let name = entry.guid.as_ref().or(entry.link.as_ref()).or(entry.title.as_ref());
        let plausible = 946_684_800..1_800_000_000;
        if let Some(name) = name.filter(|_| plausible.contains(&date.at.0)) {
            items.entry(name.clone()).or_insert(date.at.0);
        }
    }
    let folder = file.parent().and_then(Path::file_name).and_then(|name| name.to_str());
    let name = match folder {
        Some(folder) if folder != "real" => folder.to_owned(),
        _ => feed.title.clone().unwrap_or_default() + " " + feed.link.as_deref().unwrap_or(""),
    };
    Some(Capture { feed: name, zone: by_language(&feed).or(zone), items })
}

/// The offset after a clock time that most dates of the document state, if it is not UTC.
fn offset(bytes: &[u8]) -> Option<Tz> {
    let text = String::from_utf8_lossy(bytes);
    let mut counts: BTreeMap<i32, usize> = BTreeMap::new();
    for (at, sign) in text.match_indices(['+', '-']) {
        let clock = text[..at].trim_end().rsplit([' ', 'T']).next().unwrap_or_default();
        let is_clock = clock.contains(':') && clock.ends_with(|c: char| c.is_ascii_digit());
        let hours = text.get(at + 1..at + 3).filter(|_| is_clock).and_then(|two| two.parse().ok());
        if let Some(hours @ 1..=14) = hours {
            *counts.entry(if sign == "-" { -hours } else { hours }).or_default() += 1;
        }
    }
    let (hours, _) = counts.into_iter().max_by_key(|(_, count)| *count)?;
    // The names of these zones count westward.
    format!("Etc/GMT{:+}", -hours).parse().ok()
}

fn by_language(feed: &ParsedFeed) -> Option<Tz> {
    let language = feed.language.as_deref().unwrap_or("").to_ascii_lowercase();
    let chinese = feed.title.as_deref().is_some_and(|title| title.chars().any(is_han));
    let zone = match language.get(..2).unwrap_or("") {
        "zh" => Tz::Asia__Shanghai,
        "" if chinese => Tz::Asia__Shanghai,
        "ja" => Tz::Asia__Tokyo,
        "de" | "fr" | "it" | "es" | "nl" | "sv" | "da" | "pl" | "cs" | "sk" => Tz::Europe__Berlin,
        "ru" => Tz::Europe__Moscow,
        "pt" => Tz::America__Sao_Paulo,
        "en" if language.ends_with("gb") => Tz::Europe__London,
        "en" if language.ends_with("us") => Tz::America__New_York,
        _ => return None,
    };
    Some(zone)
}

fn is_han(c: char) -> bool {
    ('\u{4E00}'..='\u{9FFF}').contains(&c)
}

/// The captures of a feed that overlap each other, most items first: between others lie
/// holes, which would look like silence.
fn longest_run(name: String, captures: Vec<Capture>) -> Option<Series> {
    let mut runs: Vec<Capture> = Vec::new();
    for capture in captures {
        let overlaps =
            |run: &Capture| capture.items.keys().any(|name| run.items.contains_key(name));
        match runs.last_mut().filter(|run| overlaps(run)) {
            Some(run) => run.items.extend(capture.items),
            None => runs.push(capture),
        }
    }
    let run = runs.into_iter().max_by_key(|run| run.items.len())?;
    let mut times: Vec<i64> = run.items.into_values().collect();
    times.sort_unstable();
    Some(Series { name, zone: run.zone, times })
}

/// Whether the times are those of a clock: not of dates alone, nor all of one instant.
fn is_clocked(times: &[i64]) -> bool {
    let days: HashSet<i64> = times.iter().map(|at| at.rem_euclid(86_400)).collect();
    let whole = times.iter().filter(|at| *at % 3_600 == 0).count();
    days.len() * 2 > times.len() && whole * 2 < times.len()
}
