//! The classifier against labelled headlines outside the repository
//! (`$COUNTYWIRE_SHARED/yardsticks`, by default `../shared` beside the crate).
//! `COUNTYWIRE_SHOW_MISSES=1` with `--nocapture` prints each wrong answer.

use super::*;
use crate::tables;
use std::collections::BTreeMap;

type Row = BTreeMap<String, String>;

/// A yardstick file's rows by column name, or `None` where the collection is absent.
fn rows(file: &str) -> Option<Vec<Row>> {
    let path = crate::shared::material(&format!("yardsticks/{file}"))?;
    let text = std::fs::read_to_string(path).expect("readable");
    let mut lines = text.lines().map(|line| line.split('\t').map(str::to_owned));
    let header: Vec<String> = lines.next().expect("a header").collect();
    Some(lines.map(|fields| header.iter().cloned().zip(fields).collect()).collect())
}

fn classifier() -> Classifier {
    let mut tree = RegionTree::default();
    tree.extend_from_tsv(tables::gazetteer("cn").expect("known")).expect("a valid gazetteer");
    Classifier::new(&tree, &tables::default_topics())
}

#[derive(Default)]
struct Count {
    right: usize,
    of: usize,
}

impl Count {
    fn add(&mut self, right: bool) {
        self.right += usize::from(right);
        self.of += 1;
    }

    fn in_1000(&self) -> usize {
        self.right * 1000 / self.of.max(1)
    }

    #[track_caller]
    fn assert_floor(&self, what: &str, floor: usize) {
        let reached = self.in_1000();
        eprintln!("{what}: {} of {}, {reached} in 1000 (floor {floor})", self.right, self.of);
        assert!(reached >= floor, "{what}: {reached} in 1000, floor {floor}");
    }
}

fn show_miss(row: &Row, gold: &str, said: &str) {
    if std::env::var_os("COUNTYWIRE_SHOW_MISSES").is_some() {
        let lead: String = row["text"].chars().take(100).collect();
        eprintln!("{} gold {gold} said {said}\n    {} | {lead}", row["id"], row["title"]);
    }
}

#[test]
fn topics_of_labelled_headlines_are_found() {
    let Some(rows) = rows("topic/regional_dev.tsv") else { return };
    let classifier = classifier();
    let (mut first, mut any, mut all) = (Count::default(), Count::default(), Count::default());
    for row in &rows {
        let item = Item { title: &row["title"], lead: &row["text"], ..Item::default() };
        let verdicts = classifier.classify(&item).topics;
        let gold: Vec<&str> = row["topics"].split('|').collect();
        let right: Vec<bool> =
            verdicts.iter().map(|verdict| gold.contains(&verdict.topic.as_str())).collect();
        first.add(right.first() == Some(&true));
        any.add(right.iter().take(2).any(|&right| right));
        right.iter().for_each(|&right| all.add(right));
        if !right.iter().take(2).any(|&right| right) {
            let said: Vec<String> =
                verdicts.iter().map(|one| format!("{}:{}", one.topic, one.evidence)).collect();
            show_miss(row, &row["topics"], &said.join(" "));
        }
    }
    all.assert_floor("topic, each verdict", 750);
    first.assert_floor("topic, first", 870);
    any.assert_floor("topic, any of the first two", 940);
}
