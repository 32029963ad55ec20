//! Stories and reprints as they are decided when entries are stored, and as they stay.

use super::super::index::Index;
use super::super::keys;
use super::*;
use crate::chance::{self, Chance};
use crate::model::{EntryNo, Order, Retain, TakeDown};

/// An event in the words of an outlet.
fn told(source: &str, name: &str, title: &str, text: &str) -> Entry {
    let content = format!("<p>{text}</p>");
    Entry { title: title.to_owned(), content, ..entry(source, name, 10) }
}

const FIRE: [(&str, &str); 3] = [
    (
        "兴平市一化工厂发生火灾 无人员伤亡",
        "昨晚八时许，兴平市西城街道一化工厂发生火灾，消防救援人员赶到现场，经过两个小时扑救，明火已被扑灭，没有人员伤亡，起火原因正在调查。",
    ),
    (
        "兴平化工厂火灾扑灭 原因正在调查",
        "记者从兴平市应急管理局获悉，西城街道化工厂的火灾于昨晚十时扑灭，事故没有造成人员伤亡，起火原因正在进一步调查之中，附近居民已经返回家中。",
    ),
    (
        "陕西兴平化工厂起火",
        "昨晚八时许，兴平市西城街道一化工厂发生火灾，消防救援人员赶到现场，经过两个小时扑救，明火已被扑灭，没有人员伤亡，起火原因正在调查。附近居民已经返回家中。",
    ),
];

pub fn fire(source: &str, at: usize) -> Entry {
    told(source, &format!("fire-{at}"), FIRE[at].0, FIRE[at].1)
}

/// The story that an entry joined by telling of the event in its own words.
fn joined(placement: Placement) -> Option<EntryNo> {
    placement.story.filter(|_| placement.reprint_of.is_none())
}

impl Rig {
    pub fn telling_stories() -> Rig {
        Rig { stories: Some(Stories::default()), ..Rig::new() }
    }

    fn placement(&self, entry: &Entry) -> Placement {
        let no = self.stored(entry).no;
        let record = read::entry_record(&self.reader().index, no).expect("read");
        record.expect("there").placement
    }

    fn stored(&self, entry: &Entry) -> StoredEntry {
        self.reader().entry_by_key(entry.key).expect("read").expect("there")
    }

    /// Numbers, and what was decided, of all entries.
    fn placements(&self) -> Vec<(EntryNo, Placement)> {
        let pairs = self.reader().index.scan_after(keys::ENTRIES, &[]);
        let record = |pair: Result<(Vec<u8>, Vec<u8>), StoreError>| {
            let record = record::decode::<record::EntryRecord>(&pair.expect("read").1);
            record.map(|record| (record.no, record.placement)).expect("decoded")
        };
        pairs.map(record).collect()
    }

    fn mates(&self, of: &Entry) -> Vec<String> {
        let mates = self.reader().same_story(&self.stored(of)).expect("read");
        mates.into_iter().map(|mate| mate.entry.title.clone()).collect()
    }
}

#[test]
fn two_reports_of_an_event_are_one_story_and_a_copy_is_a_reprint() {
    let mut rig = Rig::telling_stories();
    let (first, other, copy) = (fire("a", 0), fire("b", 1), fire("c", 2));
    for (source, entry) in [("a", &first), ("b", &other), ("c", &copy)] {
        rig.apply(&report(source, 1, vec![entry.clone()]));
    }
    let no = EntryNo::new(1, 0);
    assert_eq!(rig.placement(&first).story_of(no), no);
    assert_eq!((joined(rig.placement(&other)), rig.placement(&other).is_near), (Some(no), false));
    let Placement { reprint_of, story, is_near, .. } = rig.placement(&copy);
    assert_eq!((reprint_of, story, is_near), (Some(no), Some(no), true));
    assert_eq!(rig.mates(&first), [FIRE[1].0]);
    assert_eq!(rig.mates(&other), [FIRE[0].0]);
    assert_eq!(rig.mates(&copy), [FIRE[1].0], "not what it prints again");
    assert_eq!(rig.titles(&xingping(), Editions::One).len(), 2);
    assert_eq!(rig.titles(&xingping(), Editions::All).len(), 3);
    assert_eq!(rig.store().stats().expect("read").stories, 1);
    rig.assert_sound();
    // The copy's own text, printed again to the letter after the window.
    rig.sequence += 5 * 24 * 3600;
    let late = Entry { content: copy.content.clone(), ..told("d", "late", &copy.title, "") };
    rig.apply(&report("d", 1, vec![late.clone()]));
    let Placement { reprint_of, story, is_near, .. } = rig.placement(&late);
    assert_eq!((reprint_of, story, is_near), (Some(no), Some(no), false));
    // What is left of a story whose first entry has left.
    rig.obey(&Order::TakeDown(TakeDown::Entry(first.key)));
    assert_eq!(rig.mates(&other), [FIRE[2].0], "a copy stands for it");
    assert_eq!(rig.stored(&other).story, no);
    rig.assert_sound();
}

