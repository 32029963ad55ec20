//! What a person should look at in the store itself. It lasts until the store is mended.

/// What is wrong with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreTrouble {
    /// Entries that were asked for and cannot be read.
    Damaged { entries: usize },
    /// What the index could not be made of: faults in segments, and news that is gone with their
    /// ends.
    Lacking { faults: u64, reports: u64, entries: u64 },
}

impl StoreTrouble {
    pub fn label(self) -> &'static str {
        match self {
            StoreTrouble::Damaged { .. } => "store_damaged",
            StoreTrouble::Lacking { reports: 0, entries: 0, .. } => "store_faults",
            StoreTrouble::Lacking { .. } => "news_lost",
        }
    }

    pub fn title(self) -> &'static str {
        match self {
            StoreTrouble::Damaged { .. } => "The store: entries are damaged",
            StoreTrouble::Lacking { reports: 0, entries: 0, .. } => {
                "The store: segments are damaged"
            }
            StoreTrouble::Lacking { .. } => "The store: news was lost",
        }
    }

    /// What was seen: a sentence without its end.
    pub fn cause(self) -> String {
        match self {
            StoreTrouble::Damaged { entries } => {
                format!("{entries} entries that were asked for cannot be read, and are left out")
            }
            StoreTrouble::Lacking { faults, reports: 0, entries: 0 } => {
                format!("the index was made without what is damaged in segments ({faults} faults)")
            }
            StoreTrouble::Lacking { faults, reports, entries } => format!(
                "segments end before what was acknowledged: {reports} reports with {entries} \
                 entries are lost ({faults} faults in what is left)"
            ),
        }
    }

    /// What to do about it, for a sentence of its own.
    pub fn remedy(self) -> &'static str {
        match self {
            StoreTrouble::Damaged { .. } => {
                "Stop the daemon and run `countywire store verify`, which names each segment with \
                 a fault; put those back from a backup, as README tells, and check the disk"
            }
            StoreTrouble::Lacking { .. } => {
                "Stop the daemon and run `countywire store verify`, which names each fault; put the \
                 segments back from a backup, as README tells, or leave them; `countywire store \
                 rebuild` makes the index anew, and this is over once nothing is amiss"
            }
        }
    }
}
