//! A source polled over weeks of virtual time by one policy.

use crate::postings::Draw;
use crate::series::Series;
use chrono_tz::Tz;
use std::ops::Range;

const DAY: i64 = 86_400;
/// Items that a document shows.
pub const WINDOW: usize = 20;
/// Of a long series, the last half year.
const LONGEST_SPAN: i64 = 182 * DAY;
const SHORTEST_SPAN: i64 = 14 * DAY;
const FEWEST: usize = 15;

pub struct Source {
    pub name: String,
    pub zone: Tz,
    /// When its entries came, in order.
    pub times: Vec<i64>,
    /// From the first poll on.
    pub polled: Range<i64>,
    /// 0 or 1.
    pub half: usize,
}

impl Source {
    pub fn new(name: &str, zone: Tz, times: Vec<i64>, polled: Range<i64>) -> Source {
        let half = usize::from(Draw::new(name, 2).share() < 0.5);
        Source { name: name.to_owned(), zone, times, polled, half }
    }

    /// A real series, polled from a week after its first entry on. `None`: too short.
    pub fn of(series: &Series) -> Option<Source> {
        let last = *series.times.last()?;
        let newest = series.times.iter().copied().filter(|at| *at > last - LONGEST_SPAN);
        let times: Vec<i64> = newest.collect();
        let from = times.first()? + 7 * DAY + (Draw::new(&series.name, 1).share() * 3600.0) as i64;
        let long = last - from >= SHORTEST_SPAN && times.len() >= FEWEST;
        let zone = series.zone.unwrap_or(Tz::UTC);
        long.then(|| Source::new(&series.name, zone, times, from..last))
    }

    pub fn days(&self) -> f64 {
        (self.polled.end - self.polled.start) as f64 / DAY as f64
    }
}

/// What a policy learns from a poll.
pub struct Poll<'a> {
    pub now: i64,
    pub number: u64,
    /// Not in the last document, oldest first.
    pub new: &'a [i64],
    /// All of it, oldest first.
    pub document: &'a [i64],
}

pub trait Policy {
    /// How long to wait after a poll, seconds.
    fn wait(&mut self, poll: &Poll<'_>) -> i64;
}

#[derive(Default)]
pub struct Outcome {
    pub polls: usize,
    /// Of entries from the second week on, hours.
    pub delays: Vec<f64>,
    /// Of those before.
    pub early: Vec<f64>,
    /// Entries that had left the document before a poll came. Their delay counts up to then.
    pub missed: usize,
}

pub fn simulate(source: &Source, policy: &mut dyn Policy) -> Outcome {
    let mut outcome = Outcome::default();
    let (mut now, mut known) = (source.polled.start, None);
    while now < source.polled.end {
        let end = source.times.partition_point(|at| *at <= now);
        let begin = end.saturating_sub(WINDOW);
        let before = known.unwrap_or(begin);
        if known.is_some() {
            outcome.missed += begin.saturating_sub(before);
            let delays = source.times[before..end].iter().map(|at| (now - at) as f64 / 3600.0);
            let early = now - source.polled.start < 7 * DAY;
            if early { &mut outcome.early } else { &mut outcome.delays }.extend(delays);
        }
        let poll = Poll {
            now,
            number: outcome.polls as u64,
            new: &source.times[before.max(begin)..end],
            document: &source.times[begin..end],
        };
        now += policy.wait(&poll).max(1);
        outcome.polls += 1;
        known = Some(end);
    }
    outcome
}
