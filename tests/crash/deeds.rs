//! What else a store goes through: copies of it, an older format, lines of JSON. Each deed is
//! done over and over until the child is killed in it; then it must have been done or not at all,
//! and succeed when it is done again.

use crate::life::{self, Told, check, say, settings};
use countywire::store::{Settings, Store, backup, import, restore};
use std::fs::{self, File};
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

const OLD_FORMAT: &str = "countywire store 2";

pub fn live(deed: &str, folder: &Path) {
    match deed {
        "backup" => back_up(folder),
        "migrate" => migrate(folder),
        "export" => {
            let store = open(&settings(folder));
            loop {
                say(Told::Moment("exporting"));
                export(&store, &exported(folder));
            }
        }
        "import" => loop {
            say(Told::Moment("importing"));
            import(&exported(folder), &copied(folder), &mut |_| {}).expect("imported");
            say(Told::Moment("removing"));
            // At once: half a store is nothing that an import leaves.
            let gone = folder.join("gone");
            let _ = fs::remove_dir_all(&gone);
            fs::rename(copied(folder).path, gone).expect("renamed");
        },
        _ => life::live(deed, folder),
    }
}

/// Before the child is begun.
pub fn prepare(deed: &str, folder: &Path) {
    match deed {
        "export" => drop(fs::remove_file(exported(folder))),
        "import" => export(&open(&settings(folder)), &exported(folder)),
        _ => {}
    }
}

/// `reached`: how far the store has come, which has been checked. `backed_up`: how far it had come
/// when the last backup was begun that was finished.
pub fn check_after(deed: &str, folder: &Path, reached: u64, backed_up: Option<u64>) {
    match deed {
        "backup" => check_backup(folder, reached, backed_up),
        "migrate" => {
            let marker = fs::read_to_string(settings(folder).path.join("FORMAT")).expect("there");
            assert!(!marker.starts_with(OLD_FORMAT), "{marker}");
        }
        "export" => {
            let lines = fs::read_to_string(exported(folder)).unwrap_or_default();
            let last = lines.lines().next_back().unwrap_or_default();
            let is_whole = last.starts_with("{\"end\"") && lines.ends_with('\n');
            let taken = import(&exported(folder), &copied(folder), &mut |_| {});
            assert_eq!(taken.is_ok(), is_whole, "{:?} ends with {last:?}", taken.err());
            if is_whole {
                check_copy(folder, reached);
            }
            export(&open(&settings(folder)), &exported(folder));
            import(&exported(folder), &copied(folder), &mut |_| {}).expect("imported");
            check_copy(folder, reached);
        }
        "import" => {
            let copy = copied(folder);
            if copy.path.exists() {
                let refused = import(&exported(folder), &copy, &mut |_| {});
                assert!(refused.is_err_and(|error| error.kind() == "not_empty"));
                check_import(folder, reached);
            }
            import(&exported(folder), &copy, &mut |_| {}).expect("imported");
            check_import(folder, reached);
        }
        _ => {}
    }
}

/// Beside a store that takes reports, and is retained and rewritten.
fn back_up(folder: &Path) {
    let acknowledged = AtomicU64::new(0);
    let copies = || {
        loop {
            let before = acknowledged.load(Ordering::SeqCst);
            say(Told::Moment("backing up"));
            match backup(&settings(folder).path, &folder.join("backup"), &mut |_| {}, &mut |_| {}) {
                Ok(_) => println!("={before}"),
                Err(error) if error.kind() == "changing" => {}
                Err(error) => {
                    eprintln!("{}", error.full());
                    std::process::exit(1);
                }
            }
        }
    };
    thread::scope(|scope| {
        scope.spawn(copies);
        life::apply(folder, |told| {
            if let Told::Acknowledged(sequence) = told {
                acknowledged.store(sequence, Ordering::SeqCst);
                say(told);
            }
        });
    });
}

fn check_backup(folder: &Path, reached: u64, backed_up: Option<u64>) {
    let to = folder.join("backup");
    let put = tempfile::tempdir().expect("a folder");
    match restore(&to, &settings(put.path()), &mut |_| {}) {
        Ok(()) => assert!(check(put.path(), backed_up) <= reached),
        Err(error) => assert_eq!(backed_up, None, "{}", error.full()),
    }
    backup(&settings(folder).path, &to, &mut |_| {}, &mut |_| {}).expect("brought up to date");
    let put = tempfile::tempdir().expect("a folder");
    restore(&to, &settings(put.path()), &mut |_| {}).expect("restored");
    assert_eq!(check(put.path(), Some(reached)), reached);
}

/// Makes the store one of the format before, index included, and opens it.
fn migrate(folder: &Path) {
    let path = settings(folder).path;
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/store/2/store");
    loop {
        say(Told::Moment("making it old"));
        // An index of which a part is gone is nothing that a crash leaves.
        let [index, gone, old] = [path.join("index"), folder.join("gone"), folder.join("old")];
        for folder in [&gone, &old] {
            let _ = fs::remove_dir_all(folder);
        }
        fs::create_dir(&old).expect("made");
        for name in ["conf", "db"] {
            fs::copy(golden.join("index").join(name), old.join(name)).expect("copied");
        }
        let _ = fs::rename(&index, &gone);
        fs::rename(&old, &index).expect("renamed");
        let marker = fs::read_to_string(path.join("FORMAT")).expect("there");
        let epoch = marker.lines().nth(1).expect("two lines");
        fs::write(path.join("FORMAT.old"), format!("{OLD_FORMAT}\n{epoch}\n")).expect("written");
        fs::rename(path.join("FORMAT.old"), path.join("FORMAT")).expect("renamed");
        say(Told::Moment("migrating"));
        open(&settings(folder));
    }
}

fn open(settings: &Settings) -> Store {
    Store::open(settings, &mut |_| {}).expect("opened")
}

fn exported(folder: &Path) -> PathBuf {
    folder.join("export.jsonl")
}

fn export(store: &Store, to: &Path) {
    let mut out = BufWriter::new(File::create(to).expect("created"));
    let done = store.export(&mut out, to, &mut |_| {}).expect("exported");
    assert_eq!(done.damaged, 0);
}

/// Where the import is put.
fn copied(folder: &Path) -> Settings {
    let beside = folder.join("imported");
    fs::create_dir_all(&beside).expect("made");
    settings(&beside)
}

/// The import is the store again, and goes.
fn check_copy(folder: &Path, reached: u64) {
    let copy = copied(folder);
    let beside = copy.path.parent().expect("a folder");
    assert_eq!(check(beside, Some(reached)), reached);
    fs::remove_dir_all(beside).expect("removed");
}

/// The same, to the byte.
fn check_import(folder: &Path, reached: u64) {
    let again = folder.join("again.jsonl");
    export(&open(&copied(folder)), &again);
    let [again, first] =
        [again, exported(folder)].map(|path| fs::read_to_string(path).expect("there"));
    let differences = again.lines().zip(first.lines()).filter(|(again, first)| again != first);
    assert_eq!(differences.take(3).collect::<Vec<_>>(), []);
    assert_eq!(again.len(), first.len());
    check_copy(folder, reached);
}
