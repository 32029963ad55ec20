//! The deliveries to one subscriber, one after the other: at most one is on its way, at most one
//! waits, and what waits is whatever is newest when it starts.

use crate::model::Timestamp;
use std::time::Duration;

/// Deliveries that fail in a row before the next change of the topic is waited for.
pub const TRIES: u32 = 8;
/// After the first failure; doubled each time.
const FIRST_WAIT: Duration = Duration::from_secs(5);
const LONGEST_WAIT: Duration = Duration::from_secs(3_600);

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Course {
    stage: Stage,
    /// In a row.
    failures: u32,
    /// Earlier the callback is left alone.
    not_before: Timestamp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Stage {
    #[default]
    Idle,
    /// For its turn.
    Waiting,
    /// Until `not_before`.
    Paused,
    Sending {
        /// There is something newer.
        again: bool,
    },
}

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    Nothing,
    /// It is to take its turn.
    Queue,
    /// [`Course::resume`] then.
    Wait(Timestamp),
}

impl Course {
    /// The topic has changed.
    pub fn owe(&mut self, now: Timestamp) -> Step {
        match self.stage {
            Stage::Idle => self.go_on(now),
            Stage::Sending { .. } => {
                self.stage = Stage::Sending { again: true };
                Step::Nothing
            }
            Stage::Waiting | Stage::Paused => Step::Nothing,
        }
    }

    /// The pause may be over.
    pub fn resume(&mut self, now: Timestamp) -> Step {
        if self.stage == Stage::Paused { self.go_on(now) } else { Step::Nothing }
    }

    /// Its turn has come.
    pub fn start(&mut self) {
        self.stage = Stage::Sending { again: false };
    }

    pub fn succeeded(&mut self, now: Timestamp) -> Step {
        (self.failures, self.not_before) = (0, Timestamp(0));
        match self.stage {
            Stage::Sending { again: true } => self.go_on(now),
            _ => {
                self.stage = Stage::Idle;
                Step::Nothing
            }
        }
    }

    /// `chance`: 0 to 1, by which the wait is shortened by up to half, so that those that failed
    /// together do not come back together.
    pub fn failed(&mut self, now: Timestamp, chance: f64) -> Step {
        let doubled = FIRST_WAIT * 2u32.saturating_pow(self.failures.min(20));
        let wait = doubled.min(LONGEST_WAIT).mul_f64(1.0 - chance.clamp(0.0, 1.0) / 2.0);
        self.failures = self.failures.saturating_add(1);
        self.not_before = now + wait;
        let changed = self.stage == Stage::Sending { again: true };
        if self.failures >= TRIES && !changed {
            self.stage = Stage::Idle;
            return Step::Nothing;
        }
        self.stage = Stage::Paused;
        Step::Wait(self.not_before)
    }

    pub fn failures(&self) -> u32 {
        self.failures
    }

    /// Whether something is to be delivered, or being delivered.
    pub fn is_owed(&self) -> bool {
        self.stage != Stage::Idle
    }

    fn go_on(&mut self, now: Timestamp) -> Step {
        if self.not_before > now {
            self.stage = Stage::Paused;
            return Step::Wait(self.not_before);
        }
        self.stage = Stage::Waiting;
        Step::Queue
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp(seconds)
    }

    #[test]
    fn changes_while_one_is_on_its_way_make_one_more() {
        let mut course = Course::default();
        assert_eq!(course.owe(at(1)), Step::Queue);
        assert_eq!(course.owe(at(1)), Step::Nothing, "whatever is newest goes then");
        course.start();
        assert_eq!(course.owe(at(2)), Step::Nothing);
        assert_eq!(course.owe(at(3)), Step::Nothing);
        assert_eq!(course.succeeded(at(4)), Step::Queue);
        course.start();
        assert_eq!(course.succeeded(at(5)), Step::Nothing);
        assert!(!course.is_owed());
    }

    #[test]
    fn failures_are_tried_again_ever_later_then_with_the_next_change() {
        let mut course = Course::default();
        let (mut now, mut waits) = (at(1_000), Vec::new());
        course.owe(now);
        loop {
            course.start();
            match course.failed(now, 0.0) {
                Step::Wait(until) => {
                    waits.push(until.since(now).as_secs());
                    assert_eq!(course.owe(now), Step::Nothing, "no change makes it sooner");
                    assert_eq!(course.resume(at(until.0 - 1)), Step::Wait(until));
                    now = until;
                    assert_eq!(course.resume(now), Step::Queue);
                }
                step => {
                    assert_eq!(step, Step::Nothing);
                    break;
                }
            }
        }
        assert_eq!(waits, [5, 10, 20, 40, 80, 160, 320]);
        assert_eq!((course.failures(), course.is_owed()), (TRIES, false));
        // One try for each change, and not at once.
        let Step::Wait(until) = course.owe(now) else { panic!("it is left alone") };
        assert_eq!(until.since(now).as_secs(), 640);
        assert_eq!(course.resume(until), Step::Queue);
        course.start();
        assert_eq!(course.failed(until, 0.0), Step::Nothing);
        let long = at(until.0 + 2_000);
        assert_eq!(course.owe(long), Step::Queue);
        course.start();
        assert_eq!(course.succeeded(long), Step::Nothing);
        assert_eq!((course.failures(), course.owe(long)), (0, Step::Queue));
    }

    #[test]
    fn chance_spreads_those_that_failed_together() {
        let wait = |chance| {
            let mut course = Course::default();
            course.owe(at(0));
            course.start();
            course.failed(at(0), 0.0);
            course.resume(at(99));
            course.start();
            match course.failed(at(100), chance) {
                Step::Wait(until) => until.0 - 100,
                step => panic!("{step:?}"),
            }
        };
        assert_eq!((wait(0.0), wait(0.5), wait(1.0)), (10, 7, 5));
    }
}
