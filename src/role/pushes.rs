//! What a hub delivers, applied as a poll is: through the same stages, into a report. And
//! what polls tell of hubs.

use super::alerts;
use super::chance;
use super::clock::now;
use super::digest::{Digest, SEEN};
use super::live::Live;
use super::poll::{Poller, Received};
use super::subscriber::Worked;
use crate::alert::{self, Sight};
use crate::fetch;
use crate::journal::{Appended, Journal, JournalError};
use crate::model::report::REPORT_VERSION;
use crate::model::{
    Entry, Outcome, PollFacts, PollReason, Report, Source, SourceId, SourceState, Subscription,
    Timestamp,
};
use crate::push::{discovery, subscription};
use crate::schedule::{arrivals, push as schedule};
use crate::telemetry::PushResult;
use bytes::Bytes;
use std::collections::HashSet;
use std::time::{Duration, Instant};
use tracing::{debug, info, warn};
use url::Url;

/// Hubs may be later than a poll by so much.
const HUB_DELAY: Duration = Duration::from_secs(600);

/// The body of a push, with its signature found right.
pub struct Delivered {
    pub body: Bytes,
    pub content_type: Option<String>,
    pub content_encoding: Option<String>,
}

impl<J: Journal + 'static> Poller<J> {
    /// Brings a state after a poll in line with what its hub does; `before` is that of the
    /// poll before, `entries` what this one found.
    pub(super) fn spare(
        &self,
        source: &Source,
        before: &SourceState,
        state: &mut SourceState,
        entries: &[Entry],
        polled_at: Timestamp,
    ) {
        let was_up = before.last_poll_at.is_some_and(|at| at >= self.started_at);
        if let Some(push) = state.push.as_deref_mut() {
            (push.plain_at, push.plain_reason) = (state.next_poll_at, state.next_reason.clone());
            let was_owed = push.owes_poll;
            if state.failures == 0 {
                push.owes_poll = false;
                arrivals::forget(push);
            }
            if was_up && !was_owed && is_missed(push, before, entries, polled_at) {
                subscription::missed(push, polled_at);
                let until = push.distrusted_until.unwrap_or(polled_at).rfc3339();
                let source_id = &source.id;
                info!(%source_id, hub = host(&push.hub), until, "a poll found what the hub has not pushed; the source is polled as without it until then");
            }
        }
        settle(&self.live, Some(source), state, polled_at);
        if let Some(push) = state.push.as_deref_mut().filter(|push| push.plain_at.is_none()) {
            (push.plain_at, push.plain_reason) = (state.next_poll_at, state.next_reason.clone());
        }
        schedule::replan(&self.live.policy(), &source.schedule, state, polled_at);
    }

    /// Applies a push to a source that has a subscription. Returns its state then; `None`:
    /// nothing was kept.
    pub async fn push(
        &self,
        source: &Source,
        state: &SourceState,
        pushed: Delivered,
    ) -> Option<SourceState> {
        let (started, at) = (Instant::now(), now());
        let source_id = &source.id;
        let mut next = state.clone();
        let push = next.push.as_deref_mut()?;
        subscription::pushed(push, at);
        let mut outcome = Outcome::Pushed { items: 0, defects: 0 };
        let mut result = PushResult::Applied;
        let (mut entries, mut changes) = (Vec::new(), Vec::new());
        let (wire_bytes, mut body_bytes) = (pushed.body.len() as u64, 0);
        match self.read_push(source, state, pushed, at).await {
            Ok((digest, size)) => {
                body_bytes = size;
                let (items, defects) = (digest.items as u32, digest.defects.len() as u32);
                outcome = Outcome::Pushed { items, defects };
                let watched_until = state.rhythm.as_ref().map(|rhythm| rhythm.until);
                arrivals::note(push, &digest.arrivals, digest.is_first, watched_until, at);
                merge(&mut next, &digest);
                let sight = Sight {
                    outcome: &outcome,
                    new_entries: digest.new,
                    faulty_items: digest.faulty_items,
                    dates: &[],
                    others_answer: true,
                };
                changes = alert::judge(state, &mut next, &sight, at);
                entries = digest.entries;
            }
            Err(why) => {
                info!(%source_id, why, "a push cannot be read by itself; a poll brings what it told of");
                push.owes_poll = true;
                result = PushResult::Unreadable;
            }
        }
        schedule::replan(&self.live.policy(), &source.schedule, &mut next, at);
        let elapsed_ms = u32::try_from(started.elapsed().as_millis()).unwrap_or(u32::MAX);
        let reason = PollReason::Pushed;
        let facts = PollFacts { reason, wire_bytes, body_bytes, elapsed_ms };
        match self.report(source_id, &mut next, outcome, entries, facts, at).await {
            Ok(appended) => {
                self.tally.pushed(result);
                self.tally.entries(appended.entries_new, appended.entries_changed);
                alerts::tell(source, &changes, &self.tally);
                let entries_new = appended.entries_new;
                let elapsed_ms = started.elapsed().as_millis() as u64;
                debug!(%source_id, entries_new, elapsed_ms, "push applied");
                Some(next)
            }
            Err(error) => {
                self.tally.pushed(PushResult::NotKept);
                warn!(%source_id, error_kind = error.kind(), %error, "push not kept; a poll brings what it told of");
                None
            }
        }
    }

    /// Stores a state that differs by its subscription alone.
    pub async fn record(&self, source: &SourceId, mut state: SourceState) -> Worked {
        let outcome = Outcome::Subscription;
        let facts = PollFacts { reason: PollReason::Subscription, ..PollFacts::default() };
        let recorded = self.report(source, &mut state, outcome, Vec::new(), facts, now());
        if let Err(error) = recorded.await {
            // It holds until the next start, and the next report has it, too.
            warn!(source_id = %source, error_kind = error.kind(), %error, "a change of the subscription was not kept");
            return Worked::NotKept(Box::new(state));
        }
        Worked::Kept(Box::new(state))
    }

    async fn report(
        &self,
        source: &SourceId,
        state: &mut SourceState,
        outcome: Outcome,
        entries: Vec<Entry>,
        facts: PollFacts,
        at: Timestamp,
    ) -> Result<Appended, JournalError> {
        state.poll_number += 1;
        let report = Report {
            v: REPORT_VERSION,
            source: source.clone(),
            polled_at: at,
            outcome,
            entries,
            state: state.clone(),
            first_poll_entries: self.live.config.poll.first_poll_entries,
            facts,
        };
        let bytes = report.to_bytes();
        drop(report);
        self.journal.append(bytes).await
    }

    /// The push, and its size after decompression.
    ///
    /// # Errors
    /// Why the push cannot be applied by itself: the document is wanted whole.
    async fn read_push(
        &self,
        source: &Source,
        state: &SourceState,
        pushed: Delivered,
        at: Timestamp,
    ) -> Result<(Digest, u64), String> {
        let (Some(hubs), Some(url)) = (&state.hubs, &source.url) else {
            return Err("no hub is known".to_owned());
        };
        let Delivered { body, content_type, content_encoding } = pushed;
        let limit = self.live.config.poll.max_body_bytes;
        let body = fetch::decode(body, content_encoding.as_deref(), limit);
        let body = body.map_err(|error| error.describe())?;
        let size = body.len() as u64;
        // As that of the whole document, so that addresses in both are the same.
        let base = state.validated_url.as_deref().and_then(|base| Url::parse(base).ok());
        let base = base.unwrap_or_else(|| url.clone());
        let received = Received { body, content_type, base, is_cut: false };
        let digest = self.digest(source, state, received, at).await;
        let digest = digest.map_err(|error| error.to_string())?;
        if !discovery::is_of(digest.self_link.as_deref(), hubs, url) {
            return Err("it is of another document".to_owned());
        }
        is_enough(&digest, state).map(|()| (digest, size)).map_err(str::to_owned)
    }
}

