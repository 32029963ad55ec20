//! Who may be asked now: so many at once, so many of one host, and each host in its turn, so that
//! no slow one keeps the others waiting.

use std::collections::{HashMap, HashSet, VecDeque};

#[derive(Debug)]
pub struct Turns<T> {
    hosts: HashMap<String, Queue<T>>,
    /// Hosts with something that waits and room for it, each once.
    ready: VecDeque<String>,
    is_ready: HashSet<String>,
    running: usize,
    waiting: usize,
}

#[derive(Debug)]
struct Queue<T> {
    waiting: VecDeque<T>,
    running: usize,
}

/// How many run at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AtOnce {
    pub all: usize,
    pub of_host: usize,
}

impl<T> Default for Turns<T> {
    fn default() -> Self {
        Turns {
            hosts: HashMap::new(),
            ready: VecDeque::new(),
            is_ready: HashSet::new(),
            running: 0,
            waiting: 0,
        }
    }
}

impl<T> Turns<T> {
    pub fn push(&mut self, host: &str, item: T) {
        let queue = self.hosts.entry(host.to_owned());
        let queue = queue.or_insert(Queue { waiting: VecDeque::new(), running: 0 });
        queue.waiting.push_back(item);
        self.waiting += 1;
        self.make_ready(host);
    }

    /// What is to start now, which runs from now on; its end is to be told by [`Turns::done`].
    pub fn next(&mut self, limits: AtOnce) -> Option<(String, T)> {
        while self.running < limits.all {
            let host = self.ready.pop_front()?;
            self.is_ready.remove(&host);
            let Some(queue) = self.hosts.get_mut(&host) else { continue };
            if queue.running >= limits.of_host {
                // Its next end makes it ready again.
                continue;
            }
            let Some(item) = queue.waiting.pop_front() else { continue };
            queue.running += 1;
            self.running += 1;
            self.waiting -= 1;
            self.make_ready(&host);
            return Some((host, item));
        }
        None
    }

    pub fn done(&mut self, host: &str) {
        let Some(queue) = self.hosts.get_mut(host) else { return };
        queue.running = queue.running.saturating_sub(1);
        self.running = self.running.saturating_sub(1);
        if queue.running == 0 && queue.waiting.is_empty() {
            self.hosts.remove(host);
        }
        self.make_ready(host);
    }

    /// Those of a host that wait or run.
    pub fn of(&self, host: &str) -> usize {
        self.hosts.get(host).map_or(0, |queue| queue.waiting.len() + queue.running)
    }

    pub fn running(&self) -> usize {
        self.running
    }

    pub fn waiting(&self) -> usize {
        self.waiting
    }

    fn make_ready(&mut self, host: &str) {
        let waits = self.hosts.get(host).is_some_and(|queue| !queue.waiting.is_empty());
        if waits && self.is_ready.insert(host.to_owned()) {
            self.ready.push_back(host.to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: AtOnce = AtOnce { all: 3, of_host: 2 };

    fn start(turns: &mut Turns<u32>) -> Vec<u32> {
        std::iter::from_fn(|| turns.next(LIMITS)).map(|(_, item)| item).collect()
    }

    #[test]
    fn a_host_with_much_to_do_takes_turns_and_no_more_than_its_share() {
        let mut turns = Turns::default();
        (0..10).for_each(|item| turns.push("slow", item));
        turns.push("other", 100);
        turns.push("third", 200);
        assert_eq!(start(&mut turns), [0, 100, 200], "three at once, each host in its turn");
        turns.done("other");
        assert_eq!(start(&mut turns), [1]);
        turns.done("third");
        assert_eq!(start(&mut turns), [] as [u32; 0], "two of one host at once");
        assert_eq!((turns.running(), turns.waiting(), turns.of("slow")), (2, 8, 10));
        turns.push("third", 201);
        assert_eq!(start(&mut turns), [201]);
        turns.done("slow");
        assert_eq!(start(&mut turns), [2]);
        for host in ["slow", "slow", "third", "nobody"] {
            turns.done(host);
        }
        assert_eq!(start(&mut turns), [3, 4]);
        assert_eq!(turns.of("third"), 0);
    }

    #[test]
    fn nothing_is_left_behind_and_nothing_comes_twice() {
        let mut turns = Turns::default();
        let (mut random, mut pushed, mut running, mut seen) = (7u32, 0, Vec::new(), Vec::new());
        for _ in 0..4_000 {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let host = format!("h{}", (random >> 8) % 5);
            match random >> 28 {
                0..6 => {
                    turns.push(&host, pushed);
                    pushed += 1;
                }
                6..12 => {
                    if let Some((host, item)) = turns.next(LIMITS) {
                        seen.push(item);
                        running.push(host);
                    }
                }
                _ if !running.is_empty() => {
                    let at = random as usize % running.len();
                    turns.done(&running.swap_remove(at));
                }
                _ => {}
            }
            assert!(running.len() <= LIMITS.all);
            let most = running.iter().map(|h| running.iter().filter(|o| *o == h).count()).max();
            assert!(most.unwrap_or(0) <= LIMITS.of_host);
        }
        loop {
            running.drain(..).for_each(|host| turns.done(&host));
            let Some((host, item)) = turns.next(LIMITS) else { break };
            seen.push(item);
            running.push(host);
        }
        seen.sort_unstable();
        assert_eq!(seen, (0..pushed).collect::<Vec<_>>());
        assert_eq!((turns.running(), turns.waiting()), (0, 0));
    }
}
