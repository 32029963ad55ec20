//! WebSub as a subscriber (W3C Recommendation of 23 January 2018, numbers of sections are
//! its): who is asked, when, what hubs may ask of us, and whether a push is theirs. Pure:
//! time and chance are arguments; `role` does what is decided here.

pub mod discovery;
pub mod intent;
pub mod request;
pub mod signature;
pub mod subscription;

/// Segment below the base address under which callbacks are.
pub const SEGMENT: &str = "push";

/// The address that a hub is given: `base` ends with a slash.
pub fn callback(base: &str, token: &str) -> String {
    format!("{base}{SEGMENT}/{token}")
}

/// The token in a path below the base address.
pub fn token(path: &str) -> Option<&str> {
    path.strip_prefix('/')?.strip_prefix(SEGMENT)?.strip_prefix('/')
}
