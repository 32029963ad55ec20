//! countywire gives every county its own news wire.
//!
//! The flow: schedule → fetch → parse → normalise → classify → journal → story →
//! store → publish → serve. Each stage is a module that imports [`model`] and
//! [`text`], never another stage; [`role`] joins them. ARCHITECTURE.md tells more.

pub mod journal;
pub mod model;
pub mod store;
pub mod story;
pub mod classify;
pub mod config;
pub mod model;
pub mod schedule;
pub mod tables;
pub mod fetch;
pub mod model;
pub mod schedule;
pub mod publish;
pub mod text;
