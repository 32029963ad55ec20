use super::{HostLimits, Lateness, Queue, Requested, Turn};
use crate::model::{PollReason, SourceId};
use std::collections::HashMap;
use std::time::Duration;

const POLITE: HostLimits = HostLimits { spacing: Duration::from_secs(2), concurrency: 1 };
const FREE: HostLimits = HostLimits { spacing: Duration::ZERO, concurrency: 1 };

fn id(name: &str) -> SourceId {
    SourceId::new(name)
}

fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

/// [`super::Next`] with names.
#[derive(Debug, PartialEq)]
enum Next {
    Poll(SourceId, PollReason),
    WaitUntil(Duration),
    Full,
    Idle,
}

impl Queue {
    fn told(&mut self, now: Duration) -> Next {
        match self.next(now) {
            super::Next::Poll(number, reason) => Next::Poll(self.source(number).clone(), reason),
            super::Next::WaitUntil(at) => Next::WaitUntil(at),
            super::Next::Full => Next::Full,
            super::Next::Idle => Next::Idle,
        }
    }

    fn ended(&mut self, source: &SourceId, now: Duration) {
        if let Some(number) = self.find(source) {
            self.finished(number, now);
        }
    }

    fn again(&mut self, source: &SourceId, turn: Turn) {
        if let Some(number) = self.find(source) {
            self.schedule(number, turn);
        }
    }
}

/// Due then, and ahead of whatever is due later.
fn at(n: u64) -> Turn {
    in_time(ms(n))
}

fn in_time(due: Duration) -> Turn {
    Turn { due, patience: Duration::ZERO }
}

fn poll(name: &str) -> Next {
    Next::Poll(id(name), PollReason::Scheduled)
}

#[test]
fn empty_queue_is_idle() {
    assert_eq!(Queue::new(4).told(ms(0)), Next::Idle);
}

#[test]
fn earliest_due_comes_first_and_nothing_comes_early() {
    let mut queue = Queue::new(4);
    queue.upsert(&id("b"), "b.cn", POLITE, at(20));
    queue.upsert(&id("a"), "a.cn", POLITE, at(10));
    assert_eq!(queue.told(ms(9)), Next::WaitUntil(ms(10)));
    assert_eq!(queue.told(ms(30)), poll("a"));
    assert_eq!(queue.told(ms(30)), poll("b"));
    assert_eq!(queue.told(ms(30)), Next::Idle);
}

#[test]
fn one_host_is_asked_once_at_a_time_with_spacing() {
    let mut queue = Queue::new(4);
    queue.upsert(&id("a1"), "a.cn", POLITE, at(0));
    queue.upsert(&id("a2"), "a.cn", POLITE, at(0));
    assert_eq!(queue.told(ms(0)), poll("a1"));
    assert_eq!(queue.told(ms(60_000)), Next::Idle, "until the first has finished");
    queue.ended(&id("a1"), ms(60_000));
    assert_eq!(queue.told(ms(60_000)), Next::WaitUntil(ms(62_000)));
    assert_eq!(queue.told(ms(62_000)), poll("a2"));
}

#[test]
fn fast_poll_keeps_the_spacing_too() {
    let spacing = HostLimits { spacing: ms(250), concurrency: 1 };
    let mut queue = Queue::new(4);
    queue.upsert(&id("a1"), "a.cn", spacing, at(0));
    queue.upsert(&id("a2"), "a.cn", spacing, at(0));
    assert_eq!(queue.told(ms(0)), poll("a1"));
    queue.ended(&id("a1"), ms(3));
    assert_eq!(queue.told(ms(3)), Next::WaitUntil(ms(253)));
}

#[test]
fn host_without_spacing_goes_on_at_once() {
    let mut queue = Queue::new(4);
    queue.upsert(&id("a1"), "a.cn", FREE, at(0));
    queue.upsert(&id("a2"), "a.cn", FREE, at(0));
    assert_eq!(queue.told(ms(0)), poll("a1"));
    queue.ended(&id("a1"), ms(1));
    assert_eq!(queue.told(ms(1)), poll("a2"));
}

