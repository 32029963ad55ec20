//! `countywire group`: which entries are of one story, and which are reprints.

use super::complain;
use super::json_lines::{self, put};
use crate::model::Timestamp;
use crate::story::{self, NAMES, Sketch, Window};
use crate::text::dates;
use chrono_tz::Tz;
use clap::Args;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::process::ExitCode;
use std::rc::Rc;

/// Bytes of an entry's id.
const LONGEST_ID: usize = 1024;

#[derive(Debug, Args)]
pub struct GroupArgs {
    /// Compare the two entries of each line, and nothing else
    #[arg(long)]
    pairs: bool,
    /// With --pairs: tell what was measured of the two as well
    #[arg(long, requires = "pairs")]
    explain: bool,
}

pub const AFTER_HELP: &str = r#"Reads one JSON object a line from standard input, in the order in which entries came, and
answers each with one on standard output:

  in   {"id": 7, "title": "…", "text": "…", "published": "2026-11-30T08:00:00Z", "source": "…"}
  out  {"id": 7, "story": 3, "reprint_of": null}

`id` is given back as it is written: a text, a number of any size, or null, 1024 bytes at most. `story` is the id of the story's first entry, the entry's own where it begins one; `reprint_of`
that of the first entry with the text, or null. Entries published within 96 hours of each other
are compared, the newest 400,000. `text` may be HTML; `published` is a date or seconds since 1970,
and that of the entry before where there is none, or none that can be read, which is told with its
line. Where `source`, a text or a number, is given, more is asked, as the
daemon does: a source does not reprint itself, notices of a few words reprint nothing, and nor does
a text that holds another one among much else.

With --pairs:

  in   {"id": 7, "a_title": "…", "a_text": "…", "a_date": "…",
        "b_title": "…", "b_text": "…", "b_date": "…"}
  out  {"id": 7, "same_event": 0.91, "related": 0.97, "reprint": 0.02}

Scores are 0 to 1. Default thresholds: same_event 0.5, related 0.5, reprint 0.5; stories join at
the first, reprints at the last.

A line that cannot be read, or is longer than 16 MiB, ends it with exit code 65 and a message that
names the line. Nothing is stored."#;

/// As it is written. Kept as long as its entry and the entries of its story are.
#[derive(Clone)]
struct Id(Rc<RawValue>);

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Id, D::Error> {
        let id = Box::<RawValue>::deserialize(deserializer)?;
        let is_short = id.get().len() <= LONGEST_ID && !id.get().starts_with(['{', '[']);
        is_short.then(|| Id(id.into())).ok_or_else(|| {
            D::Error::custom(format!(
                "id: write a number, null, or a text of at most {LONGEST_ID} bytes"
            ))
        })
    }
}

impl Serialize for Id {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

#[derive(Deserialize)]
struct Entry {
    id: Id,
    #[serde(default)]
    title: Option<String>,
    #[serde(default)]
    text: Option<String>,
    #[serde(default)]
    published: Option<Date>,
    #[serde(default)]
    source: Value,
}

#[derive(Deserialize)]
struct Pair {
    id: Id,
    #[serde(default)]
    a_title: Option<String>,
    #[serde(default)]
    a_text: Option<String>,
    #[serde(default)]
    a_date: Option<Date>,
    #[serde(default)]
    b_title: Option<String>,
    #[serde(default)]
    b_text: Option<String>,
    #[serde(default)]
    b_date: Option<Date>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Date {
    Seconds(i64),
    Text(String),
    Other(Value),
}

#[derive(Serialize)]
struct Grouped {
    id: Id,
    story: Id,
    reprint_of: Option<Id>,
}

#[derive(Serialize)]
struct Compared {
    id: Id,
    same_event: f64,
    related: f64,
    reprint: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    measured: Option<BTreeMap<&'static str, i32>>,
}

pub fn run(args: &GroupArgs) -> ExitCode {
    if args.pairs {
        return json_lines::answer(|line, out| {
            put(out, &compare(line.read()?, line.number, args.explain));
            Ok(())
        });
    }
    let mut window = Window::default();
    let mut before = Timestamp(0);
    json_lines::answer(|line, out| {
        put(out, &group(line.read()?, line.number, &mut window, &mut before));
        Ok(())
    })
}

fn group(entry: Entry, line: u64, window: &mut Window<Id>, before: &mut Timestamp) -> Grouped {
    let Entry { id, title, text, published, source } = entry;
    let at = instant(published, "published", line).unwrap_or(*before);
    *before = at;
    let (title, text) = (title.unwrap_or_default(), text.unwrap_or_default());
    let sketch = match source {
        Value::Null => Sketch::new(&title, &text, at),
        Value::String(source) if source.is_empty() => Sketch::new(&title, &text, at),
        Value::String(source) => story::sketch_by(&source, &title, &text, at),
        source => story::sketch_by(&source.to_string(), &title, &text, at),
    };
    let place = window.add(id.clone(), sketch, at);
    Grouped { id, story: place.story, reprint_of: place.reprint_of }
}

fn compare(pair: Pair, line: u64, explain: bool) -> Compared {
    let dates = [instant(pair.a_date, "a_date", line), instant(pair.b_date, "b_date", line)];
    // One date without the other says nothing.
    let [a_date, b_date] = match dates {
        [Some(a), Some(b)] => [a, b],
        _ => [Timestamp(0); 2],
    };
    let a = sketch(pair.a_title.as_deref(), pair.a_text.as_deref(), a_date);
    let b = sketch(pair.b_title.as_deref(), pair.b_text.as_deref(), b_date);
    let scores = story::scores(&a, &b);
    let measured = explain.then(|| NAMES.into_iter().zip(story::likeness(&a, &b)).collect());
    let [same_event, related, reprint] =
        [scores.same_event, scores.related, scores.reprint].map(|score| f64::from(score) / 1000.0);
    Compared { id: pair.id, same_event, related, reprint, measured }
}

fn sketch(title: Option<&str>, text: Option<&str>, published: Timestamp) -> Sketch {
    Sketch::new(title.unwrap_or_default(), text.unwrap_or_default(), published)
}

/// A date that cannot be read is told, and is none.
fn instant(date: Option<Date>, field: &str, line: u64) -> Option<Timestamp> {
    // The same whenever it is asked: dates without a zone are China's, and any year will do.
    const LATEST: Timestamp = Timestamp(4_102_444_800);
    let written = match date? {
        Date::Seconds(seconds) => return Some(Timestamp(seconds)),
        Date::Text(text) if text.is_empty() => return None,
        Date::Text(text) => text,
        Date::Other(value) => value.to_string(),
    };
    let date = dates::parse(&written, Tz::Asia__Shanghai, LATEST);
    if date.is_none() {
        let shown: String = written.chars().take(40).collect();
        complain(&format!("countywire: line {line}: {field}: no date: {shown:?}; taken for none"));
    }
    Some(date?.at)
}