/// Whether the items of a push can be told by what they are named, as those of the whole
/// document are: a few of them prove nothing of how the source names its items.
fn is_enough(digest: &Digest, state: &SourceState) -> Result<(), &'static str> {
    if digest.items == 0 {
        Err("it holds no items")
    } else if digest.is_cut_off || digest.stump.is_some() {
        Err("it is cut off")
    } else if digest.rung != state.rung || digest.link_polls != state.link_polls {
        Err("its items have other names than those of the document")
    } else if state.seen.len() != state.marks.len() {
        Err("too little is known of the last document")
    } else {
        Ok(())
    }
}

/// Adds the items of a push to those of the last document. What belongs to the document as
/// a whole (validators, wishes, defects) stays.
fn merge(state: &mut SourceState, digest: &Digest) {
    let pushed = digest.seen.iter().map(|(key, _)| *key);
    let renamed = digest.entries.iter().filter_map(|entry| entry.was);
    let replaced: HashSet<u64> = pushed.chain(renamed).collect();
    let known = std::mem::take(&mut state.seen).into_iter().zip(std::mem::take(&mut state.marks));
    let kept = known.filter(|((key, _), _)| !replaced.contains(key));
    let pushed = digest.seen.iter().copied().zip(digest.marks.iter().copied());
    (state.seen, state.marks) = pushed.chain(kept).take(SEEN).unzip();
    state.pictures.clone_from(&digest.pictures);
}

