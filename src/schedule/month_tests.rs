//! A month of operation on clocks of our own: restarts, clocks that are set, sleep, summer
//! time. `COUNTYWIRE_MONTH_SOURCES=100000 cargo test --release --lib a_month` for a large one.

use super::agenda::{Agenda, Item, Time};
use super::cron::CronSchedule;
use super::policy::{self, BACKOFF_MAX, Finding, Policy};
use super::queue::{HostLimits, Next, SlotNo};
use crate::model::{Outcome, PollReason, Schedule, SourceId, SourceState, Timestamp};
use chrono_tz::Tz;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::time::Duration;

const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(24 * 3_600);
const POLICY: Policy = Policy { shortest: HOUR, longest: DAY, price: Policy::PRICE };
/// Berlin goes over to summer time on 29 March at 2:00.
const START: &str = "2026-03-10T00:00:00Z";
const DAYS: u64 = 31;
/// Sources of every tenth host ask for silence now and then.
const SILENCE: Duration = Duration::from_secs(2 * 24 * 3_600);

struct Source {
    id: SourceId,
    schedule: Schedule,
    zone: Tz,
    host: usize,
    state: Option<SourceState>,
    /// Start of the last poll, in true time, and whether the clock has been set since.
    last: Option<Duration>,
    excused: bool,
    /// How often its host had been held when it was polled last.
    holds: u32,
    polls: u32,
}

/// What a host has seen, in true time.
#[derive(Clone, Default)]
struct Host {
    running: usize,
    free_at: Duration,
    holds: u32,
}

struct World {
    sources: Vec<Source>,
    numbers: HashMap<SourceId, usize>,
    hosts: Vec<Host>,
    agenda: Agenda,
    /// True time since the start, of the start of the process, and asleep since then.
    now: Duration,
    started: Duration,
    slept: Duration,
    /// How far the wall clock is off.
    off: i64,
    running: BinaryHeap<Reverse<(Duration, SlotNo)>>,
    chance: u64,
}

#[test]
fn a_month_breaks_no_limit_and_starves_no_source() {
    let sources = std::env::var("COUNTYWIRE_MONTH_SOURCES").ok().and_then(|n| n.parse().ok());
    let mut world = World::new(sources.unwrap_or(2_000));
    world.begin_all();
    for day in 0..DAYS {
        let (hour, away) = (world.below(DAY), world.below(8 * HOUR));
        world.run_until(DAY * day as u32 + hour);
        match day % 6 {
            // Shut down for up to eight hours.
            1 => world.restart(Duration::from_secs(away.as_secs())),
            // Killed and back at once.
            2 => world.restart(Duration::ZERO),
            3 => world.set_clock(2 * 3_600),
            4 => world.set_clock(-2 * 3_600),
            5 => world.sleep(5 * HOUR),
            _ => {}
        }
    }
    world.run_until(DAY * DAYS as u32);
    world.check_daily_crons();
    let polls: u32 = world.sources.iter().map(|source| source.polls).sum();
    // Between two and thirty polls a day for each source.
    let per_day = f64::from(polls) / world.sources.len() as f64 / DAYS as f64;
    assert!((1.0..30.0).contains(&per_day), "{per_day} polls a day and source");
}

impl World {
    fn new(count: usize) -> World {
        // A platform with a tenth of all sources, and hosts of four.
        let host = |n: usize| if n.is_multiple_of(10) { 0 } else { 1 + n / 4 };
        let schedule = |n: usize| match n % 20 {
            3 => Schedule::Every(3 * HOUR),
            7 => Schedule::Cron("30 2 * * *".to_owned()),
            13 => Schedule::Cron("15 */4 * * 1-5".to_owned()),
            _ => Schedule::Auto,
        };
        let sources: Vec<Source> = (0..count)
            .map(|n| Source {
                id: SourceId::new(&format!("s{n}")),
                schedule: schedule(n),
                zone: if n % 2 == 0 {
                    chrono_tz::Asia::Shanghai
                } else {
                    chrono_tz::Europe::Berlin
                },
                host: host(n),
                state: None,
                last: None,
                excused: false,
                holds: 0,
                polls: 0,
            })
            .collect();
        let numbers = sources.iter().enumerate().map(|(n, s)| (s.id.clone(), n)).collect();
        let time = Time { wall: start(), passed: Duration::ZERO };
        World {
            hosts: vec![Host::default(); 2 + count / 4],
            sources,
            numbers,
            agenda: Agenda::new(32, time),
            now: Duration::ZERO,
            started: Duration::ZERO,
            slept: Duration::ZERO,
            off: 0,
            running: BinaryHeap::new(),
            chance: 7,
        }
    }

