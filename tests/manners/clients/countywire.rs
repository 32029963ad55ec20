//! countywire: four days of a daemon in less than a minute. It is stopped and started,
//! told to read its settings again, loses sources and gets them back, somebody wants polls
//! now, and a hub pushes; nothing of it excuses anything.

mod pushes;

use crate::checks::{Deed, Event, Record};
use crate::origin::Origin;
use crate::scenes::SCENES;
use crate::support::clock::START;
use crate::support::daemon::Daemon;
use crate::support::eventually_so;
use crate::support::home::{Home, Settings};
use crate::support::http;
use crate::time::{Clock, HOUR, MINUTE};
use pushes::Pushing;
use std::thread;
use std::time::Duration;

const BEGIN: f64 = START + 17.0 * MINUTE;
/// Four days in 24 seconds.
const FAST: f64 = 14_400.0;
/// An hour in two seconds: time to do something within it.
const SLOW: f64 = 1_800.0;

struct Stay {
    clock: Clock,
    origin: Origin,
    home: Home,
    /// `None`: between a stop and a start.
    daemon: Option<Daemon>,
    pushing: Pushing,
    events: Vec<Event>,
}

pub fn stay() -> Record {
    let clock = Clock::new(BEGIN, FAST);
    // Longer than the daemon waits for an answer.
    let silence = Duration::from_secs(60);
    let pushing = Pushing::start(BEGIN);
    let origin = Origin::start(clock.clone(), &SCENES, silence, Some(pushing.hub.url()));
    let home = Home::new(&settings(&origin, &pushing, &[]));
    let mut stay = Stay { clock, origin, home, daemon: None, pushing, events: Vec::new() };
    stay.start(FAST);
    stay.wish_while_refused("limited-date");
    stay.until_hour(9.0);
    stay.reload();
    stay.until_hour(24.0);
    stay.restart(SLOW);
    stay.restart_within_the_hour();
    stay.reloads_within_the_hour();
    stay.restart(FAST);
    stay.until_hour(44.0);
    stay.absence(&["crowd-1", "touched"], |stay| stay.until_hour(70.0));
    stay.wish("slow");
    stay.wish("date");
    stay.until_hour(80.0);
    stay.restart(FAST);
    stay.until_hour(90.0);
    stay.reload();
    stay.until_hour(96.0);
    stay.expect_pushes();
    stay.stop();
    Record { exchanges: stay.origin.exchanges(), events: stay.events }
}

/// As the sample `feeds.toml` has it, but for addresses that are not public and the time
/// allowed for an answer, which does not run fast.
fn settings(origin: &Origin, pushing: &Pushing, absent: &[&str]) -> Settings {
    let settings = pushing.settings().poll(
        "schedule = \"auto\"\nshortest = \"60m\"\nlongest = \"1d\"\nhost_spacing = \"2s\"\n\
         timeout = \"3s\"",
    );
    let present = SCENES.iter().filter(|scene| !absent.contains(&scene.name));
    present.fold(settings, |settings, scene| settings.source(scene.name, &origin.url(scene), ""))
}

impl Stay {
    fn daemon(&self) -> &Daemon {
        self.daemon.as_ref().expect("started")
    }

    fn start(&mut self, speed: f64) {
        let now = self.clock.now();
        self.clock.set(now, speed);
        let mut command = self.home.command(&["run"]);
        self.clock.running().set(&mut command);
        self.daemon = Some(Daemon::from(command));
    }

    fn stop(&mut self) {
        if let Some(daemon) = self.daemon.take() {
            daemon.stop();
        }
    }

    fn done(&mut self, deed: Deed, at: f64) {
        self.events.push(Event { at, until: self.clock.now(), deed });
    }

    /// Returns when the new daemon was started: the clock does not run in between.
    fn restart(&mut self, speed: f64) -> f64 {
        let at = self.clock.now();
        self.stop();
        let started = self.clock.now();
        self.start(speed);
        self.done(Deed::Restart, at);
        started
    }

    fn until(&mut self, at: f64) {
        while self.clock.now() < at {
            self.push_when_due();
            thread::sleep(Duration::from_millis(1));
        }
    }

    fn until_hour(&mut self, hours: f64) {
        self.until(BEGIN + hours * HOUR);
    }

    /// Waits for the next request for "steady"; returns when it came.
    fn next_steady(&self) -> f64 {
        let before = self.origin.asked("steady").len();
        let mut last = 0.0;
        eventually_so("a request for the steady feed", || {
            let asked = self.origin.asked("steady");
            last = asked.last().map_or(0.0, |exchange| exchange.at);
            asked.len() > before
        });
        last
    }

    /// A machine may be too busy to be done in time: then again.
    fn restart_within_the_hour(&mut self) {
        for _ in 0..4 {
            let last = self.next_steady();
            self.until(last + 44.0 * MINUTE);
            if self.restart(SLOW) < last + HOUR {
                break;
            }
        }
        self.next_steady();
    }

    fn reloads_within_the_hour(&mut self) {
        let last = self.next_steady();
        self.until(last + 20.0 * MINUTE);
        self.reload();
        self.absence(&["steady"], |stay| stay.until(last + 30.0 * MINUTE));
        self.reload();
        self.next_steady();
    }

    fn reload(&mut self) {
        let at = self.clock.now();
        let taken = || self.daemon().log().matches("settings reloaded").count();
        let before = taken();
        self.daemon().signal("HUP");
        eventually_so("a reload", || taken() > before);
        self.done(Deed::Reload, at);
    }

    /// Takes sources out, and puts them back.
    fn absence(&mut self, scenes: &[&'static str], meanwhile: impl FnOnce(&mut Stay)) {
        let at = self.clock.now();
        self.home.write(&settings(&self.origin, &self.pushing, scenes).text());
        self.reload();
        meanwhile(self);
        self.home.write(&settings(&self.origin, &self.pushing, &[]).text());
        self.reload();
        for scene in scenes {
            self.done(Deed::Absence(scene), at);
        }
    }

    /// Somebody wants a poll although the server has just asked to be left alone.
    fn wish_while_refused(&mut self, scene: &'static str) {
        eventually_so("a 429", || self.origin.asked(scene).iter().any(|asked| asked.status == 429));
        let at = self.clock.now();
        http::post(self.daemon().admin, &format!("/poll/{scene}"));
        self.done(Deed::Wish(scene), at);
    }

    /// Two people want a poll at once.
    fn wish(&mut self, scene: &'static str) {
        let at = self.clock.now();
        let admin = self.daemon().admin;
        let path = format!("/poll/{scene}");
        let wishes = [path.clone(), path];
        let wishes = wishes.map(|path| thread::spawn(move || http::post(admin, &path).status));
        for wish in wishes {
            assert_eq!(wish.join().expect("asking does not panic"), 200, "a wish for {scene}");
        }
        self.done(Deed::Wish(scene), at);
    }
}
