//! Other readers, on the same documents.

use super::Corpus;
use super::run::measure;
use quick_xml::events::Event;
use std::hint::black_box;
use std::path::{Path, PathBuf};

/// Rounds of programs that have a start of their own.
const ROUNDS: usize = 3;

/// Entries of those documents that it reads; it knows no GBK.
pub fn feed_rs(corpus: &Corpus) -> usize {
    let parser = || feed_rs::parser::Builder::new().sanitize_content(false).build();
    let read = |bytes: &Vec<u8>| parser().parse(bytes.as_slice()).ok();
    corpus.documents.iter().filter_map(read).map(|feed| black_box(feed).entries.len()).sum()
}

/// Counts the items among the events.
pub fn quick_xml(corpus: &Corpus) -> usize {
    let mut items = 0;
    for bytes in &corpus.documents {
        let mut reader = quick_xml::Reader::from_reader(bytes.as_slice());
        loop {
            match reader.read_event() {
                Ok(Event::Eof) | Err(_) => break,
                Ok(Event::Start(tag)) => {
                    items += usize::from(matches!(tag.name().as_ref(), "item" | "entry"));
                }
                Ok(event) => {
                    black_box(event);
                }
            }
        }
    }
    items
}

fn words(command: &[&str], files: &[PathBuf]) -> Vec<String> {
    let files = files.iter().map(|file| file.to_string_lossy().into_owned());
    command.iter().map(|word| (*word).to_owned()).chain(files).collect()
}

fn run(command: &[String], scratch: &Path) -> Result<(Vec<u8>, f64), String> {
    let command: Vec<&str> = command.iter().map(String::as_str).collect();
    let (output, cost) = measure(&command, scratch).map_err(|error| error.to_string())?;
    Ok((output, cost.cpu_seconds()))
}

/// Seconds of xmllint's SAX reader over all files, its own start and reading the files
/// left out as far as an empty run shows them.
pub fn libxml2(files: &[PathBuf], scratch: &Path) -> Result<f64, String> {
    let mut seconds = Vec::new();
    for _ in 0..ROUNDS {
        let (_, empty) = run(&words(&["xmllint", "--version"], &[]), scratch)?;
        let (_, all) = run(&words(&["xmllint", "--sax", "--noout"], files), scratch)?;
        seconds.push(all - empty);
    }
    Ok(super::median(seconds))
}

/// Times itself, so that its start is not counted.
const FEEDPARSER: &str = "\
import sys, time, feedparser
documents = [open(name, 'rb').read() for name in sys.argv[1:]]
before = time.process_time()
entries = sum(len(feedparser.parse(document).entries) for document in documents)
print(time.process_time() - before, entries)";

/// Seconds and entries of feedparser over all files.
pub fn feedparser(files: &[PathBuf], scratch: &Path) -> Result<(f64, usize), String> {
    let venv = Path::new(env!("CARGO_MANIFEST_DIR")).join(".venv/bin/python");
    let python = if venv.exists() { venv.to_string_lossy().into_owned() } else { "python3".into() };
    let (output, _) = run(&words(&[&python, "-c", FEEDPARSER], files), scratch)?;
    let output = String::from_utf8_lossy(&output);
    let mut fields = output.split_whitespace();
    let seconds = fields.next().and_then(|field| field.parse().ok());
    let entries = fields.next().and_then(|field| field.parse().ok());
    seconds.zip(entries).ok_or_else(|| "needs feedparser (tests/readback/requirements.txt)".into())
}
