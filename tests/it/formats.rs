//! Stores of every format that is read: `tests/fixtures/store/{format}`, each with what it must be
//! read as. Format 1 was written for a day of development and is refused, so none of it is kept.
//! `COUNTYWIRE_BLESS=1` writes the one of today's format anew. Exports of
//! every version are in `tests/fixtures/export`, of the store of format 3.

use countywire::model::{
    Alike, Channel, Entry, EntryKey, EntryNo, Order, Outcome, PollFacts, RegionCode, Report,
    SourceId, SourceState, TakeDown, Timestamp, TopicId,
};
use countywire::store::{self, Numbered, Settings, Store};
use countywire::{export, story};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};

const TODAY: &str = "3";
const READ: [&str; 2] = ["2", TODAY];

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/store")
}

fn settings(path: &Path) -> Settings {
    let segment_bytes = Settings::SEGMENT_BYTES;
    Settings { path: path.to_owned(), cache_bytes: 1 << 20, new_epoch: 7, segment_bytes }
}

fn open(path: &Path) -> Store {
    Store::open(&settings(path), &mut |_| {}).expect("opened")
}

/// Polls of two sources, after which an entry was taken down since format 3: new entries, a changed one, a reprint, one that has moved to another
/// address, one that has left a region.
fn reports() -> Vec<Report> {
    let [first, second, third] = ["one", "two", "three"].map(|name| entry("a", name));
    let text = "兴平市今年秋粮喜获丰收，全市粮食总产量达到三十二万吨，比去年增长百分之四点五，创下历史新高。";
    let printed = |entry: Entry| Entry { content: format!("<p>{text}</p>"), ..entry };
    let changed = Entry {
        fingerprint: 2,
        title: "one, corrected".to_owned(),
        places: vec![RegionCode::new("cn610400")],
        ..first.clone()
    };
    let moved = Entry {
        was: Some(second.key.beginning()),
        key: EntryKey::hash_of(&[b"a", b"two, elsewhere"]),
        alias: Some(EntryKey::hash_of(&[b"two's title"])),
        alike: Alike::ByText,
        ..second.clone()
    };
    vec![
        report("a", 1, vec![first, second, printed(third)]),
        report("b", 1, vec![printed(entry("b", "four")), entry("b", "five")]),
        report("a", 2, vec![changed, moved]),
        report("b", 2, vec![]),
        report("a", 3, vec![]),
    ]
}

fn entry(source: &str, name: &str) -> Entry {
    Entry {
        key: EntryKey::hash_of(&[source.as_bytes(), name.as_bytes()]),
        guid: Some(format!("https://{source}.example/{name}")),
        link: Some(format!("https://{source}.example/{name}.html")),
        title: name.to_owned(),
        published: Some(Timestamp(1_795_500_000)),
        content: format!("<p>{name} of {source}</p>"),
        places: ["cn610481", "cn610400"].map(RegionCode::new).to_vec(),
        fingerprint: 1,
        ..Entry::default()
    }
}

fn report(source: &str, poll_number: u64, entries: Vec<Entry>) -> Report {
    let state = SourceState {
        poll_number,
        next_reason: format!("after {poll_number}"),
        seen: entries.iter().map(|entry| (entry.key.beginning(), 1)).collect(),
        ..SourceState::default()
    };
    Report {
        v: 1,
        source: SourceId::new(source),
        polled_at: Timestamp(1_795_500_000 + poll_number as i64),
        outcome: Outcome::Fetched { items: entries.len() as u32, defects: 0 },
        entries,
        state,
        first_poll_entries: 10,
        facts: PollFacts::default(),
    }
}

fn apply(store: &mut Store, sequence: u64, report: &Report) {
    let recorded_at = Timestamp(1_795_507_200 + sequence as i64);
    let numbered = Numbered { sequence, recorded_at, report: &report.to_bytes(), prepared: None };
    let applied = store.commit(&[numbered], &mut story::Stories::default());
    applied.expect("committed");
}

/// All that readers can see.
fn view(store: &Store) -> Value {
    let reader = store.reader();
    let entries = export::page(&reader, EntryNo(0)).expect("read");
    let entries = String::from_utf8(entries).expect("text");
    let entries: Vec<Value> =
        entries.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let [city, county] = ["cn610400", "cn610481"].map(RegionCode::new);
    let [a, b] = ["a", "b"].map(SourceId::new);
    let channels = [
        Channel::All,
        Channel::Region(city),
        Channel::Region(county.clone()),
        Channel::Source(a),
        Channel::Source(b),
        Channel::RegionTopic(county, TopicId::new("education")),
    ];
    let channels = channels.map(|channel| {
        let head = reader.channel(channel.key()).expect("read");
        json!([head.change, head.changed_at.0, head.shown])
    });
    let states = reader.states().expect("read");
    let states = states.iter().map(|(id, state)| {
        json!([id.as_str(), state.poll_number, state.next_reason, state.seen, state.entries])
    });
    let polls = reader.polls(&SourceId::new("a"), 9).expect("read").expect("known").polls;
    json!({
        "entries": entries,
        "channels": channels,
        "states": states.collect::<Vec<_>>(),
        "polls": polls.iter().map(|poll| poll.sequence).collect::<Vec<_>>(),
        "epoch": reader.epoch().expect("read"),
    })
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("made");
    for name in fs::read_dir(from).expect("there") {
        let name = name.expect("read");
        let target = to.join(name.file_name());
        match name.file_type().expect("known").is_dir() {
            true => copy(&name.path(), &target),
            false => drop(fs::copy(name.path(), target).expect("copied")),
        }
    }
}

