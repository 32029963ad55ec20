//! `countywire poll`: one round now, with what it found and why.

use super::offline::{open_store, sources_bar};
use super::tidying::take_over_former_ids;
use super::{admin_client, complain, dry_run, fail, load, print, runtime, write_to_reader};
use crate::config::Config;
use crate::model::{Outcome, Source, SourceId};
use crate::role::{self, Live, NotPolled, Polled, Poller, Reading, Round, RoundEvent, put_in_time};
use clap::Args;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::io::ErrorKind;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

#[derive(Debug, Args)]
#[command(group(clap::ArgGroup::new("what").required(true).args(["source", "all"])))]
pub struct PollArgs {
    /// Id of the source
    source: Option<String>,
    /// Every active source, due or not
    #[arg(long)]
    all: bool,
    /// Show what would be found and where it would be filed; keep nothing
    #[arg(long)]
    dry_run: bool,
    /// Print a line of JSON for each source, and one for the round
    #[arg(long)]
    json: bool,
}

#[derive(Default)]
struct Totals {
    fetched: u32,
    not_modified: u32,
    gone: u32,
    failed: u32,
    not_kept: u32,
    entries_new: u32,
    entries_changed: u32,
}

pub fn run(path: &Path, args: &PollArgs) -> ExitCode {
    let config = match load(path) {
        Ok(config) => config,
        Err(code) => return code,
    };
    let sources: Vec<Source> = match &args.source {
        None => config.sources.iter().filter(|source| source.is_active()).cloned().collect(),
        Some(id) => match config.sources.iter().find(|source| source.id.as_str() == id) {
            Some(source) if source.url.is_none() => {
                return fail(&format!(
                    "{id} is idle: {} needs [poll] rsshub in {}",
                    source.configured_url,
                    path.display()
                ));
            }
            Some(source) => vec![source.clone()],
            None => return fail(&format!("{}: {}", path.display(), config.no_source(id))),
        },
    };
    if args.dry_run {
        return dry_run::run(config, &sources, args.json);
    }
    match open_store(&config) {
        Ok(Some(store)) => round(config, sources, store, args.json),
        Ok(None) => ask_daemon(&config, args),
        Err(code) => code,
    }
}

/// The daemon has the store: it polls for us.
fn ask_daemon(config: &Config, args: &PollArgs) -> ExitCode {
    let Some(source) = &args.source else {
        return fail("a daemon has the store and polls on its own; stop it, or name a source");
    };
    let path = admin_client::poll_path(source);
    match admin_client::request(config.listen.admin, "POST", &path) {
        Ok(body) => match serde_json::from_slice::<Value>(&body) {
            Ok(polled) => {
                let text = if args.json { polled.to_string() } else { line(&polled) };
                let printed = print(&format!("{text}\n"));
                let worked = polled["outcome"] != "failed" && polled["kept"] != false;
                if worked { printed } else { ExitCode::FAILURE }
            }
            Err(error) => fail(&format!("the daemon answers in another form: {error}")),
        },
        Err(why) => fail(&why),
    }
}

fn round(
    config: Config,
    sources: Vec<Source>,
    mut store: crate::store::Store,
    as_json: bool,
) -> ExitCode {
    let runtime = match runtime() {
        Ok(runtime) => runtime,
        Err(code) => return code,
    };
    let started = Instant::now();
    let client = match role::client(&config) {
        Ok(client) => client,
        Err(error) => return fail(&error.describe()),
    };
    // What is not kept would be asked for in vain.
    if let Err(error) = store.check() {
        return fail(&error.full());
    }
    if let Err(why) = take_over_former_ids(&mut store, &config) {
        return fail(&why);
    }
    let reader = store.reader();
    let position = reader.position().map_err(|error| error.full());
    let states = reader.states().map_err(|error| error.full());
    let (position, states) = match (position, states) {
        (Ok(position), Ok(states)) => (position, states),
        (Err(why), _) | (_, Err(why)) => return fail(&why),
    };
    let stories = config.stories;
    let (journal, consumer) = role::journal(&position, stories);
    let health = Arc::default();
    let writer = match role::start_writer(store, consumer, health, stories, Reading::WhenNeeded) {
        Ok(writer) => writer,
        Err(error) => return fail(&format!("cannot start the store's writer: {error}")),
    };
    let live = Arc::new(Live::new(config));
    let mut states: HashMap<_, _> = states.into_iter().collect();
    let now = role::now();
    states.iter_mut().for_each(|(id, state)| put_in_time(&live, id, state, now));
    let poller = Poller::new(live, client, journal);
    let round = Round { poller, sources, states };
    let total = round.sources.len();
    let bar = sources_bar(total as u64);
    let stop = CancellationToken::new();
    let mut totals = Totals::default();
    // Once nobody reads any more (`| head`), what is under way is finished and kept.
    let (mut is_read, mut cannot_write) = (true, false);
    let spent_before = cpu_time();
    runtime.block_on(async {
        let on_interrupt = stop.clone();
        let interrupt = tokio::spawn(async move {
            if tokio::signal::ctrl_c().await.is_ok() {
                complain("stopping; polls under way are finished first (Ctrl-C again: at once)");
                on_interrupt.cancel();
                if tokio::signal::ctrl_c().await.is_ok() {
                    // What was acknowledged is durable; the rest is polled again.
                    std::process::exit(1);
                }
            }
        });
        let done = |RoundEvent { source, polled }: RoundEvent| {
            bar.inc(1);
            let polled = match polled {
                Ok(polled) => {
                    totals.add(&polled);
                    polled.to_json(source.id.as_str())
                }
                Err(why) => {
                    totals.failed += 1;
                    not_polled(&source.id, why)
                }
            };
            let text = if as_json { polled.to_string() } else { line(&polled) };
            if let Some(Err(error)) =
                is_read.then(|| bar.suspend(|| write_to_reader(format!("{text}\n").as_bytes())))
            {
                is_read = false;
                stop.cancel();
                if error.kind() != ErrorKind::BrokenPipe {
                    complain(&format!("countywire: cannot write to standard output: {error}"));
                    cannot_write = true;
                }
            }
        };
        round.run(stop.clone(), done).await;
        interrupt.abort();
    });
    bar.finish_and_clear();
    runtime.shutdown_background();
    // The round held the journal; without it the writer ends.
    if writer.join().is_err() {
        return fail("the store's writer panicked; what was acknowledged is safe");
    }
    let spent = cpu_time().saturating_sub(spent_before);
    let summary = totals.to_json(total, started.elapsed(), spent);
    let text = if as_json { summary.to_string() } else { totals.sentence(total) };
    if is_read {
        print(&format!("{text}\n"));
    }
    let nothing_worked =
        totals.failed + totals.not_kept > 0 && totals.fetched + totals.not_modified == 0;
    let was_stopped = is_read && stop.is_cancelled();
    if nothing_worked || totals.not_kept > 0 || was_stopped || cannot_write {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}

/// Of all threads of the process so far.
fn cpu_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::try_from(time).unwrap_or_default()
}

