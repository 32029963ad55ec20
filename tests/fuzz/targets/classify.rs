//! Any two texts as title and opening of an entry, with a source's region and words of the
//! admin's: spans lie in their text and hold what is told, and the same is said twice.

#![no_main]

use countywire::classify::{Classifier, Item};
use countywire::model::{EvidenceKind, RegionCode, RegionTree, RegionWords};
use countywire::tables;
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

struct Tables {
    regions: RegionTree,
    homes: Vec<RegionCode>,
    classifier: Classifier,
}

static TABLES: LazyLock<Tables> = LazyLock::new(|| {
    let mut regions = RegionTree::default();
    for name in tables::GAZETTEERS {
        let table = tables::gazetteer(name).expect("known");
        regions.extend_from_tsv(table).expect("a valid gazetteer");
    }
    let homes: Vec<RegionCode> = regions.iter().map(|region| region.code.clone()).collect();
    let classifier = Classifier::new(&regions, &tables::default_topics());
    Tables { regions, homes, classifier }
});

fuzz_target!(|input: (&str, &str, Option<u16>, u8, &str)| {
    let (title, lead, home, flags, word) = input;
    let Tables { regions, homes, classifier } = &*TABLES;
    let region = home.map(|home| &homes[usize::from(home) % homes.len()]);
    let words = if word.trim().is_empty() { vec![] } else { vec![word.to_owned()] };
    let not_words = if flags & 4 == 0 { vec![] } else { words.clone() };
    let rules = [RegionWords { region: homes[0].clone(), words, not_words }];
    let item = Item {
        title,
        lead,
        region,
        region_fallback: flags & 1 != 0,
        region_fixed: flags & 2 != 0,
        region_words: &rules,
        topics: &[],
    };
    let explained = classifier.explain(&item);
    assert_eq!(explained, classifier.explain(&item));
    let verdicts = classifier.classify(&item);
    assert_eq!(explained.topics, verdicts.topics);
    assert_eq!(explained.regions.len(), verdicts.regions.len());
    assert!(verdicts.regions.len() <= 4 && verdicts.topics.len() <= 3);
    for (one, verdict) in explained.regions.iter().zip(&verdicts.regions) {
        assert_eq!((&one.region, one.score), (&verdict.region, verdict.score));
        assert!(one.score <= 1000 && regions.get(&one.region).is_some());
        for piece in &one.evidence {
            let text = match piece.part {
                EvidenceKind::Title => title,
                EvidenceKind::Lead => lead,
                EvidenceKind::Source => continue,
            };
            let (start, end) = (piece.start as usize, piece.end as usize);
            let span: String = text.chars().skip(start).take(end - start).collect();
            assert!(start < end && span == piece.text, "{span:?} {piece:?}");
        }
    }
});
