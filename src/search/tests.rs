//! The index as a whole: what is found, what has left, and what is made anew.

use super::*;
use crate::model::{
    Channel, ChannelKey, Entry, EntryKey, EntryNo, RegionCode, SourceId, StoredEntry, Timestamp,
};
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

const EPOCH: u64 = 7;
const PATIENCE: Duration = Duration::from_secs(60);

fn stored(no: u64, title: &str, body: &str) -> StoredEntry {
    let places = vec![RegionCode::new("cn610481"), RegionCode::new("cn610000")];
    let entry = Entry {
        key: EntryKey::default(),
        title: title.to_owned(),
        content: format!("<p>{body}</p>"),
        places,
        ..Entry::default()
    };
    StoredEntry {
        no: EntryNo(no),
        source: SourceId::new(if no.is_multiple_of(2) { "even" } else { "odd" }),
        public_id: format!("urn:x:{no}"),
        first_seen: Timestamp(no as i64 * 100),
        published: Timestamp(no as i64 * 100),
        updated: Timestamp(0),
        revision: 0,
        reprint_of: None,
        story: EntryNo(no),
        entry: Arc::new(entry),
    }
}

fn opened(folder: &Path) -> (Index, Option<String>) {
    Index::open(folder, EPOCH, SMALLEST_MEMORY).expect("an index")
}

fn wanted(query: &str) -> Wanted {
    let query = Query::parse(query).expect("a query");
    let Parts { phrases, beginnings, .. } = query.wanted;
    let not = Unwanted {
        phrases: query.unwanted.phrases,
        beginnings: query.unwanted.beginnings,
        channels: Vec::new(),
    };
    Wanted { phrases, beginnings, not, ..Wanted::default() }
}

fn found(index: &Index, query: &str) -> Vec<u64> {
    numbers(&index.finder().find(&wanted(query), None, 50, PATIENCE).expect("an answer"))
}

fn numbers(page: &Page) -> Vec<u64> {
    page.entries.iter().map(|no| no.0).collect()
}

fn filled(folder: &Path) -> Index {
    let (mut index, _) = opened(folder);
    index.put(&stored(1, "兴平苹果丰收", "今年GDP增长5.2%，A股上涨")).expect("put");
    index.put(&stored(2, "Apple harvest", "King County, São Paulo")).expect("put");
    index.put(&stored(3, "興平蘋果節", "兴平市举办苹果节，观众很多")).expect("put");
    index.commit(3).expect("committed");
    index
}

#[test]
fn words_and_phrases_find_the_newest_first() {
    let folder = tempfile::tempdir().expect("a folder");
    let index = filled(&folder.path().join("search"));
    for (query, expected) in [
        ("苹果", &[3, 1][..]),
        ("蘋果", &[3, 1]),
        ("兴平 苹果", &[3, 1]),
        ("兴平苹果", &[3, 1]),
        ("苹果丰收", &[1]),
        ("兴", &[3, 1]),
        ("a股", &[1]),
        ("\"GDP增长5.2\"", &[1]),
        ("ａｐｐｌｅ", &[2]),
        ("\"king county\"", &[2]),
        ("\"county king\"", &[]),
        ("sao", &[2]),
        ("苹果 apple", &[]),
        ("苹果 -丰收", &[3]),
        ("苹果 -a*", &[3]),
        ("苹果 -\"gdp增长\" -苹果节", &[]),
        ("app*", &[2]),
        ("a*", &[2, 1]),
        ("har* cou*", &[2]),
        ("apple -har*", &[]),
        ("zz*", &[]),
        ("苹果 -zz*", &[3, 1]),
        ("苹*", &[3, 1]),
        // A phrase does not begin in the title and end in the body.
        ("丰收今年", &[]),
    ] {
        assert_eq!(found(&index, query), expected, "{query}");
    }
}

#[test]
fn filters_dates_and_places_in_the_order_narrow_it_down() {
    let folder = tempfile::tempdir().expect("a folder");
    let index = filled(folder.path());
    let finder = index.finder();
    let find = |wanted: &Wanted, before: Option<u64>, limit| {
        finder.find(wanted, before.map(EntryNo), limit, PATIENCE).expect("an answer")
    };
    let source = Channel::Source(SourceId::new("odd")).key();
    let region = ChannelKey::region(&RegionCode::new("cn610000"));
    let of_source = Wanted { channels: vec![vec![source], vec![region]], ..Wanted::default() };
    assert_eq!(numbers(&find(&of_source, None, 9)), [3, 1]);
    let elsewhere = ChannelKey::region(&RegionCode::new("cn110000"));
    let none = Wanted { channels: vec![vec![elsewhere]], ..Wanted::default() };
    assert_eq!(numbers(&find(&none, None, 9)), [0; 0]);
    let two = Wanted { channels: vec![vec![elsewhere, region]], ..Wanted::default() };
    assert_eq!(numbers(&find(&two, None, 9)), [3, 2, 1]);
    let not = Unwanted { channels: vec![source], ..Unwanted::default() };
    let other = Wanted { not, ..Wanted::default() };
    assert_eq!(numbers(&find(&other, None, 9)), [2]);
    let dated =
        Wanted { from: Some(Timestamp(200)), until: Some(Timestamp(300)), ..Wanted::default() };
    assert_eq!(numbers(&find(&dated, None, 9)), [2]);
    let all = Wanted::default();
    let first = find(&all, None, 2);
    assert_eq!((numbers(&first), first.more), (vec![3, 2], true));
    let rest = find(&all, Some(2), 2);
    assert_eq!((numbers(&rest), rest.more), (vec![1], false));
    let too_long = finder.find(&all, None, 9, Duration::ZERO);
    assert!(matches!(too_long, Err(Unfound::TooLong(_))));
}

