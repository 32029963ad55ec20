//! Joins the stages into a process. Only here are all of them known, and only here is
//! the wall clock read and chance drawn upon.

mod alerts;
mod around;
mod callbacks;
mod chance;
pub mod clock;
mod content;
mod daemon;
mod digest;
mod entry_documents;
mod figures;
mod finds;
mod freshness;
mod held;
mod history;
mod hub;
mod known;
mod live;
mod meant;
mod moved;
#[cfg(test)]
mod naming_cases;
#[cfg(test)]
mod naming_properties;
#[cfg(test)]
mod naming_tests;
mod onward;
mod operations;
mod outlines;
mod pause;
mod planning;
mod poll;
mod polled;
mod push_status;
mod pushes;
mod reclassify;
mod reload;
mod renaming;
mod round;
mod same_story;
mod scheduler;
mod shared;
mod standing;
mod states;
mod status;
mod streams;
mod stump;
mod subscriber;
mod subscribing;
mod systemd;
mod uncompressed;
mod upkeep;
mod writer;

pub use clock::now;
pub use daemon::{Daemon, StartError, client, store_settings};
pub use digest::{Digest, digest, limits};
pub use held::{Held, put_in_time};
pub use history::{SourceHistory, empty_history, history};
pub use live::Live;
pub use poll::Poller;
pub use polled::Polled;
pub use reclassify::{Misfiled, misfiled};
pub use renaming::renames;
pub use round::{NotPolled, Round, RoundEvent};
pub use scheduler::left_alone;
pub use status::{SourceStatus, Status, source_statuses};
pub use upkeep::Turn;
pub use writer::{Reading, WriterHealth, journal, start as start_writer};