    fn time(&self) -> Time {
        let wall = Timestamp((start() + self.now).0 + self.off);
        Time { wall, passed: self.now - self.started - self.slept }
    }

    fn begin_all(&mut self) {
        let now = self.time();
        for source in &self.sources {
            let item = Item {
                source: &source.id,
                schedule: &source.schedule,
                cron_next: cron_next(source, now.wall),
                state: source.state.as_ref(),
                host: &source.host.to_string(),
                limits: limits(source.host),
            };
            self.agenda.begin(&POLICY, &item, now);
        }
    }

    fn run_until(&mut self, end: Duration) {
        while self.now < end {
            if self.agenda.jumped(self.time()).is_some() {
                self.begin_all();
            }
            let next = match self.agenda.next(self.time()) {
                Next::Poll(slot, reason) => {
                    assert_eq!(reason, PollReason::Scheduled);
                    self.start(slot);
                    continue;
                }
                Next::WaitUntil(passed) => passed + self.started + self.slept,
                Next::Full | Next::Idle => end,
            };
            let ended = self.running.peek().map(|Reverse((at, _))| *at);
            self.now = next.min(ended.unwrap_or(end)).clamp(self.now, end);
            while let Some(&Reverse((at, slot))) = self.running.peek() {
                if at > self.now {
                    break;
                }
                self.running.pop();
                self.finish(slot);
            }
        }
    }

    fn start(&mut self, slot: SlotNo) {
        let (now, number) = (self.now, self.numbers[self.agenda.queue.source(slot)]);
        let source = &mut self.sources[number];
        let host = &mut self.hosts[source.host];
        host.running += 1;
        assert!(host.running <= limits(source.host).concurrency, "host {}", source.host);
        assert!(now >= host.free_at, "host {} at {now:?}: {:?}", source.host, host.free_at);
        if let Some(last) = source.last {
            let (least, most) = match source.schedule {
                Schedule::Auto => (POLICY.shortest, BACKOFF_MAX.max(SILENCE)),
                Schedule::Every(every) => (every, BACKOFF_MAX.max(SILENCE)),
                Schedule::Cron(_) => (Duration::ZERO, 4 * DAY + SILENCE),
            };
            let gap = now - last;
            assert!(source.excused || gap + Duration::from_secs(1) >= least, "{gap:?} {number}");
            // Jitter, a stop, a sleep, a clock that was set, and the queue at the platform.
            let allowance = most / 10 + 8 * HOUR + 5 * HOUR + 4 * HOUR + HOUR;
            // The others of its host may each have asked for silence.
            let allowance = allowance + HOLD * (host.holds - source.holds);
            assert!(gap <= most + allowance, "{} waited {gap:?}", source.id);
        }
        source.last = Some(now);
        source.holds = host.holds;
        source.excused = false;
        source.polls += 1;
        let length = Duration::from_millis(50) + self.below(Duration::from_secs(3));
        self.running.push(Reverse((now + length, slot)));
    }

