//! Stores as lines of JSON, and back.

use super::super::exchange::import;
use super::super::frame::Kind;
use super::super::rewrite::Frames;
use super::retaining::random_report;
use super::*;
use crate::chance::{self, Chance};
use crate::model::{EntryNo, Order, TakeDown};
use std::path::{Path, PathBuf};

impl Rig {
    pub(super) fn exported(&self) -> String {
        let mut bytes = Vec::new();
        let store = self.store.as_ref().expect("open");
        let done = store.export(&mut bytes, Path::new("memory"), &mut |_| {}).expect("exported");
        assert_eq!((done.damaged, done.entries), (0, self.entries()));
        String::from_utf8(bytes).expect("text")
    }

    /// A store of an export.
    pub(super) fn of(bytes: &[u8], segment_bytes: u64) -> Result<Rig, StoreError> {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("export");
        fs::write(&file, bytes).expect("written");
        let settings = Settings { segment_bytes, ..settings(folder.path(), 99) };
        let imported = import(&file, &settings, &mut |_| {});
        let names: Vec<PathBuf> = fs::read_dir(folder.path())
            .expect("there")
            .map(|name| name.expect("read").path())
            .filter(|path| *path != file)
            .collect();
        let expected = imported.is_ok().then(|| settings.path.clone());
        assert_eq!(names, Vec::from_iter(expected), "a whole store or none");
        imported?;
        let mut rig = Rig { folder, store: None, stories: None, sequence: 0, segment_bytes };
        rig.reopen();
        rig.sequence = rig.reader().position().expect("read").sequence;
        Ok(rig)
    }

    fn numbers(&self) -> Vec<EntryNo> {
        let all = self.reader();
        all.entries_after(EntryNo(0)).map(|stored| stored.expect("read").no).collect()
    }
}

fn some_reports(chance: &mut Chance, round: u64) -> Vec<Report> {
    let numbers = round * 100 + 1..round * 100 + 1 + chance.within(1..30) as u64;
    numbers.map(|number| random_report(chance, number)).collect()
}

#[test]
fn a_store_made_of_an_export_holds_and_becomes_the_same() {
    chance::each(12, |chance| {
        let mut rig = Rig::with_segments_of(6_000);
        rig.stories = chance.one_in(2).then(Stories::default);
        for round in 0..4 {
            some_reports(chance, round).iter().for_each(|report| drop(rig.apply(report)));
            if chance.one_in(2) {
                rig.retain(chance.within(5..60) as u64);
            }
        }
        let exported = rig.exported();
        let segment_bytes = *chance.pick(&[1_000, 6_000, 1 << 20]);
        let mut made = Rig::of(exported.as_bytes(), segment_bytes).expect("imported");
        made.assert_sound();
        assert_eq!(made.reader().epoch().expect("read"), 7);
        assert_eq!(made.exported(), exported);
        made.sequence = rig.sequence;
        made.stories = rig.stories.as_ref().map(|_| Stories::default());
        for round in 4..7 {
            for report in some_reports(chance, round) {
                assert_eq!(made.apply(&report), rig.apply(&report));
            }
            if chance.one_in(2) {
                made.reopen();
            }
            // What comes after an import comes in another life.
            let told = [made.exported(), rig.exported()];
            let [made_lines, lines] = told.each_ref().map(|told| told.split_once('\n'));
            assert_eq!(made_lines.expect("lines").1, lines.expect("lines").1);
        }
        for most in [20, 5] {
            assert_eq!(made.retain(most), rig.retain(most));
            made.assert_sound();
            assert_eq!(made.numbers(), rig.numbers());
        }
        made.store = None;
        fs::remove_dir_all(made.folder.path().join("store/index")).expect("removed");
        made.reopen();
        made.assert_sound();
        assert_eq!(made.numbers(), rig.numbers());
    });
}

#[test]
fn an_index_that_has_seen_half_of_it_is_finished() {
    let made = Rig::of(small().as_bytes(), 1 << 20).expect("imported");
    let folder = made.folder.path().join("store/segments");
    let ids = segment::list(&folder).expect("listed");
    let whole: Vec<Vec<u8>> =
        ids.iter().map(|id| fs::read(segment::path(&folder, *id)).expect("read")).collect();
    let mut frames = Frames::open(&folder, ids[0]).expect("opened");
    let mut ends = Vec::new();
    while let Some((frame, at)) = frames.read_next().expect("sound") {
        if frame.kind != Kind::Entry {
            ends.push(at.offset + u64::from(at.length));
        }
    }
    assert!(ends.len() > 3);
    for end in ends {
        let folder = tempfile::tempdir().expect("a folder");
        let segments = folder.path().join("store/segments");
        fs::create_dir_all(&segments).expect("made");
        let marker = |folder: &Path| folder.join("store/FORMAT");
        fs::copy(marker(made.folder.path()), marker(folder.path())).expect("copied");
        let put = |at: usize, bytes: &[u8]| {
            fs::write(segment::path(&segments, ids[at]), bytes).expect("written");
        };
        put(0, &whole[0][..end as usize]);
        open(folder.path()).expect("opened").settle().expect("settled");
        (0..ids.len()).for_each(|at| put(at, &whole[at]));
        let store = open(folder.path()).expect("opened");
        assert_eq!(store.verify(&mut |_| {}).expect("verified").faults, []);
    }
}

