//! From the places in the text to the regions that the entry is about.

use super::names::Names;
use super::places::{Place, Places};
use super::resolve::{Seen, resolve};
use super::scan::scan;
use super::{Text, score_of};
use crate::model::{EvidenceKind, Region, RegionCode, RegionVerdict};

const MAX_REGIONS: usize = 4;
/// Less than this is a name in passing: a title gives 300, the early lead 180.
const MIN_WEIGHT: u32 = 130;
/// The share of its siblings' weight, in percent, that makes a place the only one.
const DOMINANT: u32 = 62;
/// The share, in percent, from which one of several places is named too.
const SHARED: u32 = 25;

/// The share of a place's weight, in percent, that must lie in one part of it to go there.
const DEEPER: u32 = 20;

pub(super) struct RegionReader {
    places: Places,
    names: Names,
}

/// A place that the text is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Found<'a> {
    pub(super) place: Place,
    weight: u32,
    part: EvidenceKind,
    evidence: &'a str,
}

impl RegionReader {
    pub(super) fn new(regions: &[&Region]) -> Self {
        let places = Places::new(regions);
        let names = Names::new(regions, &places);
        RegionReader { places, names }
    }

    pub(super) fn verdicts(
        &self,
        text: &Text<'_>,
        source: Option<&RegionCode>,
    ) -> Vec<RegionVerdict> {
        let home = source.and_then(|code| self.places.of_code(code));
        let mut found = self.read(text, home);
        // Ancestors are implied, and the source's own region holds in any case.
        found.retain(|one| !home.is_some_and(|home| self.places.is_below(home, one.place)));
        let mut verdicts: Vec<RegionVerdict> = found
            .iter()
            .map(|one| RegionVerdict {
                region: self.places.code(one.place).clone(),
                kind: one.part,
                evidence: one.evidence.to_owned(),
                score: score_of(one.weight),
            })
            .collect();
        if let Some(home) = home
            && !found.iter().any(|one| self.places.is_within(one.place, home))
        {
            verdicts.truncate(MAX_REGIONS - 1);
            verdicts.push(RegionVerdict {
                region: self.places.code(home).clone(),
                kind: EvidenceKind::Source,
                evidence: self.places.path(home).to_owned(),
                score: 1000,
            });
        }
        verdicts
    }

    /// The places that the text is about, best first; `home` only helps to understand names.
    pub(super) fn read<'a>(&self, text: &Text<'a>, home: Option<Place>) -> Vec<Found<'a>> {
        let findings = scan(&self.names, text);
        let mut seen = resolve(&self.places, &findings.mentions, text, home);
        if findings.abroad && !seen.iter().any(|one| one.part == EvidenceKind::Title) {
            seen.iter_mut().for_each(|one| one.weight /= 4);
        }
        let totals = self.totals(&seen);
        let mut chosen = Vec::new();
        self.descend(None, &totals, &mut chosen);
        chosen.sort_by_key(|&(_, weight)| std::cmp::Reverse(weight));
        chosen.truncate(MAX_REGIONS);
        let found: Vec<Found<'a>> = chosen
            .into_iter()
            .filter_map(|(place, weight)| {
                let best = self.evidence(place, &seen)?;
                let evidence = text.evidence(best.part, best.start, best.end);
                Some(Found { place, weight, part: best.part, evidence })
            })
            .collect();
        let here = findings.here.map(|(part, start, end)| (part, text.evidence(part, start, end)));
        self.or_home(found, home, here)
    }

    /// Where the text says 我市: the source's own region, unless the title names a place;
    /// where it only says 市民: if it names none at all.
    fn or_home<'a>(
        &self,
        mut found: Vec<Found<'a>>,
        home: Option<Place>,
        here: Option<(EvidenceKind, &'a str)>,
    ) -> Vec<Found<'a>> {
        let (Some(place), Some((part, evidence))) = (home, here) else { return found };
        let named = found.iter().any(|one| one.part == EvidenceKind::Title);
        if evidence.starts_with(['我', '本']) && !named {
            found.retain(|one| self.places.is_within(one.place, place));
        }
        if found.is_empty() {
            found.push(Found { place, weight: MIN_WEIGHT, part, evidence });
        }
        found
    }

    /// The weight of each place seen and of its ancestors, in the order of first sight.
    fn totals(&self, seen: &[Seen]) -> Vec<(Place, u32)> {
        let mut totals: Vec<(Place, u32)> = Vec::with_capacity(seen.len() * 2);
        for one in seen {
            for place in self.places.lineage(one.place) {
                match totals.iter_mut().find(|(at, _)| *at == place) {
                    Some((_, weight)) => *weight += one.weight,
                    None => totals.push((place, one.weight)),
                }
            }
        }
        totals
    }

    /// Walks down while one child holds most of the weight; where several share it, each
    /// with a good part of it is chosen.
    fn descend(
        &self,
        at: Option<(Place, u32)>,
        totals: &[(Place, u32)],
        chosen: &mut Vec<(Place, u32)>,
    ) {
        let parent = at.map(|(place, _)| place);
        let children = || totals.iter().filter(|(place, _)| self.places.parent(*place) == parent);
        let sum: u32 = children().map(|(_, weight)| weight).sum();
        let best = children().map(|(_, weight)| *weight).max().unwrap_or(0);
        let floor = at.map_or(MIN_WEIGHT, |(_, weight)| MIN_WEIGHT.max(weight * DEEPER / 100));
        if best < floor {
            chosen.extend(at);
        } else if best * 100 >= sum * DOMINANT {
            let dominant = children().find(|(_, weight)| *weight == best).copied();
            self.descend(dominant, totals, chosen);
        } else {
            let floor = MIN_WEIGHT.max(sum * SHARED / 100);
            let before = chosen.len();
            for &child in children().filter(|(_, weight)| *weight >= floor) {
                self.descend(Some(child), totals, chosen);
            }
            if chosen.len() == before {
                chosen.extend(at);
            }
        }
    }

    /// The heaviest mention of the place or of one in it; the first of equals.
    fn evidence<'s>(&self, place: Place, seen: &'s [Seen]) -> Option<&'s Seen> {
        let within = seen.iter().filter(|one| self.places.is_within(one.place, place));
        within.reduce(|best, one| if one.weight > best.weight { one } else { best })
    }

    #[cfg(test)]
    pub(super) fn places(&self) -> &Places {
        &self.places
    }
}
