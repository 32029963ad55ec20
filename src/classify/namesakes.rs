//! Towns that are called like a state: `Nevada, Iowa`, `Washington, Mo.`.

use super::names::Guard;
use super::places::{Place, Places};
use super::scan::Mention;
use crate::model::RegionLevel;

/// States that newspapers never shorten, so that beside a shortened one they may be themselves:
/// `Storms hit Texas, Okla.`
const NEVER_SHORT: [&str; 8] =
    ["Alaska", "Hawaii", "Idaho", "Iowa", "Maine", "Ohio", "Texas", "Utah"];
/// What stands between the states of a list.
const BETWEEN: [&str; 7] = [", ", " and ", ", and ", " & ", " or ", ", or ", "; "];

/// Where a town is that is called like a state and stands before its own: its county, if the
/// table of towns has it, else that state; and the state. `None` where two states are named.
///
/// `at`: of the state that holds it, behind the other. `text`: the part of both.
pub(super) fn namesake(
    places: &Places,
    mentions: &[Mention<'_>],
    at: usize,
    text: &str,
) -> Option<(Place, Place)> {
    let (inner, outer) = (mentions.get(at.checked_sub(1)?)?, &mentions[at]);
    let (name, holder) = (&text[inner.start..inner.end], &text[outer.start..outer.end]);
    let is_state = inner.name.is_high && inner.guard != Guard::Abbreviation && name.is_ascii();
    let state = state_of(places, outer).filter(|state| !inner.name.senses.contains(state))?;
    if !is_state {
        return None;
    }
    let is_shortened = matches!(outer.guard, Guard::State | Guard::StateWord | Guard::Abbreviation);
    // NEVADA, Iowa (AP)
    let is_dateline = is_in_capitals(name) && !is_in_capitals(holder);
    let is_sure = is_dateline || (is_shortened && !NEVER_SHORT.contains(&name));
    let mut towns = inner.name.towns.iter().filter(|&&town| places.is_within(town, state));
    match towns.next() {
        Some(&town) if is_sure => Some((town, state)),
        // Many write of Washington, and of Utah next.
        Some(&town) if inner.guard == Guard::None && !is_listed(mentions, at, text) => {
            Some((town, state))
        }
        None if is_sure => Some((state, state)),
        _ => None,
    }
}

fn state_of(places: &Places, mention: &Mention<'_>) -> Option<Place> {
    let senses = mention.name.senses.iter().copied();
    let mut states = senses.filter(|&one| places.level(one) == RegionLevel::Province);
    states.next().filter(|_| states.next().is_none())
}

fn is_in_capitals(name: &str) -> bool {
    !name.contains(|c: char| c.is_lowercase())
}

/// Whether other states stand beside the two: Wyoming, Michigan and Ohio.
fn is_listed(mentions: &[Mention<'_>], at: usize, text: &str) -> bool {
    let is_joined = |left: usize, right: usize| {
        let (Some(one), Some(other)) = (mentions.get(left), mentions.get(right)) else {
            return false;
        };
        one.part == other.part
            && text.get(one.end..other.start).is_some_and(|between| BETWEEN.contains(&between))
    };
    let is_state = |at: usize| mentions.get(at).is_some_and(|one| one.name.is_high);
    let before =
        at.checked_sub(2).is_some_and(|before| is_state(before) && is_joined(before, at - 1));
    before || (is_state(at + 1) && is_joined(at, at + 1))
}
