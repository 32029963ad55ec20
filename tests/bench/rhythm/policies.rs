//! The policies compared. Each has one parameter; more of it means fewer polls.

use crate::simulate::{Policy, Poll, Source};
use countywire::model::{Outcome, Schedule, SourceId, SourceState, Timestamp};
use countywire::schedule::policy::{self, Finding};
use std::time::Duration;

const HOUR: f64 = 3_600.0;
const DAY: f64 = 24.0 * HOUR;

/// Between which waits a policy may choose, seconds.
#[derive(Clone, Copy)]
pub struct Bounds {
    pub shortest: f64,
    pub longest: f64,
}

impl Bounds {
    fn hold(self, seconds: f64) -> i64 {
        seconds.clamp(self.shortest, self.longest) as i64
    }
}

pub type Make = fn(&Source, Bounds, f64) -> Box<dyn Policy>;

/// What is compared, ours first.
pub const ALL: [(&str, Make); 5] = [
    ("auto", |source, bounds, x| Box::new(Auto::new(source, bounds, x, true))),
    ("auto, undated", |source, bounds, x| Box::new(Auto::new(source, bounds, x, false))),
    ("fixed", |_, _, x| Box::new(Fixed((x * HOUR) as i64))),
    ("miniflux", |_, bounds, x| Box::new(Miniflux { bounds, factor: x, entries: Vec::new() })),
    ("commafeed", |_, bounds, x| Box::new(CommaFeed { bounds, factor: x })),
];
pub const OURS: usize = 2;

/// The program's own decisions, with the state that they leave. `x`: the price, hours.
struct Auto {
    policy: policy::Policy,
    source: SourceId,
    zone: chrono_tz::Tz,
    dated: bool,
    state: SourceState,
}

impl Auto {
    fn new(source: &Source, bounds: Bounds, x: f64, dated: bool) -> Auto {
        let policy = policy::Policy {
            shortest: Duration::from_secs_f64(bounds.shortest),
            longest: Duration::from_secs_f64(bounds.longest),
            price: Duration::from_secs_f64(x * HOUR),
        };
        let id = SourceId::new(&source.name);
        Auto { policy, source: id, zone: source.zone, dated, state: SourceState::default() }
    }
}

impl Policy for Auto {
    fn wait(&mut self, poll: &Poll<'_>) -> i64 {
        let items = poll.document.len();
        let outcome = match poll.new.len() {
            0 if poll.number > 0 => Outcome::NotModified,
            _ => Outcome::Fetched { items: items as u32, defects: 0 },
        };
        // Without dates only those of the first document are known to be old.
        let date = |at: &i64| Some(Timestamp(*at)).filter(|_| self.dated);
        let arrivals: Vec<Option<Timestamp>> = poll.new.iter().map(date).collect();
        let is_first = self.state.seen.is_empty();
        let now = Timestamp(poll.now);
        self.state.poll_number = poll.number + 1;
        (self.state.last_poll_at, self.state.last_success_at) = (Some(now), Some(now));
        self.state.seen.resize(items, (0, 0));
        let next = policy::next_poll(
            &self.policy,
            &Finding {
                source: &self.source,
                schedule: &Schedule::Auto,
                zone: self.zone,
                cron_next: None,
                now,
                outcome: &outcome,
                items,
                new_entries: poll.new.len(),
                arrivals: &arrivals,
                is_first,
                freshness: None,
                retry_after: None,
                unsaid_hold: None,
                has_validators: true,
                state: &self.state,
            },
        );
        let wait = next.at.0 - poll.now;
        next.settle(&mut self.state);
        wait
    }
}

/// The same interval for all. `x`: hours.
struct Fixed(i64);

impl Policy for Fixed {
    fn wait(&mut self, _: &Poll<'_>) -> i64 {
        self.0
    }
}

/// `entry_frequency` (internal/model/feed.go, 106cdd0): a week over its entries, times `x`
/// (theirs: divided by a factor, 1 by default); the longest wait after a week without.
struct Miniflux {
    bounds: Bounds,
    factor: f64,
    entries: Vec<i64>,
}

impl Policy for Miniflux {
    fn wait(&mut self, poll: &Poll<'_>) -> i64 {
        self.entries.extend(poll.new);
        self.entries.retain(|at| *at > poll.now - 7 * DAY as i64);
        match self.entries.len() {
            0 => self.bounds.longest as i64,
            weekly => self.bounds.hold(7.0 * DAY / weekly as f64 * self.factor),
        }
    }
}

/// `FeedRefreshIntervalCalculator.java` (689c20d): half of the mean gap between the
/// document's entries, and 1, 2, 4 h after 7, 14, 30 days of silence; all times `x` (theirs:
/// 1). Their longest wait while there is news is 1 h, which would spend 24 polls a day on
/// most sources whatever the budget; the bounds stand for it.
struct CommaFeed {
    bounds: Bounds,
    factor: f64,
}

impl Policy for CommaFeed {
    fn wait(&mut self, poll: &Poll<'_>) -> i64 {
        let (Some(first), Some(last)) = (poll.document.first(), poll.document.last()) else {
            return self.bounds.longest as i64;
        };
        let gap = (last - first) as f64 / (poll.document.len() - 1).max(1) as f64;
        let silent = (poll.now - last) as f64 / DAY;
        let wait = match silent {
            30.0.. => 4.0 * HOUR,
            14.0.. => 2.0 * HOUR,
            7.0.. => HOUR,
            _ => gap / 2.0,
        };
        self.bounds.hold(wait * self.factor)
    }
}

/// What `auto` did before it learnt rhythms: half the interval with news, half as much again
/// without. It has no parameter: its polls are what the default price is held against.
pub struct Halving(pub Bounds, pub f64);

impl Policy for Halving {
    fn wait(&mut self, poll: &Poll<'_>) -> i64 {
        self.1 = match (poll.new.len(), poll.document.len()) {
            _ if poll.number == 0 => self.0.shortest,
            (0, _) => self.1 * 1.5,
            (new, items) if new == items => self.0.shortest,
            _ => self.1 / 2.0,
        };
        self.1 = self.1.clamp(self.0.shortest, self.0.longest);
        // With the jitter of that time, in the mean.
        (self.1 * 1.05) as i64
    }
}
