//! Plain functions on text that several stages use: no clock, network, disk or global.

pub mod clean;
pub mod dates;
pub mod html;

#[cfg(test)]
mod properties;
pub mod script;
pub mod sentence;
