//! The hub's figures for `/metrics` and its line on `/status`.

use super::Hub;
use crate::telemetry::{DELAY_BOUNDS_MS, Exposition, Kind};

impl Hub {
    pub fn figures(&self, out: &mut Exposition) {
        let (all, owed) = self.counts();
        let counts = self.tally.counts();
        out.family("countywire_hub_subscriptions", Kind::Gauge, "Subscriptions to our feeds.")
            .sample(&[], all);
        out.family(
            "countywire_hub_owed",
            Kind::Gauge,
            "Subscriptions with a delivery that waits or is under way.",
        )
        .sample(&[], owed);
        out.family(
            "countywire_hub_requests_total",
            Kind::Counter,
            "Requests to our hub by result; limited: too many, or no room.",
        );
        for (result, count) in counts.requests {
            out.sample(&[("result", result)], count);
        }
        out.family(
            "countywire_hub_verifications_total",
            Kind::Counter,
            "Callbacks that were asked whether they want what was asked for.",
        );
        for (result, count) in counts.verifications {
            out.sample(&[("result", result)], count);
        }
        out.family(
            "countywire_hub_deliveries_total",
            Kind::Counter,
            "Deliveries by result; unchanged: the subscriber had these bytes; left: it answered 410.",
        );
        for (result, count) in counts.deliveries {
            out.sample(&[("result", result)], count);
        }
        out.family(
            "countywire_hub_delivery_delay_seconds",
            Kind::Histogram,
            "From what changed a feed being stored to its subscriber having taken it.",
        );
        let mut taken = 0;
        for (bound_ms, count) in DELAY_BOUNDS_MS.into_iter().zip(counts.delays) {
            taken += count;
            out.part("_bucket", &[("le", &(bound_ms as f64 / 1e3).to_string())], taken);
        }
        taken += counts.delays[DELAY_BOUNDS_MS.len()];
        out.part("_bucket", &[("le", "+Inf")], taken);
        out.part("_sum", &[], counts.delay_us as f64 / 1e6).part("_count", &[], taken);
    }

    /// Subscriptions, and those of them to which something is owed.
    pub fn counts(&self) -> (usize, usize) {
        let book = self.book();
        (book.len(), book.all().filter(|(_, held)| held.course.is_owed()).count())
    }
}
