//! One poll from request to acknowledged report. Every path ends in one report.

use super::alerts;
use super::clock::now;
use super::digest::{Digest, digest};
use super::freshness;
use super::live::{Live, without_keys};
use super::moved;
use crate::fetch::{Answer, Client, FetchError, FetchJob};
use crate::journal::{Journal, JournalError};
use crate::model::report::REPORT_VERSION;
use crate::model::{
    Defect, Hubs, Outcome, PollFacts, PollReason, Report, Restraint, Schedule, Source, SourceState,
    Timestamp, Validators, Wishes,
};
use crate::parse::{Document, ParseError};
use crate::push::discovery::{self, Stated};
use crate::schedule::arrivals;
use crate::schedule::cron::CronSchedule;
use crate::schedule::policy::{self, Finding};
use crate::schedule::restraint;
use crate::telemetry::Tally;
use bytes::Bytes;
use serde_json::{Value, json};
use std::borrow::Cow;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;
use tracing::{debug, info, warn};
use url::Url;

/// What a poll needs besides the source.
#[derive(Clone)]
pub struct Poller<J> {
    pub live: Arc<Live>,
    pub client: Client,
    pub journal: J,
    /// Documents read at once: more than there are cores would only take memory.
    pub readers: Arc<Semaphore>,
    /// What came before could not be pushed to us.
    pub started_at: Timestamp,
    pub tally: Arc<Tally>,
}

impl<J> Poller<J> {
    pub fn new(live: Arc<Live>, client: Client, journal: J) -> Self {
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        let readers = Arc::new(Semaphore::new(cores));
        Poller { live, client, journal, readers, started_at: now(), tally: Arc::default() }
    }
}

/// What a poll found and what became of it.
#[derive(Debug)]
pub struct Polled {
    pub state: SourceState,
    pub outcome: Outcome,
    pub items: usize,
    pub entries_new: u32,
    pub entries_changed: u32,
    pub defects: Vec<Defect>,
    pub elapsed: Duration,
    /// For how long the server wants to be left alone.
    pub hold: Option<Duration>,
    /// The report was not kept: `state` is the old one, and this is why.
    pub refused: Option<JournalError>,
}

impl Polled {
    /// One line for scripts.
    pub fn to_json(&self, source: &str) -> Value {
        let (error_kind, error) = match &self.outcome {
            Outcome::Failed { kind, error } => (Some(kind), Some(error)),
            _ => (None, None),
        };
        json!({
            "source": source,
            "outcome": self.outcome.label(),
            "status": self.state.last_status,
            "items": self.items,
            "entries_new": self.entries_new,
            "entries_changed": self.entries_changed,
            "defects": self.defects.iter().map(|defect| json!({
                "kind": defect.kind,
                "detail": defect.detail,
            })).collect::<Vec<_>>(),
            "error_kind": error_kind,
            "error": error,
            "moved_to": self.state.moved.as_ref().map(|moved| &moved.url),
            "kept": self.refused.is_none(),
            "next_poll": self.state.next_poll_at.map(Timestamp::rfc3339),
            "next_reason": self.state.next_reason,
            "elapsed_ms": self.elapsed.as_millis() as u64,
        })
    }
}

/// A document as it came, by a poll or by a push.
pub(super) struct Received {
    pub body: Bytes,
    pub content_type: Option<String>,
    /// What its relative addresses are relative to.
    pub base: Url,
    /// The connection broke off within it.
    pub is_cut: bool,
}

impl From<Answer> for Received {
    fn from(answer: Answer) -> Self {
        Received {
            is_cut: answer.cut.is_some(),
            body: answer.body,
            content_type: answer.content_type,
            base: answer.base,
        }
    }
}

/// What the request and the document said, before it is judged.
struct Finds {
    outcome: Outcome,
    digest: Option<Digest>,
    status: Option<u16>,
    /// With the address that gave them; `None`: the known ones stay.
    validators: Option<(Validators, String)>,
    freshness: Option<Duration>,
    retry_after: Option<Duration>,
    /// What a whole document names; `None`: nothing was learnt of it.
    hubs: Option<Option<Hubs>>,
    error: String,
    /// No request reached a server.
    unsent: bool,
    /// See [`moved::settle`].
    led_to: Option<Url>,
    /// Bytes of the body as they came, and decompressed.
    wire_bytes: u64,
    body_bytes: u64,
}

/// What 429 (RFC 6585 §4) asks for that does not say how long.
const TOO_MANY_HOLD: Duration = Duration::from_secs(15 * 60);

impl Finds {
    fn hold(&self) -> Option<Duration> {
        let unsaid = (self.status == Some(429)).then_some(TOO_MANY_HOLD);
        self.retry_after.or(unsaid)
    }
}

