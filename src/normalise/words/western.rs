//! Bylines and datelines in Latin script: `By Jane Doe, The Associated Press`, `LONDON (Reuters) -`.

use super::{Found, tail};
use crate::text::clean;

const MOST_LINE_BYTES: usize = 160;
const MOST_WORDS: usize = 5;
/// Longer names before those they begin with.
const AGENCIES: [&str; 31] = [
    "Associated Press",
    "AP",
    "Thomson Reuters",
    "Reuters",
    "Agence France-Presse",
    "AFP",
    "United Press International",
    "UPI",
    "Bloomberg News",
    "Bloomberg",
    "Xinhua News Agency",
    "Xinhua",
    "China News Service",
    "Kyodo News",
    "Kyodo",
    "Jiji Press",
    "Yonhap News Agency",
    "Yonhap",
    "DPA",
    "dpa",
    "EFE",
    "ANSA",
    "TASS",
    "Interfax",
    "Press Trust of India",
    "PTI",
    "ANI",
    "Anadolu Agency",
    "Bernama",
    "States Newsroom",
    "The Canadian Press",
];
/// How the names of outlets end, and hardly any person's.
const OUTLETS: [&str; 7] = ["Daily", "Times", "News", "Agency", "Press", "Tribune", "Gazette"];
const JOBS: [&str; 7] =
    ["Writer", "Reporter", "Editor", "Correspondent", "Staff", "Columnist", "Photographer"];
/// What no name begins with, but a headline may.
const NO_FIRST_NAMES: [&str; 50] = [
    "The",
    "This",
    "That",
    "Then",
    "These",
    "His",
    "Her",
    "Our",
    "Its",
    "All",
    "In",
    "On",
    "Air",
    "Any",
    "Bike",
    "Boat",
    "Bus",
    "Car",
    "Day",
    "Early",
    "Each",
    "Every",
    "Foot",
    "Land",
    "Last",
    "Late",
    "Mid",
    "My",
    "Next",
    "Night",
    "No",
    "Official",
    "Plane",
    "Popular",
    "Public",
    "Pure",
    "Road",
    "Royal",
    "Sea",
    "Sheer",
    "Some",
    "Special",
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
    "Your",
];
/// What is in no name.
const NO_NAMES: [&str; 32] = [
    "And",
    "Or",
    "The",
    "Of",
    "In",
    "On",
    "For",
    "To",
    "With",
    "At",
    "From",
    "An",
    "Accident",
    "Appointment",
    "Board",
    "Bureau",
    "Council",
    "Default",
    "Demand",
    "Desk",
    "Editors",
    "Means",
    "Numbers",
    "Report",
    "Reports",
    "Request",
    "Staff",
    "Team",
    "Train",
    "Vote",
    "Correspondent",
    "Columnist",
];
/// Parts of names that are written small.
const SMALL: [&str; 14] =
    ["de", "del", "della", "da", "di", "van", "von", "der", "den", "la", "le", "bin", "al", "el"];

pub(super) fn find(line: &str) -> Found {
    let (byline, outlet) = byline(line);
    let credit = source(line).or_else(|| dateline(line));
    Found { byline, credit: outlet.or(credit) }
}

/// What stands before those who wrote it.
const BY: [&str; 7] =
    ["By ", "BY ", "By: ", "Posted by ", "Written by ", "Reported by ", "Story by "];

/// Whether a line begins as a byline does.
pub(super) fn begins(line: &str) -> bool {
    BY.iter().any(|by| line.starts_with(by))
}

/// A line that is a byline and nothing else, or begins with one that an agency ends.
fn byline(line: &str) -> (Option<String>, Option<String>) {
    const NOBODY: (Option<String>, Option<String>) = (None, None);
    let Some(rest) = BY.iter().find_map(|by| line.trim().strip_prefix(by)) else {
        return NOBODY;
    };
    if let Some(found) = of_agency(clean::head(rest, MOST_LINE_BYTES)) {
        return found;
    }
    if line.len() > MOST_LINE_BYTES {
        return NOBODY;
    }
    let rest = tail::without(rest.trim_end_matches('.'));
    if let Some((people, outlet)) =
        [" of the ", " for the ", " of The ", " for The "].iter().find_map(|of| rest.split_once(of))
        && are_people(people)
        && OUTLETS.iter().any(|end| outlet.ends_with(end))
        && outlet.split(' ').all(|word| word.starts_with(char::is_uppercase))
    {
        return (Some(people.to_owned()), Some(outlet.to_owned()));
    }
    let (people, outlet) = match rest.split_once([',', '|', '•', '/', '—']) {
        // `Jane Doe, John Roe and Ann Poe`
        Some((_, outlet)) if outlet.contains(" and ") && are_people(rest) => (rest, None),
        Some((people, outlet)) => (people, Some(outlet.trim())),
        None => (rest, None),
    };
    let is_outlet = |text: &&str| {
        !text.is_empty()
            && text.len() <= 60
            && text.split(' ').all(|word| {
                word.starts_with(|c: char| c.is_uppercase() || c == '&')
                    || ["of", "the", "and", "for"].contains(&word)
            })
    };
    let people = people.trim();
    if !are_people(people) || !outlet.iter().all(is_outlet) {
        return NOBODY;
    }
    // `By Springfield Gazette`
    if outlet.is_none() && OUTLETS.iter().any(|end| people.ends_with(end)) {
        return (None, Some(people.to_owned()));
    }
    // `Staff Writer` is no outlet.
    let outlet = outlet.filter(|outlet| !JOBS.iter().any(|job| outlet.contains(job)));
    (Some(people.to_owned()), outlet.map(str::to_owned))
}

