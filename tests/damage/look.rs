//! What a store serves, beside what it should.

use crate::made::{Lost, Made};
use crate::reports::{key, report};
use countywire::model::SourceId;
use countywire::store::Reader;

/// What is not as it was, with the report that it came with.
#[derive(Default)]
pub struct Seen {
    entries: Vec<(u64, String)>,
    states: Vec<(u64, String)>,
    /// What no report has brought.
    wrong: Vec<String>,
    /// What was removed, and is there.
    returned: Vec<String>,
}

pub fn look(reader: &Reader, made: &Made) -> Seen {
    let mut seen = Seen::default();
    for &(source, name) in &made.removed {
        if let Ok(Some(stored)) = reader.entry_by_key(key(source, name)) {
            seen.returned.push(format!("{:?}", stored.entry.title));
        }
    }
    for (&(source, name), &sequence) in &made.entries {
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
    for (&source, &sequence) in &made.states {
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
        if others.len() > lost.differences {
            return Err(format!("lost: {others:?}"));
        }
        if !lost.returns && !self.returned.is_empty() {
            return Err(format!("removed, and back: {:?}", self.returned));
        }
        Ok(())
    }
}