#[test]
fn a_beginning_of_too_many_words_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let (mut index, _) = opened(folder.path());
    let words: String = (0..256).map(|n| format!("word{n} ")).collect();
    index.put(&stored(1, &words, "")).expect("put");
    index.commit(1).expect("committed");
    assert_eq!(found(&index, "word*"), [1]);
    index.put(&stored(2, "words", "")).expect("put");
    index.commit(2).expect("committed");
    let refused = index.finder().find(&wanted("wor*"), None, 9, PATIENCE);
    let told = refused.expect_err("too many").to_string();
    assert_eq!(told, "wor* stands for more than 256 words: write more letters");
    assert_eq!(found(&index, "words*"), [2]);
}

#[test]
fn of_a_text_the_first_print_that_is_found_stands_for_all() {
    let folder = tempfile::tempdir().expect("a folder");
    let (mut index, _) = opened(folder.path());
    index.put(&stored(1, "苹果", "甲")).expect("put");
    for no in [2, 3, 4] {
        let copy =
            StoredEntry { reprint_of: Some(EntryNo(1)), ..stored(no, "苹果丰收", "甲") };
        index.put(&copy).expect("put");
    }
    index.commit(4).expect("committed");
    assert_eq!(found(&index, "苹果"), [1]);
    assert_eq!(found(&index, "丰收"), [2]);
    let all = Wanted { all_editions: true, ..wanted("苹果") };
    let all = index.finder().find(&all, None, 9, PATIENCE).expect("an answer");
    assert_eq!(numbers(&all), [4, 3, 2, 1]);
}

#[test]
fn what_is_revised_or_removed_is_found_no_more_and_purged_words_are_in_no_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut index = filled(folder.path());
    let secret = "xyzzyplugh";
    index.put(&stored(4, secret, "")).expect("put");
    index.put(&stored(5, "别的", "")).expect("put");
    index.commit(4).expect("committed");
    let files = || {
        let files = fs::read_dir(folder.path()).expect("there").flatten();
        files.map(|file| file.path()).filter(|file| file.extension().is_some_and(|e| e == "term"))
    };
    let before: Vec<_> = files().collect();
    let is_known = |index: &Index| index.knows(secret).expect("read");
    assert!(found(&index, secret) == [4] && is_known(&index));
    let revised = StoredEntry { revision: 1, ..stored(1, "雪灾", "") };
    index.put(&revised).expect("put");
    index.remove(EntryNo(4));
    index.commit(5).expect("committed");
    assert_eq!((found(&index, secret), found(&index, "丰收")), (vec![], vec![]));
    assert_eq!(found(&index, "雪灾"), [1]);
    assert!(is_known(&index), "of a document that is marked as deleted");
    // What is being merged by itself has to be looked at again.
    while !index.purge().expect("purged") {}
    assert!(!is_known(&index));
    assert!(files().all(|file| !before.contains(&file)), "both segments lost an entry");
    let forms: Vec<_> =
        index.forms().expect("read").iter().map(|form| (form.no.0, form.revision)).collect();
    assert_eq!(forms, [(1, 1), (2, 0), (3, 0), (5, 0)]);
    let size = index.size().expect("read");
    let all = fs::read_dir(folder.path()).expect("there").flatten();
    let all: u64 = all.map(|file| file.metadata().expect("there").len()).sum();
    assert!(size.documents == 4 && (1..=all).contains(&size.bytes), "{size:?} of {all}");
}

#[test]
fn what_is_whole_is_opened_and_all_else_made_anew() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("search");
    filled(&path).close().expect("closed");
    let (index, why) = opened(&path);
    assert_eq!((index.sequence(), why, found(&index, "丰收")), (3, None, vec![1]));
    drop(index);
    let (index, why) = Index::open(&path, EPOCH + 1, SMALLEST_MEMORY).expect("an index");
    assert!(why.is_some_and(|why| why.contains("not of this program and store")));
    assert_eq!((index.sequence(), found(&index, "丰收")), (0, vec![]));
    drop(index);
    fs::remove_dir_all(&path).expect("removed");
    assert_eq!(opened(&path).1.as_deref(), Some("there is none"));
    fs::remove_dir_all(&path).expect("removed");
    filled(&path).close().expect("closed");
    let files: Vec<_> = fs::read_dir(&path).expect("there").flatten().map(|f| f.path()).collect();
    let is_kept = |name: &str| name.ends_with(".lock") || name.starts_with(".managed");
    let names = |path: &Path| path.file_name().expect("a name").to_string_lossy().into_owned();
    let mut damaged = 0;
    for file in files.iter().filter(|file| !is_kept(&names(file))) {
        let whole = fs::read(file).expect("read");
        for at in [0, whole.len() / 2, whole.len() - 1] {
            let copy = tempfile::tempdir().expect("a folder");
            for other in &files {
                fs::copy(other, copy.path().join(names(other))).expect("copied");
            }
            let mut bytes = whole.clone();
            bytes[at] ^= 0x10;
            fs::write(copy.path().join(names(file)), bytes).expect("written");
            let (index, why) = opened(copy.path());
            damaged += usize::from(why.is_some());
            // What still opens answers, and is compared with the store.
            let expected: &[u64] = if why.is_some() { &[] } else { &[1] };
            assert_eq!(found(&index, "丰收"), expected, "{} {at}", file.display());
        }
    }
    assert!(damaged >= 3 * (files.len() - 4), "{damaged} of {}", files.len());
}