#[test]
fn host_may_be_asked_several_times_at_once() {
    let pair = HostLimits { spacing: Duration::ZERO, concurrency: 2 };
    let mut queue = Queue::new(4);
    for name in ["a1", "a2", "a3"] {
        queue.upsert(&id(name), "a.cn", pair, at(0));
    }
    assert_eq!(queue.told(ms(0)), poll("a1"));
    assert_eq!(queue.told(ms(0)), poll("a2"));
    assert_eq!(queue.told(ms(0)), Next::Idle);
    queue.ended(&id("a2"), ms(5));
    assert_eq!(queue.told(ms(5)), poll("a3"));
}

#[test]
fn busy_host_blocks_no_other() {
    let mut queue = Queue::new(4);
    for n in 0..1_000 {
        queue.upsert(&id(&format!("busy-{n}")), "busy.cn", POLITE, at(0));
    }
    queue.upsert(&id("other"), "other.cn", POLITE, at(5));
    assert_eq!(queue.told(ms(10)), poll("busy-0"));
    assert_eq!(queue.told(ms(10)), poll("other"));
}

#[test]
fn longest_overdue_host_comes_first_once_its_spacing_has_passed() {
    let mut queue = Queue::new(4);
    queue.upsert(&id("a1"), "a.cn", POLITE, at(0));
    queue.upsert(&id("a2"), "a.cn", POLITE, at(1));
    queue.upsert(&id("b"), "b.cn", POLITE, at(1_500));
    assert_eq!(queue.told(ms(0)), poll("a1"));
    queue.ended(&id("a1"), ms(0));
    assert_eq!(queue.told(ms(3_000)), poll("a2"));
    assert_eq!(queue.told(ms(3_000)), poll("b"));
}

#[test]
fn global_limit_holds() {
    let mut queue = Queue::new(2);
    for name in ["a", "b", "c"] {
        queue.upsert(&id(name), name, POLITE, at(0));
    }
    assert_eq!(queue.told(ms(0)), poll("a"));
    assert_eq!(queue.told(ms(0)), poll("b"));
    assert_eq!(queue.told(ms(0)), Next::Full);
    queue.ended(&id("a"), ms(1));
    assert_eq!(queue.told(ms(1)), poll("c"));
    queue.ended(&id("b"), ms(2));
    queue.ended(&id("c"), ms(2));
    assert_eq!((queue.running(), queue.waiting()), (0, 0));
}

#[test]
fn finished_source_has_no_turn_until_it_is_scheduled() {
    let mut queue = Queue::new(4);
    queue.upsert(&id("a"), "a.cn", FREE, at(0));
    assert_eq!(queue.told(ms(0)), poll("a"));
    queue.upsert(&id("a"), "a.cn", FREE, at(0)); // a reload meanwhile
    queue.ended(&id("a"), ms(1));
    queue.upsert(&id("a"), "a.cn", FREE, at(0)); // and another
    assert_eq!(queue.told(ms(2)), Next::Idle);
    queue.again(&id("a"), at(100));
    assert_eq!(queue.told(ms(2)), Next::WaitUntil(ms(100)));
}

#[test]
fn upsert_moves_a_waiting_source() {
    let mut queue = Queue::new(4);
    queue.upsert(&id("a"), "a.cn", POLITE, at(50));
    queue.upsert(&id("a"), "b.cn", POLITE, at(20));
    assert_eq!(queue.waiting(), 1);
    assert_eq!(queue.told(ms(20)), poll("a"));
    assert_eq!(queue.told(ms(99)), Next::Idle);
}

#[test]
fn running_source_that_moves_still_frees_its_old_host() {
    let mut queue = Queue::new(4);
    queue.upsert(&id("a"), "old.cn", FREE, at(0));
    queue.upsert(&id("b"), "old.cn", FREE, at(0));
    assert_eq!(queue.told(ms(0)), poll("a"));
    queue.upsert(&id("a"), "new.cn", FREE, at(0));
    queue.ended(&id("a"), ms(1));
    assert_eq!(queue.told(ms(1)), poll("b"));
    queue.again(&id("a"), at(2));
    assert_eq!(queue.told(ms(2)), poll("a"), "on its new host, beside b");
}

