use crate::model::Timestamp;

/// The wall clock: the one place that reads it.
pub fn now() -> Timestamp {
    chrono::Utc::now().into()
}

/// A number that no earlier call gave: nanoseconds since 1970.
pub fn fresh_number() -> u64 {
    chrono::Utc::now()
        .timestamp_nanos_opt()
        .and_then(|nanos| u64::try_from(nanos).ok())
        .unwrap_or(0)
}
