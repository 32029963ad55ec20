//! The tree of regions: what a gazetteer file says, plus the admin's additions.

use super::{Location, RegionCode};
use chrono_tz::Tz;
use std::collections::HashMap;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RegionLevel {
    /// First level below the country: province, municipality, state.
    Province,
    Prefecture,
    County,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Region {
    pub code: RegionCode,
    pub level: RegionLevel,
    /// `兴平市`.
    pub name: String,
    /// `兴平`.
    pub short: String,
    /// Former and other names that still mean this region.
    pub aliases: Vec<String>,
    pub parent: Option<RegionCode>,
    /// Address below `/r/`: `shaanxi/xianyang/xingping`.
    pub path: String,
    pub zone: Tz,
    /// Where it is, when that is known.
    pub point: Option<Location>,
}

/// All regions, findable by code and by path, children in gazetteer order.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RegionTree {
    regions: Vec<Region>,
    by_code: HashMap<RegionCode, usize>,
    by_path: HashMap<String, usize>,
    by_former_path: HashMap<String, usize>,
    children: HashMap<Option<RegionCode>, Vec<usize>>,
}

/// What the admin says of texts with certain words, before any other evidence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegionWords {
    pub region: RegionCode,
    /// Any of these in title or lead: the entry is about it.
    pub words: Vec<String>,
    /// Any of these: the entry is neither about it nor about any below it.
    pub not_words: Vec<String>,
}

#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum RegionError {
    #[error("line {line}: {problem}")]
    Line { line: usize, problem: String },
    #[error("region {path}: {problem}")]
    Region { path: String, problem: String },
}

/// Columns of a gazetteer file, tab-separated; `#` starts a comment line.
const COLUMNS: usize = 8;

impl RegionTree {
    /// Reads a gazetteer: `code level name short aliases parent path zone`, tabs between,
    /// parents before children, `|` between aliases. An empty zone is the parent's.
    ///
    /// # Errors
    /// The first line that does not fit, with its number.
    pub fn extend_from_tsv(&mut self, text: &str) -> Result<(), RegionError> {
        for (number, line) in text.lines().enumerate() {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let fail = |problem: String| RegionError::Line { line: number + 1, problem };
            let region = self.region_of_line(line).map_err(fail)?;
            self.add(region).map_err(|error| fail(error.to_string()))?;
        }
        Ok(())
    }

    fn region_of_line(&self, line: &str) -> Result<Region, String> {
        let fields: Vec<&str> = line.split('\t').collect();
        let &[code, level, name, short, aliases, parent, path, zone] = fields.as_slice() else {
            return Err(format!("{} fields; expected {COLUMNS}", fields.len()));
        };
        let level = match level {
            "province" | "state" => RegionLevel::Province,
            "prefecture" => RegionLevel::Prefecture,
            "county" => RegionLevel::County,
            other => return Err(format!("level {other:?}; use province, prefecture or county")),
        };
        let parent = (!parent.is_empty()).then(|| RegionCode::new(parent));
        let zone = match (zone, &parent) {
            ("", Some(parent)) => self.get(parent).map(|p| p.zone).unwrap_or(Tz::UTC),
            ("", None) => Tz::UTC,
            (name, _) => name.parse().map_err(|_| format!("unknown time zone {name:?}"))?,
        };
        Ok(Region {
            code: RegionCode::new(code),
            level,
            name: name.to_owned(),
            short: if short.is_empty() { name } else { short }.to_owned(),
            aliases: aliases.split('|').filter(|a| !a.is_empty()).map(str::to_owned).collect(),
            parent,
            path: path.to_owned(),
            zone,
            point: None,
        })
    }

    /// # Errors
    /// A code or path that is taken, a parent that is not there.
    pub fn add(&mut self, region: Region) -> Result<(), RegionError> {
        let refuse =
            |problem: String| Err(RegionError::Region { path: region.path.clone(), problem });
        if self.by_code.contains_key(&region.code) {
            return refuse(format!("code {} is taken", region.code));
        }
        if self.by_path.contains_key(&region.path) {
            return refuse("path is taken".to_owned());
        }
        if let Some(parent) = &region.parent
            && !self.by_code.contains_key(parent)
        {
            return refuse(format!("parent {parent} is unknown"));
        }
        let index = self.regions.len();
        self.by_code.insert(region.code.clone(), index);
        self.by_path.insert(region.path.clone(), index);
        self.children.entry(region.parent.clone()).or_default().push(index);
        self.regions.push(region);
        Ok(())
    }

