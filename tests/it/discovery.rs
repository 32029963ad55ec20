//! Web pages in place of feeds: told as such, with the address of the feed they name.

use super::corpus::{NOW, corpus, files_below};
use chrono_tz::Tz;
use countywire::parse::{Document, Limits, Looks, ParseContext, ParseError, parse};
use std::path::Path;
use url::Url;

fn looks(path: &Path, url: &str) -> Result<usize, ParseError> {
    let bytes = std::fs::read(path).expect("a page");
    let url = Url::parse(url).expect("an address");
    let context = ParseContext { zone: Tz::UTC, polled_at: NOW, limits: Limits::default() };
    let document = Document { bytes: &bytes, content_type: Some("text/html"), url: Some(&url) };
    parse(&document, &context).map(|feed| feed.entries.len())
}

/// Each page of the autodiscovery tests names the feed of its own number. They were saved
/// from an archive, which put its own address before some.
#[test]
fn pages_name_their_feeds_however_they_write_it() {
    let Some(corpus) = corpus() else { return };
    let folder = "http://diveintomark.org/tests/client/autodiscovery/";
    let (mut pages, mut faults) = (0, Vec::new());
    for file in files_below(&corpus.join("conformance/discovery-feedfinder")) {
        let name = file.file_name().expect("a name").to_string_lossy().into_owned();
        let Some(stem) = name.strip_suffix(".html").filter(|stem| *stem != "index") else {
            continue;
        };
        pages += 1;
        // Some name another server in a <base>; the path is the same.
        let wanted = format!("/tests/client/autodiscovery/{stem}.xml");
        match looks(&file, &format!("{folder}{name}")) {
            Err(ParseError::NotAFeed { looks: Looks::Html { feed: Some(feed) } })
                if feed.ends_with(&wanted) => {}
            other => faults.push(format!("{name}: {other:?}")),
        }
    }
    assert!(pages > 30, "{pages} pages");
    assert!(faults.is_empty(), "{} of {pages} differ:\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn pages_of_the_web_are_told_as_pages() {
    let Some(corpus) = corpus() else { return };
    let (mut pages, mut named, mut faults) = (0, 0, Vec::new());
    for folder in ["html-pages-nnw", "html-pages-picofeed", "html-pages-rsparser", "miniflux-html"]
    {
        for file in files_below(&corpus.join("conformance").join(folder)) {
            pages += 1;
            let text = std::fs::read(&file).expect("a page");
            let says = String::from_utf8_lossy(&text).contains("application/rss+xml");
            match looks(&file, "http://news.example.cn/") {
                Err(ParseError::NotAFeed { looks: Looks::Html { feed } }) => {
                    named += usize::from(feed.is_some());
                    if says && feed.is_none() {
                        faults.push(format!("{}: {feed:?}", file.display()));
                    }
                }
                other => faults.push(format!("{}: {other:?}", file.display())),
            }
        }
    }
    eprintln!("{named} of {pages} pages name a feed");
    assert!(pages > 30 && faults.is_empty(), "{} of {pages}:\n{}", faults.len(), faults.join("\n"));
}