impl<J: Journal + 'static> Poller<J> {
    pub async fn poll(&self, source: &Source, state: &SourceState, reason: PollReason) -> Polled {
        let (started, polled_at) = (Instant::now(), now());
        let Some(url) = &source.url else { return self.idle(state) };
        let known = known(state, url);
        let address = moved::address(source, Some(&known)).unwrap_or(Cow::Borrowed(url));
        let job = FetchJob {
            url: address.into_owned(),
            own_url: Some(url.clone()),
            validators: known.validators.clone(),
            validated_url: known.validated_url.as_deref().and_then(|url| Url::parse(url).ok()),
            headers: source.headers.clone(),
        };
        let fetched = self.fetch(source, &job).await;
        // Waits count from the end of the exchange, which is when the server last had to do
        // with us, and from its next whole second.
        let answered_at = now() + Duration::from_secs(1);
        let mut finds = match fetched {
            Ok(answer) => self.read(source, &known, answer, polled_at).await,
            Err(error) => failed(&error),
        };
        finds.outcome = moved::outcome(&known, finds.outcome);
        let mut next = known.clone();
        next.poll_number = state.poll_number + 1;
        settle(&mut next, &finds, answered_at);
        let moved = moved::settle(&mut next, &finds.outcome, finds.led_to.as_ref(), answered_at);
        let seen = alerts::Seen {
            outcome: &finds.outcome,
            digest: finds.digest.as_ref(),
            at: answered_at,
        };
        let changes = alerts::judge(&self.live, &self.tally, state, &mut next, &seen);
        self.plan(source, &mut next, &finds, answered_at);
        let entries = finds.digest.as_ref().map_or(&[][..], |digest| &digest.entries);
        self.spare(source, &known, &mut next, entries, answered_at);
        let facts = PollFacts {
            reason,
            wire_bytes: finds.wire_bytes,
            body_bytes: finds.body_bytes,
            elapsed_ms: u32::try_from(started.elapsed().as_millis()).unwrap_or(u32::MAX),
        };
        let hold = finds.hold();
        let (items, new, changed, defects, entries) = match finds.digest {
            Some(digest) => {
                (digest.items, digest.new, digest.changed, digest.defects, digest.entries)
            }
            None => (0, 0, 0, Vec::new(), Vec::new()),
        };
        let report = Report {
            v: REPORT_VERSION,
            source: source.id.clone(),
            polled_at,
            outcome: finds.outcome.clone(),
            entries,
            state: next.clone(),
            first_poll_entries: self.live.config.poll.first_poll_entries,
            facts,
        };
        let (bytes, status) = (report.to_bytes(), report.state.last_status);
        // Waiting for the store may take long: the bytes alone are enough to hold.
        drop(report);
        let appended = self.journal.append(bytes).await;
        let mut polled = Polled {
            state: next,
            outcome: finds.outcome,
            items,
            entries_new: new as u32,
            entries_changed: changed as u32,
            defects,
            elapsed: started.elapsed(),
            hold,
            refused: None,
        };
        match appended {
            Ok(appended) => {
                polled.entries_new = appended.entries_new;
                polled.entries_changed = appended.entries_changed;
                self.tally.kept(&polled.outcome, status, &facts, polled.state.document_bytes);
                self.tally.entries(appended.entries_new, appended.entries_changed);
                alerts::tell(source, &changes, &self.tally);
            }
            Err(error) => {
                self.tally.not_kept(status, &facts);
                polled.state = state.clone();
                polled.refused = Some(error);
            }
        }
        log(source, &polled, state);
        log_move(source, moved.filter(|_| polled.refused.is_none()));
        polled
    }

    /// What a poll of the source would find; nothing is kept.
    ///
    /// # Errors
    /// In words: no answer, or no feed in it.
    pub async fn dry_run(&self, source: &Source) -> Result<Digest, String> {
        let url = source.url.clone().ok_or("the source has no address to poll")?;
        let job = FetchJob { headers: source.headers.clone(), ..FetchJob::new(url) };
        let answer = self.fetch(source, &job).await.map_err(|error| error.describe())?;
        let read = self.digest(source, &SourceState::default(), answer.into(), now()).await;
        read.map_err(|error| error.to_string())
    }

    async fn fetch(&self, source: &Source, job: &FetchJob) -> Result<Answer, FetchError> {
        match source.lacks.clone() {
            Some(name) => Err(FetchError::Credential { name }),
            None => self.client.fetch(job).await,
        }
    }

    async fn read(
        &self,
        source: &Source,
        state: &SourceState,
        answer: Answer,
        at: Timestamp,
    ) -> Finds {
        let mut finds = Finds {
            outcome: Outcome::NotModified,
            digest: None,
            status: Some(answer.status),
            validators: Some((answer.validators.clone(), answer.url.to_string())),
            freshness: answer.freshness,
            retry_after: answer.retry_after,
            hubs: None,
            error: String::new(),
            unsent: false,
            led_to: answer.moved_permanently_to.clone(),
            wire_bytes: answer.wire_bytes,
            body_bytes: answer.body.len() as u64,
        };
        if answer.status == 304 {
            return finds;
        }
        let cut = answer.cut.clone();
        let links = answer.links.clone();
        let url = answer.url.clone();
        match (self.digest(source, state, answer.into(), at).await, cut) {
            (Ok(Digest { items: 0, .. }) | Err(_), Some(why)) => {
                finds.validators = None;
                finds.error.clone_from(&why);
                finds.outcome = Outcome::Failed { kind: "interrupted".to_owned(), error: why };
            }
            (Ok(mut digest), cut) => {
                if let Some(why) = cut {
                    digest.note_cut(why);
                }
                finds.outcome = Outcome::Fetched {
                    items: digest.items as u32,
                    defects: digest.defects.len() as u32,
                };
                // Of a document that was cut off they would hide the rest for good.
                if digest.is_cut_off {
                    finds.validators = None;
                } else {
                    let stated =
                        Stated { hubs: &digest.hubs, self_link: digest.self_link.as_deref() };
                    finds.hubs = Some(discovery::discover(&links, stated, &url));
                }
                finds.digest = Some(digest);
            }
            (Err(error), None) => {
                // The last good document's validators stay: it may come back.
                finds.validators = None;
                finds.error = error.to_string();
                finds.outcome =
                    Outcome::Failed { kind: error.kind().to_owned(), error: error.to_string() };
            }
        }
        finds
    }

    pub(super) async fn digest(
        &self,
        source: &Source,
        state: &SourceState,
        received: Received,
        polled_at: Timestamp,
    ) -> Result<Digest, ParseError> {
        let (live, source, state) = (Arc::clone(&self.live), source.clone(), state.clone());
        let permit = Arc::clone(&self.readers).acquire_owned().await.expect("never closed");
        let work = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            let document = Document {
                bytes: &received.body,
                content_type: received.content_type.as_deref(),
                url: Some(&received.base),
            };
            digest(&live, &source, &state, &document, received.is_cut, polled_at)
        });
        // The log has the panic; this poll has failed like any other.
        let panicked = || ParseError::Malformed { detail: "the parser panicked".to_owned() };
        work.await.unwrap_or_else(|_| Err(panicked()))
    }

    /// When to poll next, into the state.
    fn plan(&self, source: &Source, state: &mut SourceState, finds: &Finds, now: Timestamp) {
        let (items, new) = finds.digest.as_ref().map_or((0, 0), |d| (d.items, d.new));
        let is_first = finds.digest.as_ref().is_some_and(|digest| digest.is_first);
        let found = finds.digest.as_ref().map_or(&[][..], |digest| &digest.arrivals);
        let arrivals = arrivals::since_poll(state.push.as_deref(), found, is_first);
        let has_validators = state.validators != Validators::default();
        let plan = policy::next_poll(
            &self.live.policy(),
            &Finding {
                source: &source.id,
                schedule: &source.schedule,
                zone: source.zone,
                cron_next: cron_next(source, now),
                now,
                outcome: &finds.outcome,
                items,
                new_entries: new,
                arrivals: &arrivals,
                is_first,
                freshness: freshness::binding(state, &finds.outcome, finds.freshness),
                retry_after: finds.retry_after,
                has_validators,
                state,
            },
        );
        plan.settle(state);
    }

    fn idle(&self, state: &SourceState) -> Polled {
        Polled {
            state: state.clone(),
            outcome: Outcome::Failed {
                kind: "idle".to_owned(),
                error: "rsshub:// needs [poll] rsshub in feeds.toml".to_owned(),
            },
            items: 0,
            entries_new: 0,
            entries_changed: 0,
            defects: Vec::new(),
            elapsed: Duration::ZERO,
            hold: None,
            refused: None,
        }
    }
}

