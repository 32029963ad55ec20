//! Hosts, or groups of them: who waits at each, and which may be asked now.

use super::heap::Heap;
use super::names::Names;
use super::stage::Rank;
use super::time::{Millis, millis};
use super::{HostLimits, SlotNo};
use std::collections::BTreeSet;
use xxhash_rust::xxh3::xxh3_64;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct HostNo(pub u32);

#[derive(Debug, Default)]
pub(super) struct Hosts {
    hosts: Vec<Host>,
    names: Names,
    /// Those that wait behind the first of their host.
    behind: BTreeSet<(HostNo, Rank, SlotNo)>,
    /// Hosts that may start now, by the first that waits there. Holds as long as the host's
    /// [`Place`] says the same.
    ready: Heap<(Rank, SlotNo, HostNo)>,
    /// Hosts with sources that wait, that are left alone until then; holds likewise.
    resting: Heap<(Millis, HostNo)>,
    /// The latest time that was told.
    now: Millis,
}

/// What each poll needs: half a line of a processor's cache, which is what a poll waits for.
#[derive(Debug)]
#[repr(align(32))]
struct Host {
    free_at: Millis,
    /// Of the first that waits, or [`NOBODY`]. Mostly there is one at most.
    rank: Rank,
    slot: SlotNo,
    /// How many wait behind it.
    behind: u32,
    spacing_millis: u32,
    concurrency: u16,
    running: u16,
}

const NOBODY: Rank = Rank::MAX;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Nobody waits, or as many polls are running as may.
    Nowhere,
    Resting(Millis),
    Ready(Rank, SlotNo),
}

impl Host {
    /// Where it belongs.
    fn place(&self, now: Millis) -> Place {
        if self.rank == NOBODY || self.running >= self.concurrency {
            Place::Nowhere
        } else if self.free_at > now {
            Place::Resting(self.free_at)
        } else {
            Place::Ready(self.rank, self.slot)
        }
    }

    /// After the start and the end of a poll.
    fn rest(&mut self, now: Millis) {
        self.free_at = self.free_at.max(now.saturating_add(self.spacing_millis.into()));
    }
}

impl Hosts {
    /// Above every host's number.
    pub fn len(&self) -> usize {
        self.hosts.len()
    }

    /// The host of this name, made when it is new; `limits` hold from now on.
    pub fn number(&mut self, name: &str, limits: HostLimits) -> HostNo {
        let hash = xxh3_64(name.as_bytes());
        let spacing_millis = u32::try_from(millis(limits.spacing)).unwrap_or(u32::MAX);
        let concurrency = u16::try_from(limits.concurrency.max(1)).unwrap_or(u16::MAX);
        if let Some(number) = self.names.find(hash) {
            self.change(number, |host| {
                (host.spacing_millis, host.concurrency) = (spacing_millis, concurrency);
            });
            return number;
        }
        let (hosts, now) = (&self.hosts, self.now);
        let number = self.names.add(hash, |number| {
            let host = &hosts[number.0 as usize];
            host.running == 0 && host.free_at <= now
        });
        let host = Host {
            free_at: 0,
            rank: NOBODY,
            slot: SlotNo(0),
            behind: 0,
            spacing_millis,
            concurrency,
            running: 0,
        };
        match self.hosts.get_mut(number.0 as usize) {
            Some(forgotten) => *forgotten = host,
            None => self.hosts.push(host),
        }
        number
    }

    pub fn joined(&mut self, number: HostNo) {
        self.names.joined(number);
    }

    pub fn left(&mut self, number: HostNo) {
        self.names.left(number);
    }

    pub fn queue(&mut self, number: HostNo, rank: Rank, slot: SlotNo) {
        let host = &self.hosts[number.0 as usize];
        let next = if (rank, slot) < (host.rank, host.slot) {
            let first = (host.rank, host.slot);
            self.change(number, |host| (host.rank, host.slot) = (rank, slot));
            first
        } else {
            (rank, slot)
        };
        if next.0 != NOBODY {
            self.behind.insert((number, next.0, next.1));
            self.hosts[number.0 as usize].behind += 1;
        }
    }

    pub fn withdraw(&mut self, number: HostNo, rank: Rank, slot: SlotNo) {
        let host = &mut self.hosts[number.0 as usize];
        if (host.rank, host.slot) != (rank, slot) {
            if self.behind.remove(&(number, rank, slot)) {
                host.behind -= 1;
            }
            return;
        }
        let next = self.take_next(number);
        self.change(number, |host| (host.rank, host.slot) = next);
    }

