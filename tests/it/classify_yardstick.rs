//! `countywire classify` over labelled headlines outside the repository, beside what others reach.
//! `COUNTYWIRE_SHOW_MISSES=1` with `--nocapture` prints each wrong answer.

use crate::shared::material;
use crate::support::home;
use serde_json::{Value, json};
use std::collections::BTreeMap;

type Row = BTreeMap<String, String>;

fn rows(text: &str) -> Vec<Row> {
    let mut lines = text.lines().map(|line| line.split('\t').map(str::to_owned));
    let header: Vec<String> = lines.next().expect("a header").collect();
    lines.map(|fields| header.iter().cloned().zip(fields).collect()).collect()
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

    fn share(&self) -> String {
        format!(".{:03}", self.in_1000())
    }

    #[track_caller]
    fn assert_floor(&self, what: &str, floor: usize) {
        let reached = self.in_1000();
        assert!(reached >= floor, "{what}: {reached} in 1000, floor {floor}");
    }
}

/// The best region's code, without the country.
fn said(answer: &Value) -> String {
    let code = answer["regions"][0]["code"].as_str().unwrap_or_default();
    code.trim_start_matches("cn").to_owned()
}

#[test]
fn regions_of_labelled_headlines_are_found() {
    let Some(path) = material("yardsticks/region/dev.tsv") else { return };
    let rows = rows(&std::fs::read_to_string(path).expect("readable"));
    let line = |row: &Row| {
        let home = &row["source_home_code"];
        json!({"id": row["id"], "title": row["title"], "text": row["text"], "source_region": home})
    };
    let input: String = rows.iter().map(|row| format!("{}\n", line(row))).collect();
    let mut command = home::program();
    command.args(["classify", "--gazetteer", "cn"]);
    let answers = home::to_end(command, input.as_bytes()).expect(0).json_lines();
    assert_eq!(answers.len(), rows.len());

    let (mut exact, mut lenient) = (Count::default(), Count::default());
    let (mut none_precision, mut none_recall) = (Count::default(), Count::default());
    let mut strata: BTreeMap<&str, Count> = BTreeMap::new();
    for (row, answer) in rows.iter().zip(&answers) {
        assert_eq!(answer["id"].as_str(), Some(row["id"].as_str()));
        let (said, gold) = (said(answer), row["gold_code"].as_str());
        let mut others = row["alt_codes"].split('|').filter(|other| !other.is_empty());
        let nearly = said == gold || others.any(|one| one.trim_start_matches("none") == said);
        exact.add(said == gold);
        lenient.add(nearly);
        strata.entry(&row["stratum"]).or_default().add(nearly);
        if said.is_empty() {
            none_precision.add(gold.is_empty());
        }
        if gold.is_empty() {
            none_recall.add(said.is_empty());
        }
        if !nearly && std::env::var_os("COUNTYWIRE_SHOW_MISSES").is_some() {
            let lead: String = row["text"].chars().take(100).collect();
            eprintln!("{} gold {gold} said {said}\n    {} | {lead}", row["id"], row["title"]);
        }
    }
    let stratum = |name: &str| {
        let count = &strata[name];
        format!("{}/{}", count.right, count.of)
    };
    eprintln!(
        "| tagger | exact | lenient | none P / R | trap | local |\n|---|---|---|---|---|---|"
    );
    eprintln!("| naive longest match | .680 | .715 | .82 / .22 | 5/76 | 5/17 |");
    eprintln!("| cpca 0.5.5 | .711 | .764 | .63 / .61 | | 4/17 |");
    eprintln!("| cpca-linch 0.5.2 | .723 | .790 | .60 / .75 | 64/76 | 5/17 |");
    eprintln!("| JioNLP parse_location | .709 | .798 | .79 / .49 | 20/76 | 2/17 |");
    eprintln!("| reference, with the source's home | .865 | .911 | .88 / .79 | 64/76 | 11/17 |");
    eprintln!(
        "| countywire classify | {} | {} | {} / {} | {} | {} |",
        exact.share(),
        lenient.share(),
        none_precision.share(),
        none_recall.share(),
        stratum("trap"),
        stratum("local"),
    );
    eprintln!("The others' rows: the unseen half of this yardstick; ours: the half that we have.");
    for (name, count) in &strata {
        eprintln!("    {name}: {} of {}", count.right, count.of);
    }
    none_precision.assert_floor("no region, precision", 940);
    none_recall.assert_floor("no region, recall", 930);
    exact.assert_floor("region, exact", 930);
    lenient.assert_floor("region, lenient", 975);
    strata["elided"].assert_floor("elided", 970);
}
