//! The seam between finding entries and publishing them: an ordered stream of
//! encoded reports, and two smaller contracts that travel with it.
//!
//! A sequence and a monotone `recorded_at` are given to each report when it enters;
//! what comes after knows no other clock. Delivery is at least once.

mod contract;
mod local;

pub use contract::{Alone, Appended, Journal, JournalError, Membership, SourceStates};
pub use local::{Delivery, LocalConsumer, LocalJournal, Ordered, Probe, Work};
