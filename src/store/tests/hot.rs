//! What is hot: stories that several outlets tell.

use super::stories::{fire, other};
use super::*;
use crate::chance;
use crate::model::{ChannelKey, Order, TakeDown};
use crate::store::record::ChannelRecord;

fn hot(rig: &Rig) -> Vec<String> {
    let county = Channel::Hot(Some(RegionCode::new("cn610481")));
    let here = rig.titles(&county, Editions::One);
    assert_eq!(here, rig.titles(&Channel::Hot(None), Editions::All));
    here
}

fn head(rig: &Rig) -> ChannelRecord {
    rig.reader().channel(ChannelKey::hot(None)).expect("read")
}

const TODAY: i64 = 20 * 86_400;

fn hours_ago(hours: i64, entry: Entry) -> Entry {
    Entry { published: Some(Timestamp(TODAY - hours * 3600)), ..entry }
}

#[test]
fn a_story_is_hot_when_a_second_outlet_tells_it_and_no_longer_when_it_leaves() {
    let mut rig = Rig::telling_stories();
    let first = fire("a", 0);
    rig.apply(&report("a", 1, vec![first.clone(), fire("a", 1)]));
    assert_eq!(hot(&rig), [] as [&str; 0], "one outlet, however often it tells it");
    let copy = fire("c", 2);
    let before = head(&rig).change;
    rig.apply(&report("c", 1, vec![copy.clone()]));
    assert_eq!(hot(&rig), [first.title.as_str()], "its first entry stands for it");
    assert_ne!(head(&rig).change, before);
    rig.assert_sound();
    rig.obey(&Order::TakeDown(TakeDown::Entry(first.key)));
    assert_eq!(hot(&rig), [fire("a", 1).title.as_str()]);
    rig.obey(&Order::TakeDown(TakeDown::Entry(copy.key)));
    assert_eq!(hot(&rig), [] as [&str; 0]);
    assert_eq!(head(&rig).shown, 0);
    rig.assert_sound();
}

#[test]
fn more_outlets_are_hotter_than_later_ones() {
    let (fire_title, bridge_title) = (fire("a", 0).title, other("d", 2).title);
    // Three outlets against two are worth seven hours.
    for (hours, expected) in [(6, [&fire_title, &bridge_title]), (8, [&bridge_title, &fire_title])]
    {
        let mut rig = Rig::telling_stories();
        rig.sequence = TODAY as u64;
        for (source, at) in [("a", 0), ("b", 1), ("c", 2)] {
            rig.apply(&report(source, 1, vec![hours_ago(hours, fire(source, at))]));
        }
        rig.apply(&report("d", 1, vec![hours_ago(0, other("d", 2))]));
        rig.apply(&report("e", 1, vec![hours_ago(0, other("e", 3))]));
        assert_eq!(hot(&rig), expected.map(String::as_str));
        rig.reopen();
        assert_eq!(hot(&rig), expected.map(String::as_str));
        rig.assert_sound();
    }
}

#[test]
fn a_story_that_a_revision_moves_elsewhere_is_hot_there() {
    let mut rig = Rig::telling_stories();
    let first = fire("a", 0);
    rig.apply(&report("a", 1, vec![first.clone()]));
    rig.apply(&report("b", 1, vec![fire("b", 1)]));
    assert_eq!(hot(&rig), [first.title.as_str()]);
    let county = RegionCode::new("cn610481");
    let elsewhere = Entry { fingerprint: 9, places: Vec::new(), regions: Vec::new(), ..first };
    rig.apply(&report("a", 2, vec![elsewhere]));
    assert_eq!(rig.titles(&Channel::Hot(Some(county)), Editions::One), [] as [&str; 0]);
    assert_eq!(rig.titles(&Channel::Hot(None), Editions::One).len(), 1);
    rig.assert_sound();
}

