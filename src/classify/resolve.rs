//! Which place each name in the text means.

use super::Text;
use super::names::Guard;
use super::places::{Place, Places};
use super::scan::Mention;
use crate::model::EvidenceKind;

/// What a place in the source's own region weighs more, in percent: between two equals it
/// decides, against a heavier one it does not (an outlet's city is often not the story's).
const HOME: u32 = 70;

/// A mention whose place is known.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seen {
    pub(super) place: Place,
    pub(super) weight: u32,
    pub(super) part: EvidenceKind,
    /// Where the evidence starts: at the ancestors right before the name (陕西咸阳兴平).
    pub(super) start: usize,
    pub(super) end: usize,
}

/// Gives each mention its place; those that stay unclear are dropped.
///
/// `home`: the source's region, which decides between the meanings
/// of one name and adds a little weight.
pub(super) fn resolve(
    places: &Places,
    mentions: &[Mention<'_>],
    text: &Text<'_>,
    home: Option<Place>,
) -> Vec<Seen> {
    let (choices, starts) = by_neighbours(places, mentions, text);
    let certain: Vec<Place> = choices.iter().flatten().copied().collect();
    let mut seen = Vec::with_capacity(mentions.len());
    for ((mention, choice), start) in mentions.iter().zip(choices).zip(starts) {
        let mut weight = mention.weight;
        let place = choice.or_else(|| by_context(places, mention, &certain, home)).or_else(|| {
            // A common word counts for half in the paper of the very county or city.
            weight /= 2;
            trap_at_home(places, mention, home?)
        });
        if let Some(place) = place {
            if certain.iter().any(|&known| places.is_below(place, known)) {
                weight += weight / 4;
            }
            // Said again: hardly new evidence.
            if seen.iter().any(|one: &Seen| one.place == place && one.part == mention.part) {
                weight /= 4;
            }
            if home.is_some_and(|home| places.is_within(place, home)) {
                weight += weight * HOME / 100;
            }
            seen.push(Seen { place, weight, part: mention.part, start, end: mention.end });
        }
    }
    seen
}

/// What a name says by itself, with the ancestor right before it (陕西咸阳) or after it
/// (King County, Washington).
fn by_neighbours(
    places: &Places,
    mentions: &[Mention<'_>],
    text: &Text<'_>,
) -> (Vec<Option<Place>>, Vec<usize>) {
    let mut choices: Vec<Option<Place>> = vec![None; mentions.len()];
    let mut starts: Vec<usize> = mentions.iter().map(|mention| mention.start).collect();
    for at in 0..mentions.len() {
        let mention = &mentions[at];
        let before = at.checked_sub(1).and_then(|index| {
            let before = &mentions[index];
            let text = &text.part(mention.part).folded;
            (before.part == mention.part).then(|| (index, before, &text[before.end..mention.start]))
        });
        if let Some((index, before, ", ")) = before
            && let Some((inner, outer)) = pair(places, before, mention)
        {
            (choices[index], choices[at]) = (Some(inner), Some(outer));
            continue;
        }
        let ancestor = match before {
            Some((index, _, "" | " " | "·")) => choices[index].map(|place| (index, place)),
            _ => None,
        };
        let senses = &mention.name.senses;
        let inside = ancestor.and_then(|(index, ancestor)| {
            let below = senses.iter().copied().filter(|&one| places.is_below(one, ancestor));
            highest(places, below).map(|place| (index, place))
        });
        if let Some((index, place)) = inside {
            choices[at] = Some(place);
            starts[at] = starts[index];
        } else if matches!(mention.name.guard, Guard::None | Guard::Abbreviation) {
            choices[at] = highest(places, senses.iter().copied());
        }
    }
    (choices, starts)
}

/// The place of the highest level, if it is the only one there.
fn highest(places: &Places, senses: impl Iterator<Item = Place> + Clone) -> Option<Place> {
    let level = senses.clone().map(|place| places.level(place)).min()?;
    only(senses.filter(|&place| places.level(place) == level))
}

fn only(mut senses: impl Iterator<Item = Place>) -> Option<Place> {
    let first = senses.next()?;
    senses.next().is_none().then_some(first)
}

/// The one way to read `inner, outer` as a place and what holds it.
fn pair(places: &Places, inner: &Mention<'_>, outer: &Mention<'_>) -> Option<(Place, Place)> {
    let mut ways = inner.name.senses.iter().flat_map(|&small| {
        let holders = outer.name.senses.iter().filter(move |&&big| places.is_below(small, big));
        holders.map(move |&big| (small, big))
    });
    let first = ways.next()?;
    ways.next().is_none().then_some(first)
}

/// What the other places in the text, else the source, make of an unclear name.
fn by_context(
    places: &Places,
    mention: &Mention<'_>,
    certain: &[Place],
    home: Option<Place>,
) -> Option<Place> {
    let senses = || mention.name.senses.iter().copied();
    match mention.name.guard {
        Guard::None | Guard::Abbreviation => {
            let known = |place: &Place| certain.iter().any(|&one| places.is_within(*place, one));
            only(senses().filter(known)).or_else(|| {
                let mut scopes = places.lineage(home?);
                scopes.find_map(|scope| only(senses().filter(|&one| places.is_within(one, scope))))
            })
        }
        Guard::Trap => only(senses().filter(|place| certain.contains(place))),
        Guard::Pair => None,
    }
}

fn trap_at_home(places: &Places, mention: &Mention<'_>, home: Place) -> Option<Place> {
    let near = |place: &Place| *place == home || places.parent(*place) == Some(home);
    let trap = mention.name.guard == Guard::Trap;
    only(mention.name.senses.iter().copied().filter(near)).filter(|_| trap)
}
