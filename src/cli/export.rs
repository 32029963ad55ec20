//! `countywire export`: stored entries as lines of JSON.

use super::offline::open_existing_store;
use super::{admin_client, complain, fail, load};
use crate::export;
use crate::model::EntryNo;
use clap::Args;
use indicatif::ProgressBar;
use std::fs::File;
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
        None => write(page, &mut std::io::stdout().lock()),
        Some(path) => write_file(page, path),
    };
    match written {
        Ok(_) => ExitCode::SUCCESS,
        Err(why) => fail(&why),
    }
}

/// Writes beside the file and renames, so that an interrupted export leaves nothing half.
/// What is no regular file (a pipe, a device) is written to as it is.
fn write_file(page: impl Fn(u64) -> Result<Vec<u8>, String>, path: &Path) -> Result<u64, String> {
    let cannot = |error: std::io::Error| format!("cannot write {}: {error}", path.display());
    // A link stays; what it leads to is replaced.
    let target = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    if target.metadata().is_ok_and(|metadata| !metadata.is_file()) {
        let mut out = File::options().write(true).open(&target).map_err(cannot)?;
        return write(page, &mut out);
    }
    let mut beside = target.as_os_str().to_owned();
    beside.push(".part");
    let beside = PathBuf::from(beside);
    let written = File::create(&beside).map_err(cannot).and_then(|mut file| {
        let lines = write(page, &mut file)?;
        file.sync_all().and_then(|()| std::fs::rename(&beside, &target)).map_err(cannot)?;
        Ok(lines)
    });
    match &written {
        Ok(lines) => complain(&format!("{lines} entries written to {}", path.display())),
        // A part of an export is of no use, and may be what fills the disk.
        Err(_) => drop(std::fs::remove_file(&beside)),
    }
    written
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
