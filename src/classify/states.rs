//! What stands around a state that is shortened as newspapers do: `SPRINGFIELD, Ill. (AP)`.

/// Words that a town has at most: North Las Vegas.
const TOWN_WORDS: usize = 3;

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
