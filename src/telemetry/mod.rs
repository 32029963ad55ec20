//! Figures of the running process: counted where things happen, written as Prometheus reads
//! them.

mod exposition;
mod push;
mod tally;

pub use exposition::{Exposition, Kind};
pub use push::PushResult;
pub use tally::{Counts, DURATION_BOUNDS_MS, Tally};
