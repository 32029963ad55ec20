//! The collected attacks on HTML, through the daemon into headless Chromium: nothing of
//! them runs, and nothing that could run is left. The pages there carry no policy of
//! ours, so that the sanitiser alone protects; the same attacks as they came are the
//! proof that this check can fail.

use crate::shared;
use crate::support::browser::{self, Case, Ran};
use crate::support::daemon::Daemon;
use crate::support::home::{Home, Settings};
use crate::support::origin::{Document, Origin};
use crate::support::published;
use countywire::text::html;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Attacks that must be seen to run, each in another way.
const KNOWN: [(&str, &str); 11] = [
    ("script", "<script>alert(1)</script>"),
    ("silent script", "<script>window.x = 1</script>"),
    ("script elsewhere", "<script src=\"http://attack.example/x.js\"></script>"),
    ("onerror", "<img src=\"x:\" onerror=\"window.x = 1\">"),
    ("onload", "<svg onload=\"window.x = 1\"></svg>"),
    ("hover", "<b onmouseover=\"window.x = 1\">b</b>"),
    ("focus", "<input onfocus=\"window.x = 1\" autofocus>"),
    ("click", "<a href=\"javascript:void(window.x = 1)\">a</a>"),
    ("obscured", "<a href=\" jav&#x09;ascript:void(1)\">a</a>"),
    ("frame", "<iframe srcdoc=\"<script>parent.alert(1)</script>\"></iframe>"),
    ("details", "<details open ontoggle=\"window.x = 1\">d</details>"),
];

/// Of the collected attacks as they came, so many run in Chromium at least; the others
/// were for older browsers, or only change what is shown.
const RUN_AT_LEAST: usize = 120;

struct Vector {
    name: String,
    html: String,
}

fn vectors() -> Option<Vec<Vector>> {
    let folder = shared::material("corpus/conformance/xss")?;
    let mut all: Vec<Vector> = Vec::new();
    for (name, html) in KNOWN {
        all.push(Vector { name: name.to_owned(), html: html.to_owned() });
    }
    for file in crate::corpus::files_below(&folder) {
        let text = std::fs::read_to_string(&file).expect("a file");
        let rows: Vec<Value> = serde_json::from_str(&text).expect("rows");
        let stem = file.file_stem().expect("a name").to_string_lossy().into_owned();
        for (index, row) in rows.iter().enumerate() {
            let html = ["payload", "data", "input"].iter().find_map(|key| row[key].as_str());
            let html = html.unwrap_or_else(|| panic!("no attack in {row}")).to_owned();
            all.push(Vector { name: format!("{stem} {index}"), html });
        }
    }
    assert_eq!(all.len(), KNOWN.len() + 380, "rows of {}", folder.display());
    Some(all)
}

/// How an attack is put into an item.
type Wrap = fn(&str) -> String;

const WRAPS: [(&str, Wrap); 3] = [
    ("plain", str::to_owned),
    // A capital letter is not simple: ammonia reads the whole.
    ("long", |attack| format!("<P>a</P>{attack}")),
    // As text and as values, where it must stay: the short way.
    ("quoted", |attack| {
        let text = html::escape(attack);
        let value = text.replace('"', "&quot;");
        format!(
            "<p title=\"{value}\">{text}</p><a href=\"{value}\" title='{}'>a</a>\
             <img src=\"{value}\" alt=\"{value}\">",
            text.replace('\'', "&#39;")
        )
    }),
];

fn feed(vectors: &[Vector], wrap: Wrap) -> Document {
    let items = vectors.iter().enumerate().map(|(index, vector)| {
        json!({
            "id": format!("http://attack.example/{index}"),
            "url": format!("http://attack.example/{index}"),
            "title": format!("{index} {}", vector.html),
            "content_html": wrap(&vector.html),
            "summary": vector.html,
            "authors": [{ "name": vector.html, "url": vector.html }],
            "tags": [vector.html],
        })
    });
    let items: Vec<Value> = items.collect();
    let feed = json!({
        "version": "https://jsonfeed.org/version/1.1",
        "title": vectors[0].html,
        "home_page_url": "http://attack.example/",
        "items": items,
    });
    Document::new("application/feed+json", feed.to_string())
}

