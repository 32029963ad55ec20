//! `countywire store export` and `import`: all that a store holds, to a file and back.

use crate::support::daemon::Daemon;
use crate::support::documents::{Form, News};
use crate::support::home::{Ended, Home, Settings};
use crate::support::origin::Origin;
use crate::support::{eventually_so, http};
use serde_json::Value;
use std::fs;
use std::os::unix::fs::PermissionsExt;

/// The same words in two papers: long enough to be told as a reprint.
const SHARED: &str = "兴平市今年秋粮喜获丰收，全市粮食总产量达到三十二万吨，比去年同期增长百分之四点五，创下历史新高。";

fn news(outlet: &'static str, numbers: std::ops::RangeInclusive<usize>) -> Vec<News> {
    let of = |n| {
        let mut news = News::new(outlet, n, &format!("来稿{n}"), 100 - n as i64);
        if n == 1 {
            news.text = SHARED.to_owned();
        }
        news
    };
    numbers.rev().map(of).collect()
}

/// Two papers on loopback; the first has revised an entry, the second reprinted one, and one
/// was taken down.
fn with_history(origin: &Origin) -> (Home, Daemon) {
    origin.set("/paper", Form::Rss20.document(&news("paper", 1..=4)));
    origin.set("/other", Form::Atom10.document(&news("other", 1..=2)).etag("\"1\""));
    let lines = "region = \"shaanxi/xianyang/xingping\"\n";
    let settings = Settings::new().source("paper", &origin.url("/paper"), lines).source(
        "other",
        &origin.url("/other"),
        lines,
    );
    let home = Home::new(&settings);
    let daemon = Daemon::start(&home);
    daemon.poll("paper");
    daemon.poll("other");
    let mut revised = news("paper", 1..=4);
    revised[2].text.push_str("（更正）");
    origin.set("/paper", Form::Rss20.document(&revised));
    assert_eq!(daemon.poll("paper")["entries_changed"], 1);
    let entries = http::get(daemon.admin, "/export?after=0").expect(200);
    let entries = entries.text().lines().map(|line| serde_json::from_str(line).expect("JSON"));
    let entries: Vec<Value> = entries.collect();
    assert!(entries.iter().any(|entry| entry["revision"] == 1));
    assert!(entries.iter().any(|entry| entry["reprint_of"].is_u64()));
    let key = entries.iter().find(|entry| entry["title"] == "来稿4").expect("there")["key"].clone();
    let path = format!("/take-down/{}", key.as_str().expect("text"));
    while http::post(daemon.admin, &path).expect(200).json()["more"] == true {}
    (home, daemon)
}

type Document = (String, Option<String>, String);

fn documents(daemon: &Daemon) -> Vec<Document> {
    let paths = [
        "/index.json",
        "/s/paper.atom",
        "/s/other.rss",
        "/r/shaanxi/xianyang/xingping.rss",
        "/r/shaanxi/xianyang",
        "/r/shaanxi/xianyang?editions=all",
    ];
    let of = |path: &&str| {
        let answer = daemon.get(path).expect(200);
        let modified = answer.header("last-modified").map(str::to_owned);
        (answer.etag(), modified, answer.text().to_owned())
    };
    paths.iter().map(of).collect()
}

