//! Bylines and datelines in Latin script: `By Jane Doe, The Associated Press`, `LONDON (Reuters) -`.

use super::Found;

const MOST_LINE_BYTES: usize = 160;
const MOST_WORDS: usize = 5;
const AGENCIES: [&str; 12] = [
    "AP",
    "Reuters",
    "AFP",
    "UPI",
    "Bloomberg",
    "Xinhua",
    "Kyodo",
    "Yonhap",
    "DPA",
    "dpa",
    "TASS",
    "Interfax",
];
/// Parts of names that are written small.
const SMALL: [&str; 14] =
    ["de", "del", "della", "da", "di", "van", "von", "der", "den", "la", "le", "bin", "al", "el"];

pub(super) fn find(line: &str) -> Found {
    let byline = byline(line);
    let credit = source(line).or_else(|| dateline(line));
    let (byline, outlet) = byline.map_or((None, None), |(byline, outlet)| (Some(byline), outlet));
    Found { byline, credit: outlet.or(credit) }
}

/// A line that is a byline and nothing else.
fn byline(line: &str) -> Option<(String, Option<String>)> {
    let line = line.trim().trim_end_matches('.');
    let rest = ["By ", "BY ", "by "].iter().find_map(|by| line.strip_prefix(by))?;
    if line.len() > MOST_LINE_BYTES || line.starts_with("by") {
        return None;
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
        return None;
    }
    // `Staff Writer` is no outlet.
    let is_job = |text: &str| {
        ["Writer", "Reporter", "Editor", "Correspondent", "Staff", "Columnist", "Photographer"]
            .iter()
            .any(|job| text.contains(job))
    };
    Some((people.to_owned(), outlet.filter(|outlet| !is_job(outlet)).map(str::to_owned)))
}

/// Names joined by commas and `and`.
fn are_people(text: &str) -> bool {
    let names = text.split(" and ").flat_map(|part| part.split(',')).map(str::trim);
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
    let common =
        ["The", "This", "That", "Then", "These", "His", "Her", "Our", "Its", "All", "In", "On"];
    (2..=MOST_WORDS).contains(&words.len())
        && words.iter().all(is_word)
        && !common.contains(&words[0])
        && words.last().is_some_and(|word| word.starts_with(char::is_uppercase))
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
