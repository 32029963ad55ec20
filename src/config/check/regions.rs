//! Checks of `[regions]` and `[[region]]`: builds the tree.

use super::super::problem::{Problems, quote};
use super::super::raw::{RawRegion, RawRegions};
use super::super::read::{At, Raw};
use super::super::suggest::nearest;
use super::settings::resolve;
use super::values::{SLUG_ADVICE, line, optional_line, required, slug_fault, zone};
use crate::model::region::RegionError;
use crate::model::{Region, RegionCode, RegionLevel, RegionTree};
use crate::tables;
use chrono_tz::Tz;
use std::collections::HashMap;
use std::path::Path;

/// Longest gazetteer file, bytes.
const MAX_GAZETTEER: u64 = 64 << 20;
/// Segments of a region path at most.
const MAX_DEPTH: usize = 8;
/// Names below a region's address that mean something else.
const RESERVED: [&str; 4] = ["t", "hot", "pictures", "opml"];
/// Column of the path in a gazetteer file, from 0.
const PATH_COLUMN: usize = 6;

/// The tree of all regions, or `None` when a gazetteer could not be read whole, so that
/// no path can be called unknown.
pub(super) fn tree(
    raw: &RawRegions,
    additions: &[RawRegion],
    folder: &Path,
    problems: &mut Problems<'_>,
) -> Option<RegionTree> {
    let mut tree = RegionTree::default();
    let mut whole = !matches!(raw.gazetteer, Raw::Wrong);
    let default = [At { value: "cn".to_owned(), at: raw.place.at }];
    let list = raw.gazetteer.given().map_or(&default[..], |given| &given.value);
    for (index, name) in list.iter().enumerate() {
        let key = match list.len() {
            1 => "regions.gazetteer".to_owned(),
            _ => format!("regions.gazetteer[{index}]"),
        };
        if list[..index].iter().any(|other| other.value == name.value) {
            problems.add(
                name.at,
                &key,
                format!("{} is given twice", quote(&name.value)),
                "keep one",
            );
            continue;
        }
        whole &= extend(&mut tree, name, &key, folder, problems);
    }
    let whole = add_all(&mut tree, additions, whole, problems) && whole;
    whole.then_some(tree)
}

fn extend(
    tree: &mut RegionTree,
    name: &At<String>,
    key: &str,
    folder: &Path,
    problems: &mut Problems<'_>,
) -> bool {
    if let Some(table) = tables::gazetteer(&name.value) {
        return match tree.extend_from_tsv(table) {
            Ok(()) => true,
            Err(error) => {
                let wrong =
                    format!("{} does not fit what came before: {error}", quote(&name.value));
                problems.add(name.at, key, wrong, "write it first, or alone");
                false
            }
        };
    }
    if !name.value.contains(['/', '.', '\\']) {
        let advice = match nearest(&name.value, tables::GAZETTEERS) {
            Some(near) => format!("did you mean \"{near}\"?"),
            None => "write \"cn\", \"us\" or the path of a .tsv file".to_owned(),
        };
        problems.add(name.at, key, format!("{} is no gazetteer", quote(&name.value)), advice);
        return false;
    }
    let path = resolve(folder, &name.value);
    let text = match read_file(&path) {
        Ok(text) => text,
        Err(wrong) => {
            let wrong = format!("{}: {wrong}", quote(&name.value));
            problems.add(name.at, key, wrong, "write the path of a readable .tsv file");
            return false;
        }
    };
    let file = path.display().to_string();
    let slugs_fit = check_paths(&text, &file, problems);
    match tree.extend_from_tsv(&text) {
        Ok(()) => slugs_fit,
        Err(RegionError::Line { line, problem }) => {
            let advice = "correct the line, or take the file out of regions.gazetteer".to_owned();
            problems.add_elsewhere(&file, line, problem, advice);
            false
        }
        Err(error @ RegionError::Region { .. }) => {
            problems.add(name.at, key, error.to_string(), "correct the file");
            false
        }
    }
}

fn read_file(path: &Path) -> Result<String, String> {
    let length = std::fs::metadata(path).map_err(|error| error.to_string())?.len();
    if length > MAX_GAZETTEER {
        return Err(format!("{length} bytes; limit {MAX_GAZETTEER}"));
    }
    let bytes = std::fs::read(path).map_err(|error| error.to_string())?;
    String::from_utf8(bytes).map_err(|_| "not UTF-8".to_owned())
}

