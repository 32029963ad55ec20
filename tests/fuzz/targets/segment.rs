//! Any bytes as a segment of the store, and pieces of news written to one that is then cut
//! or damaged: read as opening reads it, up to the damage and behind it.
//!
//! Input: where (2 bytes), what is done there (1 byte), what the rest is (1 byte), the rest.

#![no_main]

use countywire::model::{
    Entry, EntryKey, EntryNo, Outcome, Placement, PollFacts, SourceId, Timestamp,
};
use countywire::store::door::{CommitRecord, Compressor, EntryRecord, Found, Frame, KeptRecord};
use countywire::store::door::{Kind, OrderRecord, Scan};
use countywire::store::door::{Location, StateChange, decode_entry, decode_packed, encode_packed};
use countywire::store::door::{encode_entry, entry_of_frame, write};
use libfuzzer_sys::fuzz_target;
use std::cell::RefCell;

#[path = "../counted.rs"]
mod counted;

/// What reading may take at once for each byte: it unfolds to half of it at most.
const FOR_A_BYTE: usize = 64 << 10;
/// What it may take however few they are.
const ANYHOW: usize = 1 << 20;

thread_local! {
    static COMPRESSOR: RefCell<Compressor> = RefCell::new(Compressor::default());
}

fuzz_target!(|input: &[u8]| {
    let [low, high, deed, what, rest @ ..] = input else { return };
    let place = usize::from(u16::from_le_bytes([*low, *high]));
    let (bytes, ends) = match what % 6 {
        0 => (rest.to_vec(), Vec::new()),
        1 => framed(&[(Kind::Entry, rest.to_vec())]),
        2 => framed(&[(Kind::Commit, rest.to_vec())]),
        3 => framed(&[(Kind::Order, rest.to_vec())]),
        4 => framed(&[(Kind::Kept, rest.to_vec())]),
        _ => framed(&news(rest)),
    };
    let whole = read(&bytes);
    if !ends.is_empty() {
        assert_eq!(whole.len(), ends.len());
        damage(&bytes, &ends, &whole, place, *deed);
    }
});

/// What is read of a segment, frame by frame.
fn read(bytes: &[u8]) -> Vec<Frame<'_>> {
    let (frames, most) = counted::most(|| {
        let (mut frames, mut at) = (Vec::new(), 0);
        for found in Scan::new(bytes, 0) {
            match found {
                Found::Frame { frame, at: start, end } => {
                    assert!(start >= at && end > start && end <= bytes.len());
                    at = end;
                    match frame.kind {
                        Kind::Entry => {
                            drop(entry_of_frame(&bytes[start..end]));
                            drop(decode_entry(frame.payload, NOWHERE));
                        }
                        Kind::Commit => {
                            if let Ok(commit) = decode_packed::<CommitRecord>(frame.payload) {
                                drop(commit.state.told());
                                drop(commit.state.apply(Some(&[0x80])));
                            }
                        }
                        Kind::Order => drop(decode_packed::<OrderRecord>(frame.payload)),
                        Kind::Kept => drop(decode_packed::<KeptRecord>(frame.payload)),
                        Kind::Redo | Kind::Run => {}
                    }
                    frames.push(frame);
                }
                Found::Damage { at: start, problem, .. } => {
                    assert!(start == at && !problem.is_empty());
                }
                Found::Unfinished { at: start } => {
                    assert!(start == at && start < bytes.len());
                    at = bytes.len();
                }
            }
        }
        frames
    });
    assert!(most <= ANYHOW + FOR_A_BYTE * bytes.len(), "{most} bytes for {}", bytes.len());
    frames
}

/// Cuts the bytes, or changes one: what lies before stays, and what lies behind a change.
fn damage(bytes: &[u8], ends: &[usize], whole: &[Frame<'_>], place: usize, deed: u8) {
    let at = place % bytes.len();
    let before = ends.iter().filter(|end| **end <= at).count();
    if deed == 0 {
        let found = read(&bytes[..at]);
        assert_eq!(found, whole[..before]);
        return;
    }
    let mut damaged = bytes.to_vec();
    damaged[at] ^= deed;
    let found = read(&damaged);
    assert!(found.starts_with(&whole[..before]) && found.ends_with(&whole[before + 1..]));
    assert!(
        !found.contains(&whole[before])
            || whole.iter().filter(|f| **f == whole[before]).count() > 1
    );
}

/// Frames with these payloads, and where each ends.
fn framed(payloads: &[(Kind, Vec<u8>)]) -> (Vec<u8>, Vec<usize>) {
    let (mut bytes, mut ends) = (Vec::new(), Vec::new());
    for (kind, payload) in payloads {
        write(*kind, payload, &mut bytes);
        ends.push(bytes.len());
    }
    (bytes, ends)
}

/// One payload for each text between NULs: an entry with it, or, after `!`, a commit by a
/// source of that name. Each reads back as it was.
fn news(bytes: &[u8]) -> Vec<(Kind, Vec<u8>)> {
    let compress = |plain: &[u8]| COMPRESSOR.with_borrow_mut(|c| c.bytes(plain));
    let payload = |text: &[u8]| {
        if let Some(name) = text.strip_prefix(b"!") {
            let commit = CommitRecord {
                sequence: text.len() as u64,
                recorded_at: Timestamp(1_795_507_200),
                source: SourceId::new(&String::from_utf8_lossy(name)),
                outcome: Outcome::NotModified,
                state: StateChange::Fields(name.to_vec()),
                entries_new: 1,
                entries_changed: 0,
                renamed: Vec::new(),
                polled_at: Timestamp(1_795_507_199),
                facts: PollFacts::default(),
                before: None,
                touched: Some(Vec::new()),
                tombstones: Vec::new(),
                is_kept: false,
                group_bytes: Some(7),
            };
            let payload = COMPRESSOR.with_borrow_mut(|c| encode_packed(&commit, c));
            assert_eq!(decode_packed(&payload), Ok(commit));
            return (Kind::Commit, payload);
        }
        let content = String::from_utf8_lossy(text).into_owned();
        let entry = Entry { content, ..Entry::default() };
        let body = compress(&minicbor::to_vec(&entry).expect("a vector takes all"));
        let payload = encode_entry(7, &record(&entry.content), &body);
        assert_eq!(decode_entry(&payload, NOWHERE), Ok((7, record(&entry.content))));
        let mut bytes = Vec::new();
        write(Kind::Entry, &payload, &mut bytes);
        assert_eq!(entry_of_frame(&bytes), Ok(entry));
        (Kind::Entry, payload)
    };
    bytes.split(|byte| *byte == 0).map(payload).collect()
}

const NOWHERE: Location = Location { segment: 0, offset: 0, length: 0 };

fn record(id: &str) -> EntryRecord {
    EntryRecord {
        no: EntryNo::new(7, 0),
        key: EntryKey([1; 16]),
        source: SourceId::new("s"),
        body: NOWHERE,
        id: id.to_owned(),
        first_seen: Timestamp(1_795_507_200),
        published: Timestamp(1_795_507_200),
        updated: Timestamp(1_795_507_200),
        revision: 0,
        fingerprint: 1,
        placement: Placement::default(),
        places: Vec::new(),
        topics: Vec::new(),
        backfill: false,
        changed_at: Timestamp(1_795_507_200),
        alias: None,
        link_print: 0,
        has_picture: false,
        outlet: 0,
        archived: None,
    }
}
