//! Source states of one machine: they lie in the store, beside the entries of the same
//! polls.

use crate::journal::SourceStates;
use crate::model::{SourceId, SourceState};
use crate::store::Reader;

pub struct StoredStates(pub Reader);

impl SourceStates for StoredStates {
    fn load_all(&self) -> Result<Vec<(SourceId, SourceState)>, String> {
        self.0.states().map_err(|error| error.full())
    }
}
