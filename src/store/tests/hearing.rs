//! Who listens hears which channels have changed, once readers see it.

use super::*;
use crate::model::{ChannelKey, Order};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

#[test]
fn channels_that_changed_are_told_once_readers_see_it_and_no_others() {
    let mut rig = Rig::new();
    rig.apply(&report("b", 1, vec![entry("b", "old", 5)]));
    let heard: Arc<Mutex<Vec<BTreeSet<ChannelKey>>>> = Arc::default();
    let (telling, reader) = (Arc::clone(&heard), rig.reader());
    rig.store().tell(Box::new(move |channels| {
        for channel in channels {
            let head = reader.channel(*channel).expect("read");
            assert_ne!(head, ChannelRecord::default(), "it is there to be read");
        }
        telling.lock().expect("no panic").push(channels.iter().copied().collect());
    }));
    let take = || std::mem::take(&mut *heard.lock().expect("no panic"));
    rig.apply_together(&[
        report("a", 1, vec![entry("a", "one", 10)]),
        report("c", 1, vec![entry("c", "two", 20)]),
    ]);
    let told = take();
    assert_eq!(told.len(), 1, "once a group");
    for source in ["a", "c"] {
        assert!(told[0].contains(&ChannelKey::source(&SourceId::new(source))));
    }
    assert!(told[0].contains(&ChannelKey::all()));
    assert!(!told[0].contains(&ChannelKey::source(&SourceId::new("b"))));
    rig.apply(&report("a", 2, vec![]));
    assert_eq!(take(), [], "nothing has changed");
    let key = entry("a", "one", 10).key;
    rig.sequence += 1;
    let order = Order::TakeDown(crate::model::TakeDown::Entry(key));
    let sequence = rig.sequence;
    rig.store().obey(&order, sequence, Timestamp(2_000_000)).expect("obeyed");
    let told = take();
    assert!(told[0].contains(&ChannelKey::source(&SourceId::new("a"))), "{told:?}");
    assert!(!told[0].contains(&ChannelKey::source(&SourceId::new("c"))));
}
