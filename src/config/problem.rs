//! Problems and warnings with their places in the file.

use crate::model::Timestamp;
use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// One thing that is wrong in the configuration, or worth a warning.
///
/// Displayed as `feeds.toml:LINE:COL: key: what is wrong; what to write instead`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The file as the caller named it; a gazetteer file when the problem lies there.
    pub file: Arc<str>,
    /// From 1.
    pub line: usize,
    /// Characters, from 1.
    pub column: usize,
    /// Where in the document, such as `source[3].schedule`; lists count from 0.
    /// `syntax` when the text is no TOML.
    pub key: String,
    pub wrong: String,
    /// What to write instead.
    pub advice: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Problem { file, line, column, key, wrong, advice } = self;
        write!(f, "{file}:{line}:{column}: {key}: {wrong}; {advice}")
    }
}

/// Collects what the reader and the checks find.
pub(super) struct Problems<'t> {
    file: Arc<str>,
    text: &'t str,
    now: Timestamp,
    /// Byte offset at which each line starts.
    line_starts: Vec<usize>,
    /// The place whose column was counted last, and that column.
    counted: (usize, usize),
    found: Vec<Found>,
    elsewhere: Vec<Problem>,
    warnings: Vec<(usize, Problem)>,
}

struct Found {
    at: usize,
    /// Follows from something that is not in the file: untrue when a syntax error hid it.
    absence: bool,
    problem: Problem,
}

impl<'t> Problems<'t> {
    pub fn new(file: &str, text: &'t str, now: Timestamp) -> Self {
        let starts = text.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(n, _)| n + 1);
        Problems {
            file: file.into(),
            text,
            now,
            line_starts: std::iter::once(0).chain(starts).collect(),
            counted: (0, 1),
            found: Vec::new(),
            elsewhere: Vec::new(),
            warnings: Vec::new(),
        }
    }

    pub fn text(&self) -> &'t str {
        self.text
    }

    /// When the file is checked.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// Line of a byte offset, from 1.
    pub fn line(&self, at: usize) -> usize {
        self.line_starts.partition_point(|start| *start <= at)
    }

    fn problem(&mut self, at: usize, key: &str, wrong: String, advice: String) -> Problem {
        let line = self.line(at);
        let column = self.column(self.line_starts[line - 1], at);
        let (file, key) = (self.file.clone(), key.to_owned());
        Problem { file, line, column, key, wrong, advice }
    }

    /// Characters of the line from `start` up to `at`, from 1; a byte order mark is none.
    fn column(&mut self, start: usize, at: usize) -> usize {
        // Problems come about in their order: a long line is counted once.
        let (from, before) = match self.counted {
            (from, column) if (start..=at).contains(&from) => (from, column),
            _ => (start, 1),
        };
        let end = at.min(self.text.len());
        let Some(passed) = self.text.get(from..end) else { return before };
        let mark = usize::from(from == start && passed.starts_with('\u{feff}'));
        let column = before + passed.chars().count() - mark;
        self.counted = (end, column);
        column
    }

    /// Something written at byte offset `at` is wrong.
    pub fn add(
        &mut self,
        at: usize,
        key: &str,
        wrong: impl Into<String>,
        advice: impl Into<String>,
    ) {
        let problem = self.problem(at, key, wrong.into(), advice.into());
        self.found.push(Found { at, absence: false, problem });
    }

    /// Something that should be in the file is not there.
    pub fn add_absence(
        &mut self,
        at: usize,
        key: &str,
        wrong: impl Into<String>,
        advice: impl Into<String>,
    ) {
        let problem = self.problem(at, key, wrong.into(), advice.into());
        self.found.push(Found { at, absence: true, problem });
    }

    /// A problem in another file than the configuration.
    pub fn add_elsewhere(&mut self, file: &str, line: usize, wrong: String, advice: String) {
        let (file, key) = (said(file).into(), "gazetteer".to_owned());
        let wrong = said(&wrong);
        self.elsewhere.push(Problem { file, line, column: 1, key, wrong, advice });
    }

    pub fn warn(
        &mut self,
        at: usize,
        key: &str,
        wrong: impl Into<String>,
        advice: impl Into<String>,
    ) {
        let problem = self.problem(at, key, wrong.into(), advice.into());
        self.warnings.push((at, problem));
    }

    /// Keeps, of what was found so far, what holds beside syntax errors: those at
    /// `errors` hide their own lines, `cut` hides all behind it, and either may hide
    /// what then seems to be missing.
    pub fn discount_syntax_errors(&mut self, errors: &[usize], cut: Option<usize>) {
        if errors.is_empty() {
            return;
        }
        let lines: HashSet<usize> = errors.iter().map(|at| self.line(*at)).collect();
        let end = cut.unwrap_or(usize::MAX);
        self.found.retain(|found| {
            !found.absence && found.at < end && !lines.contains(&found.problem.line)
        });
    }

    /// The warnings when nothing is wrong, else the problems; both by position, other
    /// files last.
    pub fn finish(mut self) -> Result<Vec<Problem>, Vec<Problem>> {
        self.found.sort_by_key(|found| found.at);
        self.warnings.sort_by_key(|(at, _)| *at);
        if self.found.is_empty() && self.elsewhere.is_empty() {
            return Ok(self.warnings.into_iter().map(|(_, problem)| problem).collect());
        }
        let mut problems: Vec<Problem> = self.found.into_iter().map(|f| f.problem).collect();
        problems.append(&mut self.elsewhere);
        Err(problems)
    }
}

/// The file name and text around a span are quoted in messages up to this many characters.
const QUOTED: usize = 60;
/// Messages of other readers, and names of files, are shown up to this many characters.
const SAID: usize = 300;

/// `text` in quotes, shortened when long.
pub(super) fn quote(text: &str) -> String {
    if text.chars().count() <= QUOTED {
        return format!("{text:?}");
    }
    let start: String = text.chars().take(QUOTED).collect();
    format!("{:?}", start + "…")
}

/// A name as somebody wrote it, in quotes when it cannot be shown as it is.
pub(super) fn name(text: &str) -> Cow<'_, str> {
    match text.chars().any(char::is_control) || text.chars().count() > QUOTED {
        true => Cow::Owned(quote(text)),
        false => Cow::Borrowed(text),
    }
}

/// What another reader says, in one line of bounded length.
pub(super) fn said(text: &str) -> String {
    let mut line: String =
        text.chars().take(SAID).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().nth(SAID).is_some() {
        line.push('…');
    }
    line
}

/// The text of a span, if it is one.
pub(super) fn slice(text: &str, span: Range<usize>) -> &str {
    text.get(span).unwrap_or("")
}
