//! When each source is polled: [`policy`] decides the time, [`push`] spares sources whose
//! hubs deliver, [`cron`] reads the admin's expressions, [`queue`] hands the sources out,
//! kind to their hosts.

pub mod agenda;
pub mod cron;
pub mod policy;
pub mod push;
pub mod queue;
pub mod restraint;
mod skip;

#[cfg(test)]
mod month_tests;
#[cfg(test)]
mod policy_tests;
#[cfg(test)]
mod push_tests;
#[cfg(test)]
mod restart_tests;