#[test]
fn who_is_due_first_waits_behind_the_less_patient_and_not_for_ever() {
    let hours = |n: u64| Duration::from_secs(n * 3_600);
    let mut queue = Queue::new(1);
    let daily = Turn { due: hours(1), patience: hours(6) };
    queue.upsert(&id("daily"), "d.cn", FREE, daily);
    queue.upsert(&id("hourly"), "h.cn", FREE, Turn { due: hours(2), patience: hours(1) });
    let mut order = Vec::new();
    for hour in 3..9 {
        let Next::Poll(source, _) = queue.told(hours(hour)) else { panic!("one is due") };
        queue.ended(&source, hours(hour));
        order.push(source.to_string());
        if source == id("hourly") {
            // Always late already.
            let turn = Turn { due: hours(hour), patience: hours(1) };
            queue.again(&source, turn);
        }
    }
    assert_eq!(order[..5], ["hourly", "hourly", "hourly", "hourly", "daily"]);
    let Lateness { started, total, waiting, longest } = queue.lateness(hours(9));
    assert_eq!((started, waiting), (6, 1));
    assert_eq!(total, hours(1 + 1 + 1 + 1 + 6 + 2));
    assert_eq!(longest, hours(1));
}

#[test]
fn turns_taken_back_many_times_leave_nothing_behind() {
    let mut queue = Queue::new(4);
    let day = 86_400_000;
    for round in 0..50 {
        for n in 0..1_000 {
            let turn = at(day + (n * 7_919 + round * 104_729) % day);
            queue.upsert(&id(&format!("s{n}")), &format!("h{n}"), FREE, turn);
        }
    }
    assert!(queue.asleep.len() <= 4_000, "{}", queue.asleep.len());
    let mut last = ms(0);
    for polled in 0..1_000 {
        let Next::WaitUntil(at) = queue.told(last) else { panic!("{polled} polled") };
        assert!(at > last);
        last = at;
        let Next::Poll(source, _) = queue.told(last) else { panic!("one is due") };
        queue.ended(&source, last);
        let last_round = 49 * 104_729;
        let n: u64 = source.as_str()[1..].parse().expect("a number");
        assert_eq!(last, ms(day + (n * 7_919 + last_round) % day));
    }
    assert_eq!(queue.told(ms(9 * day)), Next::Idle);
}

#[test]
fn hosts_that_are_held_wait_and_others_do_not() {
    let mut queue = Queue::new(4);
    queue.upsert(&id("a1"), "a.cn", FREE, at(0));
    queue.upsert(&id("b"), "b.cn", FREE, at(1));
    queue.hold("a.cn", ms(5_000));
    queue.hold("unknown.cn", ms(5_000));
    queue.hold("a.cn", ms(100));
    assert_eq!(queue.told(ms(2)), poll("b"));
    assert_eq!(queue.told(ms(2)), Next::WaitUntil(ms(5_000)));
    assert_eq!(queue.told(ms(5_000)), poll("a1"));
}

#[test]
fn hosts_are_forgotten_once_their_spacing_has_passed() {
    let mut queue = Queue::new(4);
    for n in 0..1_000 {
        let (name, now) = (format!("s{n}"), ms(n * 1_000));
        queue.upsert(&id(&name), &name, POLITE, in_time(now));
        assert_eq!(queue.told(now), poll(&name));
        queue.ended(&id(&name), now);
        queue.remove(&id(&name));
    }
    assert!(queue.hosts.len() <= 4, "{}", queue.hosts.len());
    // One that comes back at once still knows its spacing.
    queue.upsert(&id("s999"), "s999", POLITE, at(0));
    assert_eq!(queue.told(ms(999_000)), Next::WaitUntil(ms(1_001_000)));
}

