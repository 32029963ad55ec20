//! `countywire export`: stored entries as lines of JSON.

use super::offline::open_existing_store;
use super::output::{Readers, write_file};
use super::{admin_client, complain, fail, load};
use crate::export;
use crate::model::EntryNo;
use clap::Args;
use indicatif::ProgressBar;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(Debug, Args)]
pub struct ExportArgs {
    /// Where to write, instead of standard output
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub fn run(config: &Path, args: &ExportArgs) -> ExitCode {
    let config = match load(config) {
        Ok(config) => config,
        Err(code) => return code,
    };
    let store = match open_existing_store(&config) {
        Ok(store) => store,
        Err(code) => return code,
    };
    let page = |after: u64| match &store {
        Some(store) => export::page(&store.reader(), EntryNo(after)).map_err(|error| error.full()),
        // The daemon has the store: it hands out the same pages.
        None => {
            admin_client::request(config.listen.admin, "GET", &format!("/export?after={after}"))
        }
    };
    let written = match &args.output {
        None => write(page, &mut std::io::stdout().lock()).map(drop),
        Some(path) => write_file(path, Readers::All, |file| write(page, file))
            .map(|lines| complain(&format!("{lines} entries written to {}", path.display()))),
    };
    match written {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => fail(&why),
    }
}

fn write(
    page: impl Fn(u64) -> Result<Vec<u8>, String>,
    out: &mut impl Write,
) -> Result<u64, String> {
    let bar = ProgressBar::new_spinner();
    let (mut after, mut count) = (0, 0);
    loop {
        let lines = page(after)?;
        let Some(last) = lines.split(|byte| *byte == b'\n').rfind(|line| !line.is_empty()) else {
            break;
        };
        let last: serde_json::Value =
            serde_json::from_slice(last).map_err(|error| error.to_string())?;
        after = last["no"]
            .as_u64()
            .ok_or("the daemon answers in another form; is it another version?")?;
        count += lines.iter().filter(|byte| **byte == b'\n').count() as u64;
        match out.write_all(&lines) {
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => break,
            written => written.map_err(|error| format!("cannot write: {error}"))?,
        }
        bar.set_message(format!("{count} entries"));
        bar.tick();
    }
    bar.finish_and_clear();
    out.flush().map_err(|error| format!("cannot write: {error}"))?;
    Ok(count)
}