#[test]
fn an_entry_that_is_revised_keeps_its_story_and_is_found_by_what_it_says_now() {
    for is_restarted in [false, true] {
        let mut rig = Rig::telling_stories();
        let first = told("a", "fire-0", "兴平要闻", "今天的要闻稍后奉上，请继续关注本栏目。");
        rig.apply(&report("a", 1, vec![first.clone()]));
        let revised = Entry { fingerprint: 2, key: first.key, ..fire("a", 0) };
        rig.apply(&report("a", 2, vec![revised.clone()]));
        if is_restarted {
            rig.reopen();
        }
        let (other, copy) = (fire("b", 1), fire("c", 2));
        rig.apply_together(&[
            report("b", 1, vec![other.clone()]),
            report("c", 1, vec![copy.clone()]),
        ]);
        let no = EntryNo::new(1, 0);
        assert_eq!(joined(rig.placement(&other)), Some(no));
        assert_eq!(rig.placement(&copy).reprint_of, Some(no));
        let again = Entry { fingerprint: 3, title: "别的".to_owned(), ..fire("b", 1) };
        rig.apply(&report("b", 2, vec![again.clone()]));
        assert_eq!(joined(rig.placement(&other)), Some(no), "it stays where it was");
        rig.assert_sound();
    }
}

#[test]
fn old_news_of_a_new_source_is_of_no_story() {
    for is_restarted in [false, true] {
        let mut rig = Rig::telling_stories();
        let (first, other, copy) = (fire("a", 0), fire("b", 1), fire("c", 2));
        let held_back =
            |of: Vec<Entry>, source| Report { first_poll_entries: 0, ..report(source, 1, of) };
        let again =
            Entry { content: first.content.clone(), ..told("a", "again", &first.title, "") };
        rig.apply(&held_back(vec![first.clone(), again.clone()], "a"));
        assert_eq!(rig.placement(&again).reprint_of, Some(EntryNo::new(1, 0)), "to the letter");
        if is_restarted {
            rig.reopen();
        }
        rig.apply(&report("b", 1, vec![other.clone()]));
        rig.apply(&report("c", 1, vec![copy.clone()]));
        assert_eq!(joined(rig.placement(&other)), None);
        assert_eq!(joined(rig.placement(&copy)), Some(rig.stored(&other).no));
        rig.assert_sound();
    }
}

#[test]
fn a_source_that_tells_two_things_in_nearly_the_same_words_reprints_nothing() {
    let mut rig = Rig::telling_stories();
    let closed = |name: &str, road: &str| {
        let text = format!(
            "因施工需要，{road}自明日零时起封闭交通，过往车辆请绕行，由此带来的不便敬请谅解，特此通告。"
        );
        told("a", name, &format!("关于{road}封闭交通的通告"), &text)
    };
    let entries = [closed("one", "金城路"), closed("two", "槐里路")];
    rig.apply(&report("a", 1, entries.to_vec()));
    assert_eq!(entries.map(|entry| rig.placement(&entry).reprint_of), [None; 2]);
}

