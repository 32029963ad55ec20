//! How the queue stands at a moment, for people who ask.

use super::{Host, Queue, Turn};
use std::time::Duration;

/// The queue as a whole, and the hosts that have most to say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Queues {
    /// Sources whose time has come and that wait for their host or for room.
    pub due: usize,
    /// Sources whose time is to come.
    pub later: usize,
    /// Polls under way.
    pub running: usize,
    /// How far the source that has been due for longest is behind.
    pub behind: Duration,
    /// The same for all due sources together.
    pub behind_all: Duration,
    /// Hosts with sources.
    pub host_count: usize,
    /// Those furthest behind first, then those with polls under way, up to a limit.
    pub hosts: Vec<HostQueue>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostQueue {
    pub host: String,
    pub due: usize,
    pub later: usize,
    pub running: usize,
    /// Until its spacing lets the next poll begin.
    pub free_in: Duration,
    pub behind: Duration,
}

impl Queue {
    /// Takes O(hosts + due sources); names up to `most` hosts.
    pub fn look(&self, now: Duration, most: usize) -> Queues {
        let mut queues = Queues { running: self.running, ..Queues::default() };
        for (name, &number) in &self.host_numbers {
            let host = &self.hosts[number];
            let (mut behind, mut due) = (Duration::ZERO, 0);
            for turn in due_turns(host, now) {
                due += 1;
                // What somebody asks for has no due time of its own.
                if turn.scheduled {
                    behind = behind.max(now - turn.due);
                    queues.behind_all += now - turn.due;
                }
            }
            let later = host.waiting.len() - due;
            if due + later + host.running == 0 {
                continue;
            }
            queues.due += due;
            queues.later += later;
            queues.behind = queues.behind.max(behind);
            queues.host_count += 1;
            queues.hosts.push(HostQueue {
                host: name.clone(),
                due,
                later,
                running: host.running,
                free_in: host.free_at.saturating_sub(now),
                behind,
            });
        }
        let need = |host: &HostQueue| (host.behind, host.due, host.running, host.later);
        queues.hosts.sort_by(|a, b| need(b).cmp(&need(a)).then_with(|| a.host.cmp(&b.host)));
        queues.hosts.truncate(most);
        queues
    }
}

fn due_turns(host: &Host, now: Duration) -> impl Iterator<Item = &Turn> {
    let last = Turn { scheduled: true, due: now, number: u64::MAX };
    host.waiting.range(..=last).map(|(turn, _)| turn)
}