#[test]
fn an_outlet_that_goes_on_and_on_hides_no_other() {
    let mut rig = Rig::telling_stories();
    let (first, second) = (fire("a", 0), fire("b", 1));
    rig.apply(&report("a", 1, vec![first.clone()]));
    rig.apply(&report("b", 1, vec![second]));
    assert_eq!(hot(&rig), [first.title.as_str()]);
    let tell_on = |at: usize| {
        let told = fire("c", 1);
        let content = format!("{}<p>现场第{at}次更新。</p>", told.content);
        Entry {
            content,
            key: EntryKey::hash_of(&[&at.to_be_bytes()]),
            fingerprint: at as u64,
            ..told
        }
    };
    rig.apply(&report("c", 1, vec![tell_on(0)]));
    let heat = |rig: &Rig| head(rig).tail.first().expect("hot").sort_at;
    let before = heat(&rig);
    for at in 1..6 {
        rig.apply(&report("c", 1 + at as u64, vec![tell_on(at)]));
    }
    assert_eq!(heat(&rig), before, "three outlets tell it, as before");
    assert_eq!(hot(&rig), [first.title.as_str()]);
    rig.assert_sound();
}

#[test]
fn what_has_one_source_or_one_name_is_one_outlet() {
    type Told = (&'static str, Option<&'static str>);
    // Source and outlet, as they came; none: an older program wrote it.
    let cases: [(&[Told], bool); 6] = [
        (&[("a", Some("paper")), ("b", Some("paper"))], false),
        (&[("a", Some("paper")), ("b", Some("radio"))], true),
        (&[("a", None), ("a", Some("paper"))], false),
        (&[("a", None), ("b", Some("paper"))], true),
        (&[("a", Some("old name")), ("a", Some("name")), ("b", Some("name"))], false),
        (&[("a", Some("old name")), ("b", Some("name")), ("a", Some("name"))], false),
    ];
    for (tellers, is_hot) in cases {
        let mut rig = Rig::telling_stories();
        for (number, (source, outlet)) in (1..).zip(tellers) {
            let outlet = outlet.map(str::to_owned);
            let told = Entry { outlet, ..fire(source, number as usize - 1) };
            rig.apply(&report(source, number, vec![told]));
        }
        assert_eq!(!hot(&rig).is_empty(), is_hot, "{tellers:?}");
        rig.reopen();
        rig.assert_sound();
    }
}

#[test]
fn however_long_a_story_gets_the_index_follows_from_the_entries() {
    chance::each(6, |chance| {
        let mut rig = Rig::telling_stories();
        let mut polls = [0; 12];
        let mut there: Vec<(usize, Entry)> = Vec::new();
        for step in 0..60 {
            let (source, at) = (chance.below(polls.len()), chance.below(3));
            let leaves = (!there.is_empty() && chance.one_in(4)).then(|| chance.below(there.len()));
            if let Some(place) = leaves {
                let (_, entry) = there.remove(place);
                rig.obey(&Order::TakeDown(TakeDown::Entry(entry.key)));
            } else {
                let outlet = format!("outlet-{source}");
                let changed = there.iter().position(|(by, _)| *by == source);
                let key = match changed.filter(|_| chance.one_in(3)) {
                    Some(place) => there.remove(place).1.key,
                    None => EntryKey::hash_of(&[&[source as u8, step as u8]]),
                };
                let told = fire(&outlet, at);
                let is_here = !chance.one_in(3);
                let places = if is_here { told.places.clone() } else { Vec::new() };
                let content = format!("{}<p>第{}次更新</p>", told.content, chance.below(3));
                let name = chance.pick(&[None, Some("paper"), Some("radio")]).map(str::to_owned);
                let entry = Entry { key, places, content, outlet: name, fingerprint: step, ..told };
                polls[source] += 1;
                let first_poll_entries = chance.below(2) as u32;
                let report = report(&outlet, polls[source], vec![entry.clone()]);
                rig.apply(&Report { first_poll_entries, ..report });
                there.push((source, entry));
            }
            if step % 20 == 19 {
                rig.reopen();
                rig.assert_sound();
            }
        }
        assert!(there.len() > 12, "{}", there.len());
        for (_, entry) in there {
            rig.obey(&Order::TakeDown(TakeDown::Entry(entry.key)));
        }
        assert_eq!((head(&rig).shown, rig.titles(&Channel::Hot(None), Editions::All)), (0, vec![]));
        rig.assert_sound();
    });
}
