//! A copy of what the index can be made from: the segments, and what little else is not in
//! them. Segments only ever grow, so one is copied while a daemon writes to it; its last report
//! may be cut off then, and does not count. Copies are parts beside what was there, until all are.

mod copying;
mod losses;
mod secret;
mod target;

pub use losses::last_sequence;
pub use target::really;

use super::error::StoreError;
use super::lacking::Lacking;
use super::lies_at;
use super::lives::Lives;
use super::open::Settings;
use super::replay::{Damage, Progress};
use super::segment::{self, sync_folder};
use super::{birth, guard, lock, marker, since, verify};
use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

/// Copies a store into a folder, which is made; a backup that is there is brought up to date.
/// Returns what the store is known to have lost before, which the backup is without, too. May be
/// interrupted: until all is copied, the backup that was there counts. Each of its segments is
/// read, and copied anew where it is damaged. Damage in what is copied is told to `note`, and
/// copied as it is, unless the backup has it sound.
///
/// # Errors
/// There is no store, or another format of one; the folder holds something else, or what the
/// store has lost; the disk fails.
pub fn backup(
    store: &Path,
    to: &Path,
    note: &mut dyn FnMut(Damage),
    progress: &mut dyn FnMut(Progress),
) -> Result<Option<Lacking>, StoreError> {
    expect("store", store)?;
    marker::read(store)?;
    let _taken = target::take(to, store)?;
    complete(to)?;
    losses::refuse(store, to)?;
    losses::holes(store)?.into_iter().for_each(&mut *note);
    copy_parts(store, to, note, progress)?;
    complete(to)?;
    // What of it could not be read has been told.
    let lacking = Lacking::read(&store.join("index")).map(|(lacking, _)| lacking);
    Ok(lacking.filter(|lacking| lacking.reports > 0 || lacking.entries > 0))
}

/// Copies a backup to where there is no store yet. The index is made at the next opening.
///
/// # Errors
/// There is no backup, or another format of one; a store is there; the disk fails.
pub fn restore(
    backup: &Path,
    settings: &Settings,
    progress: &mut dyn FnMut(Progress),
) -> Result<(), StoreError> {
    let _taken = target::read(backup)?;
    complete(backup)?;
    expect("backup", backup)?;
    marker::read(backup)?;
    put(&settings.path, RESTORING, |beside| {
        // Who makes the index tells damage.
        copy_parts(backup, beside, &mut |_| {}, progress)?;
        complete(beside)?;
        let mut lives = marker::read(beside)?.lives;
        lives.begin(settings.new_epoch);
        marker::write(beside, &lives)
    })
}

/// Has a backup that is used as a store go on in another life, as one that was restored.
///
/// # Errors
/// The disk fails.
pub fn become_store(folder: &Path, lives: &mut Lives, new_epoch: u64) -> Result<(), StoreError> {
    let mark = folder.join(target::MARK);
    if !mark.exists() {
        return Ok(());
    }
    lives.begin(new_epoch);
    marker::write(folder, lives)?;
    fs::remove_file(&mark).map_err(StoreError::io("cannot remove", mark))?;
    sync_folder(folder)
}

fn expect(what: &'static str, folder: &Path) -> Result<(), StoreError> {
    let is_there = folder.join(marker::NAME).exists() || folder.join("segments").exists();
    if is_there { Ok(()) } else { Err(StoreError::Missing { what, path: folder.to_owned() }) }
}

/// How the folder ends in which a store is made that is to be put at a place.
pub const RESTORING: &str = ".restoring";
pub const IMPORTING: &str = ".importing";

/// Makes a store beside where it is to be and puts it there when it is whole, if there is none.
pub fn put(
    store: &Path,
    ending: &str,
    make: impl FnOnce(&Path) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let is_empty = fs::read_dir(store).map_or(true, |mut names| names.next().is_none());
    if !is_empty && lock::is_in_use(store) {
        return Err(lock::in_use(store));
    }
    if !is_empty {
        return Err(StoreError::NotEmpty { path: store.to_owned() });
    }
    let store = &target::place(store)?;
    let beside = birth::beside(store, ending);
    let _claimed = claim(&beside)?;
    if let Err(error) = make(&beside) {
        // It may be what fills the disk.
        let _ = verify::remove(&beside);
        return Err(error);
    }
    // An empty folder makes room.
    if let Err(error) = fs::rename(&beside, store) {
        let _ = verify::remove(&beside);
        return Err(StoreError::io("cannot rename", beside)(error));
    }
    sync_folder(store.parent().unwrap_or(store))
}

