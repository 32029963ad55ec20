//! Search's figures for `/metrics`.

use super::standing::{Behind, Search};
use crate::search::Size;
use crate::store::Reader;
use crate::telemetry::{Exposition, Kind, SEARCH_BOUNDS_MS};

impl Search {
    pub fn figures(&self, out: &mut Exposition, reader: &Reader) {
        let counts = self.tally.counts();
        out.family(
            "countywire_searches_total",
            Kind::Counter,
            "Searches by result; what was found before and still holds is not searched for.",
        );
        for (result, count) in counts.results {
            out.sample(&[("result", result)], count);
        }
        out.family(
            "countywire_search_duration_seconds",
            Kind::Histogram,
            "How long the index of search was asked for.",
        );
        let mut searches = 0;
        for (bound_ms, count) in SEARCH_BOUNDS_MS.into_iter().zip(counts.durations) {
            searches += count;
            out.part("_bucket", &[("le", &(bound_ms as f64 / 1e3).to_string())], searches);
        }
        searches += counts.durations[SEARCH_BOUNDS_MS.len()];
        out.part("_bucket", &[("le", "+Inf")], searches);
        out.part("_sum", &[], counts.duration_us as f64 / 1e6).part("_count", &[], searches);
        let Behind { entries, time } = self.behind(reader);
        out.family(
            "countywire_search_lag_entries",
            Kind::Gauge,
            "Entries that have changed and are not found as they are yet.",
        )
        .sample(&[], entries);
        out.family(
            "countywire_search_lag_seconds",
            Kind::Gauge,
            "How long the first of them has waited, or the index has been in the making; 0: none.",
        )
        .sample(&[], time.as_secs_f64());
        let Size { bytes, documents } = self.size();
        out.family(
            "countywire_search_documents",
            Kind::Gauge,
            "Entries in the index of search, with those that have left and are merged away later.",
        )
        .sample(&[], documents);
        out.family(
            "countywire_search_bytes",
            Kind::Gauge,
            "What the index of search takes on disk.",
        )
        .sample(&[], bytes);
    }
}
