//! What an index lacks of what the segments once held. It is written beside the index, so that it
//! is told until one is made of whole segments.

use crate::model::Timestamp;
use std::fs;
use std::path::Path;
use std::time::UNIX_EPOCH;
use tracing::warn;

const NAME: &str = "lacking";

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Lacking {
    /// That were acknowledged, and are lost with the ends of segments.
    pub reports: u64,
    pub entries: u64,
    /// What of the segments could not be read.
    pub faults: u64,
}

impl Lacking {
    /// Of the index in a folder, with when that was found.
    pub fn read(index: &Path) -> Option<(Lacking, Timestamp)> {
        let path = index.join(NAME);
        let text = fs::read_to_string(&path).ok()?;
        let mut numbers = text.split_whitespace().map(str::parse);
        let mut next = || numbers.next()?.ok();
        let lacking = Lacking { reports: next()?, entries: next()?, faults: next()? };
        let since = fs::metadata(path).and_then(|found| found.modified()).ok()?;
        let since = since.duration_since(UNIX_EPOCH).ok()?;
        Some((lacking, Timestamp(since.as_secs() as i64)))
    }

    /// Notes it, where it is anything. The end that is replayed may be so again after a crash: it
    /// counts once. False: the log alone tells it.
    pub fn note(self, index: &Path) -> bool {
        let before = Lacking::read(index).map(|(before, _)| before).unwrap_or_default();
        let now = Lacking {
            reports: self.reports.max(before.reports),
            entries: self.entries.max(before.entries),
            faults: self.faults.max(before.faults),
        };
        if now == before {
            return true;
        }
        let Lacking { reports, entries, faults } = now;
        let beside = index.join("lacking.part");
        let written = fs::write(&beside, format!("{reports} {entries} {faults}\n"))
            .and_then(|()| fs::rename(&beside, index.join(NAME)));
        if let Err(error) = written {
            warn!(%error, "what the index lacks cannot be noted; the log alone tells it");
            return false;
        }
        true
    }
}
