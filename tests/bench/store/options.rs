//! What is said on the command line.

use super::child::Task;
use super::reports::REPORT_ENTRIES;
use std::path::PathBuf;

const USAGE: &str = "--entries N, --cache MiB, --folder FOLDER, --only-ours, --churn";
const MEBIBYTE: u64 = 1024 * 1024;

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    Ours,
    Sqlite,
}

impl Which {
    pub fn name(self) -> &'static str {
        match self {
            Which::Ours => "countywire",
            Which::Sqlite => "sqlite",
        }
    }
}

pub struct Options {
    pub entries: u64,
    pub cache_bytes: u64,
    /// Where a folder is made for the stores, and removed.
    pub folder: PathBuf,
    /// For a profile.
    pub only_ours: bool,
    /// Delete half and insert it again, where that can be done.
    pub churn: bool,
}

pub enum Command {
    Bench(Options),
    /// What this program starts itself as.
    Child {
        which: Which,
        task: Task,
        folder: PathBuf,
        entries: u64,
        cache_bytes: u64,
    },
}

/// The first argument of a child.
pub const CHILD: &str = "child";

impl Command {
    /// # Errors
    /// What is wrong, and how it is used.
    pub fn from_arguments() -> Result<Command, String> {
        let words: Vec<String> = std::env::args().skip(1).collect();
        match words.split_first() {
            Some((first, rest)) if first == CHILD => {
                child(rest).ok_or("not the words of a child".to_owned())
            }
            _ => bench(&words).map(Command::Bench),
        }
    }
}

fn bench(words: &[String]) -> Result<Options, String> {
    let mut options = Options {
        entries: 100_000,
        cache_bytes: 64 * MEBIBYTE,
        folder: std::env::temp_dir(),
        only_ours: false,
        churn: false,
    };
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or(format!("{word} takes a value"));
        let number = |value: &String| {
            let number = value.replace(',', "").parse().ok().filter(|number: &u64| *number > 0);
            number.ok_or(format!("{word} takes a number above 0"))
        };
        match word.as_str() {
            "--entries" => options.entries = number(value()?)?,
            "--cache" => options.cache_bytes = number(value()?)? * MEBIBYTE,
            "--folder" => options.folder = value()?.into(),
            "--only-ours" => options.only_ours = true,
            "--churn" => options.churn = true,
            _ => return Err(format!("unknown option {word}\n{USAGE}")),
        }
    }
    // Whole reports.
    options.entries = options.entries.next_multiple_of(REPORT_ENTRIES);
    Ok(options)
}

fn child(words: &[String]) -> Option<Command> {
    let [which, task, folder, entries, cache] = words else { return None };
    let which = [Which::Ours, Which::Sqlite].into_iter().find(|known| known.name() == which)?;
    Some(Command::Child {
        which,
        task: Task::named(task)?,
        folder: folder.into(),
        entries: entries.parse().ok()?,
        cache_bytes: cache.parse().ok()?,
    })
}
