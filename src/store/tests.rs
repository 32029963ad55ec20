mod archiving;
mod arriving;
mod backing_up;
mod damaged;
mod every_field;
mod exchanging;
mod hearing;
mod history;
mod hot;
mod interrupted;
mod pictures;
mod renaming;
mod reopening;
mod retaining;
mod rewriting;
mod sifting;
mod states;
mod stories;
mod taking_down;
mod torn;
mod verifying;

use super::*;
use crate::model::{
    Alike, Channel, Entry, EntryKey, EntryNo, Outcome, Placement, Placing, PollFacts, RegionCode,
    Report, SourceId, SourceState, StoredEntry, Timestamp, TopicId,
};
use crate::story::{ByText, Stories};
use std::fs;
use std::path::Path;
use tempfile::TempDir;

const TEXT: &str = "兴平市今年秋粮喜获丰收，全市粮食总产量达到三十二万吨，比去年同期增长百分之四点五，创下历史新高。";

struct Rig {
    folder: TempDir,
    store: Option<Store>,
    /// Unless entries are placed by their text alone: those of most tests are much alike.
    stories: Option<Stories>,
    sequence: u64,
    segment_bytes: u64,
}

impl Rig {
    fn new() -> Rig {
        Rig::with_segments_of(Settings::SEGMENT_BYTES)
    }

    fn with_segments_of(segment_bytes: u64) -> Rig {
        let folder = tempfile::tempdir().expect("a folder");
        let mut rig = Rig { folder, store: None, stories: None, sequence: 0, segment_bytes };
        rig.reopen();
        rig
    }

    fn store(&mut self) -> &mut Store {
        self.store.as_mut().expect("open")
    }

    fn reader(&self) -> Reader {
        self.store.as_ref().expect("open").reader()
    }

    fn apply(&mut self, report: &Report) -> Applied {
        self.apply_together(std::slice::from_ref(report)).remove(0)
    }

    /// In one group.
    fn apply_together(&mut self, reports: &[Report]) -> Vec<Applied> {
        self.try_together(reports).expect("committed")
    }

    fn try_together(&mut self, reports: &[Report]) -> Result<Vec<Applied>, StoreError> {
        match self.stories.take() {
            Some(mut stories) => {
                let applied = self.commit(reports, &mut stories);
                self.stories = Some(stories);
                applied
            }
            None => self.commit(reports, &mut ByText),
        }
    }

    fn commit<P: Placing>(
        &mut self,
        reports: &[Report],
        placing: &mut P,
    ) -> Result<Vec<Applied>, StoreError> {
        let is_brief = placing.is_brief();
        // Every other report is prepared.
        let prepare = |bytes: Vec<u8>| (Prepared::of::<P>(&bytes, is_brief), bytes);
        let all: Vec<_> = reports.iter().map(Report::to_bytes).map(prepare).collect();
        let mut group = Vec::new();
        for (prepared, report) in &all {
            self.sequence += 1;
            let (sequence, recorded_at) =
                (self.sequence, Timestamp(1_000_000 + self.sequence as i64));
            let prepared = Some(prepared).filter(|_| sequence.is_multiple_of(2));
            group.push(Numbered { sequence, recorded_at, report, prepared });
        }
        let applied = self.store().commit(&group, placing);
        if applied.is_err() {
            self.sequence -= reports.len() as u64;
        }
        applied
    }

    /// The only segment file.
    fn segment(&self) -> std::path::PathBuf {
        let folder = self.folder.path().join("store/segments");
        fs::read_dir(folder).expect("there").next().expect("one").expect("read").path()
    }

    /// Names of damaged indexes.
    fn set_aside(&self) -> Vec<String> {
        let names = fs::read_dir(self.folder.path().join("store")).expect("there");
        let names = names.flatten().filter_map(|name| name.file_name().into_string().ok());
        names.filter(|name| name.starts_with("index.damaged-")).collect()
    }

