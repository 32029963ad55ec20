//! Source states of one machine: they lie in the store, beside the entries of the same
//! polls.

use crate::journal::SourceStates;
use crate::model::{SourceId, SourceState};
use crate::store::Reader;

pub struct StoredStates(pub Reader);

impl SourceStates for StoredStates {
    fn load(&self, source: &SourceId) -> Result<Option<SourceState>, String> {
        self.0.state(source).map_err(|error| error.full())
    }

    fn each(&self, tell: &mut dyn FnMut(SourceId, SourceState)) -> Result<(), String> {
        self.0.each_state(tell).map_err(|error| error.full())
    }
}
