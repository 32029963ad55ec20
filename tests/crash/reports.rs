//! What each report brings: it follows from its number alone, so that those who write and those
//! who look agree.

use countywire::model::{
    Entry, EntryKey, Outcome, PollFacts, RegionCode, Report, SourceId, SourceState, Timestamp,
};

const SOURCES: u64 = 7;

pub fn recorded_at(sequence: u64) -> Timestamp {
    Timestamp(1_795_507_200 + sequence as i64)
}

pub fn source(sequence: u64) -> u64 {
    sequence % SOURCES
}

/// Some new entries, some changed ones, some with the text of another source's; often none.
pub fn report(sequence: u64) -> Report {
    let source = source(sequence);
    // Now and then more than sled keeps in its own file.
    let seen = if sequence % 20 == 3 { 40_000 } else { sequence % 20 };
    let state = SourceState {
        poll_number: sequence,
        next_reason: format!("after {sequence}"),
        seen: vec![(sequence, 1); seen as usize],
        ..SourceState::default()
    };
    Report {
        v: 1,
        source: SourceId::new(&format!("s{source}")),
        polled_at: recorded_at(sequence),
        outcome: Outcome::NotModified,
        entries: brought(sequence).into_iter().map(|name| entry(source, name, sequence)).collect(),
        state,
        first_poll_entries: 3,
        facts: PollFacts::default(),
    }
}

/// The names of the entries that a report brings.
pub fn brought(sequence: u64) -> Vec<u64> {
    let count = [0, 3, 0, 1, 6, 0][(sequence / SOURCES % 6) as usize];
    let newest = sequence / SOURCES * 2;
    let mut names: Vec<u64> = (0..count).map(|n| newest.saturating_sub(n)).collect();
    names.sort_unstable();
    names.dedup();
    names
}

fn entry(source: u64, name: u64, sequence: u64) -> Entry {
    let text = "兴平市今年秋粮喜获丰收，全市粮食总产量达到三十二万吨。".repeat(4);
    // Every third entry is printed by all sources alike.
    let own = if name.is_multiple_of(3) { String::new() } else { format!("来源{source}") };
    Entry {
        key: key(source, name),
        guid: Some(format!("https://s{source}.example/{name}")),
        title: format!("{name} of {sequence}"),
        published: Some(recorded_at(name)),
        content: format!("<p>{name}{own}{text}</p>"),
        fingerprint: sequence,
        places: ["cn610481", "cn610400"].map(RegionCode::new).to_vec(),
        ..Entry::default()
    }
}

pub fn key(source: u64, name: u64) -> EntryKey {
    EntryKey::hash_of(&[&source.to_be_bytes(), &name.to_be_bytes()])
}
