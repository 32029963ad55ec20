//! From page to page: `next`, autodiscovery, and every link of ours.

use crate::support::counties::{COUNTY, Wire};
use crate::support::published::{self, FORMATS};
use std::collections::BTreeSet;

#[test]
fn the_pages_of_a_channel_hold_each_entry_once_in_order() {
    let wire = Wire::with(123);
    for format in FORMATS {
        for limit in [1, 7, 50, 200] {
            let items = published::whole(&wire.daemon, &format!("{COUNTY}{format}?limit={limit}"));
            let titles: Vec<&str> = items.iter().map(|item| item.title.as_str()).collect();
            let expected: Vec<String> =
                (1..=123).rev().map(|n| format!("xingping来稿{n}")).collect();
            assert_eq!(titles, expected, "{format} by {limit}");
        }
    }
    let last = published::feed(&wire.daemon, &format!("{COUNTY}.atom?limit=123"));
    assert_eq!((last.items.len(), last.next), (123, None), "a full last page has no next");
    assert_eq!(
        published::feed(&wire.daemon, &format!("{COUNTY}.json?limit=9999")).items.len(),
        123
    );
}

#[test]
fn entries_that_arrive_between_two_pages_neither_shift_nor_repeat_the_rest() {
    let wire = Wire::with(20);
    let first = published::feed(&wire.daemon, &format!("{COUNTY}.atom?limit=8"));
    wire.brings("xingping", 25);
    let mut titles: Vec<String> = first.items.into_iter().map(|item| item.title).collect();
    let next = first.next.expect("more than one page");
    let rest = published::whole(&wire.daemon, published::below_base(&next));
    titles.extend(rest.into_iter().map(|item| item.title));
    let expected: Vec<String> = (1..=20).rev().map(|n| format!("xingping来稿{n}")).collect();
    assert_eq!(titles, expected);
}

#[test]
fn html_pages_lead_through_the_whole_channel_too() {
    let wire = Wire::with(23);
    let (mut next, mut seen) = (Some(format!("{COUNTY}?limit=10")), Vec::new());
    while let Some(path) = next {
        let page = wire.daemon.document(&path);
        seen.extend(hrefs(page.text(), "<h2><a ").into_iter().filter(|h| h.starts_with("/e/")));
        assert!(seen.len() <= 23, "the pages go round in circles");
        next = hrefs(page.text(), "<link rel=\"next\" ").pop();
    }
    assert_eq!(seen.len(), 23);
    assert_eq!(seen.iter().collect::<BTreeSet<_>>().len(), 23, "an entry is on two pages");
}

#[test]
fn pages_name_their_feeds_and_every_link_of_ours_leads_somewhere() {
    let wire = Wire::with(60);
    wire.brings("sanyuan", 2);
    let mut todo = vec!["/".to_owned()];
    let mut seen: BTreeSet<String> = todo.iter().cloned().collect();
    let (mut pages, mut feeds) = (0, 0);
    while let Some(path) = todo.pop() {
        let answer = wire.get(&path, &[]).expect(200);
        if !answer.is_page() {
            continue;
        }
        pages += 1;
        let policy = answer.header("content-security-policy").expect("a CSP");
        assert!(policy.contains("default-src 'none'"), "{path}: {policy}");
        assert!(!answer.text().contains("<script"), "{path}");
        for (kind, href) in autodiscovery(answer.text()) {
            let feed = wire.get(&href, &[]).expect(200);
            let content_type = feed.header("content-type").expect("a media type");
            assert!(content_type.starts_with(&kind), "{href} is {content_type}, not {kind}");
            feeds += 1;
            published::read(&href, &feed.body);
        }
        for href in hrefs(answer.text(), "") {
            let href = href.split('#').next().unwrap().to_owned();
            if href.starts_with('/') && !href.is_empty() && seen.insert(href.clone()) {
                todo.push(href);
            }
        }
    }
    // The portal, the tree of Shaanxi, topics in it, two sources, 62 entries.
    assert!(pages > 150 && feeds > 3 * 100, "{pages} pages, {feeds} feeds");
    let wanted = ["/r/shaanxi", COUNTY, "/t/education", "/s/sanyuan", "/style.css"];
    assert!(wanted.iter().all(|path| seen.contains(*path)), "{seen:?}");
}

/// Addresses in `href` attributes that follow `before`.
pub fn hrefs(html: &str, before: &str) -> Vec<String> {
    let start = format!("{before}href=\"");
    let found = html.match_indices(&start).map(|(at, _)| &html[at + start.len()..]);
    let end = |rest: &str| rest.find('"').expect("a closing quote");
    found.map(|rest| rest[..end(rest)].replace("&#38;", "&")).collect()
}

/// Media type and address of each feed that the page's head names.
fn autodiscovery(html: &str) -> Vec<(String, String)> {
    let links = html.split("<link rel=\"alternate\"").skip(1);
    let attribute = |link: &str, name: &str| {
        let rest = link.split_once(&format!(" {name}=\"")).expect("the attribute").1;
        rest.split('"').next().unwrap_or_default().replace("&#38;", "&")
    };
    links.map(|link| (attribute(link, "type"), attribute(link, "href"))).collect()
}

#[test]
fn entry_pages_and_their_json_agree_with_the_feed() {
    let wire = Wire::with(2);
    let feed = wire.daemon.document(&format!("{COUNTY}.json")).json();
    for item in feed["items"].as_array().expect("items") {
        let page = item["_countywire"]["page_url"].as_str().expect("an address");
        let page = published::below_base(page);
        let html = wire.daemon.document(page);
        assert!(html.text().contains(item["title"].as_str().expect("a title")));
        assert!(html.text().contains(item["url"].as_str().expect("a link to the original")));
        let json = wire.daemon.document(&format!("{page}.json")).json();
        assert_eq!(json["items"][0], *item);
        let etag = html.etag();
        wire.assert_not_modified(page, &[("If-None-Match", &etag)]);
    }
}
