//! A clock for daemons under test that shows days in seconds.

use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

/// 2030-01-01T00:00:00Z, a Tuesday.
pub const START: f64 = 1_893_456_000.0;

/// Seconds since 1970 as the daemon counts them; see `src/role/clock.rs`.
#[derive(Debug, Clone, Copy)]
pub struct FastClock {
    real: f64,
    shown: f64,
    speed: f64,
}

impl FastClock {
    /// Shows `shown` now, and `speed` seconds for each real one.
    pub fn new(shown: f64, speed: f64) -> Self {
        FastClock { real: real_now(), shown, speed }
    }

    pub fn now(&self) -> f64 {
        self.shown + (real_now() - self.real) * self.speed
    }

    /// Gives the clock to a command, before it is started or started again.
    pub fn set(&self, command: &mut Command) {
        let FastClock { real, shown, speed } = self;
        command.env("COUNTYWIRE_CLOCK", format!("{real:.6} {shown:.6} {speed}"));
    }
}

fn real_now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs_f64()
}
