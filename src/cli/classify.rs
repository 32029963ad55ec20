//! `countywire classify`: the regions and topics of entries given as lines of JSON, with the evidence.

use super::json_lines::{self, Line, put};
use super::{complain, fail, load};
use crate::classify::{Classifier, Evidence, Item, RegionReasons};
use crate::model::{RegionCode, RegionTree, TopicVerdict};
use crate::tables;
use clap::Args;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

pub const AFTER_HELP: &str = r#"Reads one JSON object a line from standard input and writes one a line to standard output, in
the same order, each before it waits for the next.

  in   {"id": 1, "title": "兴平一小区起火", "text": "…", "source_region": "shaanxi/xianyang"}
  out  {"id": 1, "regions": [{"code": "cn610481", "path": "shaanxi/xianyang/xingping",
         "kind": "located", "score": 0.836, "evidence": [{"text": "兴平", "in": "title",
         "start": 0, "end": 2, "rule": "name"}]}], "topics": [{"slug": "disaster", "score": 0.5}]}

In: `id` is given back as it is written. `title` and `text` are plain text; of the text the beginning is
read, some 400 Chinese characters. `source_region`, which may be left out, is the source's own
region: a path, or a code with or without the country before it (610400, cn610400). It decides
between regions of one name, and is what 我市 means. Other members are ignored. A line has 16 MiB
at most.

Out: `regions` holds the best first, 4 at most, none inside another; empty: unknown. Scores are
0 to 1. `kind` tells what the entry has to do with the region:
  located  what it tells happens there
  about    it speaks of people, organisations or things from there, or [[region_words]] say so
  home     it is the source's own region, which the text does not name

`evidence` holds the matched words, the weightiest first, 8 at most. `start` and `end` count
characters (Unicode scalar values, from 0, the end not included) of the title or of the text, as
`in` says: title, text, or source, which is a setting and stands nowhere (0, 0). `rule` tells
how the words came to mean the region:
  name      it is a name of one region
  ancestor  it follows the name of a region that holds it: 陕西兴平
  pair      it stands before one: King County, Washington
  context   of several regions of the name, the one that other names speak for
  prior     of several regions of the name, the one of the source's own region
  town      a town in it
  landmark  another place or an institution in it
  here      a word for the source's own region: 我市
  words     [[region_words]] in feeds.toml
  fallback  the text names no place (--region-fallback)

`topics` holds the best first, with slugs as in feeds.toml.

Regions, topics and [[region_words]] are those of feeds.toml where there is one (--config), else
those that come with the program, for China. --gazetteer takes others, and no feeds.toml.

A line that cannot be read ends it with exit code 65 and a message that names the line. A
`source_region` that is not known is told with its line, and counts as none."#;

#[derive(Debug, Args)]
pub struct ClassifyArgs {
    /// `cn`, `us` or a .tsv file, as [regions] gazetteer in feeds.toml; may be given several times
    #[arg(long, value_name = "NAME|FILE")]
    gazetteer: Vec<String>,
    /// Where a text names no place, give its source's region, as region_fallback in feeds.toml
    #[arg(long)]
    region_fallback: bool,
}

#[derive(Deserialize)]
struct Given<'a> {
    #[serde(borrow)]
    id: &'a RawValue,
    #[serde(default, borrow)]
    title: Option<Cow<'a, str>>,
    #[serde(default, borrow)]
    text: Option<Cow<'a, str>>,
    #[serde(default)]
    source_region: Value,
}

#[derive(Serialize)]
struct Verdicts<'a> {
    id: &'a RawValue,
    regions: Vec<RegionView<'a>>,
    topics: Vec<TopicView<'a>>,
}

#[derive(Serialize)]
struct RegionView<'a> {
    code: &'a str,
    path: &'a str,
    kind: &'static str,
    score: f64,
    evidence: Vec<EvidenceView<'a>>,
}

#[derive(Serialize)]
struct EvidenceView<'a> {
    text: &'a str,
    #[serde(rename = "in")]
    part: &'static str,
    start: u32,
    end: u32,
    rule: &'static str,
}

#[derive(Serialize)]
struct TopicView<'a> {
    slug: &'a str,
    score: f64,
}

/// What entries are classified by.
struct Tables {
    regions: Arc<RegionTree>,
    classifier: Classifier,
}