/// Addresses of a gazetteer of the admin's own must be fit for `/r/`.
fn check_paths(text: &str, file: &str, problems: &mut Problems<'_>) -> bool {
    let mut fit = true;
    for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.starts_with('#')) {
        let Some(path) = line.split('\t').nth(PATH_COLUMN) else { continue };
        if let Some((wrong, advice)) = path_fault(path) {
            let advice = advice.to_owned();
            problems.add_elsewhere(
                file,
                number + 1,
                format!("path {} {wrong}", quote(path)),
                advice,
            );
            fit = false;
        }
    }
    fit
}

/// What is wrong with a region path, and what to write.
fn path_fault(path: &str) -> Option<(String, &'static str)> {
    if path.split('/').count() > MAX_DEPTH {
        return Some((format!("has more than {MAX_DEPTH} parts"), "write fewer"));
    }
    for (depth, part) in path.split('/').enumerate() {
        if let Some(fault) = slug_fault(part) {
            let advice = if part.is_empty() {
                "write slugs joined by single slashes, such as \"shaanxi/xianyang\""
            } else {
                SLUG_ADVICE
            };
            return Some((format!("has a part {} that is {fault}", quote(part)), advice));
        }
        let month = matches!(part.as_bytes(), [a, b, c, d, b'-', e, f]
            if [a, b, c, d, e, f].iter().all(|digit| digit.is_ascii_digit()));
        if depth > 0 && (RESERVED.contains(&part) || month) {
            let wrong = format!("has a part {} that other addresses use", quote(part));
            return Some((wrong, "write another name"));
        }
    }
    None
}

/// Applies `[[region]]`, parents first whatever the order of the file.
///
/// Returns: whether every path that the file means to add is known now.
fn add_all(
    tree: &mut RegionTree,
    additions: &[RawRegion],
    whole: bool,
    problems: &mut Problems<'_>,
) -> bool {
    let mut taken: HashMap<&str, usize> = HashMap::new();
    let mut list: Vec<(&str, &At<String>, &RawRegion)> = Vec::new();
    let mut complete = true;
    for raw in additions {
        let example = "\"shaanxi/xianyang/new-district\"";
        let Some(given) = required(&raw.path, &raw.place, "path", example, problems) else {
            complete = false;
            continue;
        };
        let key = format!("{}.path", raw.place.value);
        if let Some((wrong, advice)) = path_fault(&given.value) {
            problems.add(given.at, &key, format!("{} {wrong}", quote(&given.value)), advice);
        } else if let Some(line) = taken.insert(&given.value, problems.line(given.at)) {
            let wrong = format!("{} is given in line {line} already", quote(&given.value));
            problems.add(given.at, &key, wrong, "keep one");
        } else {
            list.push((&given.value, given, raw));
        }
    }
    list.sort_by_key(|(path, ..)| path.matches('/').count());
    for (path, given, raw) in list {
        complete &= add(tree, path, given, raw, whole, problems);
    }
    complete
}

fn add(
    tree: &mut RegionTree,
    path: &str,
    given: &At<String>,
    raw: &RawRegion,
    whole: bool,
    problems: &mut Problems<'_>,
) -> bool {
    let key = |name: &str| format!("{}.{name}", raw.place.value);
    let names = Names {
        name: optional_line(&raw.name, &key("name"), 100, problems),
        short: optional_line(&raw.short, &key("short"), 100, problems),
        aliases: aliases(raw, problems),
        zone: zone(&raw.zone, &key("zone"), problems),
    };
    let code = optional_line(&raw.code, &key("code"), 64, problems);
    if let Some(existing) = tree.by_path(path) {
        let existing = existing.code.clone();
        if let (Some(code), Some(at)) = (code, raw.code.given())
            && code != existing.as_str()
        {
            let wrong = format!("{path} has the code {existing}, which stays");
            problems.add(at.at, &key("code"), wrong, "leave it out");
        }
        tree.rename(&existing, |region| names.apply(region));
        return true;
    }
    let parent = match path.rsplit_once('/') {
        None => None,
        Some((parent_path, _)) => match tree.by_path(parent_path) {
            Some(parent) => Some(parent.clone()),
            None => {
                if whole {
                    unknown(tree, parent_path, given.at, &key("path"), problems);
                }
                return false;
            }
        },
    };
    let Some(name) = names.name.clone().or_else(|| {
        required(&raw.name, &raw.place, "name", "\"…\" for a new region", problems);
        None
    }) else {
        return false;
    };
    let mut region = Region {
        code: RegionCode::new(&code.unwrap_or_else(|| format!("x:{path}"))),
        level: below(parent.as_ref().map(|parent| parent.level)),
        short: name.clone(),
        name,
        aliases: Vec::new(),
        parent: parent.as_ref().map(|parent| parent.code.clone()),
        path: path.to_owned(),
        zone: parent.as_ref().map_or(Tz::UTC, |parent| parent.zone),
    };
    names.apply(&mut region);
    if let Err(error) = tree.add(region) {
        let at = raw.code.given().map_or(given.at, |code| code.at);
        problems.add(at, &key("code"), error.to_string(), "write another code");
        return false;
    }
    true
}

