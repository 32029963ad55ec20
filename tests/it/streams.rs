//! Server-sent events (HTML standard §9.2): what a channel's listeners are told, and when not.

use crate::support::counties::{COUNTY, Wire};
use crate::support::daemon::Daemon;
use crate::support::documents::{Form, News};
use crate::support::home::{Home, Settings};
use crate::support::http::{self, Answer};
use crate::support::origin::Origin;
use crate::support::{PATIENCE, eventually_so};
use serde_json::Value;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};

/// What a browser's `EventSource` makes of a stream.
struct Stream {
    reader: BufReader<TcpStream>,
    status: u16,
    head: String,
    /// Of the last event, or place.
    last_id: String,
}

#[derive(Debug, PartialEq)]
struct Event {
    kind: String,
    data: Value,
}

impl Stream {
    #[track_caller]
    fn open(address: SocketAddr, path: &str, headers: &[(&str, &str)]) -> Stream {
        let mut stream = TcpStream::connect(address).expect("a listener");
        stream.set_read_timeout(Some(PATIENCE)).expect("a socket option");
        // In 1.0 the body is not in chunks.
        let mut request = format!("GET {path} HTTP/1.0\r\nHost: {address}\r\n");
        for (name, value) in headers {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
        stream.write_all(format!("{request}\r\n").as_bytes()).expect("a connection");
        let mut reader = BufReader::new(stream);
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            assert!(reader.read_line(&mut head).expect("a head") > 0, "{head}");
        }
        let status = head[9..12].parse().expect("a status");
        Stream { reader, status, head: head.to_ascii_lowercase(), last_id: String::new() }
    }

    /// The next event with data, or the end.
    #[track_caller]
    fn next(&mut self) -> Option<Event> {
        let mut event = Event { kind: "message".to_owned(), data: Value::Null };
        loop {
            let mut line = String::new();
            if self.reader.read_line(&mut line).expect("a line in time") == 0 {
                return None;
            }
            match line.trim_end_matches('\n').split_once(": ") {
                Some(("id", id)) => self.last_id = id.to_owned(),
                Some(("event", kind)) => event.kind = kind.to_owned(),
                Some(("data", data)) => event.data = serde_json::from_str(data).expect("JSON"),
                Some(("retry", _)) => {}
                _ if line == "\n" && !event.data.is_null() => return Some(event),
                _ => assert!(line == "\n" || line == ":\n", "{line:?}"),
            }
        }
    }

    #[track_caller]
    fn titles(&mut self, count: usize) -> Vec<String> {
        let mut titles = Vec::new();
        for _ in 0..count {
            let event = self.next().expect("an event");
            assert_eq!(event.kind, "message", "{event:?}");
            titles.push(event.data["title"].as_str().expect("a title").to_owned());
        }
        titles
    }

    /// Waits until it is let in: from then on it hears all.
    #[track_caller]
    fn begun(mut self) -> Stream {
        while self.last_id.is_empty() {
            let mut line = String::new();
            assert!(self.reader.read_line(&mut line).expect("a line in time") > 0);
            if let Some(id) = line.trim_end().strip_prefix("id: ") {
                self.last_id = id.to_owned();
            }
        }
        self
    }
}

fn title(n: usize) -> String {
    format!("xingping来稿{n}")
}

#[track_caller]
fn refused(address: SocketAddr, path: &str) -> Answer {
    http::request(address, "GET", path, &[("Last-Event-ID", "")])
}

#[test]
fn each_new_entry_is_one_event_with_the_item_of_the_feed() {
    let wire = Wire::with(2);
    let path = format!("/stream{COUNTY}");
    let mut stream = Stream::open(wire.daemon.public, &path, &[]).begun();
    assert_eq!(stream.status, 200);
    for line in [
        "content-type: text/event-stream\r\n",
        "cache-control: no-store\r\n",
        "x-accel-buffering: no\r\n",
        "access-control-allow-origin: *\r\n",
    ] {
        assert!(stream.head.contains(line), "{line} {}", stream.head);
    }
    let mut all = Stream::open(wire.daemon.public, "/stream/", &[]).begun();
    let mut other = Stream::open(wire.daemon.public, "/stream/s/sanyuan", &[]).begun();
    wire.brings("xingping", 3);
    let event = stream.next().expect("an event");
    let feed = wire.get(&format!("{COUNTY}.json"), &[]).json();
    assert_eq!(event.data, feed["items"][0]);
    assert_eq!(event.data["title"], title(3));
    wire.brings("xingping", 5);
    assert_eq!(stream.titles(2), [title(4), title(5)]);
    wire.brings("sanyuan", 1);
    assert_eq!(other.titles(1), ["sanyuan来稿1"], "and nothing of others");
    assert_eq!(all.titles(4), [title(3), title(4), title(5), "sanyuan来稿1".to_owned()]);
    // HEAD tells what would come and ends.
    let head = wire.head(&path, &[]);
    assert_eq!((head.status, head.header("content-type")), (200, Some("text/event-stream")));
}

