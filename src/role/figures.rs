//! `/metrics`: the daemon's figures for Prometheus. README.md lists them.

use super::shared::Shared;
use super::standing::Standing;
use crate::model::Timestamp;
use crate::store::PositionRecord;
use crate::telemetry::{Counts, DURATION_BOUNDS_MS, Exposition, Kind};

/// What is asked for besides what [`Shared`] knows.
pub struct Moment {
    pub now: Timestamp,
    pub position: Option<PositionRecord>,
    pub damaged: usize,
    /// None before the scheduler has started.
    pub standing: Option<Standing>,
}

pub fn document(shared: &Shared, moment: &Moment) -> Vec<u8> {
    let mut out = Exposition::default();
    out.family("countywire_build_info", Kind::Gauge, "The version that runs; always 1.")
        .sample(&[("version", env!("CARGO_PKG_VERSION"))], 1);
    out.family("countywire_start_time_seconds", Kind::Gauge, "Start of the process, Unix time.")
        .sample(&[], shared.started_at.0);
    let ready = u8::from(shared.check(moment.now).is_ok());
    out.family("countywire_ready", Kind::Gauge, "1 when /readyz says so, else 0.")
        .sample(&[], ready);
    polls(&mut out, &shared.tally.counts());
    if let Some(standing) = &moment.standing {
        stands(&mut out, standing);
    }
    if let Some(position) = &moment.position {
        out.family("countywire_journal_sequence", Kind::Gauge, "The last report applied.")
            .sample(&[], position.sequence);
        out.family("countywire_store_entries", Kind::Gauge, "Entries stored.")
            .sample(&[], position.entries);
        out.family(
            "countywire_store_entries_damaged",
            Kind::Gauge,
            "Entries found damaged on disk since the start.",
        )
        .sample(&[], moment.damaged);
    }
    if let Some(reader) = shared.reader().filter(|_| shared.live().config.site.search) {
        shared.search.figures(&mut out, &reader);
    }
    shared.hub.figures(&mut out);
    shared.streams.figures(&mut out);
    out.family("countywire_served_total", Kind::Counter, "Answers to readers by HTTP status.");
    for (status, count) in shared.answered.counts() {
        out.sample(&[("status", &status)], count);
    }
    out.into_bytes()
}

fn polls(out: &mut Exposition, counts: &Counts) {
    out.family(
        "countywire_polls_total",
        Kind::Counter,
        "Polls by outcome; not_kept: the store refused the report.",
    );
    for (outcome, count) in counts.outcomes {
        out.sample(&[("outcome", outcome)], count);
    }
    out.family(
        "countywire_poll_answers_total",
        Kind::Counter,
        "Polls by class of HTTP status; none: no answer came.",
    );
    for (status, count) in counts.statuses {
        out.sample(&[("status", status)], count);
    }
    out.family(
        "countywire_poll_duration_seconds",
        Kind::Histogram,
        "Time from request to report, the wait for the store left out.",
    );
    let mut polls = 0;
    for (bound_ms, count) in DURATION_BOUNDS_MS.into_iter().zip(counts.durations) {
        polls += count;
        out.part("_bucket", &[("le", &seconds(bound_ms).to_string())], polls);
    }
    polls += counts.durations[DURATION_BOUNDS_MS.len()];
    out.part("_bucket", &[("le", "+Inf")], polls);
    out.part("_sum", &[], seconds(counts.duration_ms)).part("_count", &[], polls);
    out.family(
        "countywire_received_bytes_total",
        Kind::Counter,
        "Bytes of bodies as they came, headers not counted.",
    )
    .sample(&[], counts.wire_bytes);
    out.family(
        "countywire_saved_bytes_total",
        Kind::Counter,
        "Bytes spared: sizes of documents that 304 stood for, and what compression took away.",
    )
    .sample(&[("by", "not_modified")], counts.spared_bytes)
    .sample(&[("by", "compression")], counts.compressed_away_bytes());
    out.family("countywire_entries_total", Kind::Counter, "Entries stored, new or changed.")
        .sample(&[("change", "new")], counts.entries_new)
        .sample(&[("change", "changed")], counts.entries_changed);
    out.family(
        "countywire_pushes_total",
        Kind::Counter,
        "Pushes of hubs by result; unreadable: a poll brings what it told of.",
    );
    for (result, count) in counts.pushes {
        out.sample(&[("result", result)], count);
    }
    out.family("countywire_alert_changes_total", Kind::Counter, "Alerts raised and cleared.")
        .sample(&[("change", "raised")], counts.alerts_raised)
        .sample(&[("change", "cleared")], counts.alerts_cleared);
}

fn stands(out: &mut Exposition, standing: &Standing) {
    out.family("countywire_sources", Kind::Gauge, "Sources of feeds.toml by state.");
    for (state, count) in &standing.conditions {
        out.sample(&[("state", state)], count);
    }
    out.family("countywire_alerts", Kind::Gauge, "Alerts that are raised, by kind.");
    for (kind, count) in &standing.alerts {
        out.sample(&[("kind", kind.label())], count);
    }
    out.family(
        "countywire_subscriptions",
        Kind::Gauge,
        "Sources whose documents name a WebSub hub, by how they stand with it.",
    );
    for (state, count) in &standing.subscriptions {
        out.sample(&[("state", state)], count);
    }
    let queues = &standing.queues;
    out.family(
        "countywire_queue_sources",
        Kind::Gauge,
        "Sources that are due and wait, are due later, or are being polled.",
    )
    .sample(&[("state", "due")], queues.due)
    .sample(&[("state", "later")], queues.later)
    .sample(&[("state", "running")], queues.running);
    out.family("countywire_queue_hosts", Kind::Gauge, "Hosts with sources in the queue.")
        .sample(&[], queues.host_count);
    out.family(
        "countywire_queue_lateness_seconds",
        Kind::Gauge,
        "How far the source that has been due for longest is behind.",
    )
    .sample(&[], queues.lateness.longest.as_secs_f64());
    out.family(
        "countywire_poll_lateness_seconds",
        Kind::Summary,
        "How long after its time each scheduled poll began.",
    )
    .part("_sum", &[], queues.lateness.total.as_secs_f64())
    .part("_count", &[], queues.lateness.started);
}

fn seconds(millis: u64) -> f64 {
    millis as f64 / 1_000.0
}