#[test]
fn an_export_gives_the_same_bytes_and_etags_back() {
    let origin = Origin::start();
    let (home, daemon) = with_history(&origin);
    // Within the second of a change no date of it is told.
    eventually_so("the second of the last change to pass", || {
        documents(&daemon).iter().all(|(_, modified, _)| modified.is_some())
    });
    let before = documents(&daemon);
    for args in [&["store", "export"][..], &["store", "import", "all.jsonl"]] {
        let refused = home.run(args).expect(1);
        assert!(refused.stderr.contains("is in use by a daemon; stop it first"));
        assert_eq!(refused.stdout, "");
    }
    daemon.stop();

    for file in ["all.jsonl", "all.jsonl.zst"] {
        home.run(&["store", "export", "-o", file]).expect(0);
        let mode = std::fs::metadata(home.path().join(file)).expect("written").permissions();
        assert_eq!(mode.mode() & 0o777, 0o600, "{file} holds secrets");
    }
    let plain = fs::read_to_string(home.path().join("all.jsonl")).expect("text");
    let packed = fs::read(home.path().join("all.jsonl.zst")).expect("there");
    assert_eq!(zstd::decode_all(packed.as_slice()).expect("packed"), plain.as_bytes());
    assert_eq!(home.run(&["store", "export"]).expect(0).stdout, plain);
    assert!(!plain.contains("来稿4"), "it was taken down");

    let refused = home.run(&["store", "import", "all.jsonl"]).expect(1);
    assert!(refused.stderr.contains("is not empty; move it away"), "{}", refused.stderr);
    for file in ["all.jsonl", "all.jsonl.zst"] {
        let aside = home.path().join(format!("before {file}"));
        fs::rename(home.path().join("store"), aside).expect("moved");
        // What an import that was killed has left.
        let left = home.path().join("store.importing/segments");
        fs::create_dir_all(&left).expect("made");
        fs::write(left.join("0000000000000009.seg"), "half").expect("written");
        home.run(&["store", "import", file]).expect(0);
        assert!(!home.path().join("store.importing").exists());
        home.run(&["store", "verify"]).expect(0);
        assert_eq!(home.run(&["store", "export"]).expect(0).stdout, plain);
        let daemon = Daemon::start(&home);
        assert!(documents(&daemon) == before, "{file}: not the same documents");
        daemon.stop();
    }
    let daemon = Daemon::start(&home);
    let polled = daemon.poll("other");
    assert_eq!(polled["outcome"], "not_modified", "validators are known: {polled}");
    origin.set("/paper", Form::Rss20.document(&news("paper", 1..=5)));
    let polled = daemon.poll("paper");
    // The revised one is as it was; the one that was taken down does not come back.
    let found = (&polled["entries_new"], &polled["entries_changed"]);
    assert_eq!(found, (&1.into(), &1.into()), "{polled}");
    daemon.stop();
    home.run(&["store", "verify"]).expect(0);
}

#[test]
fn what_is_no_whole_export_leaves_no_store() {
    let origin = Origin::start();
    let (home, daemon) = with_history(&origin);
    daemon.stop();
    home.run(&["store", "export", "-o", "all.jsonl"]).expect(0);
    let whole = fs::read_to_string(home.path().join("all.jsonl")).expect("text");
    let entries = home.run(&["export"]).expect(0).stdout;
    fs::rename(home.path().join("store"), home.path().join("lost")).expect("moved");
    let import = |bytes: &[u8]| -> Ended {
        fs::write(home.path().join("some"), bytes).expect("written");
        let ended = home.run(&["store", "import", "some"]);
        assert!(
            !home.path().join("store").exists() && !home.path().join("store.importing").exists()
        );
        ended
    };
    let cut = &whole[..whole.len() - 5];
    let refused = import(cut.as_bytes()).expect(1);
    let last = whole.lines().count();
    let told = format!("some, line {last}: the file is cut off here");
    assert!(refused.stderr.contains(&told), "{}", refused.stderr);
    let packed = zstd::encode_all(whole.as_bytes(), 3).expect("packed");
    let refused = import(&packed[..packed.len() / 2]).expect(1);
    assert!(refused.stderr.contains("the file is cut off here"), "{}", refused.stderr);
    let broken = whole.replacen("{\"entry\":", "{\"entry\";", 1);
    let at = 1 + whole.lines().position(|line| line.starts_with("{\"entry\":")).expect("there");
    let refused = import(broken.as_bytes()).expect(1);
    assert!(refused.stderr.contains(&format!("some, line {at}: column 9: ")), "{}", refused.stderr);
    let newer = whole.replacen("\"version\":1", "\"version\":2", 1);
    let refused = import(newer.as_bytes()).expect(78);
    assert!(refused.stderr.contains("use the version that wrote it or a newer one"));
    let refused = import(entries.as_bytes()).expect(1);
    assert!(refused.stderr.contains("line 1: not the first line of what"), "{}", refused.stderr);
    let refused = home.run(&["store", "import", "none"]).expect(1);
    assert!(refused.stderr.contains("cannot read none"), "{}", refused.stderr);

    fs::rename(home.path().join("lost"), home.path().join("store")).expect("moved");
    home.run(&["store", "export", "-o", "/dev/full"]).expect(1);
    home.run(&["store", "export", "-o", "no/such/folder"]).expect(1);
    let marker = fs::read(home.path().join("store/FORMAT")).expect("there");
    for path in ["store/FORMAT", "store/./new", "./store/../store/segments/all.jsonl"] {
        let refused = home.run(&["store", "export", "-o", path]).expect(1);
        assert!(refused.stderr.contains("is in the store itself"), "{}", refused.stderr);
    }
    assert_eq!(fs::read(home.path().join("store/FORMAT")).expect("there"), marker);
}
