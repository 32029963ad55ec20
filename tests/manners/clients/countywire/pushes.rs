//! A hub that pushes to the daemon while it stays: new items, the same once more, and what
//! cannot be read, so that a poll is owed.

use super::Stay;
use crate::checks::Deed;
use crate::scenes::{self, SCENES, Scene, WITH_HUB};
use crate::support::home::Settings;
use crate::support::hub::{Conduct, Hub};
use crate::time::MINUTE;
use std::net::TcpListener;

/// Between two pushes of a scene.
const EVERY: f64 = 50.0 * MINUTE;
/// One push in so many is broken: of the scene "pushed", so that its hub is relied on
/// meanwhile, and of the others.
const BROKEN: (usize, usize) = (10, 2);

pub struct Pushing {
    pub hub: Hub,
    /// The same over restarts, so that callbacks stay the same.
    public: String,
    next_at: f64,
    rounds: usize,
    /// Pushes that were taken.
    taken: usize,
}

impl Pushing {
    pub fn start(at: f64) -> Pushing {
        let hub = Hub::start();
        // So that subscriptions are renewed, too.
        hub.behave(Conduct { lease_seconds: 86_400, ..Conduct::default() });
        let free = TcpListener::bind("127.0.0.1:0").expect("a free loopback port");
        let public = free.local_addr().expect("a bound address").to_string();
        Pushing { hub, public, next_at: at, rounds: 0, taken: 0 }
    }

    pub fn settings(&self) -> Settings {
        let public = &self.public;
        let settings = Settings::new().base(&format!("http://{public}/")).poll("push = true");
        settings.listen(&format!("public = \"{public}\"\nadmin = \"127.0.0.1:0\""))
    }
}

impl Stay {
    pub(super) fn push_when_due(&mut self) {
        if self.clock.now() < self.pushing.next_at {
            return;
        }
        self.pushing.next_at = self.clock.now() + EVERY;
        self.pushing.rounds += 1;
        for scene in SCENES.iter().filter(|scene| WITH_HUB.contains(&scene.name)) {
            self.push(scene);
        }
    }

    fn push(&mut self, scene: &'static Scene) {
        let topic = self.origin.url(scene);
        if !self.pushing.hub.subscriptions().contains(&topic) {
            return;
        }
        let at = self.clock.now();
        let whole = scenes::pushed(scene, self.origin.address(scene), at);
        let every = if scene.name == "pushed" { BROKEN.0 } else { BROKEN.1 };
        let body = match self.pushing.rounds % (every * 2) {
            0 => b"no feed",
            rest if rest == every => &whole.as_bytes()[..whole.len() / 2],
            _ => whole.as_bytes(),
        };
        let answer = self.pushing.hub.push(&topic, "application/rss+xml", body);
        self.pushing.taken += usize::from(answer.status == 202);
        self.done(Deed::Push(scene.name), at);
    }

    /// Pushes were taken; some were applied, and some could not be read.
    pub(super) fn expect_pushes(&self) {
        let (log, taken) = (self.daemon().log(), self.pushing.taken);
        assert!(taken > 50, "{taken} pushes were taken");
        for line in ["push applied", "a push cannot be read by itself"] {
            assert!(log.contains(line), "{line:?} is not in the log");
        }
    }
}
