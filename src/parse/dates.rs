//! The dates of one document.

use super::{MOST_DEFECTS, ParseContext};
use crate::model::{Defect, ParsedDate};
use crate::text::{clean, dates};

/// How much of a date that cannot be read is shown.
const SHOWN_CHARS: usize = 60;

pub(super) struct Dates<'c> {
    context: &'c ParseContext,
    pub defects: Vec<Defect>,
}

impl<'c> Dates<'c> {
    pub(super) fn new(context: &'c ParseContext) -> Self {
        Dates { context, defects: Vec::new() }
    }

    /// The first of the texts that is a date. When none is, that is a defect.
    pub(super) fn first<'t>(
        &mut self,
        texts: impl IntoIterator<Item = &'t str>,
    ) -> Option<ParsedDate> {
        let mut faulty = None;
        for text in texts {
            if let Some(date) = dates::parse(text, self.context.zone, self.context.polled_at) {
                return Some(date);
            }
            faulty = faulty.or_else(|| clean::non_empty(text));
        }
        if let Some(text) = faulty
            && self.defects.len() < MOST_DEFECTS
        {
            let detail = clean::one_line(text, SHOWN_CHARS);
            self.defects.push(Defect { kind: "bad-date", detail });
        }
        None
    }
}
