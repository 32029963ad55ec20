//! One poll from request to acknowledged report. Every path ends in one report.

use super::alerts;
use super::clock::{self, now};
use super::digest::{Digest, digest};
use super::finds::{self, Finds};
use super::freshness;
use super::live::Live;
use super::moved;
use super::polled::{self, Polled};
use super::uncompressed;
use crate::fetch::{Answer, Client, FetchError, FetchJob};
use crate::journal::Journal;
use crate::model::report::REPORT_VERSION;
use crate::model::{
    Outcome, PollFacts, PollReason, Report, Schedule, Source, SourceState, Timestamp, Validators,
};
use crate::parse::{Document, ParseError};
use crate::push::discovery::{self, Stated};
use crate::schedule::arrivals;
use crate::schedule::cron::CronSchedule;
use crate::schedule::policy::{self, Finding};
use crate::schedule::restraint;
use crate::telemetry::Tally;
use bytes::Bytes;
use std::borrow::Cow;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;
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

/// Added to the reason that is kept with the poll, which is where its peculiarities are told.
const ASKED_TWICE: &str = "; asked twice: the body was not in its Content-Encoding";

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

impl<J: Journal + 'static> Poller<J> {
    pub async fn poll(&self, source: &Source, state: &SourceState, reason: PollReason) -> Polled {
        let (started, polled_at) = (Instant::now(), now());
        let Some(url) = &source.url else { return self.idle(state) };
        let known = finds::known(state, url);
        let address = moved::address(source, Some(&known)).unwrap_or(Cow::Borrowed(url));
        let job = FetchJob {
            url: address.clone().into_owned(),
            own_url: Some(url.clone()),
            validators: known.validators.clone(),
            validated_url: known.validated_url.as_deref().and_then(|url| Url::parse(url).ok()),
            headers: source.headers.clone(),
            uncompressed: uncompressed::is_wanted(&known, polled_at),
            spacing: self.spacing(&address),
        };
        let fetched = self.fetch(source, &job).await;
        // Waits count from the end of the exchange, which is when the server last had to do
        // with us, and from its next whole second.
        let answered_at = now() + Duration::from_secs(1);
        let mut finds = match fetched {
            Ok(answer) => self.read(source, &known, answer, polled_at).await,
            Err(error) => Finds::failed(&error),
        };
        finds.outcome = moved::outcome(&known, finds.outcome);
        let mut next = known.clone();
        next.poll_number = state.poll_number + 1;
        // Who had the id before it goes on elsewhere.
        if let Some(naming) = &mut next.naming {
            naming.became = None;
        }
        finds.settle(&mut next, answered_at);
        let is_whole = finds.digest.as_ref().is_some_and(|digest| !digest.is_cut_off);
        let seen = uncompressed::Seen {
            asked: job.uncompressed,
            was_broken: finds.broken_body.is_some(),
            is_good: is_whole,
        };
        uncompressed::settle(&mut next, seen, answered_at);
        let moved = moved::settle(&mut next, &finds.outcome, finds.led_to.as_ref(), answered_at);
        let seen = alerts::Seen {
            outcome: &finds.outcome,
            digest: finds.digest.as_ref(),
            at: answered_at,
        };
        let changes = alerts::judge(&self.live, &self.tally, state, &mut next, &seen);
        self.plan(source, &mut next, &finds, answered_at);
        if finds.broken_body == Some(true) {
            next.next_reason.push_str(ASKED_TWICE);
        }
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
        let planned = next.next_poll_at;
        let mut polled = Polled {
            state: next,
            outcome: finds.outcome,
            items,
            entries_new: new as u32,
            entries_changed: changed as u32,
            defects,
            elapsed: started.elapsed(),
            hold,
            planned,
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
        polled.log(source, state);
        polled::log_move(source, moved.filter(|_| polled.refused.is_none()));
        polled
    }

    /// What a poll of the source would find; nothing is kept.
    ///
    /// # Errors
    /// In words: no answer, or no feed in it; with how long the server wants to be left alone.
    pub async fn dry_run(&self, source: &Source) -> Result<Digest, (String, Option<Duration>)> {
        let plainly = |why: String| (why, None);
        let url = source.url.clone();
        let url = url.ok_or_else(|| plainly("the source has no address to poll".to_owned()))?;
        let (headers, spacing) = (source.headers.clone(), self.spacing(&url));
        let job = FetchJob { headers, spacing, ..FetchJob::new(url) };
        let answer = self.fetch(source, &job).await.map_err(|error| {
            let hold = restraint::hold(error.status(), error.retry_after());
            (error.describe(), hold)
        })?;
        let read = self.digest(source, &SourceState::default(), answer.into(), now()).await;
        read.map_err(|error| plainly(error.to_string()))
    }

    /// What the host of an address is owed between two requests, really.
    fn spacing(&self, url: &Url) -> Duration {
        clock::real(self.live.host_limits(url.host_str().unwrap_or_default()).spacing)
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
            broken_body: answer.broken_coding.as_ref().map(|_| true),
        };
        if answer.status == 304 {
            return finds;
        }
        let cut = answer.cut.clone();
        let broken_coding = answer.broken_coding.clone();
        let links = answer.links.clone();
        let url = answer.url.clone();
        match (self.digest(source, state, answer.into(), at).await, cut) {
            (Ok(Digest { items: 0, .. }) | Err(_), Some(why)) => {
                finds.validators = None;
                finds.error.clone_from(&why);
                finds.outcome = Outcome::Failed { kind: "interrupted".to_owned(), error: why };
            }
            (Ok(mut digest), cut) => {
                if let Some(coding) = broken_coding {
                    digest.note_asked_twice(&coding);
                }
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
                unsaid_hold: finds.hold().filter(|_| finds.retry_after.is_none()),
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
            planned: None,
            refused: None,
        }
    }
}

/// When the source's cron schedule, if it has one, matches next.
pub fn cron_next(source: &Source, after: Timestamp) -> Option<Timestamp> {
    let Schedule::Cron(expression) = &source.schedule else { return None };
    CronSchedule::parse(expression).ok()?.next_after(after, source.zone)
}