#[test]
fn request_comes_before_what_is_due_but_keeps_spacing() {
    let mut queue = Queue::new(1);
    queue.upsert(&id("a"), "a.cn", POLITE, at(0));
    queue.upsert(&id("b"), "b.cn", POLITE, at(90_000));
    assert_eq!(queue.request_now(&id("b")), Requested::Queued);
    assert_eq!(queue.told(ms(5)), Next::Poll(id("b"), PollReason::Requested));
    assert_eq!(queue.request_now(&id("b")), Requested::Running);
    queue.ended(&id("b"), ms(6));
    queue.again(&id("b"), at(90_000));
    assert_eq!(queue.request_now(&id("b")), Requested::Queued);
    assert_eq!(queue.told(ms(6)), poll("a"));
    queue.ended(&id("a"), ms(7));
    assert_eq!(queue.told(ms(7)), Next::WaitUntil(ms(2_006)));
    assert_eq!(queue.request_now(&id("nobody")), Requested::Unknown);
}

#[test]
fn removed_source_is_never_handed_out() {
    let mut queue = Queue::new(4);
    queue.upsert(&id("a"), "a.cn", POLITE, at(0));
    queue.remove(&id("a"));
    assert_eq!(queue.told(ms(9)), Next::Idle);
    assert!(!queue.contains(&id("a")));

    queue.upsert(&id("b"), "b.cn", FREE, at(0));
    queue.upsert(&id("c"), "b.cn", FREE, at(1));
    assert_eq!(queue.told(ms(9)), poll("b"));
    queue.remove(&id("b"));
    assert_eq!(queue.request_now(&id("b")), Requested::Unknown);
    queue.ended(&id("b"), ms(10));
    queue.again(&id("b"), at(10));
    assert_eq!(queue.told(ms(10)), poll("c"));
    assert_eq!(queue.told(ms(10)), Next::Idle);
}

#[test]
fn calls_for_unknown_sources_change_nothing() {
    let mut queue = Queue::new(4);
    queue.ended(&id("a"), ms(1));
    queue.again(&id("a"), at(1));
    queue.remove(&id("a"));
    queue.upsert(&id("b"), "b.cn", FREE, at(0));
    queue.ended(&id("b"), ms(1));
    assert_eq!((queue.running(), queue.waiting()), (0, 1));
}

/// Knuth's MMIX constants; enough for shuffling.
struct Lcg(u64);

impl Lcg {
    fn below(&mut self, n: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }
}

#[test]
fn any_order_of_calls_keeps_limits_and_polls_all() {
    for seed in 1..=20 {
        run_randomly(seed);
    }
}

