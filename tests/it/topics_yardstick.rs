//! `countywire classify` over headlines with topics outside the repository, beside what others reach.
//! `COUNTYWIRE_SHOW_MISSES=1` with `--nocapture` prints each wrong answer.
//!
//! Nothing was learnt from the headlines of sections (`dev.tsv`): what is right there was never seen. The
//! weights were learnt from the regional headlines too, so that how right they are on these tells that
//! program and weights fit together; what was held out of them is told by `data/topics/weights.toml`.

use crate::shared::material;
use crate::support::home;
use serde_json::{Value, json};
use std::collections::BTreeMap;

type Row = BTreeMap<String, String>;

const WEIGHTS_TOML: &str = include_str!("../../data/topics/weights.toml");

/// First right, and any of the first two right, in 1000: how others do on the regional half
/// that is not ours to see.
const BASELINES: [(&str, usize, Option<usize>); 5] = [
    ("keyword rules", 576, None),
    ("hashed runs, public headlines", 337, None),
    ("hashed runs, archive headlines by keywords", 713, None),
    ("the same and their text", 733, None),
    ("the same and 443 labelled by reading", 750, Some(900)),
];

/// A yardstick file's rows by column name, each with its answer; `None` where the collection is absent.
fn answered(file: &str) -> Option<Vec<(Row, Value)>> {
    let path = material(&format!("yardsticks/topic/{file}"))?;
    let text = std::fs::read_to_string(path).expect("readable");
    let mut lines = text.lines().map(|line| line.split('\t').map(str::to_owned));
    let header: Vec<String> = lines.next().expect("a header").collect();
    let rows: Vec<Row> = lines.map(|fields| header.iter().cloned().zip(fields).collect()).collect();
    let line = |row: &Row| json!({"id": row["id"], "title": row["title"], "text": row.get("text")});
    let input: String = rows.iter().map(|row| format!("{}\n", line(row))).collect();
    let mut command = home::program();
    command.args(["classify", "--gazetteer", "cn"]);
    let answers = home::to_end(command, input.as_bytes()).expect(0).json_lines();
    assert_eq!(answers.len(), rows.len());
    let answered: Vec<(Row, Value)> = rows.into_iter().zip(answers).collect();
    assert!(answered.iter().all(|(row, answer)| answer["id"] == row["id"].as_str()));
    Some(answered)
}

#[derive(Default)]
struct Count {
    first: usize,
    any: usize,
    given: usize,
    right: usize,
    of: usize,
}

impl Count {
    fn add(&mut self, row: &Row, answer: &Value, gold: &[&str]) {
        let topics = answer["topics"].as_array().expect("a list");
        let is_right = |topic: &Value| topic["slug"].as_str().is_some_and(|it| gold.contains(&it));
        let right: Vec<bool> = topics.iter().map(is_right).collect();
        let any = right.iter().take(2).any(|&right| right);
        self.first += usize::from(right.first() == Some(&true));
        self.any += usize::from(any);
        self.given += right.len();
        self.right += right.iter().filter(|&&right| right).count();
        self.of += 1;
        if !any && std::env::var_os("COUNTYWIRE_SHOW_MISSES").is_some() {
            eprintln!("{} gold {gold:?} said {topics:?}\n    {}", row["id"], row["title"]);
        }
    }

    fn in_1000(&self, count: usize) -> usize {
        count * 1000 / self.of.max(1)
    }

    fn show(&self, name: &str) {
        show(name, self.in_1000(self.first), Some(self.in_1000(self.any)));
    }
}

fn show(name: &str, first: usize, any: Option<usize>) {
    let share = |in_1000: usize| format!("{}.{:03}", in_1000 / 1000, in_1000 % 1000);
    let any = any.map_or("–".to_owned(), share);
    eprintln!("| {name} | {} | {any} |", share(first));
}

/// What `weights.toml` tells of headlines that were held out, to be shown beside what is counted here.
fn show_cross_validated(name: &str, origin: &str) {
    let table: toml::Table = WEIGHTS_TOML.parse().expect("valid");
    let figure = |key: &str| {
        let value = table["cross_validated"][origin][key].as_integer().expect("a number");
        usize::try_from(value).expect("in 1000")
    };
    show(name, figure("first"), Some(figure("any_of_two")));
}

#[test]
fn topics_of_regional_headlines_are_found() {
    let Some(answered) = answered("regional_dev.tsv") else { return };
    let mut count = Count::default();
    for (row, answer) in &answered {
        count.add(row, answer, &row["topics"].split('|').collect::<Vec<_>>());
    }
    eprintln!("| regional headlines | first right | any of the first two |\n|---|---|---|");
    for (name, first, any) in BASELINES {
        show(name, first, any);
    }
    show_cross_validated("told by weights.toml: cross-validated", "regional");
    let ours = "told by weights.toml: cross-validated, headlines that no word was chosen by";
    show_cross_validated(ours, "ours");
    count.show("countywire classify, as it was learnt from these");
    assert!(count.in_1000(count.first) >= 900 && count.in_1000(count.any) >= 950);
    assert!(count.right * 1000 >= 750 * count.given, "{} of {}", count.right, count.given);
}

#[test]
fn topics_of_headlines_that_nothing_was_learnt_from_are_found() {
    let Some(answered) = answered("dev.tsv") else { return };
    let (mut all, mut counts) = (Count::default(), BTreeMap::<&str, Count>::new());
    for (row, answer) in &answered {
        let gold = [row["topic"].as_str()];
        counts.entry(&row["source"]).or_default().add(row, answer, &gold);
        all.add(row, answer, &gold);
    }
    eprintln!("| headlines of sections | first right | any of the first two |\n|---|---|---|");
    for (source, count) in &counts {
        count.show(source);
    }
    all.show("all");
    // Sections of other sites are others than ours, and count a twentieth in learning.
    assert!(all.in_1000(all.first) >= 390, "{} of {}", all.first, all.of);
}
