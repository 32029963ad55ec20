//! When a source is due: cron expressions, learnt rhythm, per-host manners.

pub mod cron;
//! When each source is polled: [`policy`] decides the time, [`queue`] hands the
//! sources out, kind to their hosts.

pub mod policy;
pub mod queue;

#[cfg(test)]
mod policy_tests;
#[cfg(test)]
mod queue_tests;
