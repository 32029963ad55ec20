//! Any bytes as a fetched document: decoded, parsed, named and normalised. The last two
//! bytes choose what the server says of it, so that every file is a document as it is.

#![no_main]

use chrono_tz::Tz;
use countywire::model::{Entry, Outcome, PollFacts, Report, SourceId, SourceState, Timestamp};
use countywire::normalise::{
    self, Context, Identities, Identity, Known, Past, identify, identify_again,
};
use countywire::parse::{Document, Limits, ParseContext, parse};
use countywire::text::clean;
use libfuzzer_sys::fuzz_target;
use std::collections::HashSet;
use std::sync::LazyLock;
use url::Url;

#[path = "../../safe_html.rs"]
mod safe_html;

const NOW: Timestamp = Timestamp(1_795_507_200);
const CONTENT_TYPES: [Option<&str>; 10] = [
    None,
    Some("application/rss+xml; charset=utf-8"),
    Some("text/xml; charset=gbk"),
    Some("text/xml; charset=gb18030"),
    Some("text/xml; charset=big5"),
    Some("text/xml; charset=utf-16"),
    Some("text/xml; charset=iso-8859-1"),
    Some("text/html;charset=\"x-nothing"),
    Some("application/feed+json"),
    Some("application/atom+xml"),
];

static URL: LazyLock<Url> =
    LazyLock::new(|| Url::parse("http://news.example.cn/feeds/rss.xml").expect("a URL"));

fuzz_target!(|bytes: &[u8]| {
    let [.., kind, flags] = bytes else { return };
    let url = (flags & 1 == 0).then_some(&*URL);
    let limits = match flags & 6 {
        0 => Limits { items: 3, depth: 8, text_bytes: 64 * 1024, attributes: 16, namespaces: 16 },
        _ => Limits::default(),
    };
    let content_type = CONTENT_TYPES[usize::from(*kind) % CONTENT_TYPES.len()];
    let context = ParseContext { zone: Tz::Asia__Shanghai, polled_at: NOW, limits };
    let feed = match parse(&Document { bytes, content_type, url }, &context) {
        Ok(feed) => feed,
        Err(error) => return assert!(error.to_string().len() < 2300, "{error}"),
    };
    assert!(feed.entries.len() <= limits.items && feed.defects.len() <= 32);
    assert!(feed.defects.iter().all(|defect| defect.detail.len() < 300), "{:?}", feed.defects);

    let source = SourceId::new("s");
    let mut context =
        Context { source: &source, base: url, language: Some("zh-CN"), rung: 0, zone: Tz::UTC };
    context.rung = flags >> 6;
    let named = identify(&feed, &context);
    assert!(named.rung >= context.rung.min(2) && named.rung <= 2);
    let keys: HashSet<_> = named.items.iter().map(|item| item.key).collect();
    assert_eq!(keys.len(), named.items.len(), "one key for two items");
    assert!(named.items.len() <= feed.entries.len());
    assert_eq!(named.items.is_empty(), feed.entries.is_empty());

    // The same document again says nothing new.
    let known: Vec<Known> = named.items.iter().map(Identity::remembered).collect();
    context.rung = named.rung;
    let again = identify_again(&feed, &context, &Past { known: &known, link_polls: 0 });
    let names =
        |named: &Identities| named.items.iter().map(Identity::remembered).collect::<Vec<_>>();
    assert_eq!((again.rung, names(&again)), (named.rung, names(&named)));

    let entry = |item| normalise::entry(&feed, item, &context);
    let entries: Vec<Entry> = named.items.iter().map(entry).collect();
    entries.iter().for_each(check);
    let report = Report {
        v: 1,
        source: source.clone(),
        polled_at: NOW,
        outcome: Outcome::NotModified,
        entries,
        state: SourceState::default(),
        first_poll_entries: 0,
        facts: PollFacts::default(),
    };
    assert_eq!(Report::from_bytes(&report.to_bytes()).ok(), Some(report));
});

fn check(entry: &Entry) {
    let line = |text: &str, most: usize| {
        assert!(text.chars().count() <= most && text.trim() == text, "{text:?}");
        assert!(!text.contains(char::is_control) && !clean::has_illegal(text), "{text:?}");
    };
    line(&entry.title, 500);
    line(&entry.summary, 500);
    for text in [&entry.byline, &entry.credit].into_iter().flatten() {
        line(text, 100);
    }
    for author in &entry.authors {
        line(&author.name, 100);
    }
    for category in &entry.categories {
        line(&category.term, 100);
    }
    let addresses = [&entry.link, &entry.site].into_iter().flatten();
    for address in addresses.chain(entry.media.iter().map(|media| &media.url)) {
        assert!(address.starts_with("http://") || address.starts_with("https://"), "{address}");
        assert!(Url::parse(address).is_ok() && address.len() <= 4096, "{address}");
    }
    if let Some(guid) = &entry.guid {
        assert!(guid.len() <= 2048 && !clean::has_illegal(guid), "{guid:?}");
    }
    for at in [entry.published, entry.updated].into_iter().flatten() {
        assert!((631_152_000..=253_402_300_799).contains(&at.0), "{at}");
    }
    assert!(entry.content.len() <= 512 * 1024);
    assert_eq!(safe_html::fault(&entry.content), None);
}