    /// Moves hosts that have rested to those that may start.
    pub fn rested(&mut self, now: Millis) {
        self.now = self.now.max(now);
        while let Some((_, number)) = self.resting.peek().filter(|(until, _)| *until <= now) {
            self.resting.pop();
            if let Place::Ready(rank, slot) = self.hosts[number.0 as usize].place(self.now) {
                self.ready.push((rank, slot, number));
            }
        }
    }

    pub fn next_rested(&mut self) -> Option<Millis> {
        while let Some((until, number)) = self.resting.peek() {
            if self.hosts[number.0 as usize].place(self.now) == Place::Resting(until) {
                return Some(until);
            }
            self.resting.pop();
        }
        None
    }

    /// Takes the first that may start; its host counts it as running.
    pub fn start(&mut self, now: Millis) -> Option<SlotNo> {
        loop {
            let (rank, slot, number) = self.ready.pop()?;
            if self.hosts[number.0 as usize].place(self.now) != Place::Ready(rank, slot) {
                continue;
            }
            let next = self.take_next(number);
            self.change(number, |host| {
                (host.rank, host.slot) = next;
                host.running += 1;
                host.rest(now);
            });
            return Some(slot);
        }
    }

    pub fn finished(&mut self, number: HostNo, now: Millis) {
        self.change(number, |host| {
            host.running -= 1;
            host.rest(now);
        });
    }

    pub fn hold(&mut self, name: &str, until: Millis) {
        if let Some(number) = self.names.find(xxh3_64(name.as_bytes())) {
            self.change(number, |host| host.free_at = host.free_at.max(until));
        }
    }

    /// Until then it is left alone.
    pub fn free_at(&self, number: HostNo) -> Millis {
        self.hosts[number.0 as usize].free_at
    }

    /// Changes a host, and says where it belongs if that is somewhere else.
    fn change(&mut self, number: HostNo, change: impl FnOnce(&mut Host)) {
        let host = &mut self.hosts[number.0 as usize];
        let before = host.place(self.now);
        change(host);
        let place = host.place(self.now);
        if place == before {
            return;
        }
        // What no longer holds must not pile up.
        let (most, hosts, now) = (64 + 2 * self.hosts.len(), &self.hosts, self.now);
        let place_of = |number: HostNo| hosts[number.0 as usize].place(now);
        match place {
            Place::Nowhere => {}
            Place::Resting(until) => {
                self.resting.push((until, number));
                if self.resting.len() > most {
                    self.resting.tidy(|(until, n)| place_of(n) == Place::Resting(until));
                }
            }
            Place::Ready(rank, slot) => {
                self.ready.push((rank, slot, number));
                if self.ready.len() > most {
                    self.ready.tidy(|(rank, slot, n)| place_of(n) == Place::Ready(rank, slot));
                }
            }
        }
    }

    /// Takes the first of those that wait behind a host's first.
    fn take_next(&mut self, number: HostNo) -> (Rank, SlotNo) {
        let host = &mut self.hosts[number.0 as usize];
        if host.behind == 0 {
            return (NOBODY, SlotNo(0));
        }
        let next = self.behind.range((number, 0, SlotNo(0))..).next().copied();
        let (of, rank, slot) = next.expect("as many as were counted");
        debug_assert_eq!(of, number);
        self.behind.remove(&(of, rank, slot));
        host.behind -= 1;
        (rank, slot)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn what_no_longer_holds_does_not_pile_up() {
        let limits = HostLimits { spacing: Duration::ZERO, concurrency: 1 };
        let mut hosts = Hosts::default();
        let [held, ready] = ["held.cn", "ready.cn"].map(|name| hosts.number(name, limits));
        hosts.queue(held, 1_000, SlotNo(0));
        for n in 1..1_000 {
            hosts.hold("held.cn", Millis::from(n));
            hosts.queue(ready, Rank::from(1_000 - n), SlotNo(n));
        }
        assert!(hosts.resting.len() < 100 && hosts.ready.len() < 100, "{hosts:?}");
        assert_eq!(hosts.next_rested(), Some(999));
        hosts.rested(999);
        for n in (1..1_000).rev() {
            assert_eq!(hosts.start(999), Some(SlotNo(n)));
            hosts.finished(ready, 999);
        }
        assert_eq!(hosts.start(999), Some(SlotNo(0)));
        assert_eq!(hosts.start(999), None);
    }
}