fn not_polled(id: &SourceId, why: NotPolled) -> Value {
    let (kind, error) = match why {
        NotPolled::Panicked => ("panic", "the poll panicked; see the log".to_owned()),
        NotPolled::LeftAlone(why) => ("left_alone", why),
    };
    json!({ "source": id.as_str(), "outcome": "failed", "error_kind": kind, "error": error })
}

impl Totals {
    fn add(&mut self, polled: &Polled) {
        if polled.refused.is_some() {
            self.not_kept += 1;
            return;
        }
        match polled.outcome {
            Outcome::Fetched { .. } => self.fetched += 1,
            Outcome::NotModified => self.not_modified += 1,
            Outcome::Gone => self.gone += 1,
            Outcome::Failed { .. } => self.failed += 1,
            // Not of polls.
            Outcome::Pushed { .. } | Outcome::Subscription => {}
        }
        self.entries_new += polled.entries_new;
        self.entries_changed += polled.entries_changed;
    }

    /// `spent`: CPU time of polling and keeping, without the start of the program.
    fn to_json(&self, sources: usize, elapsed: Duration, spent: Duration) -> Value {
        json!({
            "sources": sources,
            "fetched": self.fetched,
            "not_modified": self.not_modified,
            "gone": self.gone,
            "failed": self.failed,
            "not_kept": self.not_kept,
            "entries_new": self.entries_new,
            "entries_changed": self.entries_changed,
            "elapsed_ms": elapsed.as_millis() as u64,
            "cpu_ms": spent.as_millis() as u64,
        })
    }

    fn sentence(&self, sources: usize) -> String {
        let Totals { fetched, not_modified, gone, failed, not_kept, entries_new, entries_changed } =
            self;
        format!(
            "{sources} sources: {fetched} fetched, {not_modified} not modified, {failed} failed, \
             {gone} gone, {not_kept} not kept; {entries_new} new entries, {entries_changed} changed"
        )
    }
}

/// One source in words.
fn line(polled: &Value) -> String {
    let text = |key: &str| polled[key].as_str().unwrap_or("");
    let number = |key: &str| polled[key].as_u64().unwrap_or(0);
    let mut line = format!("{}: ", text("source"));
    match text("outcome") {
        "fetched" => line.push_str(&format!(
            "{} items, {} new, {} changed",
            number("items"),
            number("entries_new"),
            number("entries_changed")
        )),
        "not_modified" => line.push_str("not modified (304)"),
        "gone" => line.push_str("gone (410): not polled any more"),
        _ => line.push_str(&format!("failed: {}", text("error"))),
    }
    let defects = polled["defects"].as_array().map_or(0, Vec::len);
    if defects > 0 {
        line.push_str(&format!(", {defects} defects in the document (see `inspect`)"));
    }
    if let Some(url) = polled["moved_to"].as_str() {
        line.push_str(&format!("; moved to {url}"));
    }
    if polled["kept"] == false {
        line.push_str("; NOT KEPT, see the log");
    } else if !text("next_poll").is_empty() {
        line.push_str(&format!("; next {} ({})", text("next_poll"), text("next_reason")));
    }
    line
}
