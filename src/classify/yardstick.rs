//! The classifier against labelled headlines outside the repository
//! (`$COUNTYWIRE_SHARED/yardsticks`, by default `../shared` beside the crate).

use super::*;
use crate::tables;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// A yardstick file's rows by column name, or `None` where the collection is absent.
fn rows(file: &str) -> Option<Vec<BTreeMap<String, String>>> {
    let shared = std::env::var_os("COUNTYWIRE_SHARED")
        .map(PathBuf::from)
        .unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared"));
    let path = shared.join("yardsticks").join(file);
    let Ok(text) = std::fs::read_to_string(&path) else {
        let required = std::env::var("COUNTYWIRE_REQUIRE_SHARED").is_ok_and(|value| value == "1");
        assert!(!required, "{} is required and absent", path.display());
        eprintln!("skipped: {} is absent", path.display());
        return None;
    };
    let mut lines = text.lines().map(|line| line.split('\t').map(str::to_owned));
    let header: Vec<String> = lines.next().expect("a header").collect();
    Some(lines.map(|fields| header.iter().cloned().zip(fields).collect()).collect())
}

fn classifier() -> Classifier {
    let mut tree = RegionTree::default();
    tree.extend_from_tsv(tables::gazetteer("cn").expect("known")).expect("a valid gazetteer");
    Classifier::new(&tree, &tables::default_topics())
}

/// Right answers in a thousand, at least.
#[track_caller]
fn assert_floor(what: &str, right: usize, of: usize, floor: usize) {
    let reached = right * 1000 / of.max(1);
    eprintln!("{what}: {right} of {of} ({reached} in 1000, floor {floor})");
    assert!(reached >= floor, "{what}: {reached} in 1000, floor {floor}");
}

#[test]
fn regions_of_labelled_headlines_are_found() {
    let Some(rows) = rows("region/dev.tsv") else { return };
    let classifier = classifier();
    let reader = &classifier.regions;
    let (mut exact, mut lenient) = (0, 0);
    let mut strata: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    let (mut none_said, mut none_right, mut none_true) = (0, 0, 0);
    for row in &rows {
        let home =
            reader.places().of_code(&RegionCode::new(&format!("cn{}", row["source_home_code"])));
        let found = reader.read(&row["title"], &row["text"], home);
        // One answer is asked for: of several regions, what they have in common.
        let answer =
            found.iter().map(|one| one.place).try_fold(None, |common, place| match common {
                None => Some(Some(place)),
                Some(common) => reader
                    .places()
                    .lineage(common)
                    .find(|&at| reader.places().is_within(place, at))
                    .map(Some),
            });
        let answer =
            answer.flatten().map_or("", |place| &reader.places().code(place).as_str()[2..]);
        let gold = row["gold_code"].as_str();
        let alts = row["alt_codes"].split('|').map(|alt| if alt == "none" { "" } else { alt });
        let right = answer == gold;
        let nearly =
            right || (!row["alt_codes"].is_empty() && alts.clone().any(|alt| alt == answer));
        exact += usize::from(right);
        lenient += usize::from(nearly);
        none_said += usize::from(answer.is_empty());
        none_true += usize::from(gold.is_empty());
        none_right += usize::from(answer.is_empty() && gold.is_empty());
        let stratum = strata.entry(&row["stratum"]).or_default();
        stratum.0 += usize::from(nearly);
        stratum.1 += 1;
        if !nearly && std::env::var_os("SHOW_MISSES").is_some() {
            let evidence: Vec<_> = found.iter().map(|f| format!("{f:?}")).collect();
            eprintln!(
                "{} {} gold {gold} {} said {answer} home {}\n   {} | {}\n   {}",
                row["id"],
                row["stratum"],
                row["note"],
                row["source_home_code"],
                row["title"],
                row["text"].chars().take(120).collect::<String>(),
                evidence.join(" ")
            );
        }
    }
    eprintln!("by stratum: {strata:?}");
    eprintln!("none: said {none_said}, right {none_right}, true {none_true}");
    assert_floor("region, exact", exact, rows.len(), 0);
    assert_floor("region, lenient", lenient, rows.len(), 0);
}

#[test]
fn topics_of_labelled_headlines_are_found() {
    let Some(rows) = rows("topic/regional_dev.tsv") else { return };
    let classifier = classifier();
    let (mut first, mut any) = (0, 0);
    for row in &rows {
        let item = Item { title: &row["title"], lead: &row["text"], region: None, topics: &[] };
        let verdicts = classifier.classify(&item).topics;
        let gold: Vec<&str> = row["topics"].split('|').collect();
        let right = |verdict: &&TopicVerdict| gold.contains(&verdict.topic.as_str());
        first += usize::from(verdicts.iter().take(1).any(|v| right(&v)));
        any += usize::from(verdicts.iter().take(2).any(|v| right(&v)));
        if !verdicts.iter().take(2).any(|v| right(&v)) && std::env::var_os("SHOW_MISSES").is_some()
        {
            let said: Vec<_> = verdicts
                .iter()
                .map(|v| format!("{}:{}:{}", v.topic, v.evidence, v.score))
                .collect();
            eprintln!(
                "{} gold {} said {} | {}",
                row["id"],
                row["topics"],
                said.join(" "),
                row["title"]
            );
        }
    }
    assert_floor("topic, first", first, rows.len(), 0);
    assert_floor("topic, any of the first two", any, rows.len(), 0);
}
