//! countywire gives every county its own news wire.
//!
//! The flow: schedule → fetch → parse → normalise → classify → journal → story →
//! store → publish → serve. Each stage is a module that imports [`model`] and
//! [`text`], never another stage; [`role`] joins them. ARCHITECTURE.md tells more.

pub mod cli;
pub mod model;
pub mod normalise;
pub mod parse;
pub mod text;
