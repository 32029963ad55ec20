//! Headless Chromium on loopback: shows HTML in every way that a reader might, and tells
//! what ran.

use super::eventually;
use super::origin::{Document, Origin};
use serde_json::json;
use std::collections::BTreeMap;
use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

const DRIVER: &str = "<!DOCTYPE html><meta charset=\"utf-8\"><title>cases</title>\
    <body><script src=\"/driver.js\"></script>";
/// Watches and stops nothing: without it a page is as safe as its content.
const WATCHED: &str = "script-src 'nonce-ours' 'report-sample'; object-src 'none'; \
    frame-src 'none'; base-uri 'none'; form-action 'none'";

const HEAD: &str = "<head><script nonce=\"ours\" src=\"/watch.js\"></script>";

/// HTML to be shown.
pub struct Case {
    pub name: String,
    pub html: String,
    /// A page of its own, with elements that no content has; else content, which is also
    /// put into pages that are there already.
    pub is_page: bool,
}

/// Something that ran or could have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ran {
    /// How the HTML came into the page.
    pub way: String,
    /// `policy` and `call`: it did run. `element`, `attribute`, `address`: it is there.
    pub how: String,
    pub what: String,
}

impl Ran {
    pub fn did_run(&self) -> bool {
        ["policy", "call"].contains(&self.how.as_str())
    }
}

/// Chromium, when it is installed; its absence is said on standard error.
///
/// # Panics
/// When it is absent and COUNTYWIRE_REQUIRE_CHROMIUM is 1.
pub fn program() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut places = std::env::split_paths(&path).map(|folder| folder.join("chromium"));
    let found = places.find(|place| place.is_file());
    if found.is_none() {
        let required = std::env::var("COUNTYWIRE_REQUIRE_CHROMIUM").is_ok_and(|v| v == "1");
        assert!(!required, "COUNTYWIRE_REQUIRE_CHROMIUM=1, but there is no chromium in PATH");
        let test = std::thread::current().name().unwrap_or("a test").to_owned();
        let _ = writeln!(std::io::stderr(), "skipped {test}: there is no chromium in PATH");
    }
    found
}

/// Shows the cases, and returns what ran, by the name of the case.
pub fn show(program: &Path, cases: &[Case]) -> BTreeMap<String, Vec<Ran>> {
    let origin = Origin::start();
    let page = |html: &str| {
        let html = html.replacen("<head>", HEAD, 1);
        assert!(html.contains(HEAD), "nothing would watch {html}");
        let mut page = Document::new("text/html; charset=utf-8", html);
        page.headers.push(("Content-Security-Policy-Report-Only", WATCHED.to_owned()));
        page
    };
    origin.set("/empty", page(&with_head("")));
    origin.set("/driver", Document::new("text/html; charset=utf-8", DRIVER));
    let script = |text: &str| Document::new("text/javascript; charset=utf-8", text);
    origin.set("/driver.js", script(include_str!("driver.js")));
    origin.set("/watch.js", script(include_str!("watch.js")));
    let mut list = Vec::new();
    for (index, case) in cases.iter().enumerate() {
        let address = format!("/case/{index}");
        let (html, content) = match case.is_page {
            true => (case.html.clone(), None),
            false => (with_head(&case.html), Some(&case.html)),
        };
        origin.set(&address, page(&html));
        list.push(json!({ "name": case.name, "address": address, "content": content }));
    }
    let list = serde_json::Value::Array(list).to_string();
    origin.set("/cases", Document::new("application/json", list));

    let _browser = Browser::start(program, &origin.url("/driver"));
    let mut done = 0;
    while done < cases.len() {
        done = eventually(&format!("more than {done} cases to be shown"), || {
            Some(origin.count_below("/at?")).filter(|count| *count > done)
        });
    }
    eventually("the end of the cases", || origin.asked_below("/done?").pop());
    let mut ran: BTreeMap<String, Vec<Ran>> = BTreeMap::new();
    for asked in origin.asked_below("/ran?") {
        let url = url::Url::parse(&origin.url(&asked.path)).expect("a URL");
        let values: BTreeMap<String, String> = url.query_pairs().into_owned().collect();
        let value = |key: &str| values.get(key).cloned().unwrap_or_default();
        let one = Ran { way: value("way"), how: value("how"), what: value("what") };
        ran.entry(value("name")).or_default().push(one);
    }
    ran
}

fn with_head(content: &str) -> String {
    format!("<!DOCTYPE html><html><head><title>case</title></head><body>{content}")
}

struct Browser {
    child: Child,
    profile: tempfile::TempDir,
}

impl Browser {
    fn start(program: &Path, address: &str) -> Browser {
        let profile = tempfile::tempdir().expect("a temporary folder");
        let mut command = Command::new(program);
        command
            .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"])
            .args(["--no-first-run", "--disable-extensions", "--disable-background-networking"])
            .args(["--disable-component-update", "--disable-sync", "--mute-audio"])
            // Nothing leaves this machine, whatever the cases point at.
            .arg("--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1")
            .arg("--remote-debugging-port=0")
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .arg(address)
            .env("HOME", profile.path())
            .env("TMPDIR", profile.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // With its helpers, so that they end with it.
            .process_group(0);
        let child = command.spawn().expect("chromium starts");
        Browser { child, profile }
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let line = format!("kill -KILL -{}", self.child.id());
        let _ = Command::new("sh").args(["-c", &line]).stderr(Stdio::null()).status();
        let _ = self.child.kill();
        let _ = self.child.wait();
        // Helpers that are ending may still write.
        for _ in 0..100 {
            if std::fs::remove_dir_all(self.profile.path()).is_ok() {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
    }
}