    /// Of a store that is closed then; whoever still reads may hold its files for a moment.
    fn remove_index(&mut self) {
        self.store = None;
        let index = self.folder.path().join("store/index");
        let removed = (0..100).any(|_| {
            let removed = fs::remove_dir_all(&index);
            if removed.is_err() {
                std::thread::sleep(std::time::Duration::from_millis(20));
            }
            removed.is_ok()
        });
        assert!(removed, "{}", index.display());
    }

    fn reopen(&mut self) {
        self.store = None;
        let settings =
            Settings { segment_bytes: self.segment_bytes, ..settings(self.folder.path(), 7) };
        self.store = Some(Store::open(&settings, &mut |_| {}).expect("the store opens"));
        self.stories = self.stories.take().map(|_| Stories::default());
    }

    fn titles(&self, channel: &Channel, editions: Editions) -> Vec<String> {
        let listing = self.reader().list(channel.key(), None, 100, editions).expect("listed");
        listing.entries.into_iter().map(|stored| stored.entry.title.clone()).collect()
    }

    /// Everything that readers can see of some channels.
    fn view(&self) -> Vec<(ChannelRecord, Vec<StoredEntry>)> {
        let source = Channel::Source(SourceId::new("a"));
        let channels = [Channel::All, xingping(), source, Channel::Pictures(None)];
        let reader = self.reader();
        let all = channels.iter().map(|channel| {
            let listing = reader.list(channel.key(), None, 100, Editions::All).expect("listed");
            (reader.channel(channel.key()).expect("counted"), listing.entries)
        });
        all.collect()
    }
}

fn open(folder: &Path) -> Result<Store, StoreError> {
    open_with(folder, 7)
}

fn open_with(folder: &Path, new_epoch: u64) -> Result<Store, StoreError> {
    Store::open(&settings(folder, new_epoch), &mut |_| {})
}

fn settings(folder: &Path, new_epoch: u64) -> Settings {
    let path = folder.join("store");
    let segment_bytes = Settings::SEGMENT_BYTES;
    Settings { path, cache_bytes: 1 << 20, new_epoch, segment_bytes }
}

fn xingping() -> Channel {
    Channel::Region(RegionCode::new("cn610481"))
}

fn entry(source: &str, name: &str, published: i64) -> Entry {
    Entry {
        key: EntryKey::hash_of(&[source.as_bytes(), name.as_bytes()]),
        guid: Some(format!("https://{source}.example/{name}")),
        title: name.to_owned(),
        published: Some(Timestamp(published)),
        content: format!("<p>{name}{TEXT}</p>"),
        places: ["cn610481", "cn610400", "cn610000"].map(RegionCode::new).to_vec(),
        fingerprint: 1,
        ..Entry::default()
    }
}

fn report(source: &str, poll_number: u64, entries: Vec<Entry>) -> Report {
    Report {
        v: 1,
        source: SourceId::new(source),
        polled_at: Timestamp(0),
        outcome: Outcome::Fetched { items: entries.len() as u32, defects: 0 },
        entries,
        state: SourceState { poll_number, ..SourceState::default() },
        first_poll_entries: 10,
        facts: PollFacts::default(),
    }
}

#[test]
fn entries_appear_in_their_channels_newest_first() {
    let mut rig = Rig::new();
    let applied = rig.apply(&report("a", 1, vec![entry("a", "old", 10), entry("a", "new", 20)]));
    assert_eq!(applied, Applied::Kept { entries_new: 2, entries_changed: 0 });
    for channel in [Channel::All, xingping(), Channel::Source(SourceId::new("a"))] {
        assert_eq!(rig.titles(&channel, Editions::One), ["new", "old"], "{channel:?}");
    }
    let elsewhere = Channel::Region(RegionCode::new("cn110000"));
    assert!(rig.titles(&elsewhere, Editions::One).is_empty());
}

