//! Who is judged. countywire runs by a fast clock; the others, which have none, are run
//! once an hour, as cron would, and the origin is told what time it is meant to be.

mod command;
mod countywire;
mod curl;
mod feedparser;
mod rude;

pub use command::Template;
pub use countywire::stay as countywire;
pub use curl::Curl;
pub use feedparser::Feedparser;
pub use rude::Rude;

use crate::checks::{Deed, Event, Record};
use crate::origin::Origin;
use crate::scenes::{SCENES, Scene};
use crate::support::clock::START;
use crate::time::{Clock, HOUR, MINUTE};
use std::time::Duration;

/// A client that is run when its time has come.
pub trait Hourly {
    fn poll(&mut self, scene: &'static Scene, url: &str);

    /// How long it stays.
    fn hours(&self) -> u32 {
        30
    }

    /// The machine was started again, outside the hour. Cron runs nothing then.
    fn restarted(&self) -> bool {
        false
    }
}

/// The hour after which the machine is started again.
const RESTART: u32 = 4;
/// How long a request that is never answered is held.
const SILENCE: Duration = Duration::from_millis(40);
/// So long does a client take for a feed, as the origin is told.
const STEP: f64 = 0.05;

/// Lets a client poll all feeds each hour.
pub fn hourly(client: &mut dyn Hourly) -> Record {
    let clock = Clock::new(START, STILL);
    let origin = Origin::start(clock.clone(), &SCENES, SILENCE, None);
    let mut events = Vec::new();
    for hour in 0..client.hours() {
        let at = START + f64::from(hour) * HOUR;
        round(client, &clock, &origin, at);
        if hour == RESTART {
            let at = at + 44.0 * MINUTE;
            events.push(Event { at, until: at, deed: Deed::Restart });
            if client.restarted() {
                round(client, &clock, &origin, at);
            }
        }
    }
    Record { exchanges: origin.exchanges(), events }
}

/// The clock is set by hand.
const STILL: f64 = 1e-6;

fn round(client: &mut dyn Hourly, clock: &Clock, origin: &Origin, at: f64) {
    for (number, scene) in SCENES.iter().enumerate() {
        clock.set(at + number as f64 * STEP, STILL);
        client.poll(scene, &origin.url(scene));
    }
}
