//! Files as parts beside those that they are to replace, and what is damaged in them.

use super::super::error::StoreError;
use super::super::replay::{Damage, Progress};
use super::super::scan::{Found, Scan};
use super::super::segment::{self, HEADER};
use super::part;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};

/// Bytes copied at once.
const PIECE: usize = 1024 * 1024;

#[derive(Default)]
pub struct Copied {
    /// In what was copied.
    pub damage: Vec<Damage>,
    /// A segment of the backup that may lose something sound by it.
    pub sounder: Option<PathBuf>,
}

/// Copies segments that have changed, or are damaged where they are.
pub fn copy_segments(
    segments: &[u64],
    from: &Path,
    to: &Path,
    progress: &mut dyn FnMut(Progress),
) -> Result<Copied, StoreError> {
    let length = |path: &Path| fs::metadata(path).map_or(0, |metadata| metadata.len());
    let total = segments.iter().map(|id| length(&segment::path(from, *id))).sum();
    let (mut done, mut copied) = (0, Copied::default());
    for id in segments {
        let is_newest = segments.last() == Some(id);
        let (from, to) = (segment::path(from, *id), segment::path(to, *id));
        let bytes = length(&from);
        let is_there = length(&to) == bytes && damage_in(&to, *id, is_newest)?.is_empty();
        if !is_there {
            let mut told = |copied: u64| {
                progress(Progress { done: (done + copied).min(total), total });
            };
            copy(&from, &mut told, &to)?;
            let damage = damage_in(&part(&to), *id, is_newest)?;
            if !damage.is_empty() && to.exists() && !begins_with(&part(&to), &to)? {
                copied.sounder = Some(to);
            }
            copied.damage.extend(damage);
        }
        done += bytes;
        progress(Progress { done: done.min(total), total });
    }
    Ok(copied)
}

/// Whether a file goes on where another ends.
fn begins_with(longer: &Path, shorter: &Path) -> Result<bool, StoreError> {
    let open = |path| File::open(path).map(|file| BufReader::with_capacity(PIECE, file));
    let compared = open(longer).and_then(|mut longer| {
        let mut shorter = open(shorter)?;
        let mut other = Vec::new();
        loop {
            let piece = shorter.fill_buf()?;
            let length = piece.len();
            other.clear();
            longer.by_ref().take(length as u64).read_to_end(&mut other)?;
            if other != piece {
                return Ok(false);
            }
            if length == 0 {
                return Ok(true);
            }
            shorter.consume(length);
        }
    });
    compared.map_err(StoreError::io("cannot compare", longer))
}

/// The newest may be written to meanwhile: its end is cut off then.
fn damage_in(path: &Path, segment: u64, is_newest: bool) -> Result<Vec<Damage>, StoreError> {
    let bytes = fs::read(path).map_err(StoreError::io("cannot read", path))?;
    let damage = |at: usize, problem: &str| Damage {
        segment,
        offset: at as u64,
        problem: problem.to_owned(),
    };
    let begins = bytes.get(..HEADER.len()).is_none_or(|header| header == HEADER);
    let header = (!begins).then(|| damage(0, "no segment header"));
    let frames = Scan::new(&bytes, HEADER.len()).filter_map(|found| match found {
        Found::Damage { at, problem, .. } => Some(damage(at, problem)),
        Found::Unfinished { at } if !is_newest => Some(damage(at, "no whole frame from here on")),
        Found::Frame { .. } | Found::Unfinished { .. } => None,
    });
    Ok(header.into_iter().chain(frames).collect())
}

/// Copies a file into the part of `to`.
pub fn copy(from: &Path, copied: &mut dyn FnMut(u64), to: &Path) -> Result<(), StoreError> {
    let beside = part(to);
    let mut source = File::open(from).map_err(StoreError::io("cannot open", from))?;
    let mut target = File::create(&beside).map_err(StoreError::io("cannot create", &beside))?;
    let mut piece = vec![0; PIECE];
    let mut bytes = 0;
    loop {
        let length = source.read(&mut piece).map_err(StoreError::io("cannot read", from))?;
        if length == 0 {
            break;
        }
        target.write_all(&piece[..length]).map_err(StoreError::io("cannot write", &beside))?;
        bytes += length as u64;
        copied(bytes);
    }
    target.sync_all().map_err(StoreError::io("cannot write", beside))
}
