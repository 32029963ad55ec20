//! Checks of `[regions]` and `[[region]]`: builds the tree.

use super::super::files::Files;
use super::super::problem::{Problems, name as shown, quote, said};
use super::super::raw::{RawRegion, RawRegions};
use super::super::read::{At, Raw};
use super::super::suggest::nearest;
use super::former;
use super::values::{SLUG_ADVICE, line, optional_line, required, slug_fault, zone};
use crate::model::region::RegionError;
use crate::model::{Region, RegionCode, RegionLevel, RegionTree};
use crate::tables;
use chrono_tz::Tz;
use std::cell::Cell;
use std::collections::{BTreeSet, HashMap};

/// Segments of a region path at most.
const MAX_DEPTH: usize = 8;
/// Names below a region's address that mean something else.
const RESERVED: [&str; 4] = ["t", "hot", "pictures", "opml"];
/// Column of the path in a gazetteer file, from 0.
const PATH_COLUMN: usize = 6;

/// The regions that are known, and what can be said of others.
#[derive(Debug, Default)]
pub(super) struct Regions {
    pub tree: RegionTree,
    /// Paths that what is broken means to add: those are not unknown.
    meant: BTreeSet<String>,
    /// What a gazetteer holds is not known: only a path that looks like a slip of a known
    /// one is unknown.
    unread: bool,
    /// How often the nearest of all paths has been looked for.
    searches: Cell<u32>,
}

/// Each goes through thousands of paths; who has made more mistakes has made one of them often.
const SEARCHES_MAX: u32 = 100;

/// Builds the tree of all regions, as far as the gazetteers can be read.
pub(super) fn regions(
    raw: &RawRegions,
    additions: &[RawRegion],
    files: Files<'_>,
    problems: &mut Problems<'_>,
) -> Regions {
    let unread = matches!(raw.gazetteer, Raw::Wrong);
    let mut regions = Regions { unread, ..Regions::default() };
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
        extend(&mut regions, name, &key, files, problems);
    }
    regions.tree.locate(tables::points());
    add_all(&mut regions, additions, problems);
    regions
}

fn extend(
    regions: &mut Regions,
    name: &At<String>,
    key: &str,
    files: Files<'_>,
    problems: &mut Problems<'_>,
) {
    if let Some(table) = tables::gazetteer(&name.value) {
        if let Err(error) = regions.tree.extend_from_tsv(table) {
            let wrong = format!(
                "{} does not fit what came before: {}",
                quote(&name.value),
                said(&error.to_string())
            );
            problems.add(name.at, key, wrong, "write it first, or alone");
            regions.mean(table);
        }
        return;
    }
    if !name.value.contains(['/', '.', '\\']) {
        let near = nearest(&name.value, tables::GAZETTEERS);
        let advice = match near {
            Some(near) => format!("did you mean \"{near}\"?"),
            None => "write \"cn\", \"us\" or the path of a .tsv file".to_owned(),
        };
        problems.add(name.at, key, format!("{} is no gazetteer", quote(&name.value)), advice);
        // What it will be when it is corrected.
        for table in tables::GAZETTEERS.iter().filter(|table| near.is_none_or(|n| n == **table)) {
            regions.mean(tables::gazetteer(table).unwrap_or(""));
        }
        return;
    }
    let path = files.resolve(&name.value);
    let text = match files.text(&path) {
        Ok(text) => text,
        Err(wrong) => {
            let wrong = format!("{}: {wrong}", quote(&name.value));
            problems.add(name.at, key, wrong, "write the path of a readable .tsv file");
            regions.unread = true;
            return;
        }
    };
    let file = path.display().to_string();
    check_paths(&text, &file, problems);
    match regions.tree.extend_from_tsv(&text) {
        Ok(()) => return,
        Err(RegionError::Line { line, problem }) => {
            let advice = "correct the line, or take the file out of regions.gazetteer".to_owned();
            problems.add_elsewhere(&file, line, problem, advice);
        }
        Err(error @ RegionError::Region { .. }) => {
            problems.add(name.at, key, said(&error.to_string()), "correct the file");
        }
    }
    regions.mean(&text);
}

impl Regions {
    /// Notes every path of a gazetteer, whatever is wrong with its lines.
    fn mean(&mut self, text: &str) {
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        let paths = lines.filter_map(|line| line.split('\t').nth(PATH_COLUMN));
        self.meant.extend(paths.map(str::to_owned));
    }
}

/// Addresses of a gazetteer of the admin's own must be fit for `/r/`.
fn check_paths(text: &str, file: &str, problems: &mut Problems<'_>) {
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
        }
    }
}

