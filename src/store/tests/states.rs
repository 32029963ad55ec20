//! Polls that find nothing: little is written, and nothing is lost.

use super::*;

fn quiet(source: &str, poll_number: u64) -> Report {
    let mut quiet = report(source, poll_number, vec![]);
    quiet.outcome = Outcome::NotModified;
    quiet.state.seen = vec![(7, 7); 20];
    quiet.state.next_poll_at = Some(Timestamp(poll_number as i64));
    quiet.state.next_reason = "hourly".to_owned();
    quiet
}

fn poll_numbers(rig: &Rig) -> Vec<(String, u64)> {
    let states = rig.reader().states().expect("read").into_iter();
    states.map(|(source, state)| (source.to_string(), state.poll_number)).collect()
}

fn number_of(rig: &Rig, source: &str) -> u64 {
    rig.reader().state(&SourceId::new(source)).expect("read").expect("known").poll_number
}

#[test]
fn what_the_index_was_spared_is_read_at_once_and_after_a_crash() {
    let mut rig = Rig::new();
    rig.apply(&report("b", 1, vec![entry("b", "one", 10)]));
    let before = rig.view();
    for (source, number) in [("c", 1), ("b", 2), ("a", 1), ("b", 3)] {
        rig.apply(&quiet(source, number));
    }
    let states = [("a", 1), ("b", 3), ("c", 1)].map(|(source, number)| (source.to_owned(), number));
    assert_eq!(poll_numbers(&rig), states);
    assert_eq!(number_of(&rig, "b"), 3);
    let position = rig.reader().position().expect("read");
    assert_eq!((position.sequence, position.entries), (5, 1));
    assert!(rig.reader().index.held_bytes() > 0);

    // Nothing was settled: the segments bring it back, and once more where the index is gone.
    rig.reopen();
    assert_eq!(poll_numbers(&rig), states);
    assert_eq!((rig.reader().position().expect("read"), rig.view()), (position, before.clone()));
    rig.store = None;
    fs::remove_dir_all(rig.folder.path().join("store/index")).expect("removed");
    rig.reopen();
    assert_eq!(poll_numbers(&rig), states);
    assert_eq!((rig.reader().position().expect("read"), rig.view()), (position, before));
    let state = rig.reader().state(&SourceId::new("b")).expect("read").expect("known");
    assert_eq!((state.entries, state.last_entry_at), (1, Some(Timestamp(1_000_001))));
    assert_eq!(state.next_reason, "hourly");
}

#[test]
fn what_is_held_is_bounded() {
    let mut rig = Rig::new();
    let mut most = 0;
    for group in 0..80 {
        let reports: Vec<Report> = (0..600).map(|n| quiet(&format!("s{group}-{n}"), 1)).collect();
        rig.apply_together(&reports);
        most = most.max(rig.reader().index.held_bytes());
    }
    let held = rig.reader().index.held_bytes();
    assert!(held < most && most < 20 * 1024 * 1024, "{held} of {most}");
    assert_eq!(poll_numbers(&rig).len(), 48_000);
    rig.store().settle().expect("settled");
    assert_eq!(rig.reader().index.held_bytes(), 0);
    assert_eq!(poll_numbers(&rig).len(), 48_000);
}

#[test]
fn a_poll_that_finds_nothing_takes_few_bytes() {
    let mut rig = Rig::new();
    let length = |rig: &Rig| fs::metadata(rig.segment()).expect("there").len();
    rig.apply(&quiet("a", 1));
    let first = length(&rig);
    rig.apply(&quiet("a", 2));
    assert!(length(&rig) - first < 150, "{}", length(&rig) - first);
}

#[test]
fn a_lost_change_of_a_state_costs_those_that_build_on_it() {
    let mut rig = Rig::new();
    rig.apply(&quiet("a", 1));
    let first = fs::metadata(rig.segment()).expect("there").len() as usize;
    rig.apply(&quiet("a", 2));
    rig.apply(&quiet("a", 3));
    rig.apply(&report("b", 1, vec![entry("b", "one", 10)]));
    rig.store = None;
    let mut bytes = fs::read(rig.segment()).expect("read");
    bytes[first + 30] ^= 1;
    fs::write(rig.segment(), bytes).expect("written");
    fs::remove_dir_all(rig.folder.path().join("store/index")).expect("removed");
    rig.reopen();
    assert_eq!((number_of(&rig, "a"), number_of(&rig, "b")), (1, 1));
    assert_eq!(rig.titles(&Channel::All, Editions::One), ["one"]);
    // The next poll counts from what is known, and is understood from then on.
    rig.apply(&quiet("a", 2));
    rig.store = None;
    fs::remove_dir_all(rig.folder.path().join("store/index")).expect("removed");
    rig.reopen();
    assert_eq!(number_of(&rig, "a"), 2);
}