#[test]
fn a_changed_entry_is_told_again_under_its_id() {
    let origin = Origin::start();
    let settings = Settings::new().source("town", &origin.url("/town"), "");
    let home = Home::new(&settings);
    let news = News::new("town", 1, "原来的标题", 5);
    origin.set("/town", Form::Atom10.document(std::slice::from_ref(&news)));
    let daemon = Daemon::start(&home);
    daemon.settled();
    let mut stream = Stream::open(daemon.public, "/stream/s/town", &[]).begun();
    let changed = News { title: "改过的标题".to_owned(), ..news };
    origin.set("/town", Form::Atom10.document(&[changed]));
    assert_eq!(daemon.poll("town")["entries_changed"], 1);
    let event = stream.next().expect("an event");
    assert_eq!(
        (&event.data["title"], &event.data["_countywire"]["revision"]),
        (&"改过的标题".into(), &1.into())
    );
    daemon.stop();
    assert_eq!(stream.next(), None, "a stop ends it");
}

#[test]
fn who_comes_again_is_told_what_came_meanwhile_once_also_after_a_restart() {
    let wire = Wire::with(2);
    let path = format!("/stream{COUNTY}");
    let stream = Stream::open(wire.daemon.public, &path, &[]).begun();
    let begun = stream.last_id.clone();
    drop(stream);
    wire.brings("xingping", 5);
    let mut stream = Stream::open(wire.daemon.public, &path, &[("Last-Event-ID", &begun)]);
    assert_eq!(stream.titles(2), [title(3), title(4)]);
    let fourth = stream.last_id.clone();
    let Wire { origin, home, daemon } = wire;
    daemon.stop();
    let wire = Wire { origin, daemon: Daemon::start(&home), home };
    // In the middle of a report, by the parameter.
    let resumed = format!("{path}?last_event_id={fourth}");
    let mut stream = Stream::open(wire.daemon.public, &resumed, &[]);
    assert_eq!(stream.titles(1), [title(5)]);
    let mut stream = stream.begun();
    wire.brings("xingping", 6);
    assert_eq!(stream.titles(1), [title(6)]);
    // The header goes before the parameter, which stays in the address at each coming again.
    let headers = [("Last-Event-ID", stream.last_id.as_str())];
    let mut again = Stream::open(wire.daemon.public, &resumed, &headers);
    wire.brings("xingping", 7);
    assert_eq!(again.titles(1), [title(7)]);
    for odd in ["nonsense", "ffffffff-1-1", "0-0-0"] {
        let mut stream = Stream::open(wire.daemon.public, &path, &[("Last-Event-ID", odd)]);
        let gap = stream.next().expect("an event");
        assert_eq!(gap.kind, "gap", "{odd}");
        let feed = gap.data["feed_url"].as_str().expect("an address");
        assert!(feed.ends_with(&format!("{COUNTY}.json")), "{feed}");
        assert!(!stream.last_id.is_empty());
    }
}

#[test]
fn there_are_streams_of_channels_alone_and_no_more_than_there_may_be() {
    let wire = Wire::with(1);
    for path in [
        "/stream",
        "/streams/",
        "/stream/hot",
        "/stream/opml",
        "/stream/index.atom",
        "/stream/r/nowhere",
        "/stream/s/nobody",
        "/stream/r/hebei",
    ] {
        assert_eq!(refused(wire.daemon.public, path).status, 404, "{path}");
    }
    let post = http::post(wire.daemon.public, "/stream/");
    assert_eq!(post.status, 405);
    drop(wire);

    let settings = Settings::new().tables("[hub]\nstreams = 3\nstreams_per_client = 2");
    let home = Home::new(&settings);
    let daemon = Daemon::start(&home);
    let open = |client: &str| {
        Stream::open(daemon.public, "/stream/", &[("Forwarded", &format!("for={client}"))])
    };
    let first = open("8.8.8.8").begun();
    let _second = open("8.8.8.8").begun();
    assert_eq!(open("8.8.8.8").status, 429);
    let _third = open("8.8.4.4").begun();
    let full = open("9.9.9.9");
    assert_eq!(full.status, 503);
    assert!(full.head.contains("retry-after: "), "{}", full.head);
    drop(first);
    eventually_so("room", || open("9.9.9.9").status == 200);
    // Pages are read all the same.
    daemon.document("/");
    daemon.stop();

    home.write(&Settings::new().tables("[hub]\nrequests = 3").text());
    let daemon = Daemon::start(&home);
    let statuses = [(); 4].map(|()| Stream::open(daemon.public, "/stream/", &[]).status);
    assert_eq!(statuses, [200, 200, 200, 429], "who comes again and again has to wait");
    home.write(&Settings::new().tables("[hub]\nstreams = 0").text());
    http::post(daemon.admin, "/reload").expect(200);
    assert_eq!(refused(daemon.public, "/stream/").status, 404);
    daemon.stop();
}

