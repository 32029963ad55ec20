//! When a source is due: cron expressions, learnt rhythm, per-host manners.

pub mod cron;
