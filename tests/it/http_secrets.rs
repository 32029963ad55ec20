//! Credentials: sent to the source's own host, and shown nowhere.

use crate::support::daemon::Daemon;
use crate::support::documents::{Form, News};
use crate::support::home::{Home, Settings};
use crate::support::origin::{Origin, Reply};
use crate::support::{eventually_so, http};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// Each in the form in which it is kept, and that in which it is sent.
const SECRETS: [&str; 7] = [
    "hemligt-password",
    "cmVhZGVyOmhlbWxpZ3QtcGFzc3dvcmQ=",
    "hemligt-token",
    "hemligt-header",
    "hemligt-host",
    "hemligt-settings",
    "hemligt-redirect",
];

fn write(path: &Path, text: &str, mode: u32) {
    std::fs::write(path, text).expect("a writable folder");
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("a mode");
}

/// Everything in a folder and those below it.
fn bytes_below(folder: &Path) -> Vec<u8> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        match path.is_dir() {
            true => all.extend(bytes_below(&path)),
            false => all.extend(std::fs::read(&path).expect("a file")),
        }
    }
    all
}

#[track_caller]
fn assert_silent(what: &str, bytes: &[u8]) {
    for secret in SECRETS {
        let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
        assert!(!found, "{what} shows {secret}");
    }
}

#[test]
fn credentials_are_sent_to_their_host_and_shown_nowhere() {
    let (origin, other) = (Origin::start(), Origin::on("127.0.0.2"));
    let document = || Form::Rss20.document(&[News::new("paper", 1, "来稿", 1)]).etag("\"1\"");
    for path in ["/basic", "/bearer", "/lines", "/shared", "/here"] {
        origin.set(path, document());
    }
    other.set("/there", document());
    other.set("/shared", document());
    origin.set("/near", Reply::Status(301, vec![("Location", "/here".to_owned())]));
    origin.set("/away", Reply::Status(302, vec![("Location", other.url("/there"))]));
    origin.set("/refused", Reply::Status(401, vec![]));
    let userinfo = other.url("/there").replace("://", "://reader:hemligt-redirect@");
    origin.set("/with", Reply::Status(301, vec![("Location", userinfo)]));
    let closed = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr();
    let closed = format!("http://{}/", closed.expect("an address"));

    let basic = "credentials = \"basic.key\"\n";
    let mut settings = Settings::new()
        .tables("[[host]]\nmatch = \"127.0.0.2\"\ncredentials = \"host.key\"\n")
        .source("basic", &origin.url("/basic"), basic)
        .source("bearer", &origin.url("/bearer"), "credentials = \"paper\"\n")
        .source("lines", &origin.url("/lines"), "credentials = \"./lines.key\"\n")
        .source("shared", &other.url("/shared"), "headers = { X-Own = \"hemligt-settings\" }\n");
    for path in ["near", "away", "refused", "with"] {
        settings = settings.source(path, &origin.url(&format!("/{path}")), basic);
    }
    settings = settings.source("closed", &closed, basic);
    let home = Home::new(&settings);
    let given = home.path().join("given");
    std::fs::create_dir(&given).expect("a folder");
    write(&home.path().join("basic.key"), "reader:hemligt-password\n", 0o600);
    write(&given.join("paper"), "Bearer hemligt-token", 0o400);
    let lines = "X-Key: hemligt-header\nAccept-Language: zh\n";
    write(&home.path().join("lines.key"), lines, 0o644);
    write(&home.path().join("host.key"), "X-Host: hemligt-host", 0o600);
    let mut command = home.command(&["run"]);
    command.env("CREDENTIALS_DIRECTORY", &given);
    let daemon = Daemon::from(command);
    for source in ["basic", "bearer", "lines", "shared", "near", "away", "with"] {
        assert_eq!(daemon.poll(source)["outcome"], "fetched", "{source}: {}", daemon.log());
    }
    for source in ["refused", "closed"] {
        assert_eq!(daemon.poll(source)["outcome"], "failed", "{source}");
    }

    // Where they go.
    let sent = |origin: &Origin, path: &str, name: &str| {
        let asked = origin.asked(path);
        asked.last().expect("a request").header(name).map(str::to_owned)
    };
    let authorization = Some("Basic cmVhZGVyOmhlbWxpZ3QtcGFzc3dvcmQ=".to_owned());
    for path in ["/basic", "/near", "/here", "/away", "/refused"] {
        assert_eq!(sent(&origin, path, "authorization"), authorization, "{path}");
    }
    assert_eq!(sent(&origin, "/bearer", "authorization").as_deref(), Some("Bearer hemligt-token"));
    assert_eq!(sent(&origin, "/lines", "x-key").as_deref(), Some("hemligt-header"));
    assert_eq!(sent(&other, "/shared", "x-host").as_deref(), Some("hemligt-host"));
    assert_eq!(sent(&other, "/shared", "x-own").as_deref(), Some("hemligt-settings"));
    let there = other.asked("/there");
    assert!(there.iter().all(|asked| asked.header("authorization") != authorization.as_deref()));
    assert!(there.iter().all(|asked| asked.header("x-host").is_none()), "not the source's own");

    // Where they do not show.
    for path in ["/s/basic.atom", "/s/with.rss", "/s/with.json", "/s/shared", "/index.atom"] {
        assert_silent(path, &daemon.document(path).body);
    }
    for path in ["/status", "/status.json", "/status/refused", "/alerts.atom", "/metrics"] {
        assert_silent(path, &http::get(daemon.admin, path).expect(200).body);
    }
    // A reload reads them again.
    write(&home.path().join("basic.key"), "reader:new\n", 0o600);
    http::post(daemon.admin, "/reload").expect(200);
    daemon.poll("basic");
    assert_eq!(sent(&origin, "/basic", "authorization").as_deref(), Some("Basic cmVhZGVyOm5ldw=="));
    let log = daemon.log();
    assert!(log.contains("lines.key\" can be read by everybody"), "{log}");
    assert_silent("the log", log.as_bytes());
    daemon.stop();
    let polls = ["polls", "refused", "--json"];
    for args in [&["export"][..], &["sources"], &["sources", "--json"], &["check"], &polls] {
        let mut command = home.command(args);
        command.env("CREDENTIALS_DIRECTORY", &given);
        let ended = crate::support::home::to_end(command, b"").expect(0);
        assert_silent(args[0], format!("{}{}", ended.stdout, ended.stderr).as_bytes());
    }
    assert_silent("the store", &bytes_below(&home.path().join("store")));
}

