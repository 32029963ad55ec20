//! Amounts as people read them.

use std::time::Duration;

/// `812 B`, `8.1 kB`, `3.0 MB`: powers of a thousand, one decimal.
pub fn bytes(count: u64) -> String {
    if count < 1_000 {
        return format!("{count} B");
    }
    let mut amount = count as f64 / 1_000.0;
    for unit in ["kB", "MB", "GB"] {
        // What would be written as 1000.0 belongs to the next unit.
        if amount < 999.95 {
            return format!("{amount:.1} {unit}");
        }
        amount /= 1_000.0;
    }
    format!("{amount:.1} TB")
}

/// `0 s`, `35 ms`, `1.5 s`, `2 m 05 s`, `3 h 10 m`, `4 d 02 h`: two units at most.
pub fn wait(time: Duration) -> String {
    let seconds = time.as_secs();
    let (minutes, hours, days) = (seconds / 60, seconds / 3_600, seconds / 86_400);
    if days > 0 {
        format!("{days} d {:02} h", hours % 24)
    } else if hours > 0 {
        format!("{hours} h {:02} m", minutes % 60)
    } else if minutes > 0 {
        format!("{minutes} m {:02} s", seconds % 60)
    } else if seconds == 0 && time.subsec_millis() > 0 {
        format!("{} ms", time.subsec_millis())
    } else if time.subsec_millis() >= 100 && seconds < 10 {
        format!("{}.{} s", seconds, time.subsec_millis() / 100)
    } else {
        format!("{seconds} s")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_short_and_round() {
        for (count, shown) in [
            (0, "0 B"),
            (999, "999 B"),
            (1_000, "1.0 kB"),
            (8_149, "8.1 kB"),
            (999_949, "999.9 kB"),
            (999_950, "1.0 MB"),
            (6_630_000_000_000, "6.6 TB"),
            (u64::MAX, "18446744.1 TB"),
        ] {
            assert_eq!(bytes(count), shown);
        }
        for (millis, shown) in [
            (0, "0 s"),
            (35, "35 ms"),
            (1_599, "1.5 s"),
            (9_000, "9 s"),
            (59_999, "59 s"),
            (125_000, "2 m 05 s"),
            (11_400_000, "3 h 10 m"),
            (352_800_000, "4 d 02 h"),
        ] {
            assert_eq!(wait(Duration::from_millis(millis)), shown);
        }
    }
}
