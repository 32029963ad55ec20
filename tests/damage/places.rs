//! Where damage is done: files by what they are for, places in them by chance.

use crate::chance::Chance;
use crate::frames::{self, Frame};
use std::collections::BTreeSet;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Segment,
    /// sled's log.
    Index,
    Snapshot,
    /// A sorted run.
    Run,
    /// Whatever else the index consists of.
    OtherOfIndex,
    /// `FORMAT`.
    Marker,
    /// Whatever else there is.
    Other,
}

/// How often, out of all.
const WEIGHTS: [(Kind, usize); 7] = [
    (Kind::Segment, 40),
    (Kind::Index, 20),
    (Kind::Run, 20),
    (Kind::Snapshot, 5),
    (Kind::OtherOfIndex, 5),
    (Kind::Marker, 5),
    (Kind::Other, 5),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    Flip,
    Cut,
}

pub struct Damage {
    pub kind: Kind,
    pub deed: Deed,
    pub path: PathBuf,
    pub at: u64,
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Damage { deed, path, at, .. } = self;
        write!(f, "{deed:?} at byte {at} of {}", path.display())
    }
}

/// Damages some file of the store in a folder.
pub fn damage(folder: &Path, chance: &mut Chance) -> Damage {
    let mut files = Vec::new();
    collect(&folder.join("store"), &mut files);
    files.sort();
    let kind_of = |path: &Path| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        match name {
            "db" => Kind::Index,
            "FORMAT" => Kind::Marker,
            _ if name.ends_with(".seg") => Kind::Segment,
            _ if name.starts_with("snap.") => Kind::Snapshot,
            _ if name.ends_with(".run") => Kind::Run,
            _ if path.components().any(|part| part.as_os_str() == "index") => Kind::OtherOfIndex,
            _ => Kind::Other,
        }
    };
    let (kind, path) = loop {
        let mut left = chance.below(WEIGHTS.iter().map(|(_, weight)| weight).sum());
        let pick = |(_, weight): &&(Kind, usize)| {
            let here = left < *weight;
            left = left.saturating_sub(*weight);
            here
        };
        let (kind, _) = *WEIGHTS.iter().find(pick).expect("below the sum");
        let of_kind = files.iter().filter(|path| kind_of(path) == kind);
        let of_kind: Vec<&PathBuf> = of_kind.collect();
        if !of_kind.is_empty() {
            break (kind, (*chance.pick(&of_kind)).clone());
        }
    };
    let mut bytes = fs::read(&path).expect("a file");
    let at = match kind {
        // Most bytes are those of entries.
        Kind::Segment if chance.one_in(2) => in_some_kind_of_frame(&path, chance),
        _ => None,
    };
    let at = at.unwrap_or_else(|| chance.below(bytes.len()));
    let deed = if chance.one_in(3) { Deed::Cut } else { Deed::Flip };
    match deed {
        Deed::Cut => bytes.truncate(at),
        Deed::Flip => bytes[at] ^= 1 << chance.below(8),
    }
    fs::write(&path, bytes).expect("written");
    Damage { kind, deed, path, at: at as u64 }
}

/// In a frame that is no entry, each kind as often as the others.
fn in_some_kind_of_frame(segment: &Path, chance: &mut Chance) -> Option<usize> {
    let mut frames = frames::of(segment);
    let kinds: BTreeSet<Frame> = frames.iter().map(|(frame, _)| *frame).collect();
    let kinds: Vec<Frame> = kinds.into_iter().filter(|kind| *kind != Frame::Entry).collect();
    let kind = (!kinds.is_empty()).then(|| *chance.pick(&kinds))?;
    frames.retain(|(frame, _)| *frame == kind);
    let (_, bytes) = chance.pick(&frames);
    Some(bytes.start as usize + chance.below((bytes.end - bytes.start) as usize))
}

/// Files that hold something.
fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for name in fs::read_dir(folder).expect("a folder") {
        let name = name.expect("a name");
        let found = name.metadata().expect("there");
        if found.is_dir() {
            collect(&name.path(), files);
        } else if found.len() > 0 {
            files.push(name.path());
        }
    }
}
