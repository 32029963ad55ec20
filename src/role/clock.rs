use crate::model::Timestamp;

/// The wall clock: the one place that reads it.
pub fn now() -> Timestamp {
    chrono::Utc::now().into()
}
