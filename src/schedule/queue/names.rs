//! The names of hosts, and which hosts may be forgotten.

use super::hosts::HostNo;
use super::index::Index;
use std::collections::VecDeque;

#[derive(Debug, Default)]
pub(super) struct Names {
    names: Vec<Name>,
    /// By a hash of the name: two names that share one also share their spacing.
    numbers: Index,
    /// Hosts whose last source has gone: used again once nobody need remember them.
    deserted: VecDeque<HostNo>,
}

#[derive(Debug)]
struct Name {
    hash: u64,
    /// Sources that belong there.
    sources: u32,
    is_deserted: bool,
}

impl Names {
    pub fn find(&self, hash: u64) -> Option<HostNo> {
        self.numbers.find(hash, |number| self.names[number as usize].hash == hash).map(HostNo)
    }

    /// Gives a new host a number: that of one that is forgotten, else one more.
    /// `is_at_rest`: whether nothing of a host without sources need be remembered.
    pub fn add(&mut self, hash: u64, is_at_rest: impl Fn(HostNo) -> bool) -> HostNo {
        let name = Name { hash, sources: 0, is_deserted: false };
        let number = match self.forget(is_at_rest) {
            Some(number) => {
                *self.name(number) = name;
                number
            }
            None => {
                self.names.push(name);
                HostNo(u32::try_from(self.names.len() - 1).expect("hosts are fewer than 2^32"))
            }
        };
        self.numbers.insert(hash, number.0);
        number
    }

    pub fn joined(&mut self, number: HostNo) {
        self.name(number).sources += 1;
    }

    pub fn left(&mut self, number: HostNo) {
        let name = self.name(number);
        name.sources -= 1;
        if name.sources == 0 && !std::mem::replace(&mut name.is_deserted, true) {
            self.deserted.push_back(number);
        }
    }

    fn forget(&mut self, is_at_rest: impl Fn(HostNo) -> bool) -> Option<HostNo> {
        let number = *self.deserted.front()?;
        let name = &mut self.names[number.0 as usize];
        let is_empty = name.sources == 0;
        if is_empty && !is_at_rest(number) {
            return None;
        }
        name.is_deserted = false;
        self.deserted.pop_front();
        if is_empty {
            self.numbers.remove(name.hash, number.0);
        }
        is_empty.then_some(number)
    }

    fn name(&mut self, number: HostNo) -> &mut Name {
        &mut self.names[number.0 as usize]
    }
}