/// 300 sources on 12 hosts, polls of random length, requests, moves and removals.
fn run_randomly(seed: u64) {
    let mut random = Lcg(seed);
    let limits: Vec<HostLimits> = (0..12)
        .map(|n| HostLimits { spacing: ms(n % 4 * 50), concurrency: 1 + n as usize / 9 })
        .collect();
    let global = 1 + random.below(9) as usize;
    let mut queue = Queue::new(global);
    let mut hosts: HashMap<SourceId, usize> = HashMap::new();
    let mut polls: HashMap<SourceId, u32> = HashMap::new();
    for n in 0..300 {
        let (source, host) = (id(&format!("s{n}")), random.below(12) as usize);
        queue.upsert(&source, &host.to_string(), limits[host], at(random.below(5_000)));
        hosts.insert(source, host);
    }
    let mut running: Vec<(Duration, SourceId, usize)> = Vec::new();
    let mut last_contact: Vec<Option<Duration>> = vec![None; 12];
    let mut now = ms(0);
    // In the last part nothing is queued any more, so that the queue runs empty.
    while now < ms(60_000) || queue.waiting() > 0 {
        let draining = now >= ms(60_000);
        while let Some(at) = running.iter().position(|(end, ..)| *end <= now) {
            let (_, source, host) = running.swap_remove(at);
            queue.ended(&source, now);
            last_contact[host] = Some(now);
            if !draining {
                queue.again(&source, in_time(now + ms(random.below(20_000))));
            }
        }
        let name = id(&format!("s{}", random.below(300)));
        match if draining { 99 } else { random.below(20) } {
            0 => drop(queue.request_now(&name)),
            1 => {
                let host = random.below(12) as usize;
                let turn = in_time(now + ms(random.below(999)));
                queue.upsert(&name, &host.to_string(), limits[host], turn);
                hosts.insert(name, host);
            }
            2 => {
                queue.remove(&name);
                hosts.remove(&name);
            }
            _ => {}
        }
        match queue.told(now) {
            Next::Poll(source, _) => {
                let host = *hosts.get(&source).expect("only sources that are there");
                let same_host = running.iter().filter(|(.., other)| *other == host).count();
                assert!(same_host < limits[host].concurrency, "host {host} at {now:?}");
                assert!(running.iter().all(|(_, other, _)| *other != source));
                if let Some(last) = last_contact[host] {
                    assert!(now >= last + limits[host].spacing, "host {host} at {now:?}");
                }
                last_contact[host] = Some(now);
                *polls.entry(source.clone()).or_default() += 1;
                running.push((now + ms(random.below(80)), source, host));
                assert!(running.len() <= global);
            }
            Next::WaitUntil(at) => {
                assert!(at > now);
                now += ms(1 + random.below(20)).min(at - now);
            }
            Next::Full | Next::Idle => now += ms(1 + random.below(20)),
        }
        assert_eq!(queue.running(), running.len());
    }
    let missed: Vec<_> = hosts.keys().filter(|source| !polls.contains_key(*source)).collect();
    assert!(missed.is_empty(), "seed {seed}: never polled: {missed:?}");
}

#[test]
fn hundred_thousand_sources_on_one_host_stay_cheap() {
    let mut queue = Queue::new(8);
    for n in 0..100_000 {
        let host = if n % 2 == 0 { "platform.cn" } else { &format!("h{}.cn", n % 1_000) };
        queue.upsert(&id(&format!("s{n}")), host, FREE, at(n));
    }
    let mut polled = 0;
    while let Next::Poll(source, _) = queue.told(ms(100_000)) {
        queue.ended(&source, ms(100_000));
        polled += 1;
    }
    assert_eq!(polled, 100_000);
}

#[test]
fn a_look_tells_who_waits_for_what() {
    let secs = Duration::from_secs;
    let limits = HostLimits { spacing: secs(10), concurrency: 1 };
    let mut queue = Queue::new(8);
    for (source, host, due) in
        [("a1", "a.cn", 0), ("a2", "a.cn", 5), ("a3", "a.cn", 500), ("b1", "b.cn", 900)]
    {
        queue.upsert(&id(source), host, limits, in_time(secs(due)));
    }
    let before = format!("{queue:?}");
    assert_eq!(queue.look(secs(0), 9).due, 1);
    assert_eq!(format!("{queue:?}"), before, "looking changes nothing");
    assert!(matches!(queue.told(secs(2)), Next::Poll(..)));
    queue.request_now(&id("b1"));
    let look = queue.look(secs(8), 9);
    assert_eq!((look.due, look.later, look.running, look.host_count), (2, 1, 1, 2));
    assert_eq!((look.lateness.waiting, look.lateness.longest), (1, secs(3)));
    let [a, b] = &look.hosts[..] else { panic!("{look:?}") };
    assert_eq!((&a.source, a.due, a.later, a.running), (&id("a1"), 1, 1, 1));
    assert_eq!((a.free_in, a.behind), (secs(4), secs(3)));
    assert_eq!((&b.source, b.due, b.later, b.free_in), (&id("b1"), 1, 0, secs(0)));
    assert_eq!(queue.look(secs(8), 1).hosts.len(), 1);
    queue.remove(&id("b1"));
    assert_eq!(queue.look(secs(8), 9).host_count, 1, "a host without sources is not shown");
}
