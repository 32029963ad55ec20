use super::super::{Document, Limits, ParseContext, ParseError};
use crate::model::{ParsedFeed, Timestamp};

fn context() -> ParseContext {
    let zone = chrono_tz::Tz::UTC;
    ParseContext { zone, polled_at: Timestamp(1_795_507_200), limits: Limits::default() }
}

fn read(text: &[u8]) -> Result<ParsedFeed, ParseError> {
    super::super::parse(&Document { bytes: text, content_type: None, url: None }, &context())
}

fn document(items: &str) -> String {
    format!(
        "{{\"version\": \"https://jsonfeed.org/version/1.1\", \"title\": \"t\", \
         \"home_page_url\": \"http://a.cn/\", \"items\": [{items}]}}"
    )
}

fn item(name: &str) -> String {
    format!(
        "{{\"id\": \"{name}\", \"url\": \"http://a.cn/{name}\", \"title\": \"标题 {name}\", \
         \"authors\": [{{\"name\": \"x\"}}], \"tags\": [\"a\", \"b\"], \
         \"content_html\": \"<p class=\\\"c\\\">{name}, [1], {{2}}</p>\"}}"
    )
}

const NAMES: [&str; 4] = ["i1", "i2", "i3", "i4"];

fn whole() -> String {
    document(&NAMES.map(item).join(", "))
}

fn ids(feed: &ParsedFeed) -> Vec<&str> {
    feed.entries.iter().filter_map(|entry| entry.guid.as_deref()).collect()
}

fn titles(feed: &ParsedFeed) -> Vec<&str> {
    feed.entries.iter().filter_map(|entry| entry.title.as_deref()).collect()
}

/// `bad` as an item between others: these stay, and it has the title, if any is given.
#[track_caller]
fn stays(bad: &str, title: Option<&str>) {
    let items = [item("i1"), bad.to_owned(), item("i2"), item("i3")].join(",\n");
    let feed = read(document(&items).as_bytes()).unwrap_or_else(|e| panic!("{e}: {bad}"));
    let found = ids(&feed);
    assert!(["i1", "i2", "i3"].iter().all(|id| found.contains(id)), "{bad}: {found:?}");
    if let Some(title) = title {
        assert!(titles(&feed).contains(&title), "{bad}: {:?}", titles(&feed));
    }
    assert!(!feed.defects.is_empty(), "{bad}");
    assert_eq!(feed.title.as_deref(), Some("t"), "{bad}");
}

#[test]
fn a_faulty_item_costs_no_other() {
    stays("{\"id\": \"b\", \"title\": \"line\nline\ttab\"}", Some("line\nline\ttab"));
    stays("{\"id\": \"b\", \"title\": \"x\\ud83d\"}", Some("x\u{FFFD}"));
    stays("{\"id\": \"b\", \"title\": \"\\ud83d\\ude00\\ud83dy\"}", Some("😀\u{FFFD}y"));
    stays("{\"id\": \"b\", \"title\": \"it\\'s \\x41\"}", Some("it's A"));
    stays("{\"id\": \"b\", \"title\": \"\\u12\"}", Some("u12"));
    stays("{\"id\": \"b\", \"size\": NaN, \"title\": \"x\"}", Some("x"));
    stays("{\"id\": \"b\", \"size\": -Infinity, \"title\": \"x\",}", Some("x"));
    stays("{\"id\": \"b\", \"tags\": [\"a\", ], \"title\": \"x\"}", Some("x"));
    stays("{\"id\": \"b\" \"title\": \"x\"}", Some("x"));
    stays("{\"id\": \"b\", \"title\": \"He said \"hi\", twice\"}", Some("He said \"hi\", twice"));
    stays("{\"id\": \"b\", \"title\": \"x, \"summary\": \"y\"}", Some("x"));
    stays("{\"id\": \"b\", \"title\": \"x}", Some("x"));
    stays("{\"id\": \"b\", \"title\": \"x\"", Some("x"));
    stays("{\"id\": \"b\", \"title\": \"x\"}}", Some("x"));
    stays("{\"id\": \"b\", \"tags\": [\"a\", \"title\": \"x\"}", None);
    stays("{\"id\": \"b\", \"tags\": [\"a\"]], \"title\": \"x\"}", Some("x"));
    stays("{\"id\": \"b\", \"title\": \"x\", \"tags\": [\"a\"]]}", Some("x"));
    stays("{\"id\": \"b\", \"title\": \"x\", \"authors\": [{\"name\": \"a\"}}", Some("x"));
    stays("{\"id\": \"b\", \"title\": \"x\", \"authors\": [{\"name\": \"a\"}}]}", Some("x"));
    stays("{'id': 'b', 'title': 'it\"s', 'draft': False, 'x': None}", Some("it\"s"));
    stays("{id: 1, title: \"x\", /* c */ url: undefined} // d", Some("x"));
    stays("{\"id\": \"b\", \"title\": , \"summary\": }", None);
    stays("{\"id\": 01, \"title\": \"x\"},", Some("x"));
    stays("{\"id\": 1e999, \"title\": \"x\"}", Some("x"));
    let deep = format!("{}{}", "[".repeat(5000), "]".repeat(5000));
    stays(&format!("{{\"id\": \"b\", \"x\": {deep}, \"title\": \"x\"}}"), Some("x"));
    let deep = format!("{}{}", "{\"a\":".repeat(5000) + "1", "}".repeat(5000));
    stays(&format!("{{\"id\": \"b\", \"x\": {deep}, \"title\": \"x\"}}"), Some("x"));
}