#[test]
fn a_credential_that_is_not_there_is_told_and_its_source_waits() {
    let origin = Origin::start();
    let url = origin.url("/feed");
    let named =
        |name: &str| Settings::new().source("paper", &url, &format!("credentials = \"{name}\"\n"));
    // By name only: it may be the service that has it.
    let home = Home::new(&named("paper-key"));
    let ended = home.run(&["check"]).expect(0);
    assert!(ended.stderr.contains("LoadCredential=paper-key:FILE"), "{}", ended.stderr);
    let daemon = Daemon::start(&home);
    let polled = daemon.poll("paper");
    assert_eq!(polled["error_kind"], "credential", "{polled}");
    assert_eq!(origin.count(), 0, "nothing is asked without it");
    write(&home.path().join("paper-key"), "reader:pass", 0o600);
    http::post(daemon.admin, "/reload").expect(200);
    daemon.poll("paper");
    eventually_so("a request", || origin.count() > 0);
    drop(daemon);

    for (name, text, words) in [
        ("./none.key", None, "No such file"),
        ("bad.key", Some("hemligt"), "none of user:password"),
        ("bad.key", Some("Host: hemligt"), "fetcher sets itself"),
        ("bad.key", Some(""), "empty"),
    ] {
        home.write(&named(name).text());
        if let Some(text) = text {
            write(&home.path().join(name), text, 0o600);
        }
        let ended = home.run(&["check"]).expect(78);
        let line = ended.stderr.lines().find(|line| line.contains("source[0].credentials: "));
        let line = line.unwrap_or_else(|| panic!("nothing of it in {}", ended.stderr));
        assert!(line.contains(words) && !line.contains("hemligt"), "{line}");
    }
    // Both at once are a contradiction.
    write(&home.path().join("bad.key"), "reader:pass", 0o600);
    let lines = "credentials = \"bad.key\"\nheaders = { authorization = \"x\" }\n";
    home.write(&Settings::new().source("paper", &url, lines).text());
    let ended = home.run(&["check"]).expect(78);
    assert!(ended.stderr.contains("Authorization is among the headers, too"), "{}", ended.stderr);
}
