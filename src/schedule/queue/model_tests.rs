//! The queue beside a plain model of it, which looks through all sources at each step.

use super::{HostLimits, Next, Queue, Requested, Turn};
use crate::chance::{Chance, each};
use crate::model::{PollReason, SourceId};
use std::time::Duration;

const SOURCES: usize = 24;
const HOSTS: usize = 7;

#[derive(Clone, Copy, PartialEq)]
enum Stage {
    Gone,
    /// Due then, with that patience in seconds.
    Due(u64, u64),
    Requested(u64),
    Running,
    Settling,
}

#[derive(Clone, Copy)]
struct Source {
    stage: Stage,
    host: usize,
    /// Whom it is asking.
    on: usize,
}

struct Model {
    sources: [Source; SOURCES],
    /// Left alone until then.
    free_at: [u64; HOSTS],
    requests: u64,
    concurrency: usize,
}

/// Milliseconds.
fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

fn limits(host: usize) -> HostLimits {
    HostLimits { spacing: ms(host as u64 % 4 * 700), concurrency: 1 + host / 4 }
}

impl Model {
    fn running(&self) -> usize {
        self.sources.iter().filter(|source| source.stage == Stage::Running).count()
    }

    /// Which may start now, or when one may.
    fn next(&self, now: u64, queue: &Queue) -> Result<usize, Option<u64>> {
        let mut first = None;
        let mut wait: Option<u64> = None;
        for (n, source) in self.sources.iter().enumerate() {
            let (due, rank) = match source.stage {
                Stage::Due(due, patience) => (due, (1, due + 1_000 * patience)),
                Stage::Requested(number) => (0, (0, number)),
                _ => continue,
            };
            let at = |source: &Source| source.stage == Stage::Running;
            let on = self.sources.iter().filter(|other| at(other) && other.on == source.host);
            let is_busy = on.count() >= limits(source.host).concurrency;
            if due > now {
                wait = Some(wait.map_or(due, |wait| wait.min(due)));
            } else if self.free_at[source.host] > now && !is_busy {
                let free_at = self.free_at[source.host];
                wait = Some(wait.map_or(free_at, |wait| wait.min(free_at)));
            } else if !is_busy {
                let key = (rank, queue.find(&id(n)).expect("it is there"), n);
                first = Some(first.map_or(key, |first| key.min(first)));
            }
        }
        first.map(|(_, _, n)| n).ok_or(wait)
    }

    fn rest(&mut self, host: usize, now: u64) {
        let spacing = limits(host).spacing.as_millis() as u64;
        self.free_at[host] = self.free_at[host].max(now + spacing);
    }
}

fn id(n: usize) -> SourceId {
    SourceId::new(&format!("s{n}"))
}

fn name(host: usize) -> String {
    format!("h{host}")
}

#[test]
fn queue_hands_out_what_a_plain_model_does() {
    each(300, |chance| {
        let concurrency = 1 + chance.below(4);
        let gone = Source { stage: Stage::Gone, host: 0, on: 0 };
        let free_at = [0; HOSTS];
        let mut model = Model { sources: [gone; SOURCES], free_at, requests: 0, concurrency };
        let mut queue = Queue::new(concurrency);
        // So that no host is forgotten while it rests.
        for host in 0..HOSTS {
            let turn = Turn { due: Duration::MAX, patience: Duration::ZERO };
            queue.upsert(&SourceId::new(&name(host)), &name(host), limits(host), turn);
        }
        let mut now = 0;
        for _ in 0..400 {
            let n = chance.below(SOURCES);
            change(&mut model, &mut queue, n, now, chance);
            poll(&mut model, &mut queue, now);
            // Pages of the calendar are turned, too.
            now += [0, 300, 40_000][chance.below(3)] * u64::from(chance.one_in(3));
        }
    });
}

fn change(model: &mut Model, queue: &mut Queue, n: usize, now: u64, chance: &mut Chance) {
    let (due, patience) = (now + chance.below(60_000) as u64, chance.below(30) as u64);
    let turn = Turn { due: ms(due), patience: Duration::from_secs(patience) };
    let source = &mut model.sources[n];
    match chance.below(8) {
        0..3 => {
            source.host = chance.below(HOSTS);
            queue.upsert(&id(n), &name(source.host), limits(source.host), turn);
            if !matches!(source.stage, Stage::Running | Stage::Settling) {
                source.stage = Stage::Due(due, patience);
            }
        }
        3 if !matches!(source.stage, Stage::Running) => {
            queue.remove(&id(n));
            source.stage = Stage::Gone;
        }
        4 => {
            let expected = match source.stage {
                Stage::Gone => Requested::Unknown,
                Stage::Running | Stage::Settling => Requested::Running,
                Stage::Due(..) | Stage::Requested(_) => Requested::Queued,
            };
            if matches!(source.stage, Stage::Due(..)) {
                model.requests += 1;
                source.stage = Stage::Requested(model.requests);
            }
            assert_eq!(queue.request_now(&id(n)), expected);
        }
        5 => {
            let host = chance.below(HOSTS);
            queue.hold(&name(host), ms(due));
            model.free_at[host] = model.free_at[host].max(due);
        }
        6 if source.stage == Stage::Running => {
            source.stage = Stage::Settling;
            let on = source.on;
            queue.finished(queue.find(&id(n)).expect("it is there"), ms(now));
            model.rest(on, now);
        }
        7 if source.stage == Stage::Settling => {
            source.stage = Stage::Due(due, patience);
            queue.schedule(queue.find(&id(n)).expect("it is there"), turn);
        }
        _ => {}
    }
}

fn poll(model: &mut Model, queue: &mut Queue, now: u64) {
    let next = queue.next(ms(now));
    if model.running() >= model.concurrency {
        return assert_eq!(next, Next::Full);
    }
    match (model.next(now, queue), next) {
        (Ok(n), Next::Poll(number, reason)) => {
            assert_eq!(queue.source(number), &id(n));
            let source = &mut model.sources[n];
            let is_due = matches!(source.stage, Stage::Due(..));
            assert_eq!(reason == PollReason::Scheduled, is_due);
            (source.stage, source.on) = (Stage::Running, source.host);
            let host = source.host;
            model.rest(host, now);
        }
        (Err(Some(wait)), Next::WaitUntil(at)) => assert_eq!(at, ms(wait)),
        // Only those are left that keep the hosts.
        (Err(None), Next::WaitUntil(at)) => assert!(at > ms(1 << 60)),
        (expected, next) => panic!("{expected:?} and {next:?}"),
    }
}
