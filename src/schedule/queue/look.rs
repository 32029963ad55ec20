//! How the queue stands at a moment, for people who ask.

use super::Queue;
use super::hosts::HostNo;
use super::stage::Stage;
use super::time::{Millis, millis_passed};
use crate::model::SourceId;
use std::time::Duration;

/// How far behind the schedule is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Lateness {
    /// Scheduled polls that have started, and by how much they were late in all.
    pub started: u64,
    pub total: Duration,
    /// Sources that are due and have not started.
    pub waiting: usize,
    /// How long the first of them has been due.
    pub longest: Duration,
}

/// The queue as a whole, and the hosts that have most to say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Queues {
    /// Sources whose time has come, or that somebody asked for, and that wait for their host
    /// or for room.
    pub due: usize,
    /// Sources whose time is to come.
    pub later: usize,
    /// Polls under way.
    pub running: usize,
    pub lateness: Lateness,
    /// Hosts, or groups of them, with sources.
    pub host_count: usize,
    /// Those furthest behind first, then those with most to do, up to a limit.
    pub hosts: Vec<HostQueue>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostQueue {
    /// One of its sources: tells which host it is.
    pub source: SourceId,
    pub due: usize,
    pub later: usize,
    pub running: usize,
    /// Until its spacing, or what a server asked for, lets the next poll begin.
    pub free_in: Duration,
    /// How long the first of its sources has been due.
    pub behind: Duration,
}

/// What the sources of a host add up to.
#[derive(Clone, Default)]
struct Sum<'a> {
    source: Option<&'a SourceId>,
    due: usize,
    later: usize,
    running: usize,
    behind: Millis,
}

impl Sum<'_> {
    fn need(&self) -> (Millis, usize, usize, usize) {
        (self.behind, self.due, self.running, self.later)
    }
}

impl Queue {
    /// Walks over all sources: for whoever looks at the daemon, not for each poll.
    pub fn lateness(&self, now: Duration) -> Lateness {
        let now = millis_passed(now);
        let due = self.slots.iter().filter_map(|slot| match slot.stage {
            Stage::Asleep { due, .. } | Stage::Waiting { due, .. } if due <= now => Some(now - due),
            _ => None,
        });
        let (waiting, longest) = due.fold((0, 0), |(n, most), late| (n + 1, late.max(most)));
        let (started, total) = (self.started, self.late);
        Lateness { started, total, waiting, longest: Duration::from_millis(longest) }
    }

    /// Walks over all sources and sorts the hosts; names up to `most` of them.
    pub fn look(&self, now: Duration, most: usize) -> Queues {
        let at = millis_passed(now);
        let mut sums = vec![Sum::default(); self.hosts.len()];
        let mut queues =
            Queues { running: self.running, lateness: self.lateness(now), ..Queues::default() };
        for (source, slot) in self.sources.names().iter().zip(&self.slots) {
            let host = match slot.stage {
                Stage::Vacant => continue,
                Stage::Running(host) | Stage::Leaving(host) => host,
                _ => slot.host,
            };
            let sum = &mut sums[host.0 as usize];
            sum.source.get_or_insert(source);
            match slot.stage {
                Stage::Asleep { due, .. } if due > at => sum.later += 1,
                Stage::Asleep { due, .. } | Stage::Waiting { due, .. } => {
                    sum.due += 1;
                    sum.behind = sum.behind.max(at - due);
                }
                Stage::Requested(_) => sum.due += 1,
                Stage::Running(_) | Stage::Leaving(_) => sum.running += 1,
                Stage::Settling | Stage::Vacant => {}
            }
        }
        let numbers = (0..).map(HostNo);
        let mut hosts: Vec<(HostNo, Sum<'_>)> = numbers.zip(sums).collect();
        hosts.retain(|(_, sum)| sum.source.is_some());
        hosts.sort_by(|(_, a), (_, b)| b.need().cmp(&a.need()).then(a.source.cmp(&b.source)));
        queues.host_count = hosts.len();
        for (number, Sum { source, due, later, running, behind }) in hosts {
            (queues.due, queues.later) = (queues.due + due, queues.later + later);
            if let Some(source) = source.filter(|_| queues.hosts.len() < most) {
                let free_in = self.hosts.free_at(number).saturating_sub(at);
                queues.hosts.push(HostQueue {
                    source: source.clone(),
                    due,
                    later,
                    running,
                    free_in: Duration::from_millis(free_in),
                    behind: Duration::from_millis(behind),
                });
            }
        }
        queues
    }
}