#[test]
fn pages_follow_each_other_without_gap_or_overlap() {
    let mut rig = Rig::new();
    let entries = (0..10).map(|n| entry("a", &format!("e{n}"), n / 3)).collect();
    rig.apply(&report("a", 1, entries));
    let reader = rig.reader();
    let (mut seen, mut before) = (Vec::new(), None);
    loop {
        let page = reader.list(xingping().key(), before, 3, Editions::One).expect("listed");
        seen.extend(page.entries.into_iter().map(|stored| stored.entry.title.clone()));
        before = page.next;
        if before.is_none() {
            break;
        }
    }
    let expected: Vec<String> = (0..10).rev().map(|n| format!("e{n}")).collect();
    assert_eq!(seen, expected);
}

#[test]
fn a_report_applied_twice_equals_once() {
    let mut rig = Rig::new();
    let again = report("a", 1, vec![entry("a", "one", 10)]);
    rig.apply(&again);
    let before = rig.view();
    assert_eq!(rig.apply(&again), Applied::Stale);
    assert_eq!(rig.view(), before);
}

#[test]
fn a_changed_item_keeps_id_and_date_and_moves_updated() {
    let mut rig = Rig::new();
    rig.apply(&report("a", 1, vec![entry("a", "one", 10)]));
    let before = rig.view()[0].1[0].clone();
    let changed =
        Entry { fingerprint: 2, published: Some(Timestamp(999)), ..entry("a", "one", 10) };
    let applied = rig.apply(&report("a", 2, vec![changed]));
    assert_eq!(applied, Applied::Kept { entries_new: 0, entries_changed: 1 });
    let (counters, entries) = rig.view().remove(0);
    assert_eq!(entries.len(), 1);
    let after = &entries[0];
    assert_eq!((after.no, &after.public_id), (before.no, &before.public_id));
    assert_eq!((after.published, after.revision), (before.published, 1));
    assert_eq!(after.updated, Timestamp(1_000_002));
    assert_eq!((counters.change, counters.shown), (2, 1));
}

#[test]
fn an_entry_that_changes_region_moves() {
    let mut rig = Rig::new();
    rig.apply(&report("a", 1, vec![entry("a", "one", 10)]));
    let moved = Entry {
        fingerprint: 2,
        places: vec![RegionCode::new("cn110000")],
        ..entry("a", "one", 10)
    };
    rig.apply(&report("a", 2, vec![moved]));
    assert!(rig.titles(&xingping(), Editions::All).is_empty());
    assert_eq!(rig.titles(&Channel::Region(RegionCode::new("cn110000")), Editions::One), ["one"]);
    let left = rig.reader().channel(xingping().key()).expect("counted");
    assert_eq!((left.shown, postings::total(&left), left.change), (0, 0, 2));
}

#[test]
fn future_dates_are_clamped_and_undated_entries_take_first_seen() {
    let mut rig = Rig::new();
    let future = entry("a", "future", 9_999_999_999);
    let undated = Entry { published: None, ..entry("a", "undated", 0) };
    rig.apply(&report("a", 1, vec![future, undated]));
    for stored in &rig.view()[0].1 {
        assert_eq!(stored.published, stored.first_seen, "{}", stored.entry.title.clone());
    }
}

#[test]
fn a_new_source_does_not_flood_latest() {
    let mut rig = Rig::new();
    let entries = (0..30).map(|n| entry("a", &format!("e{n}"), n)).collect();
    rig.apply(&report("a", 1, entries));
    assert_eq!(rig.titles(&xingping(), Editions::One).len(), 10);
    assert_eq!(rig.titles(&Channel::Source(SourceId::new("a")), Editions::One).len(), 30);
    let more = (30..50).map(|n| entry("a", &format!("e{n}"), n)).collect();
    rig.apply(&report("a", 2, more));
    assert_eq!(
        rig.titles(&xingping(), Editions::One).len(),
        30,
        "only the first poll is held back"
    );
}

