//! Addresses that somebody may have meant by one that there is not.

use super::{Format, STREAM_PATH, decode_segment, region_path, with_format};
use crate::model::{Region, RegionTree};
use crate::text::slips;

/// More would be no help.
const MOST: usize = 5;
/// Parts of a path that are looked at.
const MOST_PARTS: usize = 8;
/// Longer segments are no misspelt region's.
const MAX_SEGMENT_BYTES: usize = 64;
/// Shorter ones are too often another region's.
const LEAST_SEGMENT_BYTES: usize = 4;
/// From so many letters on, two may be wrong.
const LONG_SEGMENT_BYTES: usize = 8;

/// What it costs to make the path of a region of what was asked for: a level that was left out,
/// a wrong letter, a part that is none of it.
const LEFT_OUT: usize = 1;
const SLIP: usize = 2;
const SURPLUS: usize = 3;
/// What costs so much more than the best was not meant.
const FAR: usize = 2 * SURPLUS;

/// Paths below the base URL for one that names no document, the most likely first: regions that are
/// called as a part of it that is not known, or almost so, and the region above, in the order of
/// how little of the whole path has to be changed. `is_published` tells which there are.
pub fn nearest(
    path: &str,
    tree: &RegionTree,
    is_published: impl Fn(&Region) -> bool,
) -> Vec<String> {
    let stream = path.strip_prefix(STREAM_PATH).filter(|page| page.starts_with('/'));
    let (before, page) = stream.map_or(("", path), |page| (STREAM_PATH, page));
    let (stem, format) = Format::split(page.trim_end_matches('/'));
    let Some(parts) = parts(stem) else { return Vec::new() };
    let above = |length: &usize| tree.by_path(&parts[..*length].join("/"));
    let known = (1..=parts.len()).rev().find(|length| above(length).is_some());
    let unknown = looked_at(&parts[known.unwrap_or(0)..]);
    let is_meant = |region: &Region| unknown.iter().any(|part| slips_of(region, part).is_some());
    let called = tree.iter().filter(|region| is_meant(region) && is_published(region));
    let known = known.as_ref().and_then(above);
    let known = known.and_then(|known| tree.lineage(&known.code).find(|r| is_published(r)));
    let all = called.chain(known.filter(|known| !is_meant(known)));
    let mut found: Vec<(usize, &Region)> =
        all.map(|region| (cost(&parts, region, tree), region)).collect();
    found.sort_by_key(|(cost, _)| *cost);
    let least = found.first().map_or(0, |(cost, _)| *cost);
    found.retain(|(cost, _)| *cost < least + FAR);
    let mut meant: Vec<&Region> = found.into_iter().map(|(_, region)| region).take(MOST).collect();
    if let Some(known) = known.filter(|known| !meant.iter().any(|one| one.code == known.code)) {
        meant.truncate(MOST - 1);
        meant.push(known);
    }
    let address = |region: &Region| with_format(&region_path(region), format);
    meant.into_iter().map(|region| format!("{before}{}", address(region))).collect()
}