    /// Says where regions are; what is said of others means nothing.
    pub fn locate(&mut self, points: impl Iterator<Item = (RegionCode, Location)>) {
        for (code, point) in points {
            if let Some(&index) = self.by_code.get(&code) {
                self.regions[index].point = Some(point);
            }
        }
    }

    /// Changes the names of a region; its code and place in the tree stay.
    pub fn rename(&mut self, code: &RegionCode, change: impl FnOnce(&mut Region)) {
        if let Some(&index) = self.by_code.get(code) {
            let (code, parent, path) = {
                let region = &self.regions[index];
                (region.code.clone(), region.parent.clone(), region.path.clone())
            };
            let region = &mut self.regions[index];
            change(region);
            (region.code, region.parent, region.path) = (code, parent, path);
        }
    }

    pub fn get(&self, code: &RegionCode) -> Option<&Region> {
        self.by_code.get(code).map(|&index| &self.regions[index])
    }

    pub fn by_path(&self, path: &str) -> Option<&Region> {
        self.by_path.get(path).map(|&index| &self.regions[index])
    }

    /// Notes an address that a region had.
    pub fn add_former_path(&mut self, path: &str, code: &RegionCode) {
        if let Some(&index) = self.by_code.get(code) {
            self.by_former_path.insert(path.to_owned(), index);
        }
    }

    /// The region that had the address.
    pub fn by_former_path(&self, path: &str) -> Option<&Region> {
        self.by_former_path.get(path).map(|&index| &self.regions[index])
    }

    /// All addresses, former ones too.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.by_path.keys().chain(self.by_former_path.keys()).map(String::as_str)
    }

    pub fn children(&self, of: Option<&RegionCode>) -> impl Iterator<Item = &Region> {
        let list = self.children.get(&of.cloned()).map(Vec::as_slice).unwrap_or(&[]);
        list.iter().map(|&index| &self.regions[index])
    }

    /// The region and its ancestors, nearest first.
    pub fn lineage<'a>(&'a self, code: &RegionCode) -> impl Iterator<Item = &'a Region> {
        std::iter::successors(self.get(code), |region| self.get(region.parent.as_ref()?))
    }

    pub fn is_within(&self, code: &RegionCode, ancestor: &RegionCode) -> bool {
        self.lineage(code).any(|region| &region.code == ancestor)
    }

    pub fn iter(&self) -> impl Iterator<Item = &Region> {
        self.regions.iter()
    }

    pub fn len(&self) -> usize {
        self.regions.len()
    }

    pub fn is_empty(&self) -> bool {
        self.regions.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TSV: &str = "# a comment\n\
        cn610000\tprovince\t陕西省\t陕西\t陕|秦\t\tshaanxi\tAsia/Shanghai\n\
        cn610400\tprefecture\t咸阳市\t咸阳\t\tcn610000\tshaanxi/xianyang\t\n\
        cn610481\tcounty\t兴平市\t兴平\t兴平县\tcn610400\tshaanxi/xianyang/xingping\t\n";

    #[test]
    fn a_tree_is_read_with_lineage_and_inherited_zone() {
        let mut tree = RegionTree::default();
        tree.extend_from_tsv(TSV).expect("a valid gazetteer");
        let xingping = tree.by_path("shaanxi/xianyang/xingping").expect("known");
        assert_eq!(xingping.zone, Tz::Asia__Shanghai);
        let names: Vec<&str> = tree.lineage(&xingping.code).map(|r| r.short.as_str()).collect();
        assert_eq!(names, ["兴平", "咸阳", "陕西"]);
        assert!(tree.is_within(&xingping.code, &RegionCode::new("cn610000")));
    }

    #[test]
    fn a_bad_line_is_named() {
        let mut tree = RegionTree::default();
        let error = tree.extend_from_tsv("# x\ncn1\tcounty\n").expect_err("too few fields");
        assert_eq!(error.to_string(), "line 2: 2 fields; expected 8");
        let error = tree
            .extend_from_tsv("cn2\tcounty\t甲\t甲\t\tcn9\ta/b\t\n")
            .expect_err("an unknown parent");
        assert!(error.to_string().contains("parent cn9 is unknown"), "{error}");
    }
}
