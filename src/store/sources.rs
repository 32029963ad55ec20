//! What is known of sources: the state that each was left in by its last poll.

use super::error::StoreError;
use super::held::Lookup;
use super::read::{Reader, get};
use super::record::{self, StateRecord};
use super::{keys, postings};
use crate::model::{ChannelKey, SourceId, SourceState};
use tracing::error;

impl Reader {
    /// `entries` counts those that the store holds now.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn state(&self, source: &SourceId) -> Result<Option<SourceState>, StoreError> {
        let record: Option<StateRecord> = get(&self.index, &keys::state(source))?;
        record.map(|record| self.as_it_is(source, record.state)).transpose()
    }

    /// The same of each source that was ever polled.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn states(&self) -> Result<Vec<(SourceId, SourceState)>, StoreError> {
        let mut states = Vec::new();
        self.each_state(|source, state| states.push((source, state)))?;
        let as_they_are = states.into_iter().map(|(source, state)| {
            let state = self.as_it_is(&source, state)?;
            Ok((source, state))
        });
        as_they_are.collect()
    }

    /// Tells the state of each source that was ever polled, one at a time, as it was committed:
    /// a start reads them all, and need not read the head of each channel.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn each_state(
        &self,
        mut tell: impl FnMut(SourceId, SourceState),
    ) -> Result<(), StoreError> {
        for pair in self.index.scan(keys::STATES) {
            let (key, value) = pair?;
            let Ok(id) = std::str::from_utf8(&key[1..]) else { continue };
            match record::decode::<StateRecord>(&value) {
                Ok(StateRecord { state, .. }) => tell(SourceId::new(id), state),
                Err(error) => {
                    error!(
                        source_id = id,
                        error, "a state cannot be read; the source is polled like a new one"
                    );
                }
            }
        }
        Ok(())
    }

    /// A state counts all entries that ever came, the head of the source's channel those that
    /// have not left.
    fn as_it_is(&self, source: &SourceId, state: SourceState) -> Result<SourceState, StoreError> {
        let head = self.channel(ChannelKey::source(source))?;
        Ok(SourceState { entries: postings::total(&head), ..state })
    }
}
