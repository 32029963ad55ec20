//! Times as the queue counts them.

use std::time::Duration;

/// Milliseconds since the caller's start.
pub(super) type Millis = u64;

/// Rounded up: nothing comes early.
pub(super) fn millis(time: Duration) -> Millis {
    let part = time.subsec_nanos().div_ceil(1_000_000);
    // Ranks need the highest bit, and room for patience below it.
    time.as_secs().saturating_mul(1_000).saturating_add(part.into()).min(1 << 61)
}

/// Rounded down.
pub(super) fn millis_passed(now: Duration) -> Millis {
    now.as_secs().saturating_mul(1_000).saturating_add(now.subsec_millis().into())
}
