//! Which place each name in the text means.

use super::Text;
use super::names::Guard;
use super::namesakes::namesake;
use super::places::{Place, Places};
use super::scan::Mention;
use crate::model::{EvidenceKind, Rule};

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
    pub(super) rule: Rule,
    pub(super) is_scene: bool,
    /// A name of the region itself, not of something in it.
    pub(super) is_region: bool,
}

type Choice = Option<(Place, Rule)>;

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
    let certain: Vec<Place> = mentions
        .iter()
        .zip(&choices)
        .filter(|(mention, _)| mention.guard != Guard::Town)
        .filter_map(|(_, choice)| choice.map(|(place, _)| place))
        .collect();
    let mut seen = Vec::with_capacity(mentions.len());
    for ((mention, choice), start) in mentions.iter().zip(choices).zip(starts) {
        let mut weight = mention.weight;
        let choice = choice.or_else(|| by_context(places, mention, &certain, home)).or_else(|| {
            // A common word counts for half in the paper of the very county or city.
            weight /= 2;
            trap_at_home(places, mention, home?)
        });
        let Some((place, rule)) = choice else { continue };
        let is_home = home.is_some_and(|home| places.is_within(place, home));
        if mention.guard == Guard::Town {
            if !certain.is_empty() && !certain.iter().any(|&known| places.is_within(place, known)) {
                weight /= 3;
            } else if is_home {
                weight *= 2;
            }
        }
        if certain.iter().any(|&known| places.is_below(place, known)) {
            weight += weight / 4;
        }
        // Said again: hardly new evidence.
        if seen.iter().any(|one: &Seen| one.place == place && one.part == mention.part) {
            weight /= 4;
        }
        if is_home {
            weight += weight * HOME / 100;
        }
        seen.push(Seen {
            place,
            weight,
            part: mention.part,
            start,
            end: mention.end,
            rule,
            is_scene: mention.is_scene,
            is_region: !matches!(mention.guard, Guard::Town | Guard::Landmark),
        });
    }
    seen
}