/// Whether a poll found entries first that the hub had time to push.
fn is_missed(
    push: &Subscription,
    before: &SourceState,
    entries: &[Entry],
    polled_at: Timestamp,
) -> bool {
    let Some(last_poll) = before.last_poll_at else { return false };
    let covered = push.is_active(polled_at) && push.verified_at.is_some_and(|at| at <= last_poll);
    if !covered {
        return false;
    }
    // What lay beyond those that are remembered looks new at each poll.
    let all_known = before.seen.len() < SEEN;
    entries.iter().any(|entry| {
        let is_new = entry.was.is_none()
            && !before.seen.iter().any(|(key, _)| *key == entry.key.beginning());
        is_new
            && match entry.published {
                Some(at) => at + HUB_DELAY <= polled_at && (all_known || at > last_poll),
                None => all_known,
            }
    })
}

/// Subscribes, or leaves, as the settings want it.
pub fn settle(live: &Live, source: Option<&Source>, state: &mut SourceState, at: Timestamp) {
    let base = source.and_then(|source| live.push_base(source));
    subscription::settle(state, base, &mut chance::secret, at);
}

/// The name of a hub, for the log.
pub fn host(hub: &str) -> String {
    let url = Url::parse(hub).ok();
    url.as_ref().and_then(Url::host_str).unwrap_or("?").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::EntryKey;

    const NOW: Timestamp = Timestamp(1_893_456_000);
    const HOUR: Duration = Duration::from_secs(3_600);

    fn entry(number: u8, published: Option<i64>) -> Entry {
        let published = published.map(|minutes| Timestamp(NOW.0 + minutes * 60));
        Entry { key: EntryKey([number; 16]), published, ..Entry::default() }
    }

    /// Subscribed at `NOW`, polled an hour later, and items 1 and 2 known from then.
    fn before() -> SourceState {
        let seen = [1, 2].map(|number| (EntryKey([number; 16]).beginning(), 0)).to_vec();
        SourceState { last_poll_at: Some(NOW + HOUR), seen, ..SourceState::default() }
    }

    fn subscribed() -> Subscription {
        Subscription {
            verified_at: Some(NOW),
            lease_until: Some(NOW + HOUR * 240),
            ..Subscription::default()
        }
    }

    #[test]
    fn what_a_hub_had_time_to_push_and_a_poll_found_first_is_missed() {
        let polled_at = NOW + HOUR * 5;
        let missed = |entries: &[Entry]| is_missed(&subscribed(), &before(), entries, polled_at);
        let renamed = Entry { was: Some(7), ..entry(3, Some(100)) };
        for (entries, expected) in [
            (vec![], false),
            (vec![entry(1, Some(100))], false),
            (vec![entry(3, Some(100))], true),
            (vec![entry(3, None)], true),
            // Dated back by its publisher.
            (vec![entry(3, Some(-10_000))], true),
            (vec![entry(3, Some(295))], false),
            (vec![entry(1, Some(100)), entry(3, Some(295)), entry(4, Some(280))], true),
            (vec![renamed], false),
        ] {
            assert_eq!(missed(&entries), expected, "{entries:?}");
        }
        let new = [entry(3, Some(100))];
        let lapsed = Subscription { lease_until: Some(NOW + HOUR * 2), ..subscribed() };
        assert!(!is_missed(&lapsed, &before(), &new, polled_at));
        let later = Subscription { verified_at: Some(NOW + HOUR * 2), ..subscribed() };
        assert!(!is_missed(&later, &before(), &new, polled_at), "it was not asked yet");
        // Of a long document not all items are known.
        let long = SourceState { seen: vec![(0, 0); SEEN], ..before() };
        for (entry, expected) in
            [(entry(3, Some(100)), true), (entry(3, Some(30)), false), (entry(3, None), false)]
        {
            assert_eq!(is_missed(&subscribed(), &long, &[entry], polled_at), expected);
        }
    }
}
