//! Small documents of our own, each with what `inspect --json` makes of it.
//! `COUNTYWIRE_BLESS=1` writes the expectations anew.

use countywire::cli::inspect::{EXIT_FEED, EXIT_NO_FEED, Given, InspectArgs, run};
use countywire::model::Timestamp;
use countywire::parse::{Document, Limits};
use std::path::Path;

/// 2026-11-24T08:00:00Z
const NOW: Timestamp = Timestamp(1_795_507_200);

fn args(json: bool) -> InspectArgs {
    InspectArgs {
        document: "-".to_owned(),
        content_type: None,
        url: "http://news.example.cn/feed/x.xml".parse().ok(),
        zone: None,
        json,
        all: false,
    }
}

fn inspect(bytes: &[u8], json: bool) -> (u8, String, String) {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let document = Document { bytes, content_type: None, url: None };
    let given = Given { document, limits: Limits::default(), now: NOW };
    let code = run(&args(json), given, &mut out, &mut err).expect("memory");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    (code, text(out), text(err))
}

#[test]
fn fixtures_are_read_as_expected() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/feeds");
    let mut count = 0;
    for file in std::fs::read_dir(&folder).expect("the fixtures").flatten() {
        let path = file.path();
        let name = file.file_name().to_string_lossy().into_owned();
        if name.ends_with(".expected.json") || name.ends_with(".md") {
            continue;
        }
        count += 1;
        let (code, out, err) = inspect(&std::fs::read(&path).expect("a fixture"), true);
        assert_eq!(code, EXIT_FEED, "{name}: {err}");
        let expected = folder.join(format!("{name}.expected.json"));
        if std::env::var_os("COUNTYWIRE_BLESS").is_some() {
            std::fs::write(&expected, &out).expect("a writable folder");
        }
        let expected = std::fs::read_to_string(&expected).expect("an expectation");
        assert_eq!(out, expected, "{name}");
    }
    assert!(count >= 8);
}

#[test]
fn a_page_is_refused_with_the_address_of_its_feed() {
    let page = b"<!doctype html><link rel=alternate type=application/rss+xml href=/rss.xml>";
    let (code, out, err) = inspect(page, true);
    assert_eq!((code, out.as_str()), (EXIT_NO_FEED, ""));
    assert_eq!(
        err,
        "countywire: not a feed: the document is a web page whose feed is \
         http://news.example.cn/rss.xml\n"
    );
}

#[test]
fn people_get_a_summary() {
    let feed = "<rss version='2.0'><channel><title>兴平新闻</title><item><title>甲</title>\
        <pubDate>昨天 08:00</pubDate></item><item><title>乙</title></channel></rss>";
    let (code, out, _) = inspect(feed.as_bytes(), false);
    assert_eq!(code, EXIT_FEED);
    for part in
        ["兴平新闻", "rss2.0 in utf-8", "2026-11-23T00:00:00Z  甲", "no date  乙", "ill-formed"]
    {
        assert!(out.contains(part), "{out}");
    }
}

#[test]
fn changed_bytes_never_stop_the_parser() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/feeds");
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut random = move |below: usize| {
        // xorshift64: the same changes in every run.
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % below.max(1) as u64).expect("below a usize")
    };
    const PIECES: [&[u8]; 14] = [
        b"<",
        b">",
        b"&",
        b"\"",
        b"]]>",
        b"<![CDATA[",
        b"<!--",
        b"</item>",
        b"<item>",
        b"\0",
        b"\xFF\xFE",
        b"</",
        b"&#x110000;",
        b"xml:base=\"",
    ];
    for file in std::fs::read_dir(&folder).expect("the fixtures").flatten() {
        let name = file.file_name().to_string_lossy().into_owned();
        if name.ends_with(".md") || name.ends_with(".expected.json") {
            continue;
        }
        let original = std::fs::read(file.path()).expect("a fixture");
        for _ in 0..300 {
            let mut bytes = original.clone();
            for _ in 0..=random(6) {
                let at = random(bytes.len());
                let end = (at + random(24)).min(bytes.len());
                match random(5) {
                    0 => bytes.truncate(at),
                    1 => drop(bytes.drain(at..end)),
                    2 => drop(bytes.splice(at..at, PIECES[random(PIECES.len())].iter().copied())),
                    3 => bytes.extend_from_within(at..end),
                    _ => {
                        if let Some(byte) = bytes.get_mut(at) {
                            *byte = u8::try_from(random(256)).expect("below 256");
                        }
                    }
                }
            }
            let (code, ..) = inspect(&bytes, true);
            assert!([EXIT_FEED, EXIT_NO_FEED].contains(&code));
        }
    }
}