/// `Jane Doe, Reuters. The text`, `The Associated Press`, `Xinhua writers Li Lei, Han Mei`.
fn of_agency(text: &str) -> Option<(Option<String>, Option<String>)> {
    if let Some((agency, after)) = agency(text) {
        let credit = Some(agency.to_owned());
        if ends(after) {
            return Some((None, credit));
        }
        let (job, people) = after.trim_start().split_once(' ')?;
        let job = job.trim_end_matches('s').to_ascii_lowercase();
        let is_job = JOBS.iter().any(|known| known.eq_ignore_ascii_case(&job));
        return (is_job && are_people(people)).then(|| (Some(people.to_owned()), credit));
    }
    let mut parts = text.match_indices([',', '|', '•', '/', '—']);
    parts.find_map(|(at, part)| {
        let (agency, after) = agency(text[at + part.len()..].trim_start())?;
        let people = text[..at].trim();
        (ends(after) && are_people(people))
            .then(|| (Some(people.to_owned()), Some(agency.to_owned())))
    })
}

/// The agency that a text begins with, and what follows.
fn agency(text: &str) -> Option<(&str, &str)> {
    let bare = ["The ", "the "].iter().find_map(|the| text.strip_prefix(the)).unwrap_or(text);
    let found = AGENCIES
        .iter()
        .find_map(|name| bare.strip_prefix(*name).or_else(|| text.strip_prefix(*name)))?;
    let is_whole = !found.starts_with(|c: char| c.is_alphanumeric() || "'’-".contains(c));
    is_whole.then(|| (&text[..text.len() - found.len()], found))
}

/// Whether a byline ends where this text begins.
fn ends(after: &str) -> bool {
    let rest = after.trim_start();
    let sentence = after.strip_prefix('.');
    rest.is_empty()
        || rest.starts_with(['|', '•', '–', '—'])
        || rest.starts_with("- ")
        || sentence.is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
}

/// Names joined by commas and `and`.
fn are_people(text: &str) -> bool {
    let parts = text.split(" and ").flat_map(|part| part.split(" And "));
    let parts = parts.flat_map(|part| part.split(" AND "));
    let names = parts.flat_map(|part| part.split(',')).map(str::trim);
    let mut names = names.filter(|name| !name.is_empty()).peekable();
    names.peek().is_some() && names.all(is_person)
}

fn is_person(name: &str) -> bool {
    let words: Vec<&str> = name.split(' ').filter(|word| !word.is_empty()).collect();
    let is_word = |word: &&str| {
        SMALL.contains(word)
            || (word.starts_with(char::is_uppercase)
                && word.chars().all(|c| c.is_alphabetic() || ".'’-".contains(c)))
    };
    (2..=MOST_WORDS).contains(&words.len())
        && words.iter().all(is_word)
        && !is_listed(&NO_FIRST_NAMES, words[0])
        && !words.iter().any(|word| is_listed(&NO_NAMES, word))
        && words.last().is_some_and(|word| word.starts_with(char::is_uppercase))
}

fn is_listed(list: &[&str], word: &str) -> bool {
    list.iter().any(|listed| listed.eq_ignore_ascii_case(word))
}

/// `Source: Xianyang Daily`, when it is the whole line.
fn source(line: &str) -> Option<String> {
    let name = line.trim().strip_prefix("Source: ")?.trim_end_matches('.').trim();
    let is_name = (3..=60).contains(&name.len())
        && name.starts_with(|c: char| c.is_uppercase() || c.is_ascii_digit())
        && !name.contains([';', ':', '?', '!'])
        && name.split(' ').count() <= 6;
    is_name.then(|| name.to_owned())
}

/// `LONDON, March 3 (Reuters) -`: the agency in the brackets.
pub(super) fn dateline(line: &str) -> Option<String> {
    let (place, rest) = line.split_once('(').filter(|(place, _)| place.len() <= 48)?;
    let (agency, after) = rest.split_once(')')?;
    let capitals = place.bytes().take_while(|b| *b != b',').filter(u8::is_ascii_uppercase).count();
    let small = place.bytes().take_while(|b| *b != b',').any(|b| b.is_ascii_lowercase());
    let dash = after.trim_start().starts_with(['-', '–', '—']);
    (AGENCIES.contains(&agency) && dash && (place.is_empty() || (capitals >= 2 && !small)))
        .then(|| agency.to_owned())
}