/// What a `[[region]]` sets; what it leaves out stays.
struct Names {
    name: Option<String>,
    short: Option<String>,
    aliases: Option<Vec<String>>,
    zone: Option<Tz>,
}

impl Names {
    fn apply(self, region: &mut Region) {
        region.name = self.name.unwrap_or_else(|| region.name.clone());
        region.short = self.short.unwrap_or_else(|| region.short.clone());
        region.aliases = self.aliases.unwrap_or_else(|| std::mem::take(&mut region.aliases));
        region.zone = self.zone.unwrap_or(region.zone);
    }
}

fn aliases(raw: &RawRegion, problems: &mut Problems<'_>) -> Option<Vec<String>> {
    let mut list = Vec::new();
    for (index, alias) in raw.aliases.given()?.value.iter().enumerate() {
        let key = format!("{}.aliases[{index}]", raw.place.value);
        list.extend(line(alias, &key, 100, problems));
    }
    Some(list)
}

fn below(parent: Option<RegionLevel>) -> RegionLevel {
    match parent {
        None => RegionLevel::Province,
        Some(RegionLevel::Province) => RegionLevel::Prefecture,
        Some(RegionLevel::Prefecture | RegionLevel::County) => RegionLevel::County,
    }
}

/// `regions.publish`, as codes.
pub(super) fn publish(
    raw: &RawRegions,
    tree: &RegionTree,
    problems: &mut Problems<'_>,
) -> Vec<RegionCode> {
    let mut list: Vec<RegionCode> = Vec::new();
    for (index, path) in raw.publish.given().into_iter().flat_map(|g| &g.value).enumerate() {
        let key = format!("regions.publish[{index}]");
        match region(tree, path, &key, problems) {
            Some(found) if list.contains(&found.code) => {
                let wrong = format!("{} is given twice", quote(&path.value));
                problems.add(path.at, &key, wrong, "keep one");
            }
            Some(found) => list.push(found.code.clone()),
            None => {}
        }
    }
    list
}

/// The region of a path; an unknown one is reported with the nearest that is known.
pub(super) fn region<'a>(
    tree: &'a RegionTree,
    path: &At<String>,
    key: &str,
    problems: &mut Problems<'_>,
) -> Option<&'a Region> {
    let found = tree.by_path(&path.value);
    if found.is_none() {
        unknown(tree, &path.value, path.at, key, problems);
    }
    found
}

fn unknown(tree: &RegionTree, path: &str, at: usize, key: &str, problems: &mut Problems<'_>) {
    let advice = match near(tree, path) {
        Some(near) => format!("did you mean \"{near}\"?"),
        None => "write a path of the gazetteer, such as \"shaanxi/xianyang\", or add it as \
                 a [[region]]"
            .to_owned(),
    };
    problems.add_absence(at, key, format!("{} is no known region", quote(path)), advice);
}

/// By name (`兴平市`), by the last part within the province, by spelling, by the last part
/// anywhere when only one ends so (`xingping`).
fn near<'a>(tree: &'a RegionTree, path: &str) -> Option<&'a str> {
    let named = |region: &&Region| {
        region.name == path || region.short == path || region.aliases.iter().any(|a| a == path)
    };
    let first = path.split('/').next();
    let last = path.rsplit('/').next().filter(|last| !last.is_empty());
    let only = |test: &dyn Fn(&str) -> bool| {
        let ends = |path: &str| path.rsplit('/').next() == last;
        let mut found =
            tree.iter().map(|region| region.path.as_str()).filter(|path| ends(path) && test(path));
        found.next().filter(|_| found.next().is_none())
    };
    let paths = || tree.iter().map(|region| region.path.as_str());
    tree.iter()
        .find(named)
        .map(|region| region.path.as_str())
        .or_else(|| only(&|path| path.split('/').next() == first))
        .or_else(|| nearest(path, paths()))
        .or_else(|| only(&|_| true))
}
