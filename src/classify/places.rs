//! The region tree as the classifier walks it: numbers instead of codes.

use crate::model::{Region, RegionCode, RegionLevel};
use std::collections::HashMap;

/// A region's number: its place in gazetteer order.
pub(super) type Place = u32;

pub(super) struct Places {
    places: Vec<PlaceInfo>,
    by_code: HashMap<RegionCode, Place>,
}

struct PlaceInfo {
    code: RegionCode,
    path: String,
    level: RegionLevel,
    parent: Option<Place>,
}

impl Places {
    /// `regions`: parents before children, as a [`RegionTree`](crate::model::RegionTree) has them.
    pub(super) fn new(regions: &[&Region]) -> Self {
        let mut table =
            Places { places: Vec::with_capacity(regions.len()), by_code: HashMap::new() };
        for (place, region) in (0..).zip(regions) {
            let parent = region.parent.as_ref().and_then(|code| table.of_code(code));
            table.by_code.insert(region.code.clone(), place);
            table.places.push(PlaceInfo {
                code: region.code.clone(),
                path: region.path.clone(),
                level: region.level,
                parent,
            });
        }
        table
    }

    pub(super) fn of_code(&self, code: &RegionCode) -> Option<Place> {
        self.by_code.get(code).copied()
    }

    pub(super) fn code(&self, place: Place) -> &RegionCode {
        &self.places[place as usize].code
    }

    pub(super) fn path(&self, place: Place) -> &str {
        &self.places[place as usize].path
    }

    pub(super) fn level(&self, place: Place) -> RegionLevel {
        self.places[place as usize].level
    }

    pub(super) fn parent(&self, place: Place) -> Option<Place> {
        self.places[place as usize].parent
    }

    /// The place and its ancestors, nearest first.
    pub(super) fn lineage(&self, place: Place) -> impl Iterator<Item = Place> {
        std::iter::successors(Some(place), |&at| self.parent(at))
    }

    /// Whether `place` is `ancestor` or lies in it.
    pub(super) fn is_within(&self, place: Place, ancestor: Place) -> bool {
        self.lineage(place).any(|at| at == ancestor)
    }

    pub(super) fn is_below(&self, place: Place, ancestor: Place) -> bool {
        place != ancestor && self.is_within(place, ancestor)
    }
}
