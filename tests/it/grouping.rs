//! `countywire group` against labelled pairs and printed-again texts outside the repository.
//! Prints the tables of tests/bench/README.md: `cargo test --test it grouping -- --nocapture`.

use crate::shared;
use crate::support::home::{self, Home, Settings};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// In 1/1000.
const SAME_EVENT_FLOOR: usize = 870;
const STREAM_PRECISION_FLOOR: usize = 850;
const RELATED_FLOOR: usize = 930;
const REPRINT_RECALL_FLOOR: usize = 980;
const REPRINT_PRECISION_FLOOR: usize = 995;

fn rows(name: &str) -> Option<Vec<Value>> {
    let text = std::fs::read_to_string(shared::material(name)?).expect("readable");
    Some(text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect())
}

fn answers(args: &[&str], lines: &[Value]) -> Vec<Value> {
    let home = Home::new(&Settings::new());
    let lines: String = lines.iter().map(|line| format!("{line}\n")).collect();
    let answers = home::to_end(home.command(args), lines.as_bytes()).expect(0).json_lines();
    assert!(!answers.is_empty());
    answers
}

#[derive(Default)]
struct Count {
    right: f64,
    said: f64,
    true_ones: f64,
}

impl Count {
    fn add(&mut self, said: bool, is_so: bool, weight: f64) {
        self.right += if said && is_so { weight } else { 0.0 };
        self.said += if said { weight } else { 0.0 };
        self.true_ones += if is_so { weight } else { 0.0 };
    }

    fn in_1000(of: f64, all: f64) -> usize {
        (of * 1000.0 / all.max(1e-9)) as usize
    }

    fn precision(&self) -> usize {
        Count::in_1000(self.right, self.said)
    }

    fn recall(&self) -> usize {
        Count::in_1000(self.right, self.true_ones)
    }

    fn f1(&self) -> usize {
        Count::in_1000(2.0 * self.right, self.said + self.true_ones)
    }
}

#[track_caller]
fn assert_floor(what: &str, reached: usize, floor: usize) {
    eprintln!("{what}: {reached} in 1000 (floor {floor})");
    assert!(reached >= floor, "{what}: {reached} in 1000, floor {floor}");
}

#[test]
fn pairs_of_articles_are_told_to_be_of_one_event() {
    let Some(rows) = rows("yardsticks/story/dev.jsonl") else { return };
    let answers = answers(&["group", "--pairs"], &rows);
    let (mut same, mut stream, mut related) = <(Count, Count, Count)>::default();
    for (row, answer) in rows.iter().zip(&answers) {
        assert_eq!(row["id"], answer["id"]);
        let grade = row["grade"].as_i64().expect("a grade");
        let says = |name: &str| answer[name].as_f64().is_some_and(|score| score >= 0.5);
        same.add(says("same_event"), grade == 2, 1.0);
        stream.add(says("same_event"), grade == 2, row["weight"].as_f64().unwrap_or(0.0));
        related.add(says("related"), grade >= 1, 1.0);
    }
    eprintln!(
        "| method | same event F1 (stream P / R) | same or related F1 |\n| --- | --- | --- |"
    );
    eprintln!("| TF-IDF cosine char-2, title×2 + 200 | .777 (.65/.70) | .880 |");
    eprintln!("| logistic over 14 features | .838 (.78/.68) | .906 |");
    let (f1, precision, recall) = (same.f1(), stream.precision(), stream.recall());
    eprintln!(
        "| countywire, development half | .{f1} (.{precision}/.{recall}) | .{} |",
        related.f1()
    );
    assert_floor("same event F1", f1, SAME_EVENT_FLOOR);
    assert_floor("same event, precision in a stream", precision, STREAM_PRECISION_FLOOR);
    assert_floor("same or related F1", related.f1(), RELATED_FLOOR);
}

#[test]
fn the_weights_are_those_of_a_fresh_fit() {
    let Some(yardsticks) = shared::material("yardsticks") else { return };
    let mut fit = std::process::Command::new("python3");
    fit.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/data/story/fit.py"));
    fit.args([yardsticks.as_os_str(), home::program().get_program(), "--check".as_ref()]);
    home::to_end(fit, b"").expect(0);
}