#[test]
fn a_report_that_quotes_a_bulletin_among_much_else_is_no_reprint_of_it() {
    let mut rig = Rig::telling_stories();
    let bulletin = fire("a", 0);
    let more = "厂里的工人老李回忆，当时他正在车间换班，听见仓库方向一声闷响，浓烟随即从窗口冒出。附近的商户主动拿来灭火器，社区干部挨家挨户通知居民撤离。一位不愿具名的邻居说，厂房建于上世纪九十年代，消防通道常年堆放杂物，居民曾多次反映。记者走访发现，类似的老旧厂房在当地还有十余处，改造计划去年已经列入规划。";
    let long = told("b", "long", "兴平化工厂火灾现场目击", &format!("{}{more}", FIRE[0].1));
    rig.apply(&report("a", 1, vec![bulletin]));
    rig.apply(&report("b", 1, vec![long.clone()]));
    let placement = rig.placement(&long);
    assert_eq!((placement.reprint_of, joined(placement)), (None, Some(EntryNo::new(1, 0))));
}

#[test]
fn texts_that_are_alike_for_they_are_short_are_no_reprints() {
    let mut rig = Rig::telling_stories();
    let short = |source: &str, n: u32| {
        told(
            source,
            "short",
            &format!("兴平来稿{n}"),
            &format!("正文甲乙丙丁，兴平来稿{n}，编号{n}。"),
        )
    };
    let (one, other) = (short("a", 1), short("b", 2));
    rig.apply(&report("a", 1, vec![one]));
    rig.apply(&report("b", 1, vec![other.clone()]));
    assert_eq!(rig.placement(&other).reprint_of, None);
}

/// First polls bring them: nothing may be left out for being old and short.
#[test]
fn old_notices_of_one_event_are_one_story() {
    let mut rig = Rig::telling_stories();
    rig.sequence += 10 * 24 * 3600;
    let one = told("a", "old", "兴平市西城街道一化工厂发生火灾", "无人员伤亡。");
    let other = told("b", "old", "兴平西城街道化工厂火灾已扑灭", "起火原因正在调查。");
    rig.apply(&report("a", 1, vec![one.clone()]));
    rig.apply(&report("b", 1, vec![other.clone()]));
    let placements = [one, other].map(|entry| (rig.placement(&entry), rig.stored(&entry).no));
    let [(first, no), (second, _)] = placements;
    assert_eq!((joined(first), joined(second)), (None, Some(no)));
    assert_eq!((second.text_hash, second.reprint_of), (None, None));
}

#[test]
fn a_commit_that_fails_leaves_nothing_behind() {
    let mut rig = Rig::telling_stories();
    let other = fire("b", 1);
    // The second report meets a state that cannot be read.
    let index: Index = rig.reader().index.clone();
    let broken = keys::state(&SourceId::new("x"));
    index.put_now(&broken, vec![9]).expect("written");
    let both = [report("a", 1, vec![fire("a", 0)]), report("x", 1, vec![fire("x", 2)])];
    assert!(rig.try_together(&both).is_err());
    index.hold([(broken, None)]);
    rig.apply(&report("b", 1, vec![other.clone()]));
    assert_eq!(rig.placement(&other), Placement { story: None, ..rig.placement(&other) });
    assert_eq!(rig.placement(&other).reprint_of, None);
    let copy = fire("c", 2);
    rig.apply(&report("c", 1, vec![copy.clone()]));
    assert_eq!(joined(rig.placement(&copy)), Some(EntryNo::new(1, 0)));
}

