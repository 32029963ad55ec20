//! Checks of `[[region_words]]` and `[[source.region_words]]`.

use super::super::problem::Problems;
use super::super::raw::RawRegionWords;
use super::regions;
use super::topics::words;
use super::values::required;
use crate::model::RegionWords;

pub(super) fn all(
    raw: &[RawRegionWords],
    known: &regions::Regions,
    problems: &mut Problems<'_>,
) -> Vec<RegionWords> {
    raw.iter().filter_map(|raw| one(raw, known, problems)).collect()
}

fn one(
    raw: &RawRegionWords,
    known: &regions::Regions,
    problems: &mut Problems<'_>,
) -> Option<RegionWords> {
    let key = |name: &str| format!("{}.{name}", raw.place.value);
    let region = required(&raw.region, &raw.place, "region", "\"shaanxi/xianyang\"", problems)
        .and_then(|path| regions::region(known, path, &key("region"), problems));
    let region = region.map(|region| region.code.clone());
    let [words, not_words] = [("words", &raw.words), ("not_words", &raw.not_words)]
        .map(|(name, list)| words(list, &key(name), problems));
    let is_empty = |list: &super::super::read::Raw<Vec<_>>| {
        list.given().is_none_or(|given| given.value.is_empty())
    };
    if is_empty(&raw.words) && is_empty(&raw.not_words) {
        let advice = "write words that mean the region, or not_words";
        problems.add(raw.place.at, &raw.place.value, "no words", advice);
    }
    Some(RegionWords { region: region?, words, not_words })
}
