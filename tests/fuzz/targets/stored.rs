//! A report of the journal whose bytes were changed: refused or read, never a panic, and
//! what is read is written and read again as the same.

#![no_main]

use countywire::model::{Author, Category, Entry, Media, Outcome, Report, SourceId};
use countywire::model::{PollFacts, SourceState, Timestamp};
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

/// A report in which most fields say something.
static SOUND: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let text = |text: &str| Some(text.to_owned());
    let entry = Entry {
        guid: text("tag:a.cn,2026:1"),
        link: text("http://a.cn/1"),
        title: "标题".to_owned(),
        authors: vec![Author { name: "高依".to_owned(), uri: None, email: text("a@b.cn") }],
        published: Some(Timestamp(1_795_507_200)),
        language: text("zh-CN"),
        content: "<p>正文</p>".to_owned(),
        media: vec![Media { url: "http://a.cn/1.jpg".to_owned(), ..Media::default() }],
        categories: vec![Category { term: "民生".to_owned(), ..Category::default() }],
        ..Entry::default()
    };
    let report = Report {
        v: 1,
        source: SourceId::new("s"),
        polled_at: Timestamp(1_795_507_200),
        outcome: Outcome::Failed { kind: "timeout".to_owned(), error: "no answer".to_owned() },
        entries: vec![entry.clone(), entry],
        state: SourceState::default(),
        first_poll_entries: 10,
        facts: PollFacts::default(),
    };
    report.to_bytes()
});

fuzz_target!(|input: (Vec<(u16, u8)>, Vec<u8>)| {
    let (edits, tail) = input;
    // Nothing but other bytes, a changed report, or one with another end.
    let mut bytes = if edits.is_empty() { Vec::new() } else { SOUND.clone() };
    for (at, byte) in edits {
        let at = usize::from(at) % SOUND.len();
        bytes[at] = byte;
    }
    if !tail.is_empty() {
        bytes.truncate(bytes.len().saturating_sub(tail.len()));
        bytes.extend_from_slice(&tail);
    }
    let Ok(report) = Report::<Entry>::from_bytes(&bytes) else { return };
    let again: Report = Report::from_bytes(&report.to_bytes()).expect("we wrote it");
    // Not a number, in a place on earth, equals nothing.
    assert_eq!(format!("{again:?}"), format!("{report:?}"));
    for entry in &report.entries {
        assert!(!entry.public_id().is_empty());
    }
});
