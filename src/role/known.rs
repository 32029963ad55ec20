//! What is known of the sources while they are polled: read from where it is stored when it is
//! needed, so that memory holds little of each, and of most nothing.

use super::clock::now;
use super::status::health;
use crate::journal::SourceStates;
use crate::model::{AlertKind, SourceId, SourceState, Timestamp};
use crate::publish::status::SourceCondition;
use crate::schedule::mended::{self, mended};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

pub struct Known {
    stored: Arc<dyn SourceStates>,
    /// What the store has not taken: it holds until it takes something newer.
    unkept: HashMap<SourceId, SourceState>,
    /// Of sources with something to note.
    notes: HashMap<SourceId, Note>,
    /// Sources of the settings that have ids which others had.
    reborn: HashSet<SourceId>,
    /// When all polls were planned, at the start or after a jump of the clock: what is stored
    /// with a later date than now counts from then.
    planned_at: Timestamp,
}

/// What must be known of a source without reading its state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Note {
    /// Without regard to the settings.
    pub health: SourceCondition,
    /// It is polled elsewhere than the settings say.
    pub has_moved: bool,
    /// It names a hub, or named one since the start.
    pub has_hub: bool,
    raised: [bool; AlertKind::ALL.len()],
}

impl Default for Note {
    /// Of a source that is fine.
    fn default() -> Self {
        Note {
            health: SourceCondition::Fine,
            has_moved: false,
            has_hub: false,
            raised: [false; AlertKind::ALL.len()],
        }
    }
}

impl Note {
    fn new(state: &SourceState) -> Note {
        let raised =
            |kind| state.alerts.iter().any(|alert| alert.kind == kind && alert.is_raised());
        Note {
            health: health(state),
            has_moved: state.moved.is_some(),
            has_hub: state.hubs.is_some() || state.push.is_some() || state.leaving.is_some(),
            raised: AlertKind::ALL.map(raised),
        }
    }

    pub fn raised(&self) -> impl Iterator<Item = AlertKind> {
        AlertKind::ALL.into_iter().zip(self.raised).filter_map(|(kind, is)| is.then_some(kind))
    }
}

impl Known {
    pub fn new(stored: Arc<dyn SourceStates>, planned_at: Timestamp) -> Known {
        let (unkept, notes, reborn) = (HashMap::new(), HashMap::new(), HashSet::new());
        Known { stored, unkept, notes, reborn, planned_at }
    }

    /// All polls are planned anew.
    pub fn plan_from(&mut self, now: Timestamp) {
        self.planned_at = now;
    }

    /// Tells the state of each source that was ever polled, one at a time, and notes it.
    /// Returns how many were polled last by a clock that was ahead.
    ///
    /// # Errors
    /// In words, when the states cannot be read.
    pub fn each(&mut self, mut tell: impl FnMut(&SourceId, &SourceState)) -> Result<usize, String> {
        let mut count = 0;
        let (unkept, notes, planned_at) = (&self.unkept, &mut self.notes, self.planned_at);
        let reborn = &mut self.reborn;
        self.stored.each(&mut |source, state| {
            if state.became().is_some() {
                reborn.insert(source);
                return;
            }
            let state = unkept.get(&source).unwrap_or(&state);
            let mended = in_time(state, planned_at);
            count += usize::from(mended.is_some());
            let state = mended.as_ref().unwrap_or(state);
            note(notes, &source, Note::new(state));
            tell(&source, state);
        })?;
        Ok(count)
    }

    /// `None`: it was never polled.
    ///
    /// # Errors
    /// In words, when the state cannot be read.
    pub fn state(&self, source: &SourceId) -> Result<Option<SourceState>, String> {
        match self.unkept.get(source) {
            Some(state) => Ok(Some(in_time(state, self.planned_at).unwrap_or(state.clone()))),
            None => {
                let stored = self.stored.load(source)?;
                Ok(stored.map(|state| in_time(&state, self.planned_at).unwrap_or(state)))
            }
        }
    }

    /// The state with which a source of new settings begins, noted; `None`: it is new.
    ///
    /// # Errors
    /// In words, when the state cannot be read.
    pub fn begin(&mut self, source: &SourceId) -> Result<Option<SourceState>, String> {
        let state = self.state(source)?;
        match &state {
            Some(state) if state.became().is_none() => {
                note(&mut self.notes, source, Note::new(state));
                return Ok(Some(state.clone()));
            }
            Some(_) => drop(self.reborn.insert(source.clone())),
            None => {}
        }
        self.is_new(source);
        Ok(None)
    }

