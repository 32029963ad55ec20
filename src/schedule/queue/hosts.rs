//! Hosts, or groups of them: who waits at each, and which may be asked now.

use super::line::Line;
use super::{HostLimits, Millis, Rank, SlotNo, millis};
use std::collections::{BTreeSet, HashMap, VecDeque};
use xxhash_rust::xxh3::xxh3_64;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct HostNo(pub u32);

#[derive(Debug, Default)]
pub(super) struct Hosts {
    hosts: Vec<Host>,
    /// By a hash of the name: two names that share one also share their spacing.
    numbers: HashMap<u64, HostNo>,
    /// Hosts that may start now, by the first that waits there.
    ready: BTreeSet<(Rank, SlotNo, HostNo)>,
    /// Hosts with sources that wait, that are left alone until then.
    resting: BTreeSet<(Millis, HostNo)>,
    /// Hosts whose last source has gone: used again once nobody need remember them.
    deserted: VecDeque<HostNo>,
    /// The latest time that was told.
    now: Millis,
}

#[derive(Debug)]
struct Host {
    name_hash: u64,
    spacing: Millis,
    concurrency: u32,
    running: u32,
    /// Sources that belong here.
    sources: u32,
    is_deserted: bool,
    free_at: Millis,
    waiting: Line,
    place: Place,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Nowhere,
    Resting(Millis),
    Ready(Rank, SlotNo),
}

impl Hosts {
    /// Above every host's number.
    pub fn len(&self) -> usize {
        self.hosts.len()
    }

    /// The host of this name, made when it is new; `limits` hold from now on.
    pub fn number(&mut self, name: &str, limits: HostLimits) -> HostNo {
        let name_hash = xxh3_64(name.as_bytes());
        let spacing = millis(limits.spacing);
        let concurrency = u32::try_from(limits.concurrency.max(1)).unwrap_or(u32::MAX);
        if let Some(&number) = self.numbers.get(&name_hash) {
            let host = self.host(number);
            (host.spacing, host.concurrency) = (spacing, concurrency);
            self.settle(number);
            return number;
        }
        let host = Host {
            name_hash,
            spacing,
            concurrency,
            running: 0,
            sources: 0,
            is_deserted: false,
            free_at: 0,
            waiting: Line::Empty,
            place: Place::Nowhere,
        };
        let number = match self.forgettable() {
            Some(number) => {
                *self.host(number) = host;
                number
            }
            None => {
                self.hosts.push(host);
                HostNo(u32::try_from(self.hosts.len() - 1).expect("hosts are fewer than 2^32"))
            }
        };
        self.numbers.insert(name_hash, number);
        number
    }

    pub fn joined(&mut self, number: HostNo) {
        self.host(number).sources += 1;
    }

    pub fn left(&mut self, number: HostNo) {
        let host = self.host(number);
        host.sources -= 1;
        if host.sources == 0 && !std::mem::replace(&mut host.is_deserted, true) {
            self.deserted.push_back(number);
        }
    }

    pub fn queue(&mut self, number: HostNo, rank: Rank, slot: SlotNo) {
        self.host(number).waiting.insert((rank, slot));
        self.settle(number);
    }

    pub fn withdraw(&mut self, number: HostNo, rank: Rank, slot: SlotNo) {
        self.host(number).waiting.remove((rank, slot));
        self.settle(number);
    }

    /// Moves hosts that have rested to those that may start.
    pub fn rested(&mut self, now: Millis) {
        self.now = self.now.max(now);
        while let Some(&(_, number)) = self.resting.first().filter(|(free_at, _)| *free_at <= now) {
            self.settle(number);
        }
    }

    pub fn next_rested(&self) -> Option<Millis> {
        self.resting.first().map(|&(free_at, _)| free_at)
    }

    /// Takes the first that may start; its host counts it as running.
    pub fn start(&mut self, now: Millis) -> Option<SlotNo> {
        let &(rank, slot, number) = self.ready.first()?;
        let host = self.host(number);
        host.waiting.remove((rank, slot));
        host.running += 1;
        host.free_at = host.free_at.max(now.saturating_add(host.spacing));
        self.settle(number);
        Some(slot)
    }

    pub fn finished(&mut self, number: HostNo, now: Millis) {
        let host = self.host(number);
        host.running -= 1;
        host.free_at = host.free_at.max(now.saturating_add(host.spacing));
        self.settle(number);
    }

    pub fn hold(&mut self, name: &str, until: Millis) {
        let Some(&number) = self.numbers.get(&xxh3_64(name.as_bytes())) else { return };
        let host = self.host(number);
        host.free_at = host.free_at.max(until);
        self.settle(number);
    }

    /// Until then it is left alone.
    pub fn free_at(&self, number: HostNo) -> Millis {
        self.hosts[number.0 as usize].free_at
    }

    /// Puts a host where it belongs after any change to it.
    fn settle(&mut self, number: HostNo) {
        let now = self.now;
        let host = self.host(number);
        let place = match host.waiting.first() {
            Some(_) if host.running >= host.concurrency => Place::Nowhere,
            Some(_) if host.free_at > now => Place::Resting(host.free_at),
            Some((rank, slot)) => Place::Ready(rank, slot),
            None => Place::Nowhere,
        };
        let before = std::mem::replace(&mut host.place, place);
        if before == place {
            return;
        }
        match before {
            Place::Nowhere => {}
            Place::Resting(free_at) => drop(self.resting.remove(&(free_at, number))),
            Place::Ready(rank, slot) => drop(self.ready.remove(&(rank, slot, number))),
        }
        match place {
            Place::Nowhere => {}
            Place::Resting(free_at) => drop(self.resting.insert((free_at, number))),
            Place::Ready(rank, slot) => drop(self.ready.insert((rank, slot, number))),
        }
    }

    /// A deserted host whose spacing has passed, so that nothing of it need be remembered.
    fn forgettable(&mut self) -> Option<HostNo> {
        let (number, now) = (*self.deserted.front()?, self.now);
        let host = self.host(number);
        let is_empty = host.sources == 0;
        if is_empty && (host.running > 0 || host.free_at > now) {
            return None;
        }
        host.is_deserted = false;
        let name_hash = host.name_hash;
        self.deserted.pop_front();
        if is_empty {
            self.numbers.remove(&name_hash);
        }
        is_empty.then_some(number)
    }

    fn host(&mut self, number: HostNo) -> &mut Host {
        &mut self.hosts[number.0 as usize]
    }
}