fn bless() {
    let folder = fixtures().join(TODAY);
    let _ = fs::remove_dir_all(&folder);
    let mut store = open(&folder.join("store"));
    for (report, sequence) in reports().iter().zip(1..) {
        apply(&mut store, sequence, report);
    }
    let order = Order::TakeDown(TakeDown::Entry(entry("b", "five").key));
    for sequence in 6.. {
        let at = Timestamp(1_795_507_200 + sequence as i64);
        if !store.obey(&order, sequence, at).expect("obeyed").more {
            break;
        }
    }
    store.settle().expect("settled");
    let view = view(&store);
    drop(store);
    let _ = fs::remove_file(folder.join("store/reserve"));
    let view = serde_json::to_string_pretty(&view).expect("JSON");
    fs::write(folder.join("view.json"), view + "\n").expect("written");
}

#[test]
fn stores_of_every_format_are_read() {
    if std::env::var_os("COUNTYWIRE_BLESS").is_some() {
        bless();
    }
    let names = fs::read_dir(fixtures()).expect("there");
    let mut names: Vec<_> = names.map(|name| name.expect("read").file_name()).collect();
    names.sort();
    assert_eq!(names, READ);
    for name in names {
        let golden = fixtures().join(name);
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("store");
        copy(&golden.join("store"), &path);
        let expected = fs::read_to_string(golden.join("view.json")).expect("there");
        let expected: Value = serde_json::from_str(&expected).expect("JSON");
        let mut store = open(&path);
        assert_eq!(view(&store), expected, "{}", golden.display());
        assert_eq!(store.verify(&mut |_| {}).expect("verified").faults, []);
        let next = store.reader().position().expect("read").sequence + 1;
        apply(&mut store, next, &report("a", 4, vec![entry("a", "six")]));
        // What was taken down is still listed, and does not come back.
        let five = |store: &Store| store.reader().entry_by_key(entry("b", "five").key);
        let was_there = five(&store).expect("read").is_some();
        apply(&mut store, next + 1, &report("b", 3, vec![entry("b", "five")]));
        assert_eq!(five(&store).expect("read").is_some(), was_there);
        let reader = store.reader();
        drop(store);
        let marker = fs::read_to_string(path.join("FORMAT")).expect("there");
        assert!(marker.starts_with(&format!("countywire store {TODAY}\n")), "{marker}");
        let added = reader.entry_by_key(entry("a", "six").key).expect("read");
        assert_eq!(added.map(|stored| stored.no), Some(EntryNo::new(next, 0)));
    }
}

#[test]
fn a_format_that_is_not_read_is_refused_and_left_as_it_is() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("store");
    copy(&fixtures().join(TODAY).join("store"), &path);
    for format in ["1", "4"] {
        let marker = format!("countywire store {format}\nepoch 0000000000000007\n");
        fs::write(path.join("FORMAT"), &marker).expect("written");
        let refused = Store::open(&settings(&path), &mut |_| {}).err().map(|error| error.kind());
        assert_eq!(refused, Some("format"));
        assert_eq!(fs::read_to_string(path.join("FORMAT")).expect("read"), marker);
        assert!(path.join("index").exists(), "nothing is made anew");
    }
}

#[test]
fn exports_of_every_version_are_read() {
    let golden = fixtures().join("3");
    let exports = fixtures().with_file_name("export");
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("store");
    if std::env::var_os("COUNTYWIRE_BLESS").is_some() {
        copy(&golden.join("store"), &path);
        let mut lines = Vec::new();
        open(&path).export(&mut lines, Path::new("memory"), &mut |_| {}).expect("exported");
        fs::create_dir_all(&exports).expect("made");
        fs::write(exports.join("1.jsonl"), lines).expect("written");
        fs::remove_dir_all(&path).expect("removed");
    }
    let expected = fs::read_to_string(golden.join("view.json")).expect("there");
    let mut expected: Value = serde_json::from_str(&expected).expect("JSON");
    // Of past polls the last one is told.
    expected["polls"].as_array_mut().expect("a list").truncate(1);
    for name in fs::read_dir(exports).expect("there") {
        let export = name.expect("read").path();
        store::import(&export, &settings(&path), &mut |_| {}).expect("imported");
        let store = open(&path);
        assert_eq!(view(&store), expected, "{}", export.display());
        assert_eq!(store.verify(&mut |_| {}).expect("verified").faults, []);
        drop(store);
        fs::remove_dir_all(&path).expect("removed");
    }
}
