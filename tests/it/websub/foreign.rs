//! A hub that we did not write: Flask-WebSub, see `tests/websub`.

use super::{Wire, await_titles, news, push};
use crate::support::daemon::Daemon;
use crate::support::documents::Form;
use crate::support::{eventually_so, http};
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use url::{Url, form_urlencoded};

/// Set where CI runs: without the hub the test fails instead of being left out.
const REQUIRED: &str = "COUNTYWIRE_REQUIRE_HUB";

struct Foreign {
    child: Child,
    url: Url,
}

impl Foreign {
    /// `None`: it is not installed.
    fn start() -> Option<Foreign> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let python = std::env::var_os("COUNTYWIRE_PYTHON")
            .map_or(root.join(".venv/bin/python"), PathBuf::from);
        let has_it = Command::new(&python)
            .args(["-c", "import flask_websub"])
            .stderr(Stdio::null())
            .status();
        if !has_it.is_ok_and(|status| status.success()) {
            assert!(std::env::var_os(REQUIRED).is_none(), "Flask-WebSub is not installed");
            eprintln!("left out: Flask-WebSub is not in .venv (tests/websub/requirements.txt)");
            return None;
        }
        let mut command = Command::new(python);
        command.arg(root.join("tests/websub/hub.py")).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().expect("Python starts");
        let mut line = String::new();
        let stdout = child.stdout.take().expect("piped");
        BufReader::new(stdout).read_line(&mut line).expect("a line");
        let url = Url::parse(line.trim()).expect("the hub's address");
        Some(Foreign { child, url })
    }

    fn address(&self) -> SocketAddr {
        self.url.socket_addrs(|| None).expect("an IP address")[0]
    }

    /// What a publisher sends when its document has changed.
    fn publish(&self, topic: &str) {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("hub.mode", "publish").append_pair("hub.topic", topic);
        let headers = [("Content-Type", "application/x-www-form-urlencoded")];
        let body = form.finish();
        let answer =
            http::try_send(self.address(), "POST", "/hub", &headers, Some(body.as_bytes()));
        answer.expect("an answer").expect(202);
    }

    fn subscriptions(&self, topic: &str) -> String {
        let topic: String = form_urlencoded::byte_serialize(topic.as_bytes()).collect();
        http::get(self.address(), &format!("/subscriptions?topic={topic}"))
            .expect(200)
            .text()
            .to_owned()
    }
}

impl Drop for Foreign {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_hub_of_others_subscribes_us_delivers_and_lets_us_go() {
    let Some(hub) = Foreign::start() else { return };
    let wire = Wire::new();
    let publish = |numbers: &[usize]| {
        let news: Vec<_> = numbers.iter().map(|number| news(*number)).collect();
        let mut document = Form::Atom10.document(&news).etag(&format!("\"{numbers:?}\""));
        let link = format!("<{}>; rel=\"hub\", <{}>; rel=\"self\"", hub.url, wire.topic());
        document.headers.push(("Link", link));
        wire.origin.set("/feed", document.clone());
        wire.origin.set("/topic", document);
    };
    publish(&[1]);
    let daemon = Daemon::start(&wire.home);
    wire.await_state(&daemon, "active");
    let topic = wire.topic();
    eventually_so("a subscription", || hub.subscriptions(&topic) == "1");
    publish(&[3, 2, 1]);
    hub.publish(&topic);
    await_titles(&daemon, &[1, 2, 3]);
    assert_eq!(wire.origin.asked("/feed").len(), 1, "nothing was polled for it");
    let push = push(&daemon);
    assert_eq!((&push["dropped"], &push["pushes"]), (&0.into(), &1.into()), "{push}");
    wire.home.write(&wire.settings("1d").text().replace("push = true", "push = false"));
    http::post(daemon.admin, "/reload").expect(200);
    eventually_so("the end of the subscription", || hub.subscriptions(&topic) == "0");
    daemon.stop();
}
