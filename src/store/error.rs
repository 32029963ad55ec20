use crate::model::EntryKey;
use std::io;
use std::path::PathBuf;

#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("{action} {}", path.display())]
    Io {
        action: &'static str,
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error(
        "{} is in use by another countywire process{}; stop it, or set another [store] path",
        path.display(),
        holder.map(|number| format!(" ({number})")).unwrap_or_default()
    )]
    InUse { path: PathBuf, holder: Option<u32> },
    #[error(
        "{} holds format {found:?}, this countywire reads {expected:?}; \
         use the version that wrote it or a newer one, or mend its FORMAT where that is damaged",
        path.display()
    )]
    Format { path: PathBuf, found: String, expected: &'static str },
    #[error(
        "{} has {free_bytes} bytes free, less than the {floor_bytes} kept clear; free some space",
        path.display()
    )]
    DiskFull { path: PathBuf, free_bytes: u64, floor_bytes: u64 },
    #[error(
        "{} is not what was opened any more: it was deleted or replaced; put it back, or restart \
         without it",
        path.display()
    )]
    Replaced { path: PathBuf },
    #[error("{} is being changed by another process; try again", path.display())]
    Changing { path: PathBuf },
    #[error("{} is not empty; move it away first", path.display())]
    NotEmpty { path: PathBuf },
    #[error(
        "{} holds {} and no store; set [store] path to a folder of its own, or move away what is \
         there",
        path.display(),
        name.display()
    )]
    Foreign { path: PathBuf, name: PathBuf },
    #[error(
        "there is no store at {} yet, and {} is of a `countywire store {command}` that was \
         interrupted, unless one goes on: run that again, which begins anew, or remove that \
         folder to begin with an empty store",
        path.display(),
        beside.display()
    )]
    HalfMade { path: PathBuf, beside: PathBuf, command: &'static str },
    #[error("{} {problem}", path.display())]
    Target { path: PathBuf, problem: &'static str },
    #[error("there is no {what} at {}", path.display())]
    Missing { what: &'static str, path: PathBuf },
    #[error(
        "{} {problem}; copy it from a backup of this store, or have `countywire store rebuild` \
         make a new one, with which readers fetch all documents anew",
        path.display()
    )]
    Marker { path: PathBuf, problem: String },
    #[error(
        "the entry is shown no more, but {} cannot be rewritten and still has its text; \
         `countywire store export` and `import` make a store without it",
        path.display()
    )]
    Remains { path: PathBuf },
    #[error("{}, line {line}: {problem}", path.display())]
    Line { path: PathBuf, line: u64, problem: String },
    #[error(
        "{} is an export of version {found}, this countywire reads {expected}; use the version \
         that wrote it or a newer one",
        path.display()
    )]
    Version { path: PathBuf, found: u64, expected: u64 },
    #[error("the index cannot be used now; is the disk full, or the folder not ours?")]
    Index(#[from] sled::Error),
    #[error(
        "the index in {} is damaged: {problem}; it is remade at the next start, or by \
         `countywire store rebuild` while no daemon runs",
        path.display()
    )]
    DamagedIndex { path: PathBuf, problem: String },
    #[error("{}: damaged at byte {offset}: {problem}", path.display())]
    Damaged { path: PathBuf, offset: u64, problem: String },
    #[error("a record cannot be read: {0}")]
    Record(String),
    #[error("there is no entry {}; its key is what its page's address ends with", key.hex())]
    Unknown { key: EntryKey },
}

impl StoreError {
    pub fn kind(&self) -> &'static str {
        match self {
            StoreError::Io { .. } => "io",
            StoreError::InUse { .. } => "in_use",
            StoreError::Format { .. } => "format",
            StoreError::DiskFull { .. } => "disk_full",
            StoreError::Replaced { .. } => "replaced",
            StoreError::NotEmpty { .. } => "not_empty",
            StoreError::Foreign { .. } => "foreign",
            StoreError::HalfMade { .. } => "half_made",
            StoreError::Target { .. } => "target",
            StoreError::Remains { .. } => "remains",
            StoreError::Marker { .. } => "marker",
            StoreError::Missing { .. } => "missing",
            StoreError::Line { .. } => "line",
            StoreError::Version { .. } => "version",
            StoreError::Index(_) => "index",
            StoreError::DamagedIndex { .. } | StoreError::Damaged { .. } => "damaged",
            StoreError::Record(_) => "record",
            StoreError::Unknown { .. } => "unknown",
            StoreError::Changing { .. } => "changing",
        }
    }

    /// Trying again would fail again until a person has seen to it.
    pub fn needs_a_person(&self) -> bool {
        matches!(
            self,
            StoreError::Format { .. }
                | StoreError::Marker { .. }
                | StoreError::Foreign { .. }
                | StoreError::HalfMade { .. }
        )
    }

    /// What is wrong goes away when the index is remade.
    pub(super) fn is_damaged_index(&self) -> bool {
        match self {
            StoreError::DamagedIndex { .. } => true,
            _ => self.is_damaged_run(),
        }
    }

    /// A block of a run of the index is.
    pub(super) fn is_damaged_run(&self) -> bool {
        let StoreError::Damaged { path, .. } = self else { return false };
        path.extension().is_some_and(|end| end == "run")
    }

    /// What a segment has of an entry is not as it was written.
    pub fn is_damaged_entry(&self) -> bool {
        matches!(self, StoreError::Damaged { .. }) && !self.is_damaged_index()
    }

    /// The message with its causes, in one line.
    pub fn full(&self) -> String {
        match std::error::Error::source(self) {
            Some(cause) => format!("{self}: {cause}{}", self.remedy()),
            None => self.to_string(),
        }
    }

    /// What to do about what the system says, where its words leave that open.
    fn remedy(&self) -> &'static str {
        let StoreError::Io { source, .. } = self else { return "" };
        match source.kind() {
            io::ErrorKind::PermissionDenied => {
                "; give the folder of [store] path to the user that runs countywire"
            }
            io::ErrorKind::ReadOnlyFilesystem => "; mount the file system for writing",
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "; free some space",
            io::ErrorKind::NotADirectory => "; [store] path leads through a file",
            _ => "",
        }
    }

    pub(super) fn damaged(
        path: impl Into<PathBuf>,
        offset: u64,
        problem: impl Into<String>,
    ) -> Self {
        StoreError::Damaged { path: path.into(), offset, problem: problem.into() }
    }

    pub(crate) fn io(
        action: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| StoreError::Io { action, path, source }
    }
}