    /// Whether the source has its id still: while settings are reloaded it may have gone to
    /// another.
    pub fn may_poll(&self, source: &SourceId, state: &SourceState) -> bool {
        state.became().is_none() || self.reborn.contains(source)
    }

    /// No source has the id any more.
    pub fn forget(&mut self, source: &SourceId) {
        self.unkept.remove(source);
        self.notes.remove(source);
        self.reborn.remove(source);
    }

    /// The store has taken a state.
    pub fn kept(&mut self, source: &SourceId, state: &SourceState) {
        self.unkept.remove(source);
        self.reborn.remove(source);
        note(&mut self.notes, source, Note::new(state));
    }

    /// The store has not taken a state; it holds all the same.
    pub fn not_kept(&mut self, source: &SourceId, state: SourceState) {
        note(&mut self.notes, source, Note::new(&state));
        self.unkept.insert(source.clone(), state);
    }

    pub fn note(&self, source: &SourceId) -> Note {
        self.notes.get(source).copied().unwrap_or_default()
    }

    /// A source of the settings that was never polled.
    pub fn is_new(&mut self, source: &SourceId) {
        let health = SourceCondition::Waiting;
        note(&mut self.notes, source, Note { health, ..Note::default() });
    }

    pub fn with_hubs(&self) -> Vec<SourceId> {
        let noted = self.notes.iter().filter(|(_, note)| note.has_hub);
        noted.map(|(source, _)| source.clone()).collect()
    }
}

/// A state without the traces of a clock that was ahead; `None`: it was not.
pub(super) fn in_time(state: &SourceState, planned_at: Timestamp) -> Option<SourceState> {
    mended::is_ahead(state, now()).then(|| mended(state, planned_at)).flatten()
}

fn note(notes: &mut HashMap<SourceId, Note>, source: &SourceId, mut note: Note) {
    let before = notes.get(source).copied().unwrap_or_default();
    note.has_hub |= before.has_hub;
    if note == before {
        return;
    }
    if note == Note::default() {
        notes.remove(source);
    } else {
        notes.insert(source.clone(), note);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Alert, Timestamp};

    /// One state for whoever asks.
    struct Stored(SourceState);

    impl SourceStates for Stored {
        fn load(&self, _: &SourceId) -> Result<Option<SourceState>, String> {
            Ok(Some(self.0.clone()))
        }

        fn each(&self, tell: &mut dyn FnMut(SourceId, SourceState)) -> Result<(), String> {
            tell(SourceId::new("a"), self.0.clone());
            Ok(())
        }
    }

    fn polled(poll_number: u64) -> SourceState {
        SourceState { poll_number, last_poll_at: Some(Timestamp(9)), ..SourceState::default() }
    }

    fn known() -> (Known, SourceId) {
        (Known::new(Arc::new(Stored(polled(1))), Timestamp(9)), SourceId::new("a"))
    }

    #[test]
    fn what_the_store_has_not_taken_holds_until_it_takes_something() {
        let (mut known, a) = known();
        let number = |known: &Known| known.state(&a).expect("read").expect("known").poll_number;
        assert_eq!(number(&known), 1);
        known.not_kept(&a, polled(2));
        assert_eq!(number(&known), 2);
        let mut told = Vec::new();
        known.each(|_, state| told.push(state.poll_number)).expect("read");
        assert_eq!(told, [2]);
        known.kept(&a, &polled(3));
        assert_eq!(number(&known), 1, "as it is stored");
    }

    #[test]
    fn a_source_that_is_fine_takes_no_memory() {
        let (mut known, a) = known();
        known.is_new(&a);
        assert_eq!(known.note(&a).health, SourceCondition::Waiting);
        known.each(|_, _| {}).expect("read");
        assert_eq!((known.note(&a), known.notes.len()), (Note::default(), 0));
        let alert = Alert {
            kind: AlertKind::Broken,
            since: Timestamp(1),
            raised_at: Timestamp(2),
            cleared_at: None,
            cause: String::new(),
            fault: String::new(),
            status: None,
        };
        known.kept(&a, &SourceState { failures: 2, alerts: vec![alert], ..polled(2) });
        let note = known.note(&a);
        assert_eq!(note.health, SourceCondition::Failing(2));
        assert_eq!(note.raised().collect::<Vec<_>>(), [AlertKind::Broken]);
        known.kept(&a, &polled(3));
        assert_eq!(known.notes.len(), 0);
    }

    #[test]
    fn a_hub_is_not_forgotten_before_its_turns_are() {
        let (mut known, a) = known();
        known.kept(&a, &SourceState { hubs: Some(Box::default()), ..polled(2) });
        known.kept(&a, &polled(3));
        assert_eq!(known.with_hubs(), [a]);
    }
}
