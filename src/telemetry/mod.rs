//! Figures of the running process: counted where things happen, written as Prometheus reads
//! them.

mod exposition;
mod hub;
mod push;
mod search;
mod tally;

pub use exposition::{Exposition, Kind};
pub use hub::{Asked, DELAY_BOUNDS_MS, Delivered, HubCounts, HubTally, Requested};
pub use push::PushResult;
pub use search::{SEARCH_BOUNDS_MS, SearchCounts, SearchTally, Searched};
pub use tally::{Counts, DURATION_BOUNDS_MS, Tally};
