//! countywire gives every county its own news wire.
//!
//! The flow: schedule → fetch → parse → normalise → classify → journal → story →
//! store → publish → serve. Each stage is a module that imports [`model`] and
//! [`text`], never another stage; [`role`] joins them. ARCHITECTURE.md tells more.

pub mod alert;
pub mod classify;
pub mod cli;
pub mod config;
pub mod export;
pub mod fetch;
pub mod hub;
pub mod journal;
pub mod model;
pub mod normalise;
pub mod parse;
pub mod publish;
pub mod push;
pub mod role;
pub mod schedule;
pub mod search;
pub mod serve;
pub mod store;
pub mod story;
pub mod tables;
pub mod telemetry;
pub mod text;

#[cfg(test)]
#[path = "../tests/chance.rs"]
mod chance;
#[cfg(test)]
#[path = "../tests/safe_html.rs"]
mod safe_html;
#[cfg(test)]
#[path = "../tests/shared.rs"]
mod shared;