/// The content of every item as it is published, and the pages.
fn publish(vectors: &[Vector]) -> Vec<Case> {
    let origin = Origin::start();
    let mut settings = Settings::new();
    for (name, wrap) in WRAPS {
        let path = format!("/{name}.json");
        origin.set(&path, feed(vectors, wrap));
        settings = settings.source(name, &origin.url(&path), "");
    }
    let home = Home::new(&settings);
    let daemon = Daemon::start(&home);
    let mut cases = Vec::new();
    let mut entry_pages = 0;
    let mut plain: BTreeMap<usize, String> = BTreeMap::new();
    for (name, _) in WRAPS {
        assert_eq!(daemon.poll(name)["outcome"], "fetched", "{name}");
        let items = published::whole(&daemon, &format!("/s/{name}.json?limit=200&editions=all"));
        assert_eq!(items.len(), vectors.len(), "{name}");
        for item in &items {
            let index = item.link.rsplit('/').next().and_then(|index| index.parse::<usize>().ok());
            let index = index.unwrap_or_else(|| panic!("{}", item.link));
            // Both ways gave the same: it is shown already.
            let same = plain.get(&index).map(|content| format!("<p>a</p>{content}"));
            if same.as_ref() == Some(&item.content) {
                continue;
            }
            if name == "plain" {
                plain.insert(index, item.content.clone());
            }
            let name = format!("{name}: {}", vectors[index].name);
            cases.push(Case { name, html: item.content.clone(), is_page: false });
        }
        let mut next = Some(format!("/s/{name}?limit=200&editions=all"));
        while let Some(path) = next {
            let page = daemon.document(&path).text().to_owned();
            next = crate::pages::hrefs(&page, "<link rel=\"next\" ").pop();
            // The pages of entries differ by their content only: those of one source do.
            for address in crate::pages::hrefs(&page, "<h2><a ") {
                if name == "plain" && address.starts_with("/e/") {
                    let html = daemon.document(&address).text().to_owned();
                    cases.push(Case { name: address, html, is_page: true });
                    entry_pages += 1;
                }
            }
            cases.push(Case { name: path, html: page, is_page: true });
        }
    }
    assert_eq!(entry_pages, vectors.len());
    daemon.stop();
    cases
}

#[test]
fn no_attack_runs_in_chromium_and_nothing_that_could_is_left() {
    let Some(program) = browser::program() else { return };
    let Some(vectors) = vectors() else { return };
    let mut cases = publish(&vectors);
    // The same HTML is shown once.
    cases.sort_by(|a, b| (a.is_page, &a.html).cmp(&(b.is_page, &b.html)));
    cases.dedup_by(|a, b| (a.is_page, &a.html) == (b.is_page, &b.html));
    cases.retain(|case| !case.html.is_empty());
    let (count, canary) = (cases.len(), "<b onclick=\"1\">b</b>");
    let page = format!("<html><head><title>t</title></head><body>{canary}");
    let canaries = [("a canary", canary, false), ("a canary's page", &page, true)];
    for (name, html, is_page) in canaries {
        cases.push(Case { name: name.to_owned(), html: html.to_owned(), is_page });
    }
    let mut ran = browser::show(&program, &cases);
    for (name, ..) in canaries {
        let ran = ran.remove(name).unwrap_or_default();
        assert!(ran.iter().any(Ran::did_run), "{name} was not seen to run: {ran:?}");
    }
    for (name, ran) in &ran {
        let case = cases.iter().find(|case| case.name == *name);
        eprintln!("{name}: {ran:?}\n{}", case.map_or("", |case| &case.html));
    }
    assert!(ran.is_empty(), "{} of {count} contents and pages", ran.len());
}

#[test]
fn the_same_attacks_run_when_nothing_makes_them_safe() {
    let Some(program) = browser::program() else { return };
    let Some(vectors) = vectors() else { return };
    let case = |v: &Vector| Case { name: v.name.clone(), html: v.html.clone(), is_page: false };
    let cases: Vec<Case> = vectors.iter().map(case).collect();
    let ran: BTreeMap<String, Vec<Ran>> = browser::show(&program, &cases);
    let did_run = |name: &str| ran.get(name).is_some_and(|ran| ran.iter().any(Ran::did_run));
    for (name, _) in KNOWN {
        assert!(did_run(name), "{name} was not seen to run: {:?}", ran.get(name));
    }
    let count = vectors.iter().filter(|vector| did_run(&vector.name)).count();
    eprintln!("{count} of {} run, {} are seen", vectors.len(), ran.len());
    assert!(count >= RUN_AT_LEAST, "{count} of {} run", vectors.len());
}
