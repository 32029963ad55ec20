//! What the TOML parser says, put into our words.

use super::problem::{Problems, name, quote, said, slice};
use std::borrow::Cow;
use toml::de::DeTable;

/// Lines blanked at most, to read on behind them.
const MAX_BLANKED: usize = 20;

/// Parses what can be parsed, and all syntax errors.
///
/// The parser gives up at a key without a value; such a line is blanked and the text
/// parsed again, so that what follows is checked too.
pub(super) fn recover<R>(
    text: &str,
    read: impl FnOnce(&DeTable<'_>) -> R,
) -> (R, Vec<toml::de::Error>) {
    let mut text = Cow::Borrowed(text);
    let mut blanked: Vec<toml::de::Error> = Vec::new();
    loop {
        let (document, mut errors) = DeTable::parse_recoverable(&text);
        let stop = errors.iter().position(|e| e.message().starts_with("key with no value"));
        let Some(stop) = stop.filter(|_| blanked.len() < MAX_BLANKED) else {
            let value = read(document.get_ref());
            errors.append(&mut blanked);
            return (value, errors);
        };
        drop(document);
        let error = errors.swap_remove(stop);
        let at = text.floor_char_boundary(error.span().map_or(0, |span| span.start));
        blanked.push(error);
        let start = text[..at].rfind('\n').map_or(0, |before| before + 1);
        let end = text[at..].find('\n').map_or(text.len(), |after| at + after);
        let blank = " ".repeat(end - start);
        text.to_mut().replace_range(start..end, &blank);
    }
}

/// Reports syntax errors: the first of each line, and none behind an array that is never
/// closed, which swallows all that follows it.
///
/// Also takes back, of what the reader found in the recovered document, what the errors
/// make doubtful.
pub(super) fn report(errors: &[toml::de::Error], problems: &mut Problems<'_>) {
    let mut list: Vec<(usize, &toml::de::Error)> =
        errors.iter().map(|error| (error.span().map_or(0, |span| span.start), error)).collect();
    list.sort_by_key(|(at, _)| *at);

    let cut = unclosed_array(&list);
    let places: Vec<usize> = list.iter().map(|(at, _)| *at).collect();
    problems.discount_syntax_errors(&places, cut);

    let mut last_line = 0;
    for (at, error) in list {
        if cut.is_some_and(|cut| at >= cut) {
            break;
        }
        let line = problems.line(at);
        if line != last_line {
            let (wrong, advice) = words(error, problems.text());
            problems.add(at, "syntax", wrong, advice);
        }
        last_line = line;
    }
    if let Some(cut) = cut {
        problems.add(cut, "syntax", "the array above is not closed", "write `]` before this");
    }
}

/// Where the parser first missed a comma, when it then found no end of the array.
fn unclosed_array(errors: &[(usize, &toml::de::Error)]) -> Option<usize> {
    let message = |(_, error): &&(usize, &toml::de::Error)| error.message().to_owned();
    errors.iter().find(|error| message(error).starts_with("unclosed array,"))?;
    errors
        .iter()
        .find(|error| {
            let message = message(error);
            message.starts_with("missing comma") || message.starts_with("unclosed array,")
        })
        .map(|(at, _)| *at)
}

/// What is wrong, what to write instead.
fn words(error: &toml::de::Error, text: &str) -> (String, String) {
    let span = error.span().unwrap_or(0..0);
    let written = slice(text, span);
    let (wrong, expected) = match error.message().split_once(", expected ") {
        Some((wrong, expected)) => (wrong, Some(expected)),
        None => (error.message(), None),
    };
    match (wrong, expected) {
        ("duplicate key", _) => {
            (format!("{} is given twice", name(written)), "keep one".to_owned())
        }
        ("string values must be quoted", _) if written.trim().is_empty() => {
            ("no value".to_owned(), "write one after `=`".to_owned())
        }
        ("string values must be quoted", _) => {
            (format!("{} has no quotes", quote(written)), format!("write {}", quote(written)))
        }
        (_, Some("nothing") | None) => (said(wrong), "correct the line".to_owned()),
        (_, Some(expected)) => (said(wrong), format!("write {} here", said(expected))),
    }
}
