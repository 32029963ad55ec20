//! What the tests stand on: a publisher on loopback, a folder with a daemon in it, and
//! plain HTTP. Nothing here sleeps to be on time: [`eventually`] asks until it is so.

pub mod authority;
pub mod browser;
pub mod clock;
pub mod counties;
pub mod daemon;
pub mod documents;
pub mod formats;
pub mod home;
pub mod http;
pub mod hub;
pub mod listening;
pub mod origin;
pub mod proxy;
pub mod published;
pub mod subscriber;
pub mod tls;

use serde_json::Value;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// Longer than anything may take on a busy machine; only a failure lasts that long.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Asks until there is an answer.
///
/// # Panics
/// When there is none within [`PATIENCE`], naming `what` was waited for.
#[track_caller]
pub fn eventually<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(Instant::now() < deadline, "still waiting after {PATIENCE:?}: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Asks until it is so.
#[track_caller]
pub fn eventually_so(what: &str, mut is_so: impl FnMut() -> bool) {
    eventually(what, || is_so().then_some(()));
}

/// The keys of a JSON object.
#[track_caller]
pub fn keys(value: &Value) -> BTreeSet<&str> {
    value.as_object().expect("an object").keys().map(String::as_str).collect()
}

/// To compare with [`keys`].
pub fn words(text: &str) -> BTreeSet<&str> {
    text.split(' ').collect()
}
