//! What has come into a channel, or changed there, since a place.

use super::*;
use crate::model::ChannelKey;

fn told(rig: &Rig, channel: ChannelKey, after: Arrival, limit: usize) -> Vec<(u64, String, u32)> {
    let arrivals = rig.reader().arrivals(channel, after, limit).expect("read").expect("known");
    let tell = |(at, stored): &(Arrival, StoredEntry)| {
        (at.sequence, stored.entry.guid.clone().expect("a guid"), stored.revision)
    };
    arrivals.entries.iter().map(tell).collect()
}

fn name(source: &str, name: &str) -> String {
    format!("https://{source}.example/{name}")
}

#[test]
fn what_came_or_changed_is_told_once_in_its_latest_form_and_in_order() {
    let mut rig = Rig::new();
    let all = ChannelKey::all();
    let start = Arrival::end_of(0);
    rig.apply(&report("a", 1, vec![entry("a", "one", 10), entry("a", "two", 900)]));
    rig.apply(&report("b", 1, vec![entry("b", "three", 20)]));
    let first = [(1, name("a", "one"), 0), (1, name("a", "two"), 0), (2, name("b", "three"), 0)];
    assert_eq!(told(&rig, all, start, 9), first);
    let own = ChannelKey::source(&SourceId::new("b"));
    assert_eq!(told(&rig, own, start, 9), first[2..]);
    assert_eq!(told(&rig, all, Arrival::end_of(2), 9), []);
    assert_eq!(told(&rig, all, Arrival::end_of(99), 9), []);
    // An old one changes, whose date is far back.
    let changed = Entry { fingerprint: 2, ..entry("a", "one", 10) };
    rig.apply(&report("a", 2, vec![changed, entry("a", "four", 5)]));
    let second = [(3, name("a", "one"), 1), (3, name("a", "four"), 0)];
    assert_eq!(told(&rig, all, Arrival::end_of(2), 9), second);
    let whole = [&first[1..], &second].concat();
    assert_eq!(told(&rig, all, start, 9), whole);
    // In steps, each from the end of the last.
    let (mut after, mut steps) = (start, Vec::new());
    loop {
        let arrivals = rig.reader().arrivals(all, after, 1).expect("read").expect("known");
        after = arrivals.upto;
        for (at, stored) in arrivals.entries {
            steps.push((at.sequence, stored.entry.guid.clone().expect("a guid"), stored.revision));
        }
        if !arrivals.more {
            break;
        }
    }
    assert_eq!(steps, whole);
    // A restart and a remade index tell the same.
    rig.store = None;
    fs::remove_dir_all(rig.folder.path().join("store/index")).expect("removed");
    rig.reopen();
    assert_eq!(told(&rig, all, start, 9), whole);
}
