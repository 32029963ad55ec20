//! What `recorder.c` has written down.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::Command;

pub struct Record {
    pub inode: u64,
    pub step: Step,
}

pub enum Step {
    Create { path: PathBuf },
    MakeFolder { path: PathBuf },
    Rename { from: PathBuf, to: PathBuf },
    Remove { path: PathBuf },
    Write { at: usize, bytes: Vec<u8> },
    Length { length: usize },
    Sync,
}

const HEAD: usize = 32;

/// Compiles the recorder; `None`: there is no compiler.
pub fn recorder(folder: &Path) -> Option<PathBuf> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/power_cut/recorder.c");
    let library = folder.join("recorder.so");
    let mut compiler = Command::new("cc");
    compiler.args(["-O1", "-shared", "-fPIC", "-o"]).arg(&library).arg(source);
    match compiler.output() {
        Ok(output) if output.status.success() => Some(library),
        Ok(output) => panic!("{}", String::from_utf8_lossy(&output.stderr)),
        Err(_) => None,
    }
}

pub fn read(bytes: &[u8]) -> Vec<Record> {
    let mut records = Vec::new();
    let mut rest = bytes;
    while let Some((head, more)) = rest.split_at_checked(HEAD) {
        let short = |at: usize| u32::from_ne_bytes(head[at..at + 4].try_into().expect("four"));
        let long = |at: usize| u64::from_ne_bytes(head[at..at + 8].try_into().expect("eight"));
        let (names, more) = more.split_at(short(4) as usize);
        let (data, more) = more.split_at(long(24) as usize);
        let mut names = names.split(|byte| *byte == 0).map(path);
        let mut name = || names.next().expect("a name");
        let at = long(16) as usize;
        let step = match short(0) {
            1 => Step::Create { path: name() },
            2 => Step::MakeFolder { path: name() },
            3 => Step::Rename { from: name(), to: name() },
            4 => Step::Remove { path: name() },
            5 => Step::Write { at, bytes: data.to_vec() },
            6 => Step::Length { length: at },
            7 => Step::Sync,
            other => panic!("step {other} is unknown"),
        };
        records.push(Record { inode: long(8), step });
        rest = more;
    }
    records
}

fn path(bytes: &[u8]) -> PathBuf {
    PathBuf::from(OsStr::from_bytes(bytes))
}
