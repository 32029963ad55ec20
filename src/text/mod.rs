//! Plain functions on text that several stages use: no clock, network, disk or global.

pub mod amounts;
pub mod clean;
pub mod dates;
pub mod html;

#[cfg(test)]
mod properties;
pub mod script;
pub mod sentence;
pub mod slips;

/// The number of a character that takes three bytes in UTF-8, as Han characters do.
pub fn code_of([first, second, third]: [u8; 3]) -> u16 {
    u16::from(first) << 12 | u16::from(second & 0x3F) << 6 | u16::from(third & 0x3F)
}
