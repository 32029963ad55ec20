//! What a store serves, beside what it should.

use crate::made::Lost;
use crate::reports::{brought, key, report, source};
use countywire::model::SourceId;
use countywire::store::Reader;
use std::collections::BTreeMap;

/// What is not as it was, with the report that it came with.
#[derive(Default)]
pub struct Seen {
    entries: Vec<(u64, String)>,
    states: Vec<(u64, String)>,
    /// What no report has brought.
    wrong: Vec<String>,
}

pub fn look(reader: &Reader, reports: u64) -> Seen {
    let mut seen = Seen::default();
    let mut entries: BTreeMap<(u64, u64), u64> = BTreeMap::new();
    let mut states: BTreeMap<u64, u64> = BTreeMap::new();
    for sequence in 1..=reports {
        let source = source(sequence);
        states.insert(source, sequence);
        entries.extend(brought(sequence).into_iter().map(|name| ((source, name), sequence)));
    }
    for (&(source, name), &sequence) in &entries {
        let whole = format!("{name} of {sequence}");
        match reader.entry_by_key(key(source, name)) {
            Ok(Some(stored)) if stored.entry.title == whole => {}
            Ok(Some(stored)) => {
                let title = &stored.entry.title;
                if !title.starts_with(&format!("{name} of ")) {
                    seen.wrong.push(format!("{title:?} instead of {whole:?}"));
                }
                seen.entries.push((sequence, format!("{whole:?} is {title:?}")));
            }
            Ok(None) => seen.entries.push((sequence, format!("{whole:?} is not there"))),
            Err(error) => seen.entries.push((sequence, format!("{whole:?}: {}", error.full()))),
        }
    }
    for (&source, &sequence) in &states {
        let id = SourceId::new(&format!("s{source}"));
        let problem = match reader.state(&id) {
            Ok(Some(state)) if state.poll_number == sequence => {
                if state.seen == report(sequence).state.seen {
                    continue;
                }
                seen.wrong.push(format!("what {} has seen", id.as_str()));
                "is mixed".to_owned()
            }
            Ok(Some(state)) => format!("is of {}", state.poll_number),
            Ok(None) => "is not there".to_owned(),
            Err(error) => error.full(),
        };
        seen.states.push((sequence, format!("the state of {} {problem}", id.as_str())));
    }
    seen
}

impl Seen {
    pub fn none_wrong(&self) -> Result<(), String> {
        if self.wrong.is_empty() { Ok(()) } else { Err(format!("wrong: {:?}", self.wrong)) }
    }

    pub fn all_there(&self) -> Result<(), String> {
        self.only(&Lost::NOTHING)
    }

    /// Whether no more is lost.
    pub fn only(&self, lost: &Lost) -> Result<(), String> {
        self.none_wrong()?;
        let all = self.entries.iter().chain(&self.states);
        let others = all.filter(|(sequence, _)| !lost.reports.contains(sequence));
        let others: Vec<&String> = others.map(|(_, problem)| problem).collect();
        if others.len() <= lost.differences { Ok(()) } else { Err(format!("lost: {others:?}")) }
    }
}
