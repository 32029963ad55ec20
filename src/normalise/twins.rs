//! Items of one document that differ in nothing but their guids: one item listed twice.

use super::moves::Facts;
use super::names::Of;
use super::prints;
use crate::model::{EntryKey, ParsedEntry};
use std::collections::HashMap;

/// For each item, the place of the first one that is the same.
///
/// Undated ones are, when none but they have their link: short messages of one wording
/// may stand under the link of all.
pub(super) fn firsts(items: &[ParsedEntry], facts: &[Facts]) -> Vec<usize> {
    let mut of_link: HashMap<u32, usize> = HashMap::with_capacity(items.len());
    facts.iter().for_each(|facts| *of_link.entry(facts.mark.0).or_default() += 1);
    let mut groups: HashMap<_, Vec<usize>> = HashMap::new();
    for (at, (item, facts)) in items.iter().zip(facts).enumerate() {
        let date = prints::date(item).map(|date| date.at);
        if facts.mark.0 != 0 && of_link.get(&facts.mark.0) > Some(&1) {
            groups.entry((facts.mark, facts.fingerprint, date)).or_default().push(at);
        }
    }
    let mut firsts: Vec<usize> = (0..items.len()).collect();
    for ((mark, fingerprint, date), places) in groups {
        let alone = of_link.get(&mark.0) == Some(&places.len());
        if date.is_some() || (alone && prints::text_of(fingerprint) != 0) {
            places.iter().for_each(|at| firsts[*at] = places[0]);
        }
    }
    firsts
}

/// Gives the same items one key, whatever their order.
pub(super) fn join(keys: &mut [(EntryKey, Of)], firsts: &[usize]) {
    let mut least: HashMap<usize, (EntryKey, Of)> = HashMap::new();
    let twins = || firsts.iter().enumerate().filter(|(at, first)| at != *first);
    for (at, first) in twins() {
        let least = least.entry(*first).or_insert(keys[*first]);
        if keys[at].0.0 < least.0.0 {
            *least = keys[at];
        }
    }
    for (at, first) in firsts.iter().enumerate() {
        if let Some(least) = least.get(first) {
            keys[at] = *least;
        }
    }
}
