//! Pages of a channel of which not all entries are shown.

use super::*;
use crate::chance;
use crate::model::Cursor;
use std::collections::BTreeSet;

/// Follows the pages of what is shown of a channel; `most`: places that each may look at.
fn walk(
    rig: &Rig,
    (limit, most, editions): (usize, usize, Editions),
    is_shown: impl Fn(&str) -> bool,
) -> Vec<String> {
    let reader = rig.reader();
    let key = Channel::All.key();
    let title = |no| reader.entry_or_log(no).expect("there").entry.title.clone();
    let head = reader.channel(key).expect("read");
    let (mut before, mut titles, mut pages) = (None, Vec::new(), 0);
    loop {
        let mut looked_at = 0;
        let sifting = Sifting { before, limit, editions, most };
        let page = reader.sift(key, &head, sifting, |no| {
            looked_at += 1;
            Ok(is_shown(&title(no)))
        });
        let page = page.expect("read");
        assert!(page.entries.len() <= limit && looked_at <= most);
        titles.extend(page.entries.into_iter().map(title));
        pages += 1;
        assert!(pages <= 200, "no page gets on");
        let Some(next) = page.next else { return titles };
        assert!(before.is_none_or(|before: Cursor| next < before), "pages go on");
        before = Some(next);
    }
}

#[test]
fn properties_pages_meet_each_entry_that_is_shown_once_however_little_each_looks_at() {
    let mut rig = Rig::new();
    // Some share a text, so long that it is theirs whatever their titles: copies of others.
    let shared = TEXT.repeat(5);
    for poll in 0..4 {
        let entries = (0..24).map(|n| {
            let name = format!("{}", poll * 24 + n);
            let entry = entry("a", &name, 100 + (n * 7 % 24) * 10);
            let content = match n % 5 {
                0 => shared.clone(),
                _ => format!("{name} {}", name.repeat(200)),
            };
            Entry { content, ..entry }
        });
        rig.apply(&report("a", poll as u64 + 1, entries.collect()));
    }
    let [one, all] = [Editions::One, Editions::All].map(|which| rig.titles(&Channel::All, which));
    assert!(one.len() + 5 < all.len() && all.len() < 100, "{} of {}", one.len(), all.len());
    let mut sizes = BTreeSet::new();
    chance::each(60, |chance| {
        let editions = *chance.pick(&[Editions::One, Editions::All]);
        let all = rig.titles(&Channel::All, editions);
        let (wanted, of) = (chance.below(10), 1 + chance.below(12));
        let is_shown = |title: &str| title.parse::<usize>().expect("a number") % of == wanted;
        let expected: Vec<&String> = all.iter().filter(|title| is_shown(title)).collect();
        let (limit, most) = (1 + chance.below(9), 1 + chance.below(150));
        let found = walk(&rig, (limit, most, editions), is_shown);
        assert_eq!(found.iter().collect::<Vec<_>>(), expected, "{limit} {most} {wanted}/{of}");
        sizes.insert(expected.len());
    });
    assert!(sizes.len() > 10 && sizes.contains(&0), "{sizes:?}");
    let of = rig.reader().source_of(EntryNo::new(1, 0)).expect("read");
    assert_eq!(of, Some(SourceId::new("a")));
}
