//! Regions that somebody may have meant by a path that is none's.

use super::{FAR, LEFT_OUT, MOST, SLIP, SURPLUS};
use crate::model::{Region, RegionTree};
use crate::text::slips;

/// Longer segments are no misspelt region's.
const MAX_SEGMENT_BYTES: usize = 64;
/// Shorter ones are too often another region's.
const LEAST_SEGMENT_BYTES: usize = 4;
/// From so many letters on, two may be wrong.
const LONG_SEGMENT_BYTES: usize = 8;

/// Those that are called as a part of the path that is not known, with so many slips at most, and the
/// region above, with what it costs to make their paths of it, the least first.
pub fn regions<'t>(
    parts: &[String],
    most_slips: usize,
    tree: &'t RegionTree,
    is_published: impl Fn(&Region) -> bool,
) -> Vec<(usize, &'t Region)> {
    let above = |length: &usize| tree.by_path(&parts[..*length].join("/"));
    let known = (1..=parts.len()).rev().find(|length| above(length).is_some());
    let unknown = looked_at(&parts[known.unwrap_or(0)..]);
    let is_meant =
        |region: &Region| unknown.iter().any(|part| slips_of(region, part, most_slips).is_some());
    let called = tree.iter().filter(|region| is_meant(region) && is_published(region));
    let known = known.as_ref().and_then(above);
    let known = known.and_then(|known| tree.lineage(&known.code).find(|r| is_published(r)));
    let all = called.chain(known.filter(|known| !is_meant(known)));
    let mut found: Vec<(usize, &Region)> =
        all.map(|region| (cost(parts, region, tree), region)).collect();
    found.sort_by_key(|(cost, _)| *cost);
    let least = found.first().map_or(0, |(cost, _)| *cost);
    let is_known = |region: &Region| known.is_some_and(|known| known.code == region.code);
    let known = found.iter().find(|(_, region)| is_known(region)).copied();
    found.retain(|(cost, _)| *cost < least + FAR);
    found.truncate(MOST);
    if let Some(known) = known.filter(|_| !found.iter().any(|(_, one)| is_known(one))) {
        found.truncate(MOST - 1);
        found.push(known);
    }
    found
}

/// The parts at which a county may be named: others are looked at where one of these fits.
fn looked_at(unknown: &[String]) -> Vec<&str> {
    let (first, rest) = unknown.split_at(unknown.len().min(2));
    first.iter().chain(rest.last()).map(String::as_str).collect()
}

/// How much of the parts has to be changed to make the region's path of them (edit distance, with
/// parts for letters).
fn cost(parts: &[String], region: &Region, tree: &RegionTree) -> usize {
    let ends = region.path.match_indices('/').map(|(end, _)| end).chain([region.path.len()]);
    let levels: Vec<&str> = ends.map(|end| &region.path[..end]).collect();
    let mut row: Vec<usize> = (0..=levels.len()).map(|level| level * LEFT_OUT).collect();
    for part in parts {
        let mut next = vec![row[0] + SURPLUS];
        for (at, level) in levels.iter().enumerate() {
            let slips = match tree.by_path(level) {
                Some(region) => slips_of(region, part, usize::MAX),
                // Such as `us`, which is no region itself.
                None => slips_of_slug(last_of(level), part, usize::MAX),
            };
            let changed = (row[at + 1] + SURPLUS).min(next[at] + LEFT_OUT);
            next.push(slips.map_or(changed, |slips| changed.min(row[at] + slips * SLIP)));
        }
        row = next;
    }
    row[levels.len()]
}

fn last_of(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// None in `xingping`, `兴平` and `兴平市` alike, in `king-county`, and in former names; `None`: another is meant.
fn slips_of(region: &Region, part: &str, most: usize) -> Option<usize> {
    let is_letter =
        |(one, other): (u8, u8)| one.eq_ignore_ascii_case(&other) || (one, other) == (b' ', b'-');
    let is_part =
        |name: &str| name.len() == part.len() && name.bytes().zip(part.bytes()).all(is_letter);
    let is_called = is_part(&region.name)
        || is_part(&region.short)
        || region.aliases.iter().any(|alias| is_part(alias));
    if is_called { Some(0) } else { slips_of_slug(last_of(&region.path), part, most) }
}

/// Only in words that are long enough to tell.
fn slips_of_slug(slug: &str, part: &str, most: usize) -> Option<usize> {
    let limit = match part.len() {
        LONG_SEGMENT_BYTES..=MAX_SEGMENT_BYTES => 2,
        LEAST_SEGMENT_BYTES..LONG_SEGMENT_BYTES => 1,
        _ => 0,
    };
    slips::between(slug.as_bytes(), part.as_bytes(), most.min(limit))
}
