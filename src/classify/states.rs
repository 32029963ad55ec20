//! What stands around a state that is shortened as newspapers do: `SPRINGFIELD, Ill. (AP)`.

use memchr::memmem;
use std::borrow::Cow;

/// Words that a town has at most: North Las Vegas.
const TOWN_WORDS: usize = 3;
/// What counties are called.
const COUNTY: [&str; 3] = ["County", "Parish", "Borough"];
const COUNTY_IN_CAPITALS: [&str; 3] = [" COUNTY", " PARISH", " BOROUGH"];
/// Capitals of a headline that is set in them.
const SHOUTED: usize = 8;

/// What stands before a state that is told with a town: `Springfield, Ill.`, `Springfield (Ill.)`.
pub(super) fn before_state(text: &str, (start, end): (usize, usize)) -> Option<&str> {
    let before = &text[..start];
    let in_brackets = || before.strip_suffix(" (").filter(|_| text[end..].starts_with(')'));
    before.strip_suffix(", ").or_else(in_brackets)
}

/// Whether it is a county's name in full: Lake of the Woods County.
pub(super) fn is_county(name: &str) -> bool {
    let last = name.rsplit_once(' ').map(|(_, last)| last);
    last.is_some_and(|last| COUNTY.contains(&last))
}

/// Headlines in capitals as they are otherwise, and so counties in capitals wherever they stand
/// (`in MARICOPA COUNTY`). Places in the text stay what they are.
pub(super) fn unshouted<'t>(text: Cow<'t, str>, is_title: bool) -> Cow<'t, str> {
    let is_of_words = || !text.chars().any(|c| c.is_ascii_lowercase() || c >= '\u{2e80}');
    let capitals = text.bytes().filter(u8::is_ascii_uppercase).take(SHOUTED).count();
    if is_title && capitals == SHOUTED && is_of_words() {
        return Cow::Owned(lowered(&text));
    }
    let counties = COUNTY_IN_CAPITALS
        .iter()
        .flat_map(|word| memmem::find_iter(text.as_bytes(), *word).map(|at| at + word.len()));
    let mut unshouted: Option<String> = None;
    for end in counties {
        if let Some(county) = words_in_capitals(&text[..end]) {
            let whole = unshouted.get_or_insert_with(|| text.to_string());
            whole.replace_range(end - county.len()..end, &lowered(county));
        }
    }
    unshouted.map_or(text, Cow::Owned)
}

/// Words of three letters or more with small ones behind the first: `ST. LOUIS, MO` becomes `St. Louis,
/// MO`.
pub(super) fn lowered(text: &str) -> String {
    let mut lowered = String::with_capacity(text.len());
    let is_letter = |c: char| c.is_alphabetic() || matches!(c, '\'' | '’');
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let end = rest.find(|c| is_letter(c) != is_letter(first)).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        let is_word = word.chars().nth(2).is_some() || matches!(word, "ST" | "STE");
        match is_word {
            true => lowered.push_str(&calmed_word(word)),
            false => lowered.push_str(word),
        }
        rest = after;
    }
    lowered
}

/// `O'BRIEN` is O'Brien, and `GEORGE'S` George's.
fn calmed_word(word: &str) -> String {
    let mut starts = true;
    let letters = word.char_indices().map(|(at, c)| {
        let ends_word = word[at + c.len_utf8()..].is_empty();
        let small = c.to_lowercase().next().filter(|small| small.len_utf8() == c.len_utf8());
        let calmed = match starts && !(ends_word && at > 0) {
            true => c,
            false => small.unwrap_or(c),
        };
        starts = !c.is_alphabetic();
        calmed
    });
    letters.collect()
}

/// The words in capitals that a text ends in, a county's name and what it is called.
fn words_in_capitals(text: &str) -> Option<&str> {
    let is_part = |word: &str| {
        is_in_capitals(word) || matches!(word, "ST." | "DE" | "LA" | "DU" | "EL" | "OF")
    };
    let starts = text.rmatch_indices(' ').map(|(at, _)| at + 1).chain([0]).take(TOWN_WORDS + 2);
    let in_capitals = starts.take_while(|&at| text[at..].split(' ').next().is_some_and(is_part));
    in_capitals.last().map(|start| &text[start..]).filter(|words| words.contains(' '))
}

/// Whether a text ends in a word such as a name has, be it in capitals: `Pasco`, `PASCO`.
pub(super) fn ends_in_name(text: &str) -> bool {
    let word = text.rsplit(' ').next().unwrap_or(text);
    let letters = word.chars().filter(|c| c.is_alphabetic()).count();
    word.starts_with(|c: char| c.is_uppercase())
        && letters >= 3
        && (word.ends_with(|c: char| c.is_lowercase()) || is_in_capitals(word))
}

/// The words in capitals that a text ends in.
pub(super) fn capitals(text: &str) -> Option<&str> {
    let starts = text.rmatch_indices(' ').map(|(at, _)| at + 1).chain([0]).take(TOWN_WORDS);
    let in_capitals = starts.take_while(|&at| text[at..].split(' ').all(is_in_capitals));
    in_capitals.last().map(|start| &text[start..])
}

/// `NEW YORK` as it is mostly written elsewhere: `New York`. Of a name, whatever is small or large
/// in it, what its capitals give.
pub(super) fn calmed(name: &str) -> String {
    let mut starts = true;
    let letters = name.chars().map(|c| {
        let calmed = if starts { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() };
        starts = !c.is_alphabetic();
        if c == '’' { '\'' } else { calmed }
    });
    letters.collect()
}

/// Whether the sentence goes on behind an abbreviation: its dot ends none.
pub(super) fn goes_on(after: &str) -> bool {
    let rest = after.trim_start_matches(' ');
    let is_apart = rest.len() < after.len();
    rest.starts_with([',', ';', ':', '(', '—', '–', '-'])
        || (is_apart && rest.starts_with(|c: char| c.is_lowercase()))
}

fn is_in_capitals(word: &str) -> bool {
    word.chars().nth(2).is_some()
        && word.chars().all(|c| c.is_ascii_uppercase() || matches!(c, '.' | '-' | '\'' | '’'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn towns_in_capitals_are_found_and_calmed() {
        for (text, town) in [
            ("SPRINGFIELD", Some("SPRINGFIELD")),
            ("said. LAS VEGAS", Some("LAS VEGAS")),
            ("Storm hits NORTH LAS VEGAS", Some("NORTH LAS VEGAS")),
            ("in COEUR D'ALENE", Some("COEUR D'ALENE")),
            ("QUEEN ANNE’S COUNTY", Some("QUEEN ANNE’S COUNTY")),
            ("in Seattle", None),
            ("IN", None),
            ("", None),
        ] {
            assert_eq!(capitals(text), town, "{text}");
        }
        assert_eq!(calmed("NORTH LAS VEGAS"), "North Las Vegas");
        assert_eq!(calmed("WINSTON-SALEM"), "Winston-Salem");
        for name in ["Coeur d'Alene", "Queen Anne's County", "DeKalb", "Lake of the Woods"] {
            let capitals = name.to_uppercase();
            assert_eq!(calmed(&capitals), calmed(name), "{name}");
            assert_eq!(calmed(&capitals.replace('\'', "’")), calmed(name), "{name}");
        }
    }

    #[test]
    fn a_sentence_goes_on_or_ends() {
        for after in [", on Monday", " (AP)", " — A fire", " officials said", ":"] {
            assert!(goes_on(after), "{after}");
        }
        for after in ["", " ", " She left", "\nNext", "x"] {
            assert!(!goes_on(after), "{after}");
        }
    }
}