/// What a name says by itself, with the ancestor right before it (陕西咸阳), after it
/// (King County, Washington), or with a town of its own behind it (平定冠山镇).
fn by_neighbours(
    places: &Places,
    mentions: &[Mention<'_>],
    text: &Text<'_>,
) -> (Vec<Choice>, Vec<usize>) {
    let mut choices: Vec<Choice> = vec![None; mentions.len()];
    let mut starts: Vec<usize> = mentions.iter().map(|mention| mention.start).collect();
    for at in 0..mentions.len() {
        let mention = &mentions[at];
        let before = at.checked_sub(1).and_then(|index| {
            let before = &mentions[index];
            let text = &text.part(mention.part).folded;
            (before.part == mention.part).then(|| (index, before, &text[before.end..mention.start]))
        });
        if let Some((index, before, ", " | " (")) = before
            && let Some((inner, outer)) =
                namesake(places, mentions, at, &text.part(mention.part).folded)
                    .or_else(|| pair(places, before, mention))
        {
            (choices[index], choices[at]) = (Some((inner, Rule::Pair)), Some((outer, Rule::Pair)));
            continue;
        }
        let adjacent = before.filter(|(.., between)| matches!(*between, "" | " " | "·"));
        if let Some((index, before, _)) = adjacent
            && choices[index].is_none()
            && mention.guard == Guard::Town
        {
            let shared =
                before.name.senses.iter().copied().filter(|one| mention.name.senses.contains(one));
            choices[index] = only(shared).map(|place| (place, Rule::Town));
        }
        let ancestor = adjacent
            .and_then(|(index, ..)| choices[index].map(|(ancestor, _)| (index, ancestor)))
            .and_then(|(index, ancestor)| {
                inside(places, mention, ancestor).map(|place| (index, place))
            });
        if let Some((index, place)) = ancestor {
            choices[at] = Some((place, Rule::Ancestor));
            starts[at] = starts[index];
        } else {
            choices[at] = by_itself(places, mention);
        }
    }
    (choices, starts)
}

/// What a name means behind that of a place which holds it.
fn inside(places: &Places, mention: &Mention<'_>, ancestor: Place) -> Option<Place> {
    let senses = mention.name.senses.iter().copied();
    if mention.guard == Guard::Town {
        only(senses.filter(|&one| places.is_within(one, ancestor)))
    } else {
        highest(places, senses.filter(|&one| places.is_below(one, ancestor)))
    }
}

fn by_itself(places: &Places, mention: &Mention<'_>) -> Choice {
    let senses = mention.name.senses.iter().copied();
    match mention.guard {
        Guard::None | Guard::Abbreviation | Guard::State | Guard::StateWord => {
            highest(places, senses).map(|one| (one, Rule::Name))
        }
        Guard::Landmark => only(senses).map(|one| (one, Rule::Landmark)),
        Guard::Town => only(senses).map(|one| (one, Rule::Town)),
        Guard::Trap | Guard::Pair => None,
    }
}

/// The place of the highest level, if it is the only one there.
fn highest(places: &Places, senses: impl Iterator<Item = Place> + Clone) -> Option<Place> {
    let level = senses.clone().map(|place| places.level(place)).min()?;
    only(senses.filter(|&place| places.level(place) == level))
}

fn only<T>(mut senses: impl Iterator<Item = T>) -> Option<T> {
    let first = senses.next()?;
    senses.next().is_none().then_some(first)
}

/// The one way to read `inner, outer` as a place and what holds it. Washington, Oregon and Idaho
/// are three states, and no county of that name.
fn pair(places: &Places, inner: &Mention<'_>, outer: &Mention<'_>) -> Option<(Place, Place)> {
    let is_beside = |big: Place| {
        inner.name.senses != outer.name.senses
            && inner.name.senses.iter().any(|&one| places.level(one) == places.level(big))
    };
    let ways = |senses: &[Place]| {
        let holders = |small| {
            let holds = move |big: &Place| places.is_below(small, *big) && !is_beside(*big);
            outer.name.senses.iter().copied().filter(holds).map(move |big| (small, big))
        };
        only(senses.iter().copied().flat_map(holders))
    };
    // Lincoln, Nebraska, is no county where a town bears the name.
    ways(&inner.name.towns).or_else(|| ways(&inner.name.senses))
}

/// What the other places in the text, else the source, make of an unclear name.
fn by_context(
    places: &Places,
    mention: &Mention<'_>,
    certain: &[Place],
    home: Option<Place>,
) -> Choice {
    let senses = || mention.name.senses.iter().copied();
    let known =
        || only(senses().filter(|place| certain.iter().any(|&one| places.is_within(*place, one))));
    let context = match mention.guard {
        Guard::None | Guard::Abbreviation | Guard::State | Guard::StateWord | Guard::Town => {
            known()
        }
        Guard::Trap if mention.is_office => return known().map(in_context),
        Guard::Trap => {
            return only(senses().filter(|place| certain.contains(place))).map(in_context);
        }
        Guard::Pair | Guard::Landmark => return None,
    };
    context.map(in_context).or_else(|| {
        let mut scopes = places.lineage(home?);
        let place =
            scopes.find_map(|scope| only(senses().filter(|&one| places.is_within(one, scope))))?;
        Some((place, Rule::Prior))
    })
}

fn in_context(place: Place) -> (Place, Rule) {
    (place, Rule::Context)
}

fn trap_at_home(places: &Places, mention: &Mention<'_>, home: Place) -> Choice {
    let near = |place: &Place| *place == home || places.parent(*place) == Some(home);
    let place = only(mention.name.senses.iter().copied().filter(near))?;
    (mention.guard == Guard::Trap).then_some((place, Rule::Prior))
}