/// The decoded parts of a path below `/r/`, in small letters; `None`: it is no such path.
fn parts(stem: &str) -> Option<Vec<String>> {
    let rest = stem.strip_prefix("/r/").filter(|rest| rest.len() <= super::MAX_PATH_BYTES)?;
    let parts = rest.split('/').take(MOST_PARTS).map(decode_segment);
    parts.map(|part| Some(part?.to_ascii_lowercase())).collect()
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
                Some(region) => slips_of(region, part),
                // Such as `us`, which is no region itself.
                None => slips_of_slug(last_of(level), part),
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

/// None in `xingping`, `兴平` and `兴平市` alike, and in former names; `None`: another is meant.
fn slips_of(region: &Region, part: &str) -> Option<usize> {
    let is_part = |name: &str| name.eq_ignore_ascii_case(part);
    let is_called = is_part(&region.name)
        || is_part(&region.short)
        || region.aliases.iter().any(|alias| is_part(alias));
    if is_called { Some(0) } else { slips_of_slug(last_of(&region.path), part) }
}

/// Only in words that are long enough to tell.
fn slips_of_slug(slug: &str, part: &str) -> Option<usize> {
    let limit = match part.len() {
        LONG_SEGMENT_BYTES..=MAX_SEGMENT_BYTES => 2,
        LEAST_SEGMENT_BYTES..LONG_SEGMENT_BYTES => 1,
        _ => 0,
    };
    slips::between(slug.as_bytes(), part.as_bytes(), limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    const REGIONS: &str = "\
cn14\tprovince\t山西省\t山西\t\t\tshanxi\tAsia/Shanghai
cn1401\tprefecture\t太原市\t太原\t\tcn14\tshanxi/taiyuan\t
cn41\tprovince\t河南省\t河南\t\t\thenan\tAsia/Shanghai
cn4105\tprefecture\t安阳市\t安阳\t\tcn41\thenan/anyang\t
cn4117\tprefecture\t驻马店市\t驻马店\t\tcn41\thenan/zhumadian\t
cn411721\tcounty\t西平县\t西平\t\tcn4117\thenan/zhumadian/xiping\t
cn53\tprovince\t云南省\t云南\t\t\tyunnan\tAsia/Shanghai
cn5304\tprefecture\t玉溪市\t玉溪\t\tcn53\tyunnan/yuxi\t
cn530427\tcounty\t新平彝族傣族自治县\t新平\t\tcn5304\tyunnan/yuxi/xinping\t
cn61\tprovince\t陕西省\t陕西\t\t\tshaanxi\tAsia/Shanghai
cn6104\tprefecture\t咸阳市\t咸阳\t\tcn61\tshaanxi/xianyang\t
cn610402\tcounty\t秦都区\t秦都\t\tcn6104\tshaanxi/xianyang/qindu\t
cn610481\tcounty\t兴平市\t兴平\t\tcn6104\tshaanxi/xianyang/xingping\t
us53\tstate\tWashington\tWashington\t\t\tus/wa\tAmerica/Los_Angeles
us53033\tcounty\tKing County\tKing\t\tus53\tus/wa/king\t
";

    fn near(path: &str) -> Vec<String> {
        let mut tree = RegionTree::default();
        tree.extend_from_tsv(REGIONS).expect("a valid gazetteer");
        nearest(path, &tree, |_| true)
    }

    #[test]
    fn what_differs_least_in_the_whole_path_comes_first() {
        let county = "/r/shaanxi/xianyang/xingping";
        for (path, expected) in [
            // A county of that very name is elsewhere.
            ("/r/shaanxi/xianyang/xinping", &[county, "/r/shaanxi/xianyang"][..]),
            ("/r/shanxi/xianyang/xingping", &[county, "/r/shaanxi/xianyang", "/r/shanxi"]),
            ("/r/shaanxi/xianyagn/xingping", &[county, "/r/shaanxi/xianyang", "/r/shaanxi"]),
            ("/r/shaanxi/xingping", &[county, "/r/shaanxi"]),
            ("/r/Shaanxi/Xingpnig", &[county, "/r/shaanxi"]),
            ("/r/shaanxi/xianyang/xingping/news", &[county]),
            ("/r/xian yang", &["/r/shaanxi/xianyang"]),
            ("/r/us/wa/kingg", &["/r/us/wa/king", "/r/us/wa"]),
            ("/r/king%20county", &["/r/us/wa/king"]),
            ("/r/shaanxi/xianyang/qqqqqqqq", &["/r/shaanxi/xianyang"]),
            ("/r/qqqqqqqq", &[]),
            ("/r/%FF", &[]),
            ("/nothing", &[]),
        ] {
            assert_eq!(near(path), expected, "{path}");
        }
    }

    #[test]
    fn formats_and_streams_stay_and_long_paths_take_no_time() {
        let found = near("/r/shaanxi/xianyang/xinping.rss");
        assert_eq!(found[0], "/r/shaanxi/xianyang/xingping.rss");
        let found = near("/stream/r/shaanxi/xianyang/xinping");
        assert_eq!(
            found[..2],
            ["/stream/r/shaanxi/xianyang/xingping", "/stream/r/shaanxi/xianyang",]
        );
        assert_eq!(near("/streams/r/shaanxi/x"), [""; 0]);
        let long = format!("/r/shaanxi{}", "/xingping".repeat(100));
        assert_eq!(near(&long)[0], "/r/shaanxi/xianyang/xingping");
        assert_eq!(near(&long.repeat(10)), [""; 0]);
    }
}
