//! Regions that somebody may have meant who wrote a code or a name that none has.

use crate::model::{Region, RegionTree};
use crate::text::script;
use std::cmp::Reverse;

/// More would be no help.
const MOST: usize = 3;
/// Digits of a code, at most.
const DIGITS: usize = 12;
/// A code with fewer in common is another state's.
const LEAST_COMMON: usize = 2;

/// The letters of a country, if any, and the digits behind them; `None`: it is no code.
pub fn code(text: &str) -> Option<(&str, &str)> {
    let letters = text.bytes().take_while(u8::is_ascii_alphabetic).count();
    let (country, digits) = text.split_at(letters);
    let is_code = matches!(letters, 0 | 2)
        && (1..=DIGITS).contains(&digits.len())
        && digits.bytes().all(|digit| digit.is_ascii_digit());
    is_code.then_some((country, digits))
}

/// Those whose codes begin like one that there is not, the likest first; none of what is no code.
pub fn codes<'t>(text: &str, tree: &'t RegionTree) -> Vec<&'t Region> {
    let Some((country, digits)) = code(text) else { return Vec::new() };
    let mut near: Vec<(Reverse<usize>, u64, &Region)> = Vec::new();
    for region in tree.iter() {
        let Some((own_country, own)) = code(region.code.as_str()) else { continue };
        let is_other = !country.is_empty() && !country.eq_ignore_ascii_case(own_country);
        let common = own.bytes().zip(digits.bytes()).take_while(|(a, b)| a == b).count();
        if is_other || own.len() != digits.len() || common < LEAST_COMMON {
            continue;
        }
        let [own, digits] = [own, digits].map(|digits| digits.parse::<u64>().unwrap_or(0));
        near.push((Reverse(common), own.abs_diff(digits), region));
    }
    near.sort_by_key(|(common, distance, _)| (*common, *distance));
    near.into_iter().take(MOST).map(|(_, _, region)| region).collect()
}

/// Those whose names are a part of one that there is not, or hold it; then those whose names differ
/// from it in one character.
pub fn names<'t>(text: &str, tree: &'t RegionTree) -> Vec<&'t Region> {
    let name: Vec<char> = script::to_simplified(text).chars().collect();
    let likeness = |region: &Region| {
        [&region.name, &region.short]
            .into_iter()
            .filter_map(|known| likeness(&known.chars().collect::<Vec<_>>(), &name))
            .min()
    };
    let near = tree.iter().filter_map(|region| Some((likeness(region)?, region)));
    let mut near: Vec<(Likeness, &Region)> = near.collect();
    near.sort_by_key(|(likeness, _)| *likeness);
    near.into_iter().take(MOST).map(|(_, region)| region).collect()
}

/// The more alike, the less.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Likeness {
    Part,
    Differs,
}

fn likeness(known: &[char], name: &[char]) -> Option<Likeness> {
    let (short, long) = if known.len() < name.len() { (known, name) } else { (name, known) };
    if short.len() >= 2 && long.windows(short.len()).any(|part| part == short) {
        return Some(Likeness::Part);
    }
    let differing = known.iter().zip(name).filter(|(a, b)| a != b).count();
    let is_other = short.len() == long.len() && short.len() >= 3 && differing == 1;
    is_other.then_some(Likeness::Differs)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::publish::sample;

    #[test]
    fn a_code_that_there_is_not_leads_to_its_neighbours() {
        let tree = sample::regions();
        let found = |text: &str| -> Vec<String> {
            codes(text, &tree).iter().map(|region| region.code.to_string()).collect()
        };
        for text in ["610482", "cn610482", "CN610482"] {
            assert_eq!(found(text)[0], "cn610481", "{text}");
        }
        for text in ["990000", "us610482", "兴平", "", "61048", "1234567890123"] {
            assert_eq!(found(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn a_name_that_there_is_not_leads_to_those_like_it() {
        let tree = sample::regions();
        let found = |text: &str| -> Vec<&str> {
            names(text, &tree).iter().map(|region| region.short.as_str()).collect()
        };
        for text in ["兴平县", "興坪市", "陕西兴平"] {
            assert!(found(text).contains(&"兴平"), "{text}: {:?}", found(text));
        }
        for text in ["", "市", "乌有乡"] {
            assert_eq!(found(text), [""; 0], "{text}");
        }
    }
}
