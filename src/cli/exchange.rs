//! `countywire store export | import`: all that a store holds, as lines of JSON.

use super::offline::daemon_answers;
use super::output::{Readers, write_file};
use super::store::{Bar, in_use, settle, with_store};
use super::{complain, fail};
use crate::config::Config;
use crate::role;
use crate::store::{self, Exported, Store, StoreError};
use clap::Args;
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// zstd level: its own default.
const LEVEL: i32 = 3;

#[derive(Debug, Args)]
pub struct ExportArgs {
    /// Where to write, instead of standard output; what ends in `.zst` is compressed
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Compress with zstd, whatever the file is called
    #[arg(long)]
    zstd: bool,
}

pub fn export(config: &Config, args: &ExportArgs) -> ExitCode {
    let packs = args.zstd
        || args
            .output
            .as_ref()
            .is_some_and(|path| path.extension().is_some_and(|end| end == "zst"));
    if let Some(path) =
        args.output.as_ref().filter(|path| store::is_within(path, &config.store.path))
    {
        return fail(&format!("{} is in the store itself; write elsewhere", path.display()));
    }
    with_store(config, |store| {
        let written = match &args.output {
            None => write(&store, &mut io::stdout().lock(), Path::new("standard output"), packs),
            Some(path) => write_file(path, Readers::Owner, |file| write(&store, file, path, packs)),
        };
        let Exported { lines, entries, damaged } = match written {
            Ok(exported) => exported,
            Err(why) => return fail(&why),
        };
        if let Some(path) = &args.output {
            let path = path.display();
            complain(&format!("{lines} lines with {entries} entries written to {path}"));
        }
        match damaged {
            0 => ExitCode::SUCCESS,
            _ => fail(&format!(
                "{damaged} entries and sources are damaged and left out; `countywire store verify` \
                 tells where"
            )),
        }
    })
}

fn write(store: &Store, out: &mut dyn Write, to: &Path, packs: bool) -> Result<Exported, String> {
    let mut bar = Bar::new("exporting");
    let mut export = |out: &mut dyn Write| store.export(out, to, &mut |done| bar.show(done));
    let mut out = BufWriter::with_capacity(256 * 1024, out);
    let exported = if packs {
        let cannot = |error| format!("cannot write {}: {error}", to.display());
        let mut packing = zstd::Encoder::new(out, LEVEL).map_err(cannot)?;
        packing.include_checksum(true).map_err(cannot)?;
        export(&mut packing).and_then(|exported| {
            let ended = packing.finish().and_then(|mut out| out.flush());
            ended.map_err(StoreError::io("cannot write", to)).map(|()| exported)
        })
    } else {
        export(&mut out)
    };
    bar.end();
    match exported {
        // A reader that went away (`| head`) is no error.
        Err(StoreError::Io { source, .. }) if source.kind() == ErrorKind::BrokenPipe => {
            Ok(Exported::default())
        }
        exported => exported.map_err(|error| error.full()),
    }
}

pub fn import(config: &Config, file: &Path) -> ExitCode {
    if daemon_answers(config) {
        return fail(&in_use(config));
    }
    let mut bar = Bar::new("importing");
    let settings = role::store_settings(config);
    let imported = store::import(file, &settings, &mut |progress| bar.show(progress));
    bar.end();
    match imported {
        Ok(()) => {}
        Err(error @ StoreError::Version { .. }) => {
            fail(&error.full());
            return ExitCode::from(78);
        }
        Err(StoreError::InUse { .. }) => return fail(&in_use(config)),
        Err(error) => return fail(&error.full()),
    }
    settle(config, &format!("what {} holds", file.display()))
}
