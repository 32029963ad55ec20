//! What outlets put round a text that others print too: credits, datelines, notices of rights,
//! ways to read on. Two prints of one text often differ in nothing else.
//!
//! Only the first and the last lines are looked at, where they are short. What is left is a part
//! of the text, so that nothing is copied.

use super::datelines;
use super::fold::{reference_end, tag_end};
use crate::text::{clean, script};
use std::collections::HashMap;
use std::sync::LazyLock;

/// Lines that are taken off at each end.
const MOST_LINES: usize = 10;
/// A longer line is news.
const HEAD_BYTES: usize = 320;
const TAIL_BYTES: usize = 720;
/// In which a dateline stands.
const DATELINE_BYTES: usize = 240;
/// Letters at most of a notice, of a line that says something anywhere, of one with a label, and
/// of one that names somebody.
const NOTICE: usize = 200;
const ANYWHERE: usize = 120;
const LABELLED: usize = 80;
const NAMING: usize = 30;
/// Letters behind a role that may be a name.
const NAME: usize = 4;
/// Letters in brackets at the end.
const BRACKETS: usize = 48;
/// Tags that end no line.
const INLINE: [&str; 14] = [
    "a", "abbr", "b", "em", "font", "i", "img", "mark", "small", "span", "strong", "sub", "sup",
    "u",
];
const SENTENCE: [char; 8] = ['。', '，', '！', '？', '；', '“', '!', '?'];

static WORDS: LazyLock<Words> =
    LazyLock::new(|| Words::read(include_str!("../../data/story/boilerplate.tsv")));

/// Words by their first letter; of Latin ones a small one.
#[derive(Default)]
struct Words {
    lines: HashMap<char, Vec<(Kind, String)>>,
    anywhere: Anywhere,
    roles: Anywhere,
}

/// Words that are looked for in all of a line.
#[derive(Default)]
struct Anywhere {
    words: Vec<(char, String)>,
    /// A bit for each first letter, which few others share.
    firsts: u64,
}

impl Anywhere {
    fn add(&mut self, first: char, word: String) {
        for first in [first, first.to_ascii_uppercase()] {
            self.firsts |= 1 << (u32::from(first) % 64);
        }
        self.words.push((first.to_ascii_lowercase(), word));
    }

    /// Whether one is there of which what follows it is as asked.
    fn any(&self, line: &str, is_wanted: impl Fn(&str) -> bool) -> bool {
        let may_begin = |(_, c): &(usize, char)| self.firsts >> (u32::from(*c) % 64) & 1 != 0;
        line.char_indices().filter(may_begin).any(|(at, c)| {
            let is_there = |(first, word): &(char, String)| {
                *first == c.to_ascii_lowercase()
                    && begins(&line[at..], word)
                    && is_wanted(&line[at + word.len()..])
            };
            self.words.iter().any(is_there)
        })
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Label,
    Notice,
}

impl Words {
    fn read(rows: &str) -> Words {
        let mut found = Words::default();
        for (kind, words) in rows.lines().filter_map(|row| row.split_once('\t')) {
            for word in words.split(' ').map(|word| word.replace('_', " ")) {
                let Some(first) = word.chars().next() else { continue };
                let mut add =
                    |kind| found.lines.entry(first).or_default().push((kind, word.clone()));
                match kind {
                    "label" => add(Kind::Label),
                    "notice" => add(Kind::Notice),
                    "anywhere" => found.anywhere.add(first, word),
                    _ => found.roles.add(first, word),
                }
            }
        }
        found
    }

