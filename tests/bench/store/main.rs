//! What it costs to keep entries, beside SQLite. See README.md.

mod bench;
mod child;
mod corpus;
mod measure;
mod options;
mod ours;
mod reports;
mod sqlite;
mod subject;
mod table;

use options::{Command, Which};
use ours::Ours;
use sqlite::Sqlite;
use std::process::ExitCode;

fn main() -> ExitCode {
    let outcome = match Command::from_arguments() {
        Ok(Command::Bench(options)) => bench::run(&options),
        Ok(Command::Child { which, task, folder, entries, cache_bytes }) => match which {
            Which::Ours => child::run::<Ours>(task, &folder, entries, cache_bytes),
            Which::Sqlite => child::run::<Sqlite>(task, &folder, entries, cache_bytes),
        },
        Err(problem) => Err(problem.into()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("store bench: {error}");
            ExitCode::FAILURE
        }
    }
}