#[test]
fn articles_of_one_event_meet_in_one_story() {
    let Some(rows) = rows("yardsticks/story/dev.jsonl") else { return };
    // Each article once, in the order of dates; what stands for it in the pairs.
    let mut articles: BTreeMap<(String, String), Value> = BTreeMap::new();
    let key = |row: &Value, side: &str| {
        let field =
            |name: &str| row[format!("{side}_{name}")].as_str().unwrap_or_default().to_owned();
        (field("date"), format!("{} {}", field("title"), field("text")))
    };
    for (row, side) in rows.iter().flat_map(|row| [(row, "a"), (row, "b")]) {
        let id = articles.len();
        let field = |name: &str| row[format!("{side}_{name}")].clone();
        let entry = json!({ "id": id, "title": field("title"), "text": field("text"),
            "published": field("date") });
        articles.entry(key(row, side)).or_insert(entry);
    }
    let lines: Vec<Value> = articles.values().cloned().collect();
    let answers = answers(&["group"], &lines);
    let stories: BTreeMap<_, _> = articles
        .keys()
        .zip(&answers)
        .map(|(key, answer)| (key.clone(), answer["story"].clone()))
        .collect();
    let (mut same, mut stream) = <(Count, Count)>::default();
    for row in rows.iter().filter(|row| row["easy"].is_null()) {
        let together = stories[&key(row, "a")] == stories[&key(row, "b")];
        let weight = row["weight"].as_f64().unwrap_or(0.0);
        same.add(together, row["grade"] == 2, 1.0);
        stream.add(together, row["grade"] == 2, weight);
    }
    eprintln!(
        "stories of {} articles: same event P .{} R .{} F1 .{}, in a stream P .{} R .{}",
        lines.len(),
        same.precision(),
        same.recall(),
        same.f1(),
        stream.precision(),
        stream.recall()
    );
    assert_floor("stories, precision", same.precision(), 870);
    assert_floor("stories, recall", same.recall(), 860);
}

#[test]
fn printed_again_texts_find_their_first_print() {
    let Some(mut rows) = rows("yardsticks/reprint/dev.jsonl") else { return };
    rows.sort_by_key(|row| row["date"].as_str().map(str::to_owned));
    let lines: Vec<Value> = rows
        .iter()
        .map(|row| json!({ "id": row["id"], "title": row["title"], "text": row["text"], "published": row["date"] }))
        .collect();
    let answers = answers(&["group"], &lines);
    let groups: Vec<&Value> = answers
        .iter()
        .map(
            |answer| {
                if answer["reprint_of"].is_null() { &answer["id"] } else { &answer["reprint_of"] }
            },
        )
        .collect();
    let (mut all, mut kinds) = (Count::default(), BTreeMap::<String, Count>::new());
    let mut near: BTreeSet<(usize, usize)> = BTreeSet::new();
    for by in [
        |at: usize, _: &[Value], groups: &[&Value]| groups[at].to_string(),
        |at: usize, rows: &[Value], _: &[&Value]| rows[at]["gid"].to_string(),
    ] {
        let mut held: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for at in 0..rows.len() {
            held.entry(by(at, &rows, &groups)).or_default().push(at);
        }
        for held in held.values() {
            near.extend(
                held.iter()
                    .enumerate()
                    .flat_map(|(n, &a)| held[n + 1..].iter().map(move |&b| (a, b))),
            );
        }
    }
    for (a, b) in near {
        let (said, is_so) = (groups[a] == groups[b], rows[a]["gid"] == rows[b]["gid"]);
        all.add(said, is_so, 1.0);
        let kinds_here =
            [&rows[a]["kind"], &rows[b]["kind"]].map(|kind| kind.as_str().unwrap_or_default());
        let kind = match kinds_here {
            ["orig", kind] | [kind, "orig"] => kind,
            _ => "two variants",
        };
        kinds.entry(kind.to_owned()).or_default().add(said, is_so, 1.0);
    }
    eprintln!("| method | P | recall | by kind |\n| --- | --- | --- | --- |");
    eprintln!("| winnowing n8 w8 containment | .995 | .968 | summary .85 |");
    eprintln!("| containment char-6 + .25 title containment | .995 | .979 | summary .90 |");
    let by_kind: Vec<String> = kinds
        .iter()
        .filter(|(_, count)| count.true_ones > 0.0)
        .map(|(kind, count)| format!("{kind} .{:03}", count.recall()))
        .collect();
    eprintln!(
        "| countywire, development half | .{} | .{} | {} |",
        all.precision(),
        all.recall(),
        by_kind.join(", ")
    );
    assert_floor("reprint precision", all.precision(), REPRINT_PRECISION_FLOOR);
    assert_floor("reprint recall", all.recall(), REPRINT_RECALL_FLOOR);
}
