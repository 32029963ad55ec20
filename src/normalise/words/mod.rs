//! Who wrote it and who published it first, as news print it in the text.
//!
//! Only lines near the beginning and the end are read, and only forms that hardly stand
//! for anything else: a wrong name is worse than none.

mod agencies;
mod bylines;
mod credits;
mod names;
mod signs;
mod tail;
#[cfg(test)]
mod tests;
mod western;

use crate::text::{html, script};
use signs::Signs;
use std::borrow::Cow;

/// Where in a text bylines and credits stand.
const HEAD_CHARS: usize = 300;
const TAIL_CHARS: usize = 220;
/// HTML in which the end of the text is looked for.
const TAIL_BYTES: usize = 1500;
/// Brackets in one line that are looked into.
const MOST_BRACKETS: usize = 4;

#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Found {
    pub byline: Option<String>,
    pub credit: Option<String>,
}

impl Found {
    pub(super) fn is_whole(&self) -> bool {
        self.byline.is_some() && self.credit.is_some()
    }

    /// What was found first stays.
    pub(super) fn or(self, later: Found) -> Found {
        Found { byline: self.byline.or(later.byline), credit: self.credit.or(later.credit) }
    }
}

/// Looks at the beginning and the end of HTML or of a plain text.
pub(super) fn find(text: &str) -> Found {
    if !signs::any(text) {
        return Found::default();
    }
    let (head, is_all) = html::to_lines(text, HEAD_CHARS);
    let found = in_lines(&head);
    if is_all || found.is_whole() {
        return found;
    }
    found.or(in_lines(&tail(text)))
}

fn in_lines(lines: &str) -> Found {
    lines.lines().fold(Found::default(), |found, line| {
        if found.is_whole() { found } else { found.or(in_line(line.trim())) }
    })
}

fn in_line(line: &str) -> Found {
    if line.is_ascii() || western::begins(line) {
        return western::find(line);
    }
    let signs = signs::of(line);
    let found = if signs == Signs::default() { Found::default() } else { chinese(line, signs) };
    if found.credit.is_some() || !line.contains([')', '】']) {
        return found;
    }
    let western = Found { byline: None, credit: western::dateline(line) };
    found.or(western).or(agencies::korean_or_japanese(line))
}

fn chinese(line: &str, signs: Signs) -> Found {
    let line = &Line { written: line, folded: script::fold(line) };
    let agency = if signs.dateline { agencies::find(line) } else { None };
    let byline = (signs.byline || agency.is_some())
        .then(|| bylines::find(line, agency.as_ref().map(|agency| agency.end)));
    let credit = if signs.credit { credits::find(line) } else { None };
    Found { byline: byline.flatten(), credit: credit.or(agency.map(|agency| agency.name)) }
}

/// The last lines, without reading what comes before them.
fn tail(text: &str) -> String {
    let from = text.ceil_char_boundary(text.len().saturating_sub(TAIL_BYTES));
    let mut end = &text[from..];
    // Not in the middle of a tag, nor of a script.
    if end.contains("</s") {
        for hidden in ["</script", "</style"] {
            end = end.rfind(hidden).map_or(end, |at| &end[at..]);
        }
    }
    end = end.find('<').map_or(end, |at| &end[at..]);
    let (mut lines, _) = html::to_lines(end, TAIL_BYTES);
    let start = lines.char_indices().rev().nth(TAIL_CHARS).map_or(0, |(at, _)| at);
    // A line of which the beginning is missing tells nothing of what it begins with.
    let start = if start == 0 { 0 } else { start + lines[start..].find('\n').unwrap_or(0) };
    lines.split_off(start)
}

/// A line as written and in Simplified characters; places in one are places in the other.
struct Line<'t> {
    written: &'t str,
    folded: Cow<'t, str>,
}

impl Line<'_> {
    /// What stands in brackets, as ranges.
    fn brackets(&self) -> impl Iterator<Item = (usize, usize)> {
        let text = &*self.folded;
        text.char_indices()
            .filter_map(|(at, c)| {
                let close: &[char] = match c {
                    '（' | '(' => &['）', ')'],
                    '【' | '［' | '[' => &['】', '］', ']'],
                    '〔' => &['〕', '］'],
                    _ => return None,
                };
                let start = at + c.len_utf8();
                let rest = &text[start..];
                // A full-width bracket is often closed by the other kind.
                Some((start, start + rest.find(close)?))
            })
            .take(MOST_BRACKETS)
    }
}

fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{9FFF}')
}
