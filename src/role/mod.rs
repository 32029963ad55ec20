//! Joins the stages into a process. Only here are all of them known, and only here is
//! the wall clock read.

mod alerts;
mod around;
pub mod clock;
mod content;
mod daemon;
mod digest;
mod figures;
mod freshness;
mod history;
mod live;
#[cfg(test)]
mod naming_cases;
#[cfg(test)]
mod naming_properties;
#[cfg(test)]
mod naming_tests;
mod operations;
mod poll;
mod reload;
mod round;
mod scheduler;
mod shared;
mod states;
mod status;
mod stump;
mod systemd;
mod writer;

pub use clock::now;
pub use daemon::{Daemon, StartError, client, store_settings};
pub use digest::{Digest, digest, limits};
pub use history::{SourceHistory, empty_history, history};
pub use live::Live;
pub use poll::{Polled, Poller};
pub use round::{NotPolled, Round, RoundEvent};
pub use states::StoredStates;
pub use status::{SourceStatus, Status, source_statuses};
pub use writer::{WriterHealth, start as start_writer};