#[test]
fn a_hub_may_be_relative() {
    let url = url::Url::parse("http://a.cn/news/feed.json").expect("a URL");
    let text = document(&item("i1")).replacen(
        '{',
        "{\"hubs\": [{\"type\": \"WebSub\", \"url\": \"/hub\"}],",
        1,
    );
    let context = context();
    let document = Document { bytes: text.as_bytes(), content_type: None, url: Some(&url) };
    let feed = super::super::parse(&document, &context).expect("a feed");
    assert_eq!(feed.hubs, ["http://a.cn/hub"]);
}

#[test]
fn json_is_found_behind_what_a_server_puts_before_it() {
    let whole = whole();
    for document in [
        format!("cb({whole});"),
        format!("/**/ typeof cb === 'function' && cb({whole});"),
        format!("\u{FEFF}\n{whole}"),
        format!(")]}}',\n{whole}"),
        format!("while(1);{whole}"),
        format!("var feed = {whole};"),
        format!("<br />\n<b>Warning</b>: x in <b>y.php</b> on line 1<br />\n{whole}"),
        format!("Notice: x\n{whole}"),
        format!("{whole}<!-- 0.1 s -->"),
    ] {
        let feed = read(document.as_bytes()).unwrap_or_else(|e| panic!("{e}: {document}"));
        assert_eq!(ids(&feed), NAMES, "{document}");
    }
    for other in ["cb({\"items\": []});", "x = {\"error\": 1}", "items: {\"a\": 1}"] {
        assert_eq!(read(other.as_bytes()).expect_err("no feed").kind(), "not_a_feed", "{other}");
    }
}

#[test]
fn a_document_that_is_cut_keeps_what_came_before() {
    let whole = whole();
    let ends: Vec<usize> = NAMES
        .iter()
        .map(|name| whole.find(&item(name)).expect("an item") + item(name).len())
        .collect();
    for cut in 0..whole.len() {
        let complete = ends.iter().filter(|end| **end <= cut).count();
        let result = read(&whole.as_bytes()[..cut]);
        if complete == 0 {
            continue;
        }
        let feed = result.unwrap_or_else(|error| panic!("{error} at {cut}"));
        assert_eq!(ids(&feed)[..complete], NAMES[..complete], "at {cut}");
        assert!(feed.entries.len() <= complete + 1, "at {cut}");
        // Nothing but the end of the document tells that an item is whole.
        assert_eq!(feed.ends_within_entry, feed.entries.len() > complete, "at {cut}");
        assert!(feed.defects.iter().any(|d| d.kind == "truncated"), "at {cut}");
    }
}

#[test]
fn a_byte_that_is_wrong_costs_little() {
    let whole = whole();
    let starts: Vec<usize> =
        NAMES.iter().map(|name| whole.find(&item(name)).expect("an item")).collect();
    let mut costly = Vec::new();
    let mut tried = 0;
    for at in 0..whole.len() {
        for byte in *b"\"\\{}[]:,x\n\0\xFF'/" {
            tried += 1;
            let mut bytes = whole.clone().into_bytes();
            bytes[at] = byte;
            let result = read(&bytes);
            let before = starts.iter().filter(|start| **start < at).count();
            let found = result.as_ref().map(ids).unwrap_or_default();
            let there = |name: &&&str| found.iter().any(|id| id == *name);
            let kept = NAMES[..before.saturating_sub(1)].iter().filter(there).count();
            assert_eq!(kept, before.saturating_sub(1), "{:?} at {at}", char::from(byte));
            if at >= starts[0] && NAMES.iter().filter(there).count() + 1 < NAMES.len() {
                costly.push(format!(
                    "{}«{}»{} {}",
                    &whole[whole.floor_char_boundary(at.saturating_sub(12))
                        ..whole.floor_char_boundary(at)],
                    char::from(byte).escape_default(),
                    &whole[whole.ceil_char_boundary(at + 1)..whole.ceil_char_boundary(at + 8)],
                    found.len()
                ));
            }
        }
    }
    assert!(costly.len() * 500 < tried, "{} of {tried}: {}", costly.len(), costly.join("\n"));
}

#[test]
fn faulty_json_is_read_in_linear_time() {
    let began = std::time::Instant::now();
    for piece in [
        "\"", "\"a\":", "{\"a", "[\"", "\\", "/*", "{", "}", "\" ", ",\"a\" ", "]", "'a'",
        "\u{FEFF}",
    ] {
        for before in ["", "{\"items\": [{\"id\": \"", "{\"items\": [{\"id\": 1, "] {
            let _ = read(format!("{before}{}", piece.repeat(300_000)).as_bytes());
        }
    }
    let long = document(&format!("{{\"id\": \"a{}b\" \"x", " ".repeat(1_000_000)));
    let _ = read(long.as_bytes());
    assert!(began.elapsed().as_secs() < 60, "{:?}", began.elapsed());
}