/// When the source's cron schedule, if it has one, matches next.
pub fn cron_next(source: &Source, after: Timestamp) -> Option<Timestamp> {
    let Schedule::Cron(expression) = &source.schedule else { return None };
    CronSchedule::parse(expression).ok()?.next_after(after, source.zone)
}

fn failed(error: &FetchError) -> Finds {
    let outcome = if error.is_gone() {
        Outcome::Gone
    } else {
        Outcome::Failed { kind: error.kind().to_owned(), error: error.describe() }
    };
    Finds {
        outcome,
        digest: None,
        status: error.status(),
        validators: None,
        freshness: error.freshness(),
        retry_after: error.retry_after(),
        hubs: None,
        error: error.describe(),
        unsent: error.is_unsent(),
        led_to: None,
        wire_bytes: 0,
        body_bytes: 0,
    }
}

/// Writes what was found into the state.
fn settle(state: &mut SourceState, finds: &Finds, answered_at: Timestamp) {
    state.last_poll_at = Some(answered_at);
    state.last_status = finds.status;
    state.last_error = finds.error.clone();
    state.last_error_kind = match &finds.outcome {
        Outcome::Failed { kind, .. } => kind.clone(),
        Outcome::Gone => "gone".to_owned(),
        Outcome::Fetched { .. }
        | Outcome::NotModified
        | Outcome::Pushed { .. }
        | Outcome::Subscription => String::new(),
    };
    state.unsent = if finds.unsent { state.unsent.saturating_add(1) } else { 0 };
    if let Some((validators, url)) = &finds.validators {
        state.validators = validators.clone();
        state.validated_url = Some(url.clone());
    }
    match &finds.outcome {
        Outcome::Fetched { .. } | Outcome::NotModified => {
            state.last_success_at = Some(answered_at);
            state.failures = 0;
            state.gone = false;
        }
        Outcome::Gone => state.gone = true,
        Outcome::Failed { .. } => state.failures = state.failures.saturating_add(1),
        // Not of polls.
        Outcome::Pushed { .. } | Outcome::Subscription => {}
    }
    freshness::settle(state, &finds.outcome, finds.freshness);
    if restraint::is_refusal(finds.status, finds.retry_after) {
        state.restraint = restraint::refused(state.restraint, answered_at);
    }
    if let Outcome::Fetched { .. } = finds.outcome {
        state.document_bytes = finds.wire_bytes;
    }
    if let Some(digest) = &finds.digest {
        digest.settle(state);
    }
    if let Some(hubs) = &finds.hubs {
        state.hubs = hubs.clone().map(Box::new);
    }
}