/// Takes the folder in which a store is made, and empties it: two at once would make one of both.
fn claim(beside: &Path) -> Result<File, StoreError> {
    segment::create_folder(beside)?;
    let folder = File::open(beside).map_err(StoreError::io("cannot open", beside))?;
    target::lock(folder.try_lock(), beside)?;
    // Whoever had it may have put it in its place meanwhile.
    if !lies_at(&folder, beside) {
        return Err(StoreError::Changing { path: beside.to_owned() });
    }
    let names = fs::read_dir(beside).map_err(StoreError::io("cannot list", beside))?;
    for path in names.flatten().map(|name| name.path()) {
        let removed =
            if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
        removed.map_err(StoreError::io("cannot remove", path))?;
    }
    Ok(folder)
}

/// Times that copying begins anew, since segments were rewritten meanwhile.
const ATTEMPTS: usize = 5;

/// What is copied counts when all of it is there: of an entry that was changed, a segment that was
/// rewritten has nothing any more, and the one with its new form may come later.
pub(super) fn copy_parts(
    from: &Path,
    to: &Path,
    note: &mut dyn FnMut(Damage),
    progress: &mut dyn FnMut(Progress),
) -> Result<(), StoreError> {
    let (from_segments, to_segments) = (from.join("segments"), to.join("segments"));
    segment::create_folder(&to_segments)?;
    // Of a backup that was interrupted.
    let names = [since::NAME, secret::NAME, marker::NAME, COMPLETE];
    let names = names.map(|name| part(Path::new(name)));
    guard::remove_files(to, |name| names.iter().any(|own| own == Path::new(name)));
    guard::remove_files(&to_segments, is_part_of_segment);
    let mut attempts = 0;
    let (segments, copied) = loop {
        attempts += 1;
        let segments = segment::list(&from_segments)?;
        let copied = copying::copy_segments(&segments, &from_segments, &to_segments, progress);
        let now = segment::list(&from_segments)?;
        let are_all_there = segments.iter().all(|id| now.contains(id));
        match copied {
            Ok(copied) if are_all_there => break (segments, copied),
            Err(error) if are_all_there || attempts == ATTEMPTS => return Err(error),
            _ => {}
        }
        if attempts == ATTEMPTS {
            return Err(StoreError::Changing { path: from.to_owned() });
        }
    };
    copied.damage.into_iter().for_each(note);
    if let Some(path) = copied.sounder {
        guard::remove_files(&to_segments, is_part_of_segment);
        let problem = "differs from the store's, which is damaged, and the backup stays as it was; put \
                       the segment back into the store, or back up into another folder";
        return Err(StoreError::Target { path, problem });
    }
    for name in [since::NAME, marker::NAME] {
        let from = from.join(name);
        if from.exists() {
            copying::copy(&from, &mut |_| {}, &to.join(name))?;
        }
    }
    secret::copy(from, to)?;
    sync_folder(&to_segments)?;
    let list = to.join(COMPLETE);
    let ids: String = segments.iter().map(|id| format!("{id:016x}\n")).collect();
    let written = File::create(part(&list)).and_then(|mut file| {
        file.write_all(ids.as_bytes())?;
        file.sync_all()
    });
    written.map_err(StoreError::io("cannot write", part(&list)))?;
    sync_folder(to)?;
    take_place(&list)?;
    sync_folder(to)
}

/// While it is there, all parts are, and take their places. It lists the segments that stay.
pub(super) const COMPLETE: &str = "COMPLETE";

/// Brings to its end what copying has made ready, if it has; may be interrupted, too.
pub fn complete(folder: &Path) -> Result<(), StoreError> {
    let list = folder.join(COMPLETE);
    let ids = match fs::read_to_string(&list) {
        // There is no folder, perhaps, and can be none.
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Ok(());
        }
        read => read.map_err(StoreError::io("cannot read", &list))?,
    };
    let ids = ids.lines().map(|id| u64::from_str_radix(id, 16)).collect::<Result<Vec<_>, _>>();
    let ids = ids.map_err(|_| StoreError::damaged(&list, 0, "no list of segments"))?;
    let segments = folder.join("segments");
    for id in &ids {
        take_place(&segment::path(&segments, *id))?;
    }
    for id in segment::list(&segments)?.into_iter().filter(|id| !ids.contains(id)) {
        let path = segment::path(&segments, id);
        fs::remove_file(&path).map_err(StoreError::io("cannot remove", path))?;
    }
    sync_folder(&segments)?;
    for name in [since::NAME, secret::NAME, marker::NAME] {
        take_place(&folder.join(name))?;
    }
    sync_folder(folder)?;
    fs::remove_file(&list).map_err(StoreError::io("cannot remove", &list))?;
    sync_folder(folder)
}

/// Puts the part of a file in its place, where there is one.
fn take_place(path: &Path) -> Result<(), StoreError> {
    match fs::rename(part(path), path) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(StoreError::io("cannot rename", part(path))(error))
        }
        _ => Ok(()),
    }
}

fn is_part_of_segment(name: &str) -> bool {
    let id = name.strip_suffix(".part").unwrap_or_default();
    id.len() == 16 && id.bytes().all(|digit| digit.is_ascii_hexdigit())
}

fn part(path: &Path) -> PathBuf {
    path.with_extension("part")
}
