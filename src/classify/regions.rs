//! From the places in the text to the regions that the entry belongs to.

use super::admin;
use super::names::Names;
use super::places::{Place, Places};
use super::resolve::{Seen, resolve};
use super::scan::{Findings, scan};
use super::{Evidence, Item, RegionReasons, Text, score_of};
use crate::model::{EvidenceKind, Region, RegionWords, Relation, Rule};

const MAX_REGIONS: usize = 4;
/// Pieces of evidence that are told of one region.
const MAX_PIECES: usize = 8;
/// Less than this is a name in passing: a title gives 300, the early lead 180.
const MIN_WEIGHT: u32 = 130;
/// The share of its siblings' weight, in percent, that makes a place the only one.
const DOMINANT: u32 = 62;
/// The share, in percent, from which one of several places is named too.
const SHARED: u32 = 25;
/// The share of a place's weight, in percent, that must lie in one part of it to go there.
const DEEPER: u32 = 20;
/// What the text's places count, one in so many, where a title without any is about
/// something else.
const ABROAD: u32 = 4;
const NATIONAL: u32 = 4;
const MARKET: u32 = 2;
/// Provinces in the title from which the entry is about the country, and how many are
/// enough where it says 多地.
const COUNTRYWIDE: usize = 3;
const COUNTRYWIDE_SAID: usize = 2;
/// What the admin says is certain.
const CERTAIN: u16 = 1000;

pub(super) struct RegionReader {
    places: Places,
    names: Names,
    /// For all sources.
    words: Vec<RegionWords>,
}

/// A region that the entry belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    place: Place,
    score: u16,
    relation: Relation,
    /// The heaviest first.
    pieces: Vec<Piece>,
}

/// Where evidence stands in folded text; of the source's setting, nowhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) part: EvidenceKind,
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) rule: Rule,
}

impl RegionReader {
    pub(super) fn new(regions: &[&Region]) -> Self {
        let places = Places::new(regions);
        let names = Names::new(regions, &places);
        RegionReader { places, names, words: Vec::new() }
    }

    pub(super) fn set_words(&mut self, words: Vec<RegionWords>) {
        self.words = words;
    }

    /// Best first. What the admin has set goes before what the text says, and the source's
    /// own region, where the text leaves it open, comes last.
    pub(super) fn judge(&self, text: &Text<'_>, item: &Item<'_>) -> Vec<Found> {
        let home = item.region.and_then(|code| self.places.of_code(code));
        if let Some(home) = home.filter(|_| item.region_fixed) {
            return vec![Found::of_source(home, Rule::Fixed)];
        }
        let rules = item.region_words.iter().chain(&self.words);
        let orders = admin::orders(&self.places, rules, text);
        let mut found = self.read(text, home);
        let is_within = |place, other| self.places.is_within(place, other);
        found.retain(|one| {
            !orders.not.iter().any(|&not| is_within(one.place, not))
                && !orders.about.iter().any(|&(about, _)| is_within(about, one.place))
        });
        let ordered = orders.about.into_iter().map(|(place, piece)| Found {
            place,
            score: CERTAIN,
            relation: Relation::About,
            pieces: vec![piece],
        });
        found.splice(0..0, ordered);
        if let Some(home) = home.filter(|_| item.region_fallback)
            && found.iter().all(|one| self.places.is_below(home, one.place))
        {
            // The province is no other place than the city in it.
            found = vec![Found::of_source(home, Rule::Fallback)];
        }
        found.truncate(MAX_REGIONS);
        found
    }

    /// The places that the text is about, best first; `home` only helps to understand names.
    fn read(&self, text: &Text<'_>, home: Option<Place>) -> Vec<Found> {
        let findings = scan(&self.names, text);
        let mut seen = resolve(&self.places, &findings.mentions, text, home);
        if !seen.iter().any(|one| one.part == EvidenceKind::Title) {
            let one_in = match findings {
                Findings { abroad: true, .. } => ABROAD,
                Findings { national: true, .. } => NATIONAL,
                Findings { market: true, .. } => MARKET,
                _ => 1,
            };
            seen.iter_mut().for_each(|one| one.weight /= one_in);
        }
        let totals = self.totals(&seen);
        let mut chosen = Vec::new();
        self.descend(None, &totals, &mut chosen);
        if self.is_countrywide(&chosen, &seen, findings.several) {
            chosen.clear();
        }
        chosen.sort_by_key(|&(_, weight)| std::cmp::Reverse(weight));
        chosen.truncate(MAX_REGIONS);
        let found = chosen.into_iter().map(|(place, weight)| self.found(place, weight, &seen));
        self.or_home(found.collect(), home, text, findings.here)
    }

