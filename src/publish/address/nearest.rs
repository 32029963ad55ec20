//! Addresses that somebody may have meant by one that there is not.

use super::{Format, decode_segment, region_path, with_format};
use crate::model::{Region, RegionTree};

/// More would be no help.
const MOST: usize = 5;
/// Longer segments are no misspelt region's.
const MAX_SEGMENT_BYTES: usize = 64;

/// Paths below the base URL for one that names no document, the most likely first: regions that are
/// called as its last part, or almost so, then the region above. `is_published` tells which there are.
pub fn nearest(
    path: &str,
    tree: &RegionTree,
    is_published: impl Fn(&Region) -> bool,
) -> Vec<String> {
    let (stem, format) = Format::split(path.trim_end_matches('/'));
    let Some(rest) = stem.strip_prefix("/r/") else { return Vec::new() };
    if rest.len() > super::MAX_PATH_BYTES {
        return Vec::new();
    }
    let Some(segments) = rest.split('/').map(decode_segment).collect::<Option<Vec<_>>>() else {
        return Vec::new();
    };
    let above = |length: &usize| tree.by_path(&segments[..*length].join("/"));
    let known = (1..=segments.len()).rev().find(|length| above(length).is_some());
    let mut found: Vec<&Region> = Vec::new();
    let unknown = &segments[known.unwrap_or(0)..];
    let names = unknown.first().into_iter().chain(unknown.last().filter(|_| unknown.len() > 1));
    for name in names {
        for is_alike in [is_called as fn(&Region, &str) -> bool, is_almost_called] {
            let alike = tree.iter().filter(|region| is_alike(region, name));
            found.extend(alike.filter(|region| is_published(region)).take(MOST));
        }
    }
    if let Some(known) = known.as_ref().and_then(above) {
        found.extend(tree.lineage(&known.code).find(|region| is_published(region)));
    }
    let mut paths: Vec<String> = Vec::new();
    for region in found {
        let path = with_format(&region_path(region), format);
        if !paths.contains(&path) && paths.len() < MOST {
            paths.push(path);
        }
    }
    paths
}

fn slug(region: &Region) -> &str {
    region.path.rsplit('/').next().unwrap_or(&region.path)
}

/// `xingping`, `兴平` and `兴平市` alike, and by former names.
fn is_called(region: &Region, name: &str) -> bool {
    slug(region).eq_ignore_ascii_case(name)
        || region.name == name
        || region.short == name
        || region.aliases.iter().any(|alias| alias == name)
}

/// One letter too many, too few, or another; only in names that are long enough to tell.
fn is_almost_called(region: &Region, name: &str) -> bool {
    let (slug, name) = (slug(region).as_bytes(), name.as_bytes());
    if name.len() < 4 || name.len() > MAX_SEGMENT_BYTES || slug.len().abs_diff(name.len()) > 1 {
        return false;
    }
    let alike = slug.iter().zip(name).take_while(|(a, b)| a.eq_ignore_ascii_case(b)).count();
    let (slug, name) = (&slug[alike..], &name[alike..]);
    match slug.len().cmp(&name.len()) {
        std::cmp::Ordering::Less => name[1..].eq_ignore_ascii_case(slug),
        std::cmp::Ordering::Greater => slug[1..].eq_ignore_ascii_case(name),
        std::cmp::Ordering::Equal => slug.is_empty() || slug[1..].eq_ignore_ascii_case(&name[1..]),
    }
}
