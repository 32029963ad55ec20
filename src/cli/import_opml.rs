//! `countywire import-opml`: another reader's list of feeds as sources of `feeds.toml`.

mod tables;

use super::{complain, fail, load, print};
use crate::config::{self, Config};
use crate::parse::Limits;
use crate::parse::opml::{self, List, MOST_OUTLINES};
use crate::role;
use clap::Args;
use std::io::Read;
use std::path::Path;
use std::process::ExitCode;
use tables::{Tables, Told};

/// Largest list.
const LARGEST: u64 = 32 * 1024 * 1024;
/// The document is no list of feeds (`EX_DATAERR` of sysexits).
const EXIT_NO_LIST: u8 = 65;

#[derive(Debug, Args)]
pub struct ImportOpmlArgs {
    /// The list, or `-` for standard input
    #[arg(value_name = "FILE|-")]
    list: String,
}

pub const AFTER_HELP: &str = "\
Most readers export their subscriptions as OPML. Look at what would be added, add it, check it:

  countywire import-opml subscriptions.opml
  countywire import-opml subscriptions.opml >> feeds.toml
  countywire check

Ids are made of titles in Latin letters, else of the host; write others before the first poll, or
`formerly` beside them later. A folder that is named like one region becomes `region`: in Latin
letters by its full name (Mobile County), by a short one (Mobile, AL) within the folder of a region
alone; elsewhere that is a comment, for it may be a subject. All folders stand in a comment. Feeds
that feeds.toml has already, with http or https, are left out, and so is what cannot be polled;
standard error tells how many, and what is wrong with which line.

Exit codes: 0 done, also where nothing is new; 1 the file cannot be read, or not all of the list
was: it is cut off, or has more than 100,000 feeds; 65 it is no OPML; 78 feeds.toml has problems.";

pub fn run(config: &Path, args: &ImportOpmlArgs) -> ExitCode {
    let name = if args.list == "-" { "standard input" } else { &args.list };
    let bytes = match read(&args.list) {
        Ok(bytes) => bytes,
        Err(error) => return fail(&format!("cannot read {name}: {error}")),
    };
    let config = match settings(config) {
        Ok(config) => config,
        Err(code) => return code,
    };
    let list = match opml::list(&bytes, &Limits::default()) {
        Ok(list) => list,
        Err(error) => {
            let advice = "export the subscriptions of your reader as OPML";
            complain(&format!("{name}:1: no list of feeds: {error}; {advice}"));
            return ExitCode::from(EXIT_NO_LIST);
        }
    };
    let mut tables = Tables::new(&config);
    let mut text = String::new();
    for outline in &list.outlines {
        match tables.add(outline) {
            Ok(table) => text.push_str(&table),
            Err(Told::Known) => {}
            Err(Told::Unusable { wrong, advice }) => {
                complain(&format!("{name}:{}: {wrong}; {advice}", outline.line));
            }
        }
    }
    complain(&(tables.summary() + &missing(&list)));
    let printed = if text.is_empty() { ExitCode::SUCCESS } else { print(&text) };
    if list.is_whole() { printed } else { ExitCode::FAILURE }
}

/// What the summary does not count.
fn missing(list: &List) -> String {
    let mut missing = String::new();
    if list.left_out > 0 {
        missing += &format!(
            "; {} left out, for {MOST_OUTLINES} are read of one list: split it into several",
            list.left_out
        );
    }
    if list.is_cut_off {
        missing += "; the list ends without </opml>, perhaps cut off: export it again";
    }
    missing
}

fn read(list: &str) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let most = LARGEST + 1;
    match list {
        "-" => std::io::stdin().lock().take(most).read_to_end(&mut bytes)?,
        path => std::fs::File::open(path)?.take(most).read_to_end(&mut bytes)?,
    };
    if bytes.len() as u64 > LARGEST {
        let text = format!("longer than {LARGEST} bytes; split it into several lists");
        return Err(std::io::Error::new(std::io::ErrorKind::FileTooLarge, text));
    }
    Ok(bytes)
}

/// Those of the file; where there is none, those that it need not write.
fn settings(path: &Path) -> Result<Config, ExitCode> {
    if path.exists() {
        return load(path);
    }
    complain(&format!("{}: not there; nothing is left out as known", path.display()));
    config::parse("feeds.toml", "", role::now()).map_err(|problems| {
        problems.iter().for_each(|problem| complain(&problem.to_string()));
        ExitCode::from(78)
    })
}