pub fn run(config: &Path, args: &ClassifyArgs) -> ExitCode {
    match tables(config, args) {
        Ok(tables) => json_lines::answer(|line, out| classify(&tables, args, &line, out)),
        Err(code) => code,
    }
}

fn tables(config: &Path, args: &ClassifyArgs) -> Result<Tables, ExitCode> {
    // Nobody need write a feeds.toml for this; who names another file means it.
    if args.gazetteer.is_empty() && (config.exists() || config != Path::new("feeds.toml")) {
        let config = load(config)?;
        let classifier =
            Classifier::new(&config.regions, &config.topics).with_words(&config.region_words);
        return Ok(Tables { regions: config.regions, classifier });
    }
    let default = ["cn".to_owned()];
    let names = if args.gazetteer.is_empty() { &default[..] } else { &args.gazetteer };
    let regions = gazetteers(names).map_err(|why| fail(&why))?;
    let classifier = Classifier::new(&regions, &tables::default_topics());
    Ok(Tables { regions: Arc::new(regions), classifier })
}

fn gazetteers(names: &[String]) -> Result<RegionTree, String> {
    let mut regions = RegionTree::default();
    for name in names {
        let text = match tables::gazetteer(name) {
            Some(table) => Cow::Borrowed(table),
            None if name.contains(['/', '.', '\\']) => {
                let path = PathBuf::from(name);
                let text = std::fs::read_to_string(&path);
                Cow::Owned(text.map_err(|error| format!("cannot read {name}: {error}"))?)
            }
            None => return Err(format!("{name:?} is no gazetteer; write cn, us or a .tsv file")),
        };
        regions.extend_from_tsv(&text).map_err(|error| format!("{name}: {error}"))?;
    }
    Ok(regions)
}

fn classify(
    tables: &Tables,
    args: &ClassifyArgs,
    line: &Line<'_>,
    out: &mut Vec<u8>,
) -> Result<(), String> {
    let given: Given<'_> = line.read()?;
    let region = region_of(&tables.regions, &given.source_region).unwrap_or_else(|unknown| {
        let number = line.number;
        complain(&format!("countywire: line {number}: source_region {unknown} is not known"));
        None
    });
    let item = Item {
        title: given.title.as_deref().unwrap_or_default(),
        lead: given.text.as_deref().unwrap_or_default(),
        region,
        region_fallback: args.region_fallback,
        ..Item::default()
    };
    let explained = tables.classifier.explain(&item);
    let verdicts = Verdicts {
        id: given.id,
        regions: explained.regions.iter().map(|one| region_view(tables, one)).collect(),
        topics: explained.topics.iter().map(topic_view).collect(),
    };
    put(out, &verdicts);
    Ok(())
}

/// # Errors
/// What was given, where it is no region.
fn region_of<'t>(tree: &'t RegionTree, given: &Value) -> Result<Option<&'t RegionCode>, String> {
    let text = match given {
        Value::Null => return Ok(None),
        Value::String(text) if text.is_empty() => return Ok(None),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let by_code = || {
        let codes = ["", "cn", "us"].map(|country| RegionCode::new(&format!("{country}{text}")));
        codes.iter().find_map(|code| tree.get(code))
    };
    let region = tree.by_path(&text).or_else(by_code);
    let shown = || format!("{:?}", text.chars().take(64).collect::<String>());
    region.map(|region| Some(&region.code)).ok_or_else(shown)
}

fn region_view<'a>(tables: &'a Tables, one: &'a RegionReasons) -> RegionView<'a> {
    RegionView {
        code: one.region.as_str(),
        path: tables.regions.get(&one.region).map_or("", |region| &region.path),
        kind: one.relation.label(),
        score: share(one.score),
        evidence: one.evidence.iter().map(evidence_view).collect(),
    }
}

fn evidence_view(one: &Evidence) -> EvidenceView<'_> {
    use crate::model::EvidenceKind;
    let part = match one.part {
        EvidenceKind::Source => "source",
        EvidenceKind::Title => "title",
        EvidenceKind::Lead => "text",
    };
    let (start, end, rule) = (one.start, one.end, one.rule.label());
    EvidenceView { text: &one.text, part, start, end, rule }
}

fn topic_view(one: &TopicVerdict) -> TopicView<'_> {
    TopicView { slug: one.topic.as_str(), score: share(one.score) }
}

fn share(thousandths: u16) -> f64 {
    f64::from(thousandths) / 1000.0
}
