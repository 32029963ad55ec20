//! Secure connections: whom we trust, and what is said of a chain that does not hold.

use crate::support::authority::{Authority, Identity, NOW};
use crate::support::daemon::Daemon;
use crate::support::documents::{Form, News};
use crate::support::home::{Home, Settings};
use crate::support::http;
use crate::support::origin::Origin;
use crate::support::tls::{TlsFront, listen};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const HOST: &str = "127.0.0.1";

#[test]
fn each_fault_of_a_chain_is_told_with_what_to_do() {
    let origin = Origin::start();
    origin.set("/feed", Form::Atom10.document(&[News::new("paper", 1, "来稿", 1)]));
    let root = Authority::root("Loopback Root");
    let middle = root.below("Loopback Intermediate");
    let strange = Authority::root("Strange Root");
    let strange_middle = strange.below("Strange Intermediate");
    let fronts: Vec<(&str, Identity, &[&str])> = vec![
        ("good", middle.issue(HOST, NOW).with(&middle), &[]),
        ("expired", root.issue(HOST, (2020, 2021)), &["expired on 2021-01-01T00:00:00Z", "renew"]),
        ("early", root.issue(HOST, (2080, 2090)), &["not valid before 2080-01-01", "clock"]),
        ("named", root.issue("a.example.cn", NOW), &["is for a.example.cn, not for", "url"]),
        ("alone", Identity::alone(HOST), &["signed by itself", "ca_file"]),
        ("short", middle.issue(HOST, NOW), &["no intermediate", "Loopback Intermediate"]),
        ("strange", strange.issue(HOST, NOW).with(&strange), &["Strange Root", "ca_file"]),
        (
            "endless",
            strange_middle.issue(HOST, NOW).with(&strange_middle),
            &["lead to \"Strange Root\"", "ca_file"],
        ),
    ];
    let fronts: Vec<(&str, TlsFront, &[&str])> = fronts
        .into_iter()
        .map(|(id, identity, words)| (id, TlsFront::before(origin.address, identity), words))
        .collect();
    // A fatal alert in answer to the hello: protocol_version (RFC 8446 §6.2).
    let (old, _open) = listen(async |mut stream| {
        let _ = stream.read(&mut [0; 4096]).await;
        let _ = stream.write_all(&[21, 3, 1, 0, 2, 2, 70]).await;
    });
    let (plain, _open_too) = listen(async |mut stream| {
        let _ = stream.read(&mut [0; 4096]).await;
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
    });

    let mut settings = Settings::new().poll("ca_file = \"roots.pem\"");
    for (id, front, _) in &fronts {
        settings = settings.source(id, &front.url("/feed"), "");
    }
    settings = settings
        .source("old", &format!("https://{old}/feed"), "")
        .source("plain", &format!("https://{plain}/feed"), "")
        .source("ends", &format!("https://{}/feed", origin.address), "");
    let home = Home::new(&settings);
    std::fs::write(home.path().join("roots.pem"), root.pem()).expect("a writable folder");
    let daemon = Daemon::start(&home);

    assert_eq!(daemon.poll("good")["entries_new"], 1);
    let others: [(&str, &[&str]); 3] = [
        ("old", &["old version of TLS", "1.2"]),
        ("plain", &["does not speak TLS", "http://"]),
        ("ends", &["before it was secure", "http://"]),
    ];
    let failing = fronts.iter().skip(1).map(|(id, _, words)| (*id, *words)).chain(others);
    for (id, words) in failing {
        let polled = daemon.poll(id);
        assert_eq!(polled["error_kind"], "tls", "{polled}");
        let row = daemon.source(id);
        let error = row["last_error"].as_str().unwrap_or_default();
        assert!(words.iter().all(|word| error.contains(word)), "{id}: {error:?} lacks {words:?}");
        assert!(error.contains(HOST), "{error}");
    }
    assert!(origin.asked("/feed").len() == 1, "only the good one came through");

    // Without the file the same server is a stranger.
    home.write(&settings.text().replace("ca_file = \"roots.pem\"\n", ""));
    http::post(daemon.admin, "/reload").expect(200);
    assert_eq!(daemon.poll("good")["error_kind"], "tls");
}

#[test]
fn a_file_without_authorities_is_a_problem_with_its_place() {
    let home = Home::new(&Settings::new().poll("ca_file = \"roots.pem\""));
    for (text, words) in [
        (None, "No such file"),
        (Some(""), "no certificate"),
        (Some("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"), "certificate 1"),
    ] {
        if let Some(text) = text {
            std::fs::write(home.path().join("roots.pem"), text).expect("a writable folder");
        }
        let ended = home.run(&["check"]).expect(78);
        let line = ended.stderr.lines().find(|line| line.contains("poll.ca_file: "));
        let line = line.unwrap_or_else(|| panic!("nothing of it in {}", ended.stderr));
        assert!(line.contains("feeds.toml:") && line.contains(words), "{line}");
        assert!(line.contains("write the path of a PEM file"), "{line}");
    }
}