    fn finish(&mut self, slot: SlotNo) {
        let (now, number) = (self.time(), self.numbers[self.agenda.queue.source(slot)]);
        let luck = self.below(Duration::from_millis(100)).as_millis();
        let silent = self.sources[number].host % 10 == 9 && luck < 2;
        let (outcome, new) = match luck {
            0..8 => (Outcome::Failed { kind: "status".into(), error: String::new() }, 0),
            8..40 => (Outcome::Fetched { items: 20, defects: 0 }, 1 + luck as usize % 3),
            _ => (Outcome::NotModified, 0),
        };
        let retry_after = silent.then_some(SILENCE);
        let source = &mut self.sources[number];
        let mut state = source.state.take().unwrap_or_default();
        let failed = matches!(outcome, Outcome::Failed { .. });
        state.failures = if failed { state.failures + 1 } else { 0 };
        state.poll_number += 1;
        state.last_poll_at = Some(now.wall);
        let next = policy::next_poll(
            &POLICY,
            &Finding {
                source: &source.id,
                schedule: &source.schedule,
                zone: source.zone,
                cron_next: cron_next(source, now.wall),
                now: now.wall,
                outcome: &outcome,
                items: 20,
                new_entries: new,
                arrivals: &[None; 3][..new],
                is_first: state.poll_number == 1,
                freshness: None,
                retry_after,
                unsaid_hold: None,
                has_validators: true,
                state: &state,
            },
        );
        let (at, interval_seconds) = (next.at, next.interval_seconds);
        next.settle(&mut state);
        let host = &mut self.hosts[source.host];
        host.running -= 1;
        host.free_at = self.now + limits(source.host).spacing;
        self.agenda.finished(&source.id, now);
        if retry_after.is_some() {
            self.agenda.hold(&source.host.to_string(), SILENCE, now);
            host.holds += 1;
            // Seconds count over a restart.
            host.free_at = self.now + HOLD - Duration::from_secs(1);
        }
        self.agenda.again(&source.id, at, interval_seconds, now);
        source.state = Some(state);
    }

    /// The process ends; what it was asking is lost.
    fn restart(&mut self, away: Duration) {
        while let Some(Reverse((_, slot))) = self.running.pop() {
            let number = self.numbers[self.agenda.queue.source(slot)];
            self.sources[number].excused = true;
            self.hosts[self.sources[number].host].running -= 1;
        }
        self.now += away + Duration::from_secs(5);
        self.started = self.now;
        self.slept = Duration::ZERO;
        self.agenda = Agenda::new(32, self.time());
        self.begin_all();
    }

    fn set_clock(&mut self, seconds: i64) {
        self.off += seconds;
        self.sources.iter_mut().for_each(|source| source.excused = true);
    }

    /// The machine sleeps; polls under way go on when it wakes.
    fn sleep(&mut self, length: Duration) {
        self.slept += length;
        self.now += length;
        let running = std::mem::take(&mut self.running);
        self.running =
            running.into_iter().map(|Reverse((at, n))| Reverse((at + length, n))).collect();
        self.hosts.iter_mut().for_each(|host| host.free_at += length);
    }

    /// At half past two by their clocks, each day once, also where that hour is left out.
    fn check_daily_crons(&self) {
        let daily = |source: &&Source| source.schedule == Schedule::Cron("30 2 * * *".to_owned());
        for source in self.sources.iter().filter(daily) {
            let polls = i64::from(source.polls);
            // First poll beside it; failures wait for the next day, or come twice.
            assert!((polls - DAYS as i64).abs() <= 4, "{}: {polls}", source.id);
        }
    }

    fn below(&mut self, length: Duration) -> Duration {
        self.chance = self
            .chance
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        Duration::from_millis((self.chance >> 33) % length.as_millis().max(1) as u64)
    }
}

/// One source's wish for silence holds its host for so long.
const HOLD: Duration = DAY;

fn start() -> Timestamp {
    Timestamp::from(START.parse::<chrono::DateTime<chrono::Utc>>().expect("a date"))
}

fn limits(host: usize) -> HostLimits {
    match host {
        0 => HostLimits { spacing: Duration::from_secs(5), concurrency: 1 },
        _ => HostLimits { spacing: Duration::from_secs(2), concurrency: 1 + host % 2 },
    }
}

fn cron_next(source: &Source, after: Timestamp) -> Option<Timestamp> {
    let Schedule::Cron(expression) = &source.schedule else { return None };
    CronSchedule::parse(expression).expect("a cron expression").next_after(after, source.zone)
}
