//! When each source is polled: [`policy`] decides the time, by the [`rhythm`] of the source
//! for `auto`; [`push`] spares sources whose hubs deliver, [`arrivals`] keeps what they bring
//! for the rhythm, [`mended`] puts right what a clock that was ahead has left, [`cron`] reads the admin's expressions, [`queue`] hands the sources out,
//! kind to their hosts.

pub mod agenda;
pub mod arrivals;
mod backlog;
pub mod cron;
mod failure;
pub mod mended;
pub mod policy;
pub mod push;
pub mod queue;
mod reason;
mod restart;
pub mod restraint;
pub mod rhythm;
mod skip;

#[cfg(test)]
mod agenda_tests;
#[cfg(test)]
mod month_tests;
#[cfg(test)]
mod policy_properties;
#[cfg(test)]
mod policy_tests;
#[cfg(test)]
mod push_tests;
#[cfg(test)]
mod restart_tests;