    fn found(&self, place: Place, weight: u32, seen: &[Seen]) -> Found {
        let mut within: Vec<&Seen> =
            seen.iter().filter(|one| self.places.is_within(one.place, place)).collect();
        within.sort_by_key(|one| std::cmp::Reverse(one.weight));
        let is_scene = within.iter().any(|one| one.is_scene);
        let pieces = within.iter().take(MAX_PIECES).map(|one| Piece {
            part: one.part,
            start: one.start,
            end: one.end,
            rule: one.rule,
        });
        Found {
            place,
            score: score_of(weight),
            relation: if is_scene { Relation::Located } else { Relation::About },
            pieces: pieces.collect(),
        }
    }

    /// Whether the title goes round so many provinces that it is about none of them.
    fn is_countrywide(&self, chosen: &[(Place, u32)], seen: &[Seen], said: bool) -> bool {
        let top = |place| self.places.lineage(place).last();
        let count = |places: &mut dyn Iterator<Item = Place>| {
            let mut tops: Vec<_> = places.map(top).collect();
            tops.sort_unstable();
            tops.dedup();
            tops.len()
        };
        let in_title = |one: &&Seen| one.part == EvidenceKind::Title && one.is_region;
        let named = count(&mut seen.iter().filter(in_title).map(|one| one.place));
        let enough = if said { COUNTRYWIDE_SAID } else { COUNTRYWIDE };
        named >= enough && count(&mut chosen.iter().map(|(place, _)| *place)) > 1
    }

    /// Where the text says 我市: the source's own region, unless the title names a place;
    /// where it only says 市民: if it names none at all.
    fn or_home(
        &self,
        mut found: Vec<Found>,
        home: Option<Place>,
        text: &Text<'_>,
        here: Option<(EvidenceKind, usize, usize)>,
    ) -> Vec<Found> {
        let (Some(place), Some((part, start, end))) = (home, here) else { return found };
        let in_title = |one: &Found| one.pieces.iter().any(|p| p.part == EvidenceKind::Title);
        let is_ours = text.part(part).folded[start..end].starts_with(['我', '本']);
        if is_ours && !found.iter().any(in_title) {
            found.retain(|one| self.places.is_within(one.place, place));
        }
        if found.is_empty() {
            found.push(Found {
                place,
                score: score_of(MIN_WEIGHT),
                relation: Relation::Home,
                pieces: vec![Piece { part, start, end, rule: Rule::Here }],
            });
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

    /// What was found, in the words of the text.
    pub(super) fn reasons(&self, found: Found, text: &Text<'_>, most: usize) -> RegionReasons {
        let evidence =
            found.pieces.iter().take(most).map(|piece| self.evidence(piece, &found, text));
        RegionReasons {
            evidence: evidence.collect(),
            region: self.places.code(found.place).clone(),
            relation: found.relation,
            score: found.score,
        }
    }

    fn evidence(&self, piece: &Piece, found: &Found, text: &Text<'_>) -> Evidence {
        let &Piece { part, start, end, rule } = piece;
        if part == EvidenceKind::Source {
            let text = self.places.path(found.place).to_owned();
            return Evidence { part, text, start: 0, end: 0, rule };
        }
        let written = text.part(part).written;
        let words = written.get(start..end).unwrap_or_default();
        let count = |text: &str| u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
        let start = count(written.get(..start).unwrap_or_default());
        Evidence { part, text: words.to_owned(), start, end: start + count(words), rule }
    }
}

impl Found {
    fn of_source(home: Place, rule: Rule) -> Self {
        Found {
            place: home,
            score: CERTAIN,
            relation: Relation::Home,
            pieces: vec![Piece { part: EvidenceKind::Source, start: 0, end: 0, rule }],
        }
    }
}