    /// Whether a line begins with a notice, or with a label and a sign.
    fn begin(&self, line: &str, is_notice_long: bool, is_label_long: bool) -> bool {
        let first = line.chars().next().map(|c| c.to_ascii_lowercase());
        let words = first.and_then(|first| self.lines.get(&first));
        words.into_iter().flatten().any(|(kind, word)| {
            begins(line, word)
                && match kind {
                    Kind::Notice => !is_notice_long,
                    Kind::Label => !is_label_long && line[word.len()..].starts_with(is_sign),
                }
        })
    }
}

/// Plain text or sanitised HTML without what stands round it, after what stands before it.
pub fn without(text: &str) -> (&str, &str) {
    let mut start = 0;
    for _ in 0..MOST_LINES {
        let Some(from) = after_head(&text[start..]) else { break };
        start += from;
    }
    let (head, mut rest) = text.split_at(start);
    for _ in 0..MOST_LINES {
        let Some(to) = before_tail(rest) else { break };
        rest = &rest[..to];
    }
    (head, rest)
}

/// Where the text goes on behind its first line, or behind the dateline in that.
fn after_head(text: &str) -> Option<usize> {
    let rest = past_marks(text);
    let start = text.len() - rest.len();
    let near = clean::head(rest, HEAD_BYTES);
    let line_end = line_ends(near).next().map(|(end, _)| end);
    let line = script::fold(clean::head(near, line_end.unwrap_or(DATELINE_BYTES)));
    if let Some(end) = datelines::end(&line) {
        return Some(start + end);
    }
    let end = line_end.filter(|&end| end > 0 && is_extra(&line, NAMING))?;
    Some(start + end)
}

/// Where the text ends before its last line, or before what that line ends with.
fn before_tail(text: &str) -> Option<usize> {
    let end = before_marks(text).len();
    let from = text.floor_char_boundary(end.saturating_sub(TAIL_BYTES));
    let near = &text[from..end];
    let start = line_ends(near).last().map(|(_, next)| next);
    let line = &near[start.unwrap_or(0)..];
    let is_extra = |at: &usize| is_extra(&script::fold(&line[*at..]), NOTICE);
    let at = brackets(line)
        .filter(is_extra)
        .or_else(|| last_sentence(line).filter(is_extra))
        .or_else(|| start.map(|_| 0).filter(is_extra))?;
    Some(end - line.len() + at)
}

/// Where `（责任编辑：张三）` begins at the end of a line.
fn brackets(line: &str) -> Option<usize> {
    let inner = line.strip_suffix(['）', ')', '】', ']'])?;
    let mut near = inner.char_indices().rev().take(BRACKETS);
    near.find(|(_, c)| matches!(c, '（' | '(' | '【' | '[')).map(|(open, _)| open)
}

/// Where it begins, in a line of several.
fn last_sentence(line: &str) -> Option<usize> {
    let sentences = line.trim_end_matches(['。', '！', '.', '!']);
    // By bytes: most letters begin with none of these, and a sign of a sentence has three.
    let mut rest = sentences.as_bytes();
    while let Some(at) = memchr::memrchr3(0xE2, 0xE3, 0xEF, rest) {
        if ["。", "！", "？", "”", "…"]
            .iter()
            .any(|end| sentences.as_bytes()[at..].starts_with(end.as_bytes()))
        {
            return Some(at + '。'.len_utf8());
        }
        rest = &rest[..at];
    }
    None
}

/// Whether a line, folded, is of the outlet and not of the text. `notice`: letters of a notice; a
/// text may begin with the words of one.
fn is_extra(line: &str, notice: usize) -> bool {
    let words = &*WORDS;
    let said = past_brackets(line);
    let letters = count_letters(said, NOTICE + 1);
    (1..=NOTICE).contains(&letters)
        && (words.begin(said, letters > notice, letters > LABELLED)
            || (letters <= NAMING && names_somebody(said))
            || (letters <= notice.min(ANYWHERE) && words.anywhere.any(said, |_| true)))
}

/// `兴平日报记者 张三 李四`: a role, and what is not the rest of a sentence.
fn names_somebody(line: &str) -> bool {
    let line = line.trim_end();
    let ends = ["报道", "报导", "摄", "文", "整理"];
    let is_named = |after: &str| {
        after.starts_with(is_sign)
            || after.chars().nth(NAME).is_none()
            || ends.iter().any(|end| after.ends_with(end))
    };
    (begins(line, "by ") || WORDS.roles.any(line, is_named)) && !line.contains(SENTENCE)
}

fn is_sign(c: char) -> bool {
    c.is_whitespace() || "：:/／|｜丨︱∣".contains(c)
}

fn begins(text: &str, word: &str) -> bool {
    let text = text.as_bytes().get(..word.len());
    text.is_some_and(|text| text.eq_ignore_ascii_case(word.as_bytes()))
}

/// At most `most`; what a tag says is none.
fn count_letters(line: &str, most: usize) -> usize {
    if memchr::memchr(b'<', line.as_bytes()).is_none() {
        return line.chars().count().min(most);
    }
    let (mut count, mut rest) = (0, line);
    while let Some(c) = rest.chars().next()
        && count < most
    {
        let is_tag = c == '<';
        count += usize::from(!is_tag);
        rest = &rest[if is_tag { tag_end(rest) } else { c.len_utf8() }..];
    }
    count
}

/// Where lines end, and where the next ones begin.
fn line_ends(text: &str) -> impl Iterator<Item = (usize, usize)> {
    let places = memchr::memchr2_iter(b'\n', b'<', text.as_bytes());
    places.filter_map(|at| {
        if text.as_bytes()[at] == b'\n' {
            return Some((at, at + 1));
        }
        let tag = &text[at..at + tag_end(&text[at..])];
        let name = tag[1..].trim_start_matches('/');
        let name = &name[..name.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(name.len())];
        let ends = !name.is_empty() && !INLINE.contains(&name);
        ends.then_some((at, at + tag.len()))
    })
}

/// Without tags, references and spaces at the beginning.
pub(super) fn past_marks(text: &str) -> &str {
    let mut rest = text;
    loop {
        rest = rest.trim_start();
        let length = match rest.as_bytes().first() {
            Some(b'<') => tag_end(rest),
            Some(b'&') => reference_end(rest),
            _ => return rest,
        };
        rest = &rest[length..];
    }
}

/// The same at the end.
fn before_marks(text: &str) -> &str {
    let mut rest = text;
    loop {
        rest = rest.trim_end();
        let (open, close) = match rest.as_bytes().last() {
            Some(b'>') => (b'<', tag_end as fn(&str) -> usize),
            Some(b';') => (b'&', reference_end as fn(&str) -> usize),
            _ => return rest,
        };
        let near = &rest.as_bytes()[rest.len().saturating_sub(TAIL_BYTES)..];
        let Some(back) = memchr::memrchr(open, near).map(|at| near.len() - at) else { return rest };
        let at = rest.len() - back;
        if close(&rest[at..]) != back {
            return rest;
        }
        rest = &rest[..at];
    }
}

fn past_brackets(line: &str) -> &str {
    let is_mark =
        |c: char| !matches!(c, '\u{4e00}'..='\u{9fff}' | '©' | '<' | '&') && !c.is_alphanumeric();
    past_marks(past_marks(line).trim_start_matches(is_mark))
}

#[cfg(test)]
mod tests;