#[test]
fn other_spellings_of_a_page_lead_to_the_stream_of_the_right_one() {
    let wire = Wire::with(1);
    let stream = format!("/stream{COUNTY}");
    for (path, expected) in [
        // 兴平, 兴平县 (its former name) and 彬县 (that of Binzhou).
        ("/stream/r/%E5%85%B4%E5%B9%B3", stream.as_str()),
        ("/stream/r/shaanxi/%E5%85%B4%E5%B9%B3%E5%8E%BF", &stream),
        ("/stream/r/%E5%BD%AC%E5%8E%BF", "/stream/r/shaanxi/xianyang/binzhou"),
        ("/stream/r/Shaanxi/XIANYANG/xingping", &stream),
        ("/stream/r/shaanxi/xianyang/xingping/", &stream),
        ("/stream/t/%E6%95%99%E8%82%B2", "/stream/t/education"),
    ] {
        let moved = wire.get(path, &[]).expect(308);
        assert_eq!(moved.header("location"), Some(expected), "{path}");
        assert_eq!(moved.header("access-control-allow-origin"), Some("*"), "{path}");
        let stream = Stream::open(wire.daemon.public, expected, &[]);
        assert_eq!(stream.status, 200, "{expected}");
    }
    // What a browser resumes by goes along.
    let resumed = wire.get("/stream/r/%E5%85%B4%E5%B9%B3?last_event_id=1-2-3", &[]).expect(308);
    assert_eq!(resumed.header("location"), Some(&*format!("{stream}?last_event_id=1-2-3")));
    // Of what has no stream there is none at another spelling either.
    for path in ["/stream/r/%E5%85%B4%E5%B9%B3/HOT", "/stream/OPML", "/stream/R/Shaanxi.atom"] {
        assert_eq!(refused(wire.daemon.public, path).status, 404, "{path}");
    }
}

#[test]
fn a_reload_ends_the_streams_that_the_settings_leave_no_room_for() {
    let wire = Wire::with(1);
    let settings = std::fs::read_to_string(wire.home.feeds_toml()).expect("settings");
    let reload = |lines: &str| {
        wire.home.write(&format!("{settings}[hub]\n{lines}\n"));
        http::post(wire.daemon.admin, "/reload").expect(200);
    };
    let open = |client: &str| {
        let headers = [("Forwarded", &*format!("for={client}"))];
        Stream::open(wire.daemon.public, "/stream/", &headers).begun()
    };
    let mut streams: Vec<Stream> =
        ["8.8.8.8", "8.8.8.8", "8.8.4.4", "9.9.9.9"].into_iter().map(open).collect();
    reload("streams_per_client = 1");
    assert_eq!(streams.remove(1).next(), None, "the second of one client");
    reload("streams = 2");
    assert_eq!(streams.remove(2).next(), None, "the last that came");
    eventually_so("two streams", || {
        let figures = http::get(wire.daemon.admin, "/metrics").expect(200);
        figures.text().contains("countywire_streams 2\n")
    });
    // Those that stay miss nothing.
    wire.brings("xingping", 2);
    for stream in &mut streams {
        assert_eq!(stream.titles(1), [title(2)]);
    }
    reload("streams = 0");
    for mut stream in streams {
        assert_eq!(stream.next(), None);
    }
    assert_eq!(refused(wire.daemon.public, "/stream/").status, 404);
    reload("streams = 1");
    assert_eq!(open("8.8.8.8").status, 200, "the places were given back");
}

#[test]
fn a_listener_that_does_not_read_is_cut_off_and_keeps_nobody_waiting() {
    let origin = Origin::start();
    let settings =
        Settings::new().source("town", &origin.url("/town"), "").poll("first_poll_entries = 1000");
    let home = Home::new(&settings);
    let text = "正".repeat(20_000);
    let document = |round: usize| {
        let news = |n: usize| {
            let mut news = News::new("town", n, &format!("第{n}条第{round}轮"), 2_000 - n as i64);
            news.text = format!("{text}{n}");
            news
        };
        Form::Atom10.document(&(1..=100).rev().map(news).collect::<Vec<_>>())
    };
    origin.set("/town", document(0));
    let daemon = Daemon::start(&home);
    daemon.settled();
    let slow = Stream::open(daemon.public, "/stream/s/town", &[]).begun();
    let mut quick = Stream::open(daemon.public, "/stream/s/town", &[]).begun();
    // More than sockets and buffers hold.
    for round in 1..=6 {
        origin.set("/town", document(round));
        assert_eq!(daemon.poll("town")["entries_changed"], 100);
        assert!(quick.titles(100).iter().all(|title| title.ends_with(&format!("第{round}轮"))));
    }
    eventually_so("the slow one to be cut off", || {
        let figures = http::get(daemon.admin, "/metrics").expect(200);
        figures.text().contains("countywire_streams_cut_off_total 1\n")
    });
    drop(slow);
    daemon.stop();
}