/// The state with which `url` is polled: validators and seen items belong to an address.
fn known(state: &SourceState, url: &Url) -> SourceState {
    let mut known = match moved::knows(state, url) {
        true => state.clone(),
        false => without_document(state),
    };
    if known.url != url.as_str() {
        known.url = url.to_string();
        (known.moved, known.moving) = (None, None);
    }
    known
}

/// The state of a source whose address has changed: history stays, the document goes.
fn without_document(state: &SourceState) -> SourceState {
    SourceState {
        validators: Validators::default(),
        validated_url: None,
        seen: Vec::new(),
        marks: Vec::new(),
        clock_polls: 0,
        link_polls: 0,
        stump: None,
        wishes: Wishes::default(),
        fresh_seconds: 0,
        restraint: Restraint::default(),
        defects: Vec::new(),
        document_bytes: 0,
        failures: 0,
        unsent: 0,
        failing_since: None,
        gone: false,
        hubs: None,
        ..state.clone()
    }
}

fn log_move(source: &Source, change: Option<moved::Change>) {
    let source_id = &source.id;
    let shown = |url: &str| Url::parse(url).map_or(String::new(), |url| without_keys(&url).into());
    match change {
        Some(moved::Change::Adopted(url)) => {
            let url = shown(&url);
            info!(%source_id, url, "the source has moved for good and is polled there from now on; write this url into feeds.toml");
        }
        Some(moved::Change::Dropped(url)) => {
            let url = shown(&url);
            warn!(%source_id, url, "the source is not there any more where it had moved to; its own url is asked again");
        }
        None => {}
    }
}

fn log(source: &Source, polled: &Polled, before: &SourceState) {
    let (source_id, outcome) = (&source.id, polled.outcome.label());
    let elapsed_ms = polled.elapsed.as_millis() as u64;
    if let Some(error) = &polled.refused {
        warn!(%source_id, error_kind = error.kind(), %error, "poll not kept; it will be repeated");
        return;
    }
    match &polled.outcome {
        Outcome::Gone => {
            warn!(%source_id, "the source is gone (410) and is not polled any more; remove it or give its new url");
        }
        Outcome::Failed { kind, error } => {
            let attempt = polled.state.failures;
            warn!(%source_id, error_kind = kind, error, attempt, elapsed_ms, "poll failed");
        }
        Outcome::Fetched { .. } | Outcome::NotModified => {
            if before.failures > 0 {
                info!(%source_id, after_failures = before.failures, "source answers again");
            }
            let (items, entries_new) = (polled.items, polled.entries_new);
            debug!(%source_id, outcome, items, entries_new, elapsed_ms, "polled");
        }
        // Not of polls.
        Outcome::Pushed { .. } | Outcome::Subscription => {}
    }
}
