//! Articles of one title and date with different texts: only those tell them apart. An
//! edit of one makes two entries of it, rather than one entry of two articles.

use super::identity::{Known, Named};
use super::moves::Facts;
use super::names::Of;
use super::prints;
use crate::model::EntryKey;
use std::collections::{HashMap, HashSet};

/// The key of one of several articles that have the key of title and date.
fn key(whole: EntryKey, text: u32) -> EntryKey {
    EntryKey::hash_of(&[&whole.0, b"text", &text.to_le_bytes()])
}

/// `repeats`: places of the items that have the key of the item at `first`, itself included.
pub(super) fn part(facts: &[Facts], first: usize, repeats: &[usize], named: &mut Vec<Named>) {
    let mut seen = HashSet::new();
    let texts = repeats.iter().map(|&at| (at, prints::text_of(facts[at].fingerprint)));
    let texts: Vec<(usize, u32)> = texts.filter(|(_, text)| seen.insert(*text)).collect();
    if texts.len() == 1 {
        return;
    }
    let whole = named[first].identity;
    for (index, text) in texts {
        let Facts { fingerprint, mark, link_is_own, .. } = facts[index];
        let key = key(whole.key, text);
        let identity = super::Identity { index, key, fingerprint, mark, link_is_own, ..whole };
        let part = Named { identity, of: Of::Title, by_text: true };
        if index == whole.index {
            named[first] = part;
        } else {
            named.push(part);
        }
    }
}

/// What has title and date for itself in this document, but had not in the last, is named
/// by its text again.
pub(super) fn part_again(named: &mut [Named], known: &[Known]) {
    let mut of_title: HashMap<u32, Vec<&Known>> = HashMap::new();
    for known in known {
        of_title.entry(known.mark.1).or_default().push(known);
    }
    let wholes = named.iter_mut().filter(|named| named.of == Of::Title && !named.by_text);
    for Named { identity, by_text, .. } in wholes {
        let is_part = |known: &&Known| {
            key(identity.key, prints::text_of(known.fingerprint)).beginning() == known.key
        };
        let Some(others) = of_title.get(&identity.mark.1) else { continue };
        if others.iter().all(|known| known.key != identity.short_key())
            && others.iter().any(is_part)
        {
            identity.key = key(identity.key, prints::text_of(identity.fingerprint));
            *by_text = true;
        }
    }
}