/// What is wrong with a region path, and what to write.
pub(super) fn path_fault(path: &str) -> Option<(String, &'static str)> {
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
fn add_all(regions: &mut Regions, additions: &[RawRegion], problems: &mut Problems<'_>) {
    let mut taken: HashMap<&str, usize> = HashMap::new();
    let mut list: Vec<(&str, &At<String>, &RawRegion)> = Vec::new();
    for raw in additions {
        let example = "\"shaanxi/xianyang/new-district\"";
        let Some(given) = required(&raw.path, &raw.place, "path", example, problems) else {
            regions.unread = true;
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
    for (path, given, raw) in &list {
        if add(regions, path, given, raw, problems).is_none() {
            regions.meant.insert((*path).to_owned());
        }
    }
    for (path, _, raw) in list {
        former::region_paths(&mut regions.tree, path, raw, problems);
    }
}

/// `None` when it could not be added, as was reported.
fn add(
    regions: &mut Regions,
    path: &str,
    given: &At<String>,
    raw: &RawRegion,
    problems: &mut Problems<'_>,
) -> Option<()> {
    let key = |name: &str| format!("{}.{name}", raw.place.value);
    let names = Names {
        name: optional_line(&raw.name, &key("name"), 100, problems),
        short: optional_line(&raw.short, &key("short"), 100, problems),
        aliases: aliases(raw, problems),
        zone: zone(&raw.zone, &key("zone"), problems),
    };
    let code = optional_line(&raw.code, &key("code"), 64, problems);
    if let Some(existing) = regions.tree.by_path(path) {
        let existing = existing.code.clone();
        if let (Some(code), Some(at)) = (code, raw.code.given())
            && code != existing.as_str()
        {
            let wrong = format!("{path} has the code {}, which stays", shown(existing.as_str()));
            problems.add(at.at, &key("code"), wrong, "leave it out");
        }
        regions.tree.rename(&existing, |region| names.apply(region));
        return Some(());
    }
    let parent = match path.rsplit_once('/') {
        None => None,
        Some((parent, _)) => {
            Some(known(regions, parent, given.at, &key("path"), problems)?.clone())
        }
    };
    let name = names.name.clone().or_else(|| {
        required(&raw.name, &raw.place, "name", "\"…\" for a new region", problems);
        None
    })?;
    let mut region = Region {
        code: RegionCode::new(&code.unwrap_or_else(|| format!("x:{path}"))),
        level: below(parent.as_ref().map(|parent| parent.level)),
        short: name.clone(),
        name,
        aliases: Vec::new(),
        parent: parent.as_ref().map(|parent| parent.code.clone()),
        path: path.to_owned(),
        zone: parent.as_ref().map_or(Tz::UTC, |parent| parent.zone),
        point: None,
    };
    names.apply(&mut region);
    if let Err(error) = regions.tree.add(region) {
        let at = raw.code.given().map_or(given.at, |code| code.at);
        problems.add(at, &key("code"), said(&error.to_string()), "write another code");
        return None;
    }
    Some(())
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
    regions: &Regions,
    problems: &mut Problems<'_>,
) -> Vec<RegionCode> {
    let mut list: Vec<RegionCode> = Vec::new();
    for (index, path) in raw.publish.given().into_iter().flat_map(|g| &g.value).enumerate() {
        let key = format!("regions.publish[{index}]");
        match region(regions, path, &key, problems) {
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
    regions: &'a Regions,
    path: &At<String>,
    key: &str,
    problems: &mut Problems<'_>,
) -> Option<&'a Region> {
    known(regions, &path.value, path.at, key, problems)
}

fn known<'a>(
    regions: &'a Regions,
    path: &str,
    at: usize,
    key: &str,
    problems: &mut Problems<'_>,
) -> Option<&'a Region> {
    if let Some(found) = regions.tree.by_path(path) {
        return Some(found);
    }
    if regions.meant.contains(path) {
        return None;
    }
    let searches = regions.searches.get();
    regions.searches.set(searches.saturating_add(1));
    let near = if searches < SEARCHES_MAX { near(regions, path) } else { None };
    let advice = match near {
        Some(near) => format!("did you mean {}?", quote(near)),
        None if regions.unread => return None,
        None => "write a path of the gazetteer, such as \"shaanxi/xianyang\", or add it as \
                 a [[region]]"
            .to_owned(),
    };
    problems.add_absence(at, key, format!("{} is no known region", quote(path)), advice);
    None
}

/// By name (`兴平市`), by the last part within the province, by spelling, by the last part
/// anywhere when only one ends so (`xingping`).
fn near<'a>(regions: &'a Regions, path: &str) -> Option<&'a str> {
    let tree = &regions.tree;
    let named = |region: &&Region| {
        region.name == path || region.short == path || region.aliases.iter().any(|a| a == path)
    };
    let first = path.split('/').next();
    let last = path.rsplit('/').next().filter(|last| !last.is_empty());
    let meant = || regions.meant.iter().map(String::as_str);
    let paths = || tree.iter().map(|region| region.path.as_str()).chain(meant());
    let only = |test: &dyn Fn(&str) -> bool| {
        let ends = |path: &str| path.rsplit('/').next() == last;
        let mut found = paths().filter(|path| ends(path) && test(path));
        found.next().filter(|_| found.next().is_none())
    };
    tree.iter()
        .find(named)
        .map(|region| region.path.as_str())
        .or_else(|| only(&|path| path.split('/').next() == first))
        .or_else(|| nearest(path, paths()))
        .or_else(|| only(&|_| true))
}
