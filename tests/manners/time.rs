//! The time that origin, checks and clients agree on: seconds since 1970.

use crate::support::clock::FastClock;
use std::sync::{Arc, Mutex};

pub const MINUTE: f64 = 60.0;
pub const HOUR: f64 = 3_600.0;
pub const DAY: f64 = 86_400.0;

/// Shared, and set anew where a client is started again or told what time it is.
#[derive(Clone)]
pub struct Clock(Arc<Mutex<FastClock>>);

impl Clock {
    pub fn new(shown: f64, speed: f64) -> Self {
        Clock(Arc::new(Mutex::new(FastClock::new(shown, speed))))
    }

    pub fn now(&self) -> f64 {
        self.running().now()
    }

    pub fn running(&self) -> FastClock {
        *self.0.lock().expect("no holder panics")
    }

    pub fn set(&self, shown: f64, speed: f64) {
        *self.0.lock().expect("no holder panics") = FastClock::new(shown, speed);
    }
}

/// Such as `2d3h`, `59m12s`, `0.4s`.
pub fn words(seconds: f64) -> String {
    if seconds < 60.0 {
        return format!("{seconds:.1}s");
    }
    let whole = seconds as u64;
    let units = [("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)];
    let first = units.iter().position(|(_, size)| whole >= *size).unwrap_or(3);
    let mut rest = whole;
    let mut text = String::new();
    for (unit, size) in units.iter().skip(first).take(2) {
        let count = rest / size;
        rest %= size;
        if count > 0 {
            text.push_str(&format!("{count}{unit}"));
        }
    }
    text
}
