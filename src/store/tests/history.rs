//! The past polls of a source.

use super::super::record::{self, StateRecord};
use super::*;
use crate::model::PollReason;

fn polled(source: &str, number: u64, entries: Vec<Entry>) -> Report {
    let facts = PollFacts {
        reason: if number.is_multiple_of(2) {
            PollReason::Requested
        } else {
            PollReason::Scheduled
        },
        wire_bytes: 100 * number,
        body_bytes: 300 * number,
        elapsed_ms: number as u32,
    };
    let mut report = report(source, number, entries);
    report.state.last_status = Some(200);
    report.state.next_reason = format!("because of {number}");
    Report { facts, polled_at: Timestamp(5_000 + number as i64), ..report }
}

fn numbers(history: &History) -> Vec<u32> {
    history.polls.iter().map(|poll| poll.facts.elapsed_ms).collect()
}

#[test]
fn the_last_polls_of_each_source_are_told_newest_first() {
    let mut rig = Rig::new();
    assert!(rig.reader().polls(&SourceId::new("a"), 9).expect("read").is_none());
    rig.apply(&polled("a", 1, vec![entry("a", "one", 10), entry("a", "two", 20)]));
    // Two of one source in a group: the chain goes through what is not on disk yet.
    let changed = Entry { fingerprint: 2, ..entry("a", "one", 10) };
    rig.apply_together(&[
        polled("a", 2, vec![changed, entry("a", "three", 30)]),
        polled("b", 1, vec![]),
        polled("a", 3, vec![]),
    ]);
    let told = |rig: &Rig, source: &str, limit| {
        rig.reader().polls(&SourceId::new(source), limit).expect("read").expect("known")
    };
    let history = told(&rig, "a", 9);
    assert!(history.broken.is_none());
    assert_eq!(numbers(&history), [3, 2, 1]);
    let second = &history.polls[1];
    assert_eq!((second.polled_at, second.status), (Timestamp(5_002), Some(200)));
    assert_eq!((second.entries_new, second.entries_changed), (1, 1));
    assert_eq!((second.facts.wire_bytes, second.facts.body_bytes), (200, 600));
    assert_eq!(second.facts.reason, PollReason::Requested);
    assert_eq!(second.next_reason, "because of 2");
    assert_eq!(numbers(&told(&rig, "a", 2)), [3, 2]);
    assert_eq!(numbers(&told(&rig, "b", 9)), [1]);

    // A restart and a remade index know the same.
    rig.reopen();
    assert_eq!(told(&rig, "a", 9).polls, history.polls);
    rig.store = None;
    fs::remove_dir_all(rig.folder.path().join("store/index")).expect("removed");
    rig.reopen();
    assert_eq!(told(&rig, "a", 9).polls, history.polls);
    for number in 4..=40 {
        rig.apply(&polled("a", number, vec![]));
    }
    let all: Vec<u32> = (9..=40).rev().collect();
    assert_eq!(numbers(&told(&rig, "a", usize::MAX)), all, "{POLLS} at most");
}

#[test]
fn damage_ends_the_history_and_says_so() {
    let mut rig = Rig::new();
    rig.apply(&polled("a", 1, vec![]));
    let first = fs::metadata(rig.segment()).expect("there").len() as usize;
    rig.apply(&polled("a", 2, vec![]));
    let mut bytes = fs::read(rig.segment()).expect("read");
    bytes[first - 3] ^= 1;
    fs::write(rig.segment(), bytes).expect("written");
    let history = rig.reader().polls(&SourceId::new("a"), 9).expect("read").expect("known");
    assert_eq!(numbers(&history), [2]);
    let broken = history.broken.expect("a reason").to_string();
    assert!(broken.contains("checksum"), "{broken}");
}

#[test]
fn states_of_older_programs_are_read() {
    let state = SourceState { poll_number: 7, ..SourceState::default() };
    let old: StateRecord = record::decode(&record::encode(&state)).expect("read");
    assert_eq!(old, StateRecord { state: state.clone(), commit: None });
    let at = super::super::segment::Location { segment: 1, offset: 2, length: 3 };
    let bytes = record::encode_state(&record::cbor(&state), at);
    let new: StateRecord = record::decode(&bytes).expect("read");
    assert_eq!(new, StateRecord { state: state.clone(), commit: Some(at) });
    assert_eq!(record::decode::<SourceState>(&bytes), Ok(state), "an older program reads on");
}
