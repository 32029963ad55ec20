//! Lines of JSON from standard input, each answered by one on standard output.

use super::{complain, fail};
use serde::{Deserialize, Serialize};
use std::io::{BufRead, BufReader, BufWriter, ErrorKind, Read, Write};
use std::process::ExitCode;

/// Bytes of a line; longer ones are refused.
const LONGEST_LINE: u64 = 16 * 1024 * 1024;
/// A line cannot be read (`EX_DATAERR` of sysexits).
const EXIT_BAD_LINE: u8 = 65;

/// A line that was read.
pub struct Line<'a> {
    pub number: u64,
    text: &'a [u8],
}

impl<'a> Line<'a> {
    /// The members of an object by their names: a list would be taken for them in their order.
    ///
    /// # Errors
    /// In words: it is none.
    pub fn read<T: Deserialize<'a>>(&self) -> Result<T, String> {
        if !self.text.starts_with(b"{") {
            return Err("no object: write {\"id\": …, \"title\": …}".to_owned());
        }
        let text = std::str::from_utf8(self.text).map_err(|_| "not UTF-8".to_owned())?;
        serde_json::from_str(text).map_err(|error| in_words(&error))
    }
}

/// Why it ended early.
#[derive(Debug, PartialEq)]
enum Ended {
    BadLine(String),
    Failed(String),
}

/// Has each line answered; empty ones are passed over. Stops at the first that is none, naming
/// it. `answer` adds the answer to an empty buffer, see [`put`].
pub fn answer(answer: impl FnMut(Line<'_>, &mut Vec<u8>) -> Result<(), String>) -> ExitCode {
    let out = BufWriter::with_capacity(64 * 1024, std::io::stdout().lock());
    let lines = BufReader::with_capacity(64 * 1024, std::io::stdin().lock());
    match answer_lines(lines, out, answer) {
        Ok(()) => ExitCode::SUCCESS,
        Err(Ended::BadLine(why)) => {
            complain(&format!("countywire: {why}"));
            ExitCode::from(EXIT_BAD_LINE)
        }
        Err(Ended::Failed(why)) => fail(&why),
    }
}

/// Adds an answer.
pub fn put(out: &mut Vec<u8>, answer: &impl Serialize) {
    serde_json::to_writer(out, answer).expect("plain data");
}

fn answer_lines(
    mut lines: BufReader<impl Read>,
    mut out: impl Write,
    mut answer: impl FnMut(Line<'_>, &mut Vec<u8>) -> Result<(), String>,
) -> Result<(), Ended> {
    let (mut bytes, mut answered) = (Vec::new(), Vec::new());
    for number in 1.. {
        bytes.clear();
        answered.clear();
        let read = lines.by_ref().take(LONGEST_LINE + 1).read_until(b'\n', &mut bytes);
        let length = read.map_err(|error| Ended::Failed(format!("cannot read: {error}")))?;
        let outcome = match text_of(&bytes) {
            _ if length as u64 > LONGEST_LINE => {
                Err(format!("longer than {} MiB", LONGEST_LINE >> 20))
            }
            [] => Ok(()),
            text => answer(Line { number, text }, &mut answered),
        };
        if let Err(problem) = outcome {
            // What came before is right, and is wanted.
            drop(out.flush());
            return Err(Ended::BadLine(format!("line {number}: {problem}")));
        }
        if !answered.is_empty() {
            answered.push(b'\n');
        }
        // Who writes line by line waits for the answer.
        let waits = lines.buffer().is_empty();
        let written = out.write_all(&answered);
        match written.and_then(|()| if waits { out.flush() } else { Ok(()) }) {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => return Ok(()),
            Err(error) => return Err(Ended::Failed(format!("cannot write: {error}"))),
            Ok(()) if length == 0 => return Ok(()),
            Ok(()) => {}
        }
    }
    Ok(())
}

/// What is on a line, without what Windows puts before and behind it: a mark of its encoding, also where
/// files were joined, and a carriage return.
fn text_of(line: &[u8]) -> &[u8] {
    const MARK: &[u8] = "\u{feff}".as_bytes();
    line.strip_prefix(MARK).unwrap_or(line).trim_ascii()
}

/// The reader's place is in its own line: it says `at line 1` of each.
fn in_words(error: &serde_json::Error) -> String {
    let said = error.to_string();
    let problem = said.split(" at line ").next().unwrap_or_default();
    format!("column {}: {problem}", error.column())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct Number {
        n: i64,
    }

    fn answered(lines: &str) -> (String, Result<(), Ended>) {
        let mut out = Vec::new();
        let lines = BufReader::new(lines.as_bytes());
        let outcome = answer_lines(lines, &mut out, |line, answer| {
            let Number { n } = line.read()?;
            put(answer, &n.checked_mul(2).ok_or("too large")?);
            Ok(())
        });
        (String::from_utf8(out).expect("JSON"), outcome)
    }

    #[test]
    fn each_line_is_answered_and_the_first_bad_one_named() {
        let [one, two] = [r#"{"n": 1}"#, r#"{"n": 2}"#];
        let lines = format!("{one}\n\n {two} \r\n{one}");
        assert_eq!(answered(&lines), ("2\n4\n2\n".into(), Ok(())));
        let lines = format!("\u{feff}{one}\r\n\u{feff}\r\n\u{feff} {two}\r\n");
        assert_eq!(answered(&lines), ("2\n4\n".into(), Ok(())));
        assert_eq!(answered(""), (String::new(), Ok(())));
        let bad = |why: &str| Err(Ended::BadLine(why.to_owned()));
        let (out, outcome) = answered(&format!("{one}\nx\n{two}\n"));
        let why = "line 2: no object: write {\"id\": …, \"title\": …}";
        assert_eq!((out.as_str(), outcome), ("2\n", bad(why)));
        let (_, outcome) = answered(&format!("\n{{\"n\": {}}}", i64::MAX));
        assert_eq!(outcome, bad("line 2: too large"));
        for line in ["[1]", "1", "\"n\"", "null", "\u{a0}{}"] {
            let Err(Ended::BadLine(why)) = answered(line).1 else { panic!("{line}") };
            assert!(why.starts_with("line 1: no object"), "{why}");
        }
        assert_eq!(answered("{").1, bad("line 1: column 1: EOF while parsing an object"));
    }
}
