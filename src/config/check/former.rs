//! Checks of `formerly`: ids that sources had, and paths that regions had.

use super::super::problem::{Problems, quote};
use super::super::raw::{RawRegion, RawSource};
use super::regions::path_fault;
use super::sources::place;
use super::values::slug;
use crate::model::{RegionTree, SourceId};
use std::collections::HashMap;

/// Each former id belongs to one source, and to none of today.
pub(super) fn check(raw: &[RawSource], problems: &mut Problems<'_>) {
    let mut used: HashMap<&str, String> = HashMap::new();
    for source in raw {
        if let Some(id) = source.id.given() {
            used.entry(&id.value).or_insert_with(|| place(source, id, problems));
        }
    }
    let mut taken: HashMap<&str, String> = HashMap::new();
    for source in raw {
        let key = format!("{}.formerly", source.place.value);
        let own = source.id.given().map(|id| id.value.as_str());
        for former in source.formerly.given().into_iter().flat_map(|list| &list.value) {
            let (at, id) = (former.at, former.value.as_str());
            if !slug(former, &key, problems) {
                continue;
            }
            if own == Some(id) {
                let wrong = format!("{} is its id now", quote(id));
                problems.add(at, &key, wrong, "write the id that it had before, or leave it out");
            } else if let Some(user) = used.get(id) {
                let wrong = format!("{} is still the id of {user}", quote(id));
                let advice = "take that source out, give it another id, or leave this out";
                problems.add(at, &key, wrong, advice);
            } else if let Some(first) = taken.get(id) {
                let wrong = format!("{} is a former id of {first} too", quote(id));
                problems.add(at, &key, wrong, "keep it where the source is the same");
            } else {
                taken.insert(id, place(source, former, problems));
            }
        }
    }
}

/// Notes the paths that a region had: none of today, and none of another region. `path`: its own.
pub(super) fn region_paths(
    tree: &mut RegionTree,
    path: &str,
    raw: &RawRegion,
    problems: &mut Problems<'_>,
) {
    let Some(code) = tree.by_path(path).map(|region| region.code.clone()) else { return };
    let key = format!("{}.formerly", raw.place.value);
    for former in raw.formerly.given().into_iter().flat_map(|list| &list.value) {
        let (at, given) = (former.at, quote(&former.value));
        let first = tree.by_former_path(&former.value);
        if let Some((wrong, advice)) = path_fault(&former.value) {
            problems.add(at, &key, format!("{given} {wrong}"), advice);
        } else if tree.by_path(&former.value).is_some() {
            let advice = "write the path that it had before, or leave it out";
            problems.add(at, &key, format!("{given} is the path of a region now"), advice);
        } else if let Some(first) = first.filter(|first| first.code != code) {
            let wrong = format!("{given} is a former path of {} too", first.path);
            problems.add(at, &key, wrong, "keep it where the region is the same");
        } else {
            tree.add_former_path(&former.value, &code);
        }
    }
}

/// What is wrong of them is told by [`check`].
pub(super) fn ids(raw: &RawSource) -> Vec<SourceId> {
    let given = raw.formerly.given().into_iter().flat_map(|list| &list.value);
    given.map(|id| SourceId::new(&id.value)).collect()
}
