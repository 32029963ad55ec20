//! `?source=`, `?not_source=`, `?lang=` and `?q=`: parts of channels, in their order.

mod combined;
mod contract;

use crate::support::daemon::Daemon;
use crate::support::home::{Home, Settings};
use crate::support::http::{self, Answer};
use crate::support::origin::{Document, Origin};
use crate::support::published::below_base;
use chrono::{TimeDelta, Utc};
use serde_json::Value;
use std::fmt::Write;

pub const COUNTY: &str = "/r/shaanxi/xianyang/xingping";

/// Papers with the languages that their feeds state.
pub const PAPERS: [(&str, Option<&str>); 3] =
    [("alpha", Some("zh-CN")), ("beta", Some("en-US")), ("gamma", None)];

#[derive(Clone)]
pub struct Piece {
    pub title: String,
    pub body: String,
    /// Before now.
    pub hours: i64,
    pub has_picture: bool,
}

impl Piece {
    pub fn new(title: &str, body: &str, hours: i64) -> Piece {
        Piece { title: title.to_owned(), body: body.to_owned(), hours, has_picture: false }
    }
}

/// A daemon that polls the papers of a county.
pub struct Press {
    pub origin: Origin,
    pub home: Home,
    pub daemon: Daemon,
}

impl Press {
    pub fn new() -> Press {
        let origin = Origin::start();
        let home = Home::new(&settings(&origin, ""));
        Press { daemon: Daemon::start(&home), origin, home }
    }

    /// Lets a paper have these pieces, and polls it.
    #[track_caller]
    pub fn brings(&self, paper: &str, pieces: &[Piece]) {
        self.origin.set(&format!("/{paper}"), document(paper, pieces));
        assert_eq!(self.daemon.poll(paper)["outcome"], "fetched");
    }

    #[track_caller]
    pub fn ask(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        http::request(self.daemon.public, "GET", path, headers)
    }

    /// What is wrong with a request, in words.
    #[track_caller]
    pub fn refusal(&self, path: &str) -> String {
        let problem = self.ask(path, &[("Accept", "application/json")]).expect(400).json();
        problem["detail"].as_str().expect("what is wrong").to_owned()
    }

    #[track_caller]
    pub fn titles(&self, path: &str) -> Vec<String> {
        let titles = self.items(path).into_iter();
        titles.map(|item| item["title"].as_str().expect("a title").to_owned()).collect()
    }

    /// Of all pages of a JSON feed.
    #[track_caller]
    pub fn items(&self, path: &str) -> Vec<Value> {
        self.pages(path).into_iter().flatten().collect()
    }

    #[track_caller]
    pub fn pages(&self, path: &str) -> Vec<Vec<Value>> {
        let (mut pages, mut next) = (Vec::new(), Some(path.to_owned()));
        while let Some(path) = next {
            let page = self.daemon.document(&path).json();
            pages.push(page["items"].as_array().expect("items").clone());
            assert!(pages.len() < 500, "the pages do not end: {path}");
            next = page["next_url"].as_str().map(|url| below_base(url).to_owned());
        }
        pages
    }
}

/// `gamma`: further lines of that source.
pub fn settings(origin: &Origin, gamma: &str) -> Settings {
    // Who reads page by page asks often.
    let listen = "public = \"127.0.0.1:0\"\nadmin = \"127.0.0.1:0\"\nrate = 0";
    let mut settings = Settings::new().listen(listen).poll("first_poll_entries = 1000");
    for (paper, _) in PAPERS {
        let mut lines =
            "region = \"shaanxi/xianyang/xingping\"\ntopics = [\"education\"]\n".to_owned();
        if paper == "gamma" {
            lines.push_str(gamma);
        }
        settings = settings.source(paper, &origin.url(&format!("/{paper}")), &lines);
    }
    settings
}

fn document(paper: &str, pieces: &[Piece]) -> Document {
    let language = PAPERS.iter().find(|(known, _)| *known == paper).and_then(|(_, tag)| *tag);
    let language = language.map_or_else(String::new, |tag| format!("<language>{tag}</language>"));
    let mut items = String::new();
    for (at, piece) in pieces.iter().enumerate() {
        let Piece { title, body, hours, has_picture } = piece;
        let date = (Utc::now() - TimeDelta::hours(*hours)).to_rfc2822();
        let picture = match has_picture {
            true => format!(
                "<enclosure url=\"http://{paper}.example/{at}.jpg\" type=\"image/jpeg\" length=\"9\"/>"
            ),
            false => String::new(),
        };
        let _infallible = write!(
            items,
            "<item><title>{title}</title><link>http://{paper}.example/{title}</link>\
             <guid isPermaLink=\"false\">{title}</guid><pubDate>{date}</pubDate>{picture}\
             <content:encoded><![CDATA[<p>{body}</p>]]></content:encoded></item>"
        );
    }
    let body = format!(
        "<rss version=\"2.0\" xmlns:content=\"http://purl.org/rss/1.0/modules/content/\"><channel>\
         <title>{paper}</title><link>http://{paper}.example/</link>{language}{items}</channel></rss>"
    );
    Document::new("application/rss+xml", body)
}

/// As a value of a parameter.
pub fn escaped(value: &str) -> String {
    value.bytes().map(|byte| format!("%{byte:02x}")).collect()
}