#[test]
fn a_reprint_is_shown_once_where_its_first_print_is_and_everywhere_else() {
    let mut rig = Rig::new();
    // Under another title only a text of some length is the same to the letter.
    let text = TEXT.repeat(5);
    let first = Entry { content: format!("<p>{text}</p>"), ..entry("a", "first", 10) };
    let copy = Entry { content: format!("<div>{text}</div>"), ..entry("b", "copy", 5) };
    let elsewhere = RegionCode::new("cn110000");
    let copy = Entry { places: [copy.places.clone(), vec![elsewhere.clone()]].concat(), ..copy };
    rig.apply(&report("a", 1, vec![first.clone()]));
    rig.apply(&report("b", 1, vec![copy]));
    assert_eq!(rig.titles(&xingping(), Editions::One), ["first"]);
    assert_eq!(rig.titles(&xingping(), Editions::All), ["first", "copy"]);
    assert_eq!(rig.titles(&Channel::Region(elsewhere), Editions::One), ["copy"]);
    assert_eq!(rig.titles(&Channel::Source(SourceId::new("b")), Editions::One), ["copy"]);
    let reader = rig.reader();
    let stored = reader.entry_by_key(first.key).expect("read").expect("there");
    let others = reader.other_prints(&stored).expect("read");
    assert_eq!(others.len(), 1);
    // The first print moves away: the copy is shown in its stead.
    rig.apply(&report("a", 2, vec![Entry { fingerprint: 2, places: Vec::new(), ..first }]));
    assert_eq!(rig.titles(&xingping(), Editions::One), ["copy"]);
}

#[test]
fn an_id_that_another_source_owns_is_not_taken() {
    let mut rig = Rig::new();
    let shared = Some("https://agency.example/story/1".to_owned());
    rig.apply(&report("a", 1, vec![Entry { guid: shared.clone(), ..entry("a", "x", 1) }]));
    rig.apply(&report("b", 1, vec![Entry { guid: shared.clone(), ..entry("b", "y", 2) }]));
    let listing = rig.reader().list(Channel::All.key(), None, 9, Editions::All).expect("listed");
    let ids: Vec<&str> = listing.entries.iter().map(|stored| stored.public_id.as_str()).collect();
    assert_eq!(ids[1], "https://agency.example/story/1");
    assert!(ids[0].starts_with("urn:uuid:"), "{}", ids[0]);
}

#[test]
fn an_id_that_we_made_cannot_be_claimed() {
    let mut rig = Rig::new();
    let nameless = Entry { guid: Some("g".to_owned()), ..entry("a", "x", 1) };
    let made = nameless.public_id();
    rig.apply(&report("a", 1, vec![nameless]));
    rig.apply(&report("b", 1, vec![Entry { guid: Some(made.clone()), ..entry("b", "y", 2) }]));
    // And the other way round: the claim comes first.
    let later = Entry { guid: Some("h".to_owned()), ..entry("a", "z", 3) };
    let claim = Entry { guid: Some(later.public_id()), ..entry("b", "w", 4) };
    rig.apply(&report("b", 2, vec![claim]));
    rig.apply(&report("a", 2, vec![later]));
    let listing = rig.reader().list(Channel::All.key(), None, 9, Editions::All).expect("listed");
    let ids: Vec<String> = listing.entries.into_iter().map(|stored| stored.public_id).collect();
    let distinct: std::collections::BTreeSet<&String> = ids.iter().collect();
    assert_eq!(distinct.len(), 4, "{ids:?}");
    assert!(ids.contains(&made));
}

#[test]
fn short_texts_and_topics_make_their_own_channels() {
    let mut rig = Rig::new();
    let education = TopicId::new("education");
    let verdict = crate::model::TopicVerdict {
        topic: education.clone(),
        kind: crate::model::EvidenceKind::Title,
        evidence: "学校".to_owned(),
        score: 700,
    };
    let notice =
        Entry { topics: vec![verdict], content: "停水".to_owned(), ..entry("a", "n", 1) };
    rig.apply(&report("a", 1, vec![notice]));
    let county = RegionCode::new("cn610481");
    assert_eq!(rig.titles(&Channel::RegionTopic(county, education.clone()), Editions::One), ["n"]);
    assert_eq!(rig.titles(&Channel::Topic(education), Editions::One), ["n"]);
    let stored = &rig.view()[0].1[0];
    assert_eq!(stored.reprint_of, Placement::default().reprint_of);
}

