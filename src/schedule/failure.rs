//! What the schedule of a source wants after a poll of it has failed.

use super::policy::{Finding, Own, Policy, bounds, cron_jitter_room, known_interval};
use super::reason;
use crate::model::{Schedule, SourceState};
use std::time::Duration;

/// Waits between failed polls grow up to this.
pub const BACKOFF_MAX: Duration = Duration::from_secs(24 * 3_600);
/// Waits after the first failures of a source, while no request has reached its server: it has
/// not been asked yet.
const UNSENT_WAITS: [Duration; 3] =
    [Duration::from_secs(300), Duration::from_secs(600), Duration::from_secs(1_200)];

/// `None`: a cron expression that matches no more.
pub(super) fn after_failure(policy: &Policy, finding: &Finding<'_>, kind: &str) -> Option<Own> {
    let (shortest, _) = bounds(policy);
    let base = match finding.schedule {
        Schedule::Auto => known_interval(policy, finding.state),
        Schedule::Every(every) => (*every).max(shortest),
        Schedule::Cron(_) => shortest,
    };
    let failures = finding.state.failures.max(1);
    let soon = unsent_waits(finding.state);
    let doublings = (failures - 1).saturating_sub(soon.len() as u32).min(16);
    let backoff = base.saturating_mul(1 << doublings).min(BACKOFF_MAX.max(base));
    let times = match failures {
        1 => "once".to_owned(),
        _ => format!("{failures} times in a row"),
    };
    let is_over = matches!(finding.schedule, Schedule::Cron(_)) && finding.cron_next.is_none();
    if let Some(soon) = soon.get(failures as usize - 1)
        && !is_over
    {
        let words = format!("failed {times}: {kind}, no request was sent");
        return Some(Own::new(backoff.min(*soon), words));
    }
    let words = format!("failed {times}: {kind}, backoff {}", reason::words(backoff));
    match finding.schedule {
        Schedule::Auto | Schedule::Every(_) => Some(Own::new(backoff, words)),
        Schedule::Cron(_) => {
            let gap = finding.cron_next?.since(finding.now);
            let wait = backoff.max(gap);
            Some(Own { wait, jitter: cron_jitter_room(gap), words })
        }
    }
}

/// Empty once a request has reached the server since it answered last.
fn unsent_waits(state: &SourceState) -> &'static [Duration] {
    if state.unsent > 0 && state.unsent == state.failures { &UNSENT_WAITS } else { &[] }
}