/// Two more events, each in two ways.
const OTHERS: [(&str, &str); 4] = [
    (
        "兴平发生3.2级地震 震源深度10公里",
        "据中国地震台网测定，昨日8时12分在陕西兴平发生3.2级地震，震源深度10公里。应急管理局表示，震感明显，目前没有接到人员伤亡和房屋倒塌的报告。",
    ),
    (
        "兴平3.2级地震：暂无人员伤亡报告",
        "记者从应急管理局获悉，昨日上午兴平3.2级地震发生后，当地派出工作组前往震中。截至目前没有接到人员伤亡和房屋倒塌的报告，中小学照常上课。",
    ),
    (
        "兴平渭河大桥建成通车",
        "今天上午，兴平渭河大桥建成通车，大桥全长两千三百米，双向六车道，两岸居民过河不必再绕行二十公里。",
    ),
    (
        "渭河上又添一座桥 兴平到对岸只要五分钟",
        "兴平渭河大桥今起通车。市民王先生说，从前过河要绕行二十公里，如今双向六车道的大桥建成，五分钟就到对岸。",
    ),
];

pub fn other(source: &str, at: usize) -> Entry {
    told(source, &format!("other-{at}"), OTHERS[at].0, OTHERS[at].1)
}

/// Events that are told, told again, and printed again with a few other words.
fn news(chance: &mut Chance, number: u64) -> Report {
    let source = *chance.pick(&["a", "b", "c"]);
    let entries = (0..chance.below(4)).map(|_| {
        let (title, text) = *chance.pick(&[&FIRE[..], &OTHERS[..]].concat());
        let name = format!("n{}", chance.below(60));
        let place = *chance.pick(&["兴平", "武功", "乾县", "礼泉", "彬州", "旬邑", "淳化", "永寿"]);
        let text = format!("{}{}", text.replace("兴平", place), chance.text(&[], 12));
        let fingerprint = chance.below(4) as u64;
        Entry { fingerprint, ..told(source, &name, &title.replace("兴平", place), &text) }
    });
    let mut named: Vec<Entry> = entries.collect();
    named.dedup_by_key(|entry| entry.key);
    report(source, number, named)
}

#[test]
fn restarts_failures_and_a_remade_index_change_no_decision() {
    let (mut told_anew, mut near) = (0, 0);
    chance::each(4, |chance| {
        let (mut whole, mut split) = (Rig::telling_stories(), Rig::telling_stories());
        // Now and then there is more than is compared.
        let capacity = *chance.pick(&[12, 10_000]);
        for rig in [&mut whole, &mut split] {
            rig.stories = Some(Stories::with_capacity(capacity));
        }
        for number in 1..60 {
            let reports: Vec<Report> =
                (0..1 + chance.below(3) as u64).map(|n| news(chance, number * 10 + n)).collect();
            whole.apply_together(&reports);
            match chance.below(6) {
                0 => {
                    split.reopen();
                    split.stories = Some(Stories::with_capacity(capacity));
                }
                1 => {
                    let broken = keys::state(&SourceId::new("x"));
                    let index = split.reader().index.clone();
                    index.put_now(&broken, vec![9]).expect("written");
                    let bad = report("x", 1, vec![fire("x", 0)]);
                    assert!(split.try_together(&[reports.clone(), vec![bad]].concat()).is_err());
                    index.hold([(broken, None)]);
                    index.settle().expect("settled");
                }
                2 => {
                    split.remove_index();
                    split.reopen();
                    split.stories = Some(Stories::with_capacity(capacity));
                }
                _ => {}
            }
            // In groups or one by one.
            match chance.one_in(2) {
                true => drop(split.apply_together(&reports)),
                false => reports.iter().for_each(|report| drop(split.apply(report))),
            }
            let wait = *chance.pick(&[0, 0, 600, 20_000]);
            if chance.one_in(12) {
                let order = Order::Retain(Retain { entries: Some(50), ..Retain::default() });
                for rig in [&mut whole, &mut split] {
                    rig.obey_all(order.clone());
                }
            }
            // Segments, and so the steps of an order, are not the same.
            let reached = whole.sequence.max(split.sequence) + wait;
            (whole.sequence, split.sequence) = (reached, reached);
            assert_eq!(whole.placements(), split.placements());
        }
        let placed = whole.placements();
        told_anew += placed.iter().filter(|(_, placement)| joined(*placement).is_some()).count();
        near += placed.iter().filter(|(_, placement)| placement.is_near).count();
        split.assert_sound();
    });
    assert!(told_anew > 4 && near > 8, "{told_anew} {near}");
}