/// Lines of a small store.
fn small() -> String {
    let mut rig = Rig::new();
    rig.apply(&report("a", 1, vec![entry("a", "one", 10), entry("a", "two", 20)]));
    let moved = Entry {
        was: Some(entry("a", "two", 20).key.beginning()),
        fingerprint: 2,
        ..entry("a", "three", 20)
    };
    rig.apply(&report("a", 2, vec![moved]));
    rig.apply(&report("b", 1, vec![entry("b", "four", 30)]));
    rig.obey_all(Order::TakeDown(TakeDown::Entry(entry("a", "one", 10).key)));
    rig.exported()
}

#[track_caller]
fn refused(bytes: &[u8]) -> String {
    match Rig::of(bytes, 1 << 20) {
        Ok(_) => panic!("it was taken"),
        Err(error) => error.full(),
    }
}

#[test]
fn what_is_not_a_whole_export_is_refused_with_the_line() {
    let whole = small();
    let lines: Vec<&str> = whole.lines().collect();
    for kind in ["entry", "channel", "source", "key", "tombstone", "end"] {
        let begins = format!("{{\"{kind}\":");
        assert!(lines.iter().any(|line| line.starts_with(&begins)), "{kind}");
    }
    assert!(Rig::of(whole.as_bytes(), 1 << 20).is_ok());
    for cut in 1..lines.len() {
        let problem = refused(lines[..cut].join("\n").as_bytes());
        assert!(problem.contains("cut off here"), "{problem}");
    }
    let without = |left_out: usize| {
        let kept = lines.iter().enumerate().filter(|(at, _)| *at != left_out);
        kept.map(|(_, line)| format!("{line}\n")).collect::<String>()
    };
    let told = lines.len() - 1;
    assert!(refused(without(2).as_bytes()).ends_with("lines were to come before it"));
    assert!(refused(without(0).as_bytes()).contains("line 1: not the first line"));
    let broken = whole.replacen("\"channel\":{", "\"channel\":[", 1);
    let problem = refused(broken.as_bytes());
    assert!(problem.contains(", line ") && problem.contains(": column "), "{problem}");
    let more = format!("{whole}\n");
    assert!(
        refused(more.as_bytes())
            .ends_with(&format!("line {}: something follows the last line", told + 2))
    );
    let newer = whole.replacen("\"version\":1", "\"version\":2,\"new\":[]", 1);
    assert!(refused(newer.as_bytes()).contains("an export of version 2"));
    let short = whole.replacen("\"sequence\":", "\"sequence\":1,\"was\":", 1);
    assert!(refused(short.as_bytes()).contains("the first line says 1 came"));
    let entries = lines.iter().filter(|line| line.starts_with("{\"entry\"")).count();
    assert!(entries > 1);
    let mut turned = lines.clone();
    turned[1..told].reverse();
    let turned = turned.join("\n") + "\n";
    assert!(refused(turned.as_bytes()).contains("not in its place"));
    assert!(refused(b"").contains("line 1: the file is cut off here"));
}

#[test]
fn bytes_by_chance_are_refused_or_make_a_store_that_opens() {
    let whole = small().into_bytes();
    let packed = zstd::encode_all(whole.as_slice(), 3).expect("packed");
    assert!(Rig::of(&packed, 1 << 20).is_ok());
    chance::each(300, |chance| {
        let mut bytes = chance.pick(&[&whole, &whole, &packed]).to_vec();
        for _ in 0..chance.within(1..4) {
            let at = chance.below(bytes.len());
            match chance.below(3) {
                0 => bytes.truncate(at.max(1)),
                1 => bytes[at] = *chance.pick(b"0917f\"[]{},:n\n\xFF"),
                _ => bytes[at] ^= 1 << chance.below(8),
            }
        }
        if let Ok(rig) = Rig::of(&bytes, 1_000) {
            rig.view();
            rig.exported();
        }
    });
}
