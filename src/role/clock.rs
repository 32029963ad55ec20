//! The clock: nothing else reads it. Tests make it run fast by `COUNTYWIRE_CLOCK`, three
//! numbers: a real time, the time to show then (both seconds since 1970, fractions
//! allowed) and how many seconds to show for each real one. All processes that get the
//! same value show the same time, also after a restart.

use crate::model::Timestamp;
use chrono::{DateTime, Utc};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

const VARIABLE: &str = "COUNTYWIRE_CLOCK";
/// A year in half a minute; more would only tell how fast the machine is.
const SPEED_MAX: f64 = 1e6;
/// 9999-12-31T23:59:59Z.
const LAST_SECOND: f64 = 253_402_300_799.0;

static PACE: OnceLock<Pace> = OnceLock::new();

/// How the time shown follows the real one.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Pace {
    real: f64,
    shown: f64,
    speed: f64,
}

const REAL: Pace = Pace { real: 0.0, shown: 0.0, speed: 1.0 };

impl Pace {
    fn parse(value: &str) -> Result<Pace, String> {
        let expected = "expected three numbers, such as \"1795646400.5 1795646400 3600\": a real \
             time and the time to show then, seconds since 1970, and the speed";
        let numbers: Result<Vec<f64>, _> = value.split_whitespace().map(str::parse).collect();
        let [real, shown, speed] = numbers.unwrap_or_default()[..] else {
            return Err(format!("{VARIABLE}: {expected}"));
        };
        for time in [real, shown] {
            if !(0.0..=LAST_SECOND).contains(&time) {
                return Err(format!("{VARIABLE}: {time} is no time from 1970 to 9999; {expected}"));
            }
        }
        if !(speed > 0.0 && speed <= SPEED_MAX) {
            return Err(format!("{VARIABLE}: the speed is above 0, up to {SPEED_MAX}; {expected}"));
        }
        Ok(Pace { real, shown, speed })
    }

    fn at(&self, real: DateTime<Utc>) -> DateTime<Utc> {
        let seconds = real.timestamp_micros() as f64 / 1e6;
        let shown = self.shown + (seconds - self.real) * self.speed;
        let micros = (shown.clamp(0.0, LAST_SECOND) * 1e6) as i64;
        DateTime::from_timestamp_micros(micros).unwrap_or(real)
    }
}

fn pace() -> Pace {
    PACE.get().copied().unwrap_or(REAL)
}

/// Reads `COUNTYWIRE_CLOCK`, once and before any other use. Returns what to warn of.
///
/// # Errors
/// In words, when it is set to something else than three numbers that make a clock.
pub fn set_up() -> Result<Option<String>, String> {
    let Some(value) = std::env::var_os(VARIABLE) else { return Ok(None) };
    let parsed = Pace::parse(&value.to_string_lossy())?;
    let pace = *PACE.get_or_init(|| parsed);
    Ok(Some(format!(
        "{VARIABLE} is set: it is taken to be {}, and time to run at {} times its speed",
        now().rfc3339(),
        pace.speed
    )))
}

/// The wall clock.
pub fn now() -> Timestamp {
    precise_now().into()
}

/// The wall clock, for log lines.
pub fn precise_now() -> DateTime<Utc> {
    let pace = pace();
    if pace == REAL { Utc::now() } else { pace.at(Utc::now()) }
}

/// Never fast: for what watches over this process itself.
pub fn real_now() -> Timestamp {
    Utc::now().into()
}

/// A number that no earlier call gave: nanoseconds since 1970.
pub fn fresh_number() -> u64 {
    Utc::now().timestamp_nanos_opt().and_then(|nanos| u64::try_from(nanos).ok()).unwrap_or(0)
}

/// How long a wait by the wall clock really takes.
pub fn real(wait: Duration) -> Duration {
    let speed = pace().speed;
    if speed == 1.0 {
        return wait;
    }
    // Nothing else is meant by a longer one than for good.
    Duration::try_from_secs_f64(wait.as_secs_f64() / speed).unwrap_or(Duration::MAX)
}

/// A wait by the wall clock.
pub async fn sleep(wait: Duration) {
    tokio::time::sleep(real(wait)).await;
}

/// Time that passes, as the wall clock counts it, whether or not it is set meanwhile.
#[derive(Debug, Clone, Copy)]
pub struct Stopwatch(Instant);

impl Stopwatch {
    pub fn start() -> Self {
        Stopwatch(Instant::now())
    }

    pub fn elapsed(&self) -> Duration {
        let speed = pace().speed;
        let elapsed = self.0.elapsed();
        if speed == 1.0 { elapsed } else { elapsed.mul_f64(speed) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utc(text: &str) -> DateTime<Utc> {
        text.parse().expect("a date")
    }

    #[test]
    fn a_fast_clock_goes_on_from_its_anchor_and_shows_the_past_before_it() {
        let pace = Pace::parse("1795646400.25 1795000000 3600").expect("a clock");
        for (real, shown) in [
            ("2026-11-25T22:40:00.250Z", "2026-11-18T11:06:40Z"),
            ("2026-11-25T22:40:01.250Z", "2026-11-18T12:06:40Z"),
            ("2026-11-25T22:40:01.750Z", "2026-11-18T12:36:40Z"),
            ("2026-11-25T22:40:00Z", "2026-11-18T10:51:40Z"),
        ] {
            let off = pace.at(utc(real)) - utc(shown);
            assert!(off.num_milliseconds().abs() <= 10, "{real}: {off}");
        }
    }

    #[test]
    fn no_clock_leaves_the_times_that_can_be_written() {
        let pace = Pace::parse("0 253402300799 1000000").expect("a clock");
        assert_eq!(pace.at(utc("2026-11-25T22:40:00Z")), utc("9999-12-31T23:59:59Z"));
        let pace = Pace::parse("253402300799 0 1000000").expect("a clock");
        assert_eq!(pace.at(utc("2026-11-25T22:40:00Z")), DateTime::UNIX_EPOCH);
    }

    #[test]
    fn what_is_no_clock_is_refused_in_words() {
        for (value, word) in [
            ("", "three numbers"),
            ("fast", "three numbers"),
            ("1 2", "three numbers"),
            ("1 2 3 4", "three numbers"),
            ("1,2,3", "three numbers"),
            ("-1 2 3", "1970"),
            ("1 nan 3", "1970"),
            ("1 1e300 3", "1970"),
            ("1 2 0", "speed"),
            ("1 2 -1", "speed"),
            ("1 2 inf", "speed"),
            ("1 2 NaN", "speed"),
        ] {
            let said = Pace::parse(value).expect_err(value);
            assert!(said.starts_with("COUNTYWIRE_CLOCK: ") && said.contains(word), "{said}");
        }
    }

    #[test]
    fn without_the_variable_time_is_as_it_is() {
        assert!(now().0 - real_now().0 <= 1);
        assert_eq!(real(Duration::from_secs(3)), Duration::from_secs(3));
        assert_eq!(real(Duration::MAX), Duration::MAX);
    }
}