#[test]
fn an_item_under_another_guid_is_the_entry_that_it_was() {
    let mut rig = Rig::new();
    let named = |guid: &str, alias: &str, fingerprint: u64| Entry {
        key: EntryKey::hash_of(&[b"a", guid.as_bytes()]),
        alias: Some(EntryKey::hash_of(&[b"title", alias.as_bytes()])),
        link: Some("http://a.example/1".to_owned()),
        link_print: 1,
        alike: Alike::ByLink,
        fingerprint,
        ..entry("a", "甲", 10)
    };
    rig.apply(&report("a", 1, vec![named("1", "甲", 1)]));
    let before = rig.view();
    let again = rig.apply(&report("a", 2, vec![named("2", "甲", 1)]));
    assert_eq!(again, Applied::Kept { entries_new: 0, entries_changed: 0 });
    assert_eq!(rig.view()[0].1, before[0].1);
    // Its new key is known from now on, whatever else changes.
    let edited = rig.apply(&report("a", 3, vec![named("2", "乙", 2)]));
    assert_eq!(edited, Applied::Kept { entries_new: 0, entries_changed: 1 });
    let stored = &rig.view()[0].1[0];
    assert_eq!((stored.key(), stored.revision), (before[0].1[0].key(), 1));
    // And its new alias.
    let third = rig.apply(&report("a", 4, vec![named("3", "乙", 2)]));
    assert_eq!(third, Applied::Kept { entries_new: 0, entries_changed: 0 });
    // A title alone is a name only as long as it says the same.
    let untitled =
        |guid: &str, fingerprint| Entry { alike: Alike::ByText, ..named(guid, "丙", fingerprint) };
    rig.apply(&report("a", 5, vec![untitled("5", 5)]));
    let same = rig.apply(&report("a", 6, vec![untitled("6", 5)]));
    assert_eq!(same, Applied::Kept { entries_new: 0, entries_changed: 0 });
    let other = rig.apply(&report("a", 7, vec![untitled("7", 6)]));
    assert_eq!(other, Applied::Kept { entries_new: 1, entries_changed: 0 });
    // All of this is remade from the segments.
    let before = rig.view();
    rig.store = None;
    fs::remove_dir_all(rig.folder.path().join("store/index")).expect("removed");
    rig.reopen();
    assert_eq!(rig.view(), before);
    let known = rig.apply(&report("a", 8, vec![named("2", "丁", 2), named("3", "乙", 2)]));
    assert_eq!(known, Applied::Kept { entries_new: 0, entries_changed: 0 });
}

#[test]
fn an_item_is_what_it_was_in_the_last_document_however_reports_are_grouped() {
    // Hashes may hold any bytes, also runs that sled cannot walk back over.
    let key = |byte: u8| EntryKey([byte; 16]);
    let named = |was: Option<u8>, now: u8| Entry {
        key: key(now),
        was: was.map(|byte| u64::from_be_bytes([byte; 8])),
        fingerprint: u64::from(now),
        ..entry("a", "甲", 10)
    };
    let reports = [(None, 0xFE), (Some(0xFE), 0xFF), (Some(0xFF), 1), (Some(1), 2)];
    let reports: Vec<Report> = reports
        .iter()
        .zip(1..)
        .map(|(&(was, now), poll)| report("a", poll, vec![named(was, now)]))
        .collect();
    let (mut together, mut alone) = (Rig::new(), Rig::new());
    together.apply_together(&reports);
    reports.iter().for_each(|report| _ = alone.apply(report));
    let view = together.view();
    assert_eq!(view, alone.view());
    let [stored] = view[0].1.as_slice() else { panic!("{view:?}") };
    assert_eq!((stored.key(), stored.revision), (key(0xFE), 3));
}
