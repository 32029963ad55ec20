//! Lines of JSON from standard input, each answered by one on standard output.

use super::fail;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::io::{BufRead, BufReader, BufWriter, ErrorKind, Read, Write};
use std::process::ExitCode;

/// Bytes of a line; longer ones are refused.
const LONGEST_LINE: u64 = 16 * 1024 * 1024;

/// Answers each line; empty ones are passed over. Stops at the first that is none, naming it.
pub fn answer<I: DeserializeOwned, O: Serialize>(
    answer: impl FnMut(I) -> Result<O, String>,
) -> ExitCode {
    let out = BufWriter::with_capacity(64 * 1024, std::io::stdout().lock());
    let lines = BufReader::with_capacity(64 * 1024, std::io::stdin().lock());
    match answer_lines(lines, out, answer) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => fail(&why),
    }
}

fn answer_lines<I: DeserializeOwned, O: Serialize>(
    mut lines: BufReader<impl Read>,
    mut out: impl Write,
    mut answer: impl FnMut(I) -> Result<O, String>,
) -> Result<(), String> {
    let (mut line, mut number) = (Vec::new(), 0u64);
    loop {
        line.clear();
        number += 1;
        let of_line = |problem: String| format!("line {number}: {problem}");
        let read = lines.by_ref().take(LONGEST_LINE + 1).read_until(b'\n', &mut line);
        let length = read.map_err(|error| of_line(format!("cannot read: {error}")))?;
        let answered = match line.trim_ascii() {
            _ if length as u64 > LONGEST_LINE => {
                Err(format!("longer than {} MiB", LONGEST_LINE >> 20))
            }
            [] => Ok(None),
            text => serde_json::from_slice(text)
                .map_err(|error| in_words(&error))
                .and_then(|question| answer(question).map(Some)),
        };
        let written = match answered {
            Ok(None) => Ok(()),
            Ok(Some(answer)) => serde_json::to_writer(&mut out, &answer)
                .map_err(std::io::Error::from)
                .and_then(|()| out.write_all(b"\n")),
            Err(problem) => {
                // What came before is right, and is wanted.
                drop(out.flush());
                return Err(of_line(problem));
            }
        };
        // Who writes line by line waits for the answer.
        let waits = lines.buffer().is_empty();
        let written = written.and_then(|()| if waits { out.flush() } else { Ok(()) });
        match written {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => return Ok(()),
            written => written.map_err(|error| format!("cannot write: {error}"))?,
        }
        if length == 0 {
            return out.flush().map_err(|error| format!("cannot write: {error}"));
        }
    }
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

    fn answered(lines: &str) -> (String, Result<(), String>) {
        let mut out = Vec::new();
        let lines = BufReader::new(lines.as_bytes());
        let double = |number: i64| number.checked_mul(2).ok_or_else(|| "too large".to_owned());
        let outcome = answer_lines(lines, &mut out, double);
        (String::from_utf8(out).expect("JSON"), outcome)
    }

    #[test]
    fn each_line_is_answered_and_the_first_bad_one_named() {
        assert_eq!(answered("1\n\n 2 \r\n3"), ("2\n4\n6\n".into(), Ok(())));
        assert_eq!(answered(""), (String::new(), Ok(())));
        let (out, outcome) = answered("1\nx\n3\n");
        assert_eq!(
            (out.as_str(), outcome),
            ("2\n", Err("line 2: column 1: expected value".into()))
        );
        let (_, outcome) = answered(&format!("\n{}", i64::MAX));
        assert_eq!(outcome, Err("line 2: too large".into()));
    }
}
