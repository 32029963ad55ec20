//! `countywire poll --dry-run`: what polls would find and where it would be filed.

use super::offline::{has_store_or_daemon, open_store};
use super::{admin_client, fail, print, runtime};
use crate::config::Config;
use crate::journal::LocalJournal;
use crate::model::{Source, SourceId, SourceState, Timestamp};
use crate::role::clock::{self, Stopwatch};
use crate::role::{self, Digest, Held, Live, Poller, put_in_time};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

/// One source after the other, with the spacing that their hosts are owed; who is left alone
/// by polls is left alone here, too.
pub fn run(config: Config, sources: &[Source], as_json: bool) -> ExitCode {
    let mut known = match known(&config, sources) {
        Ok(known) => known,
        Err(code) => return code,
    };
    let runtime = match runtime() {
        Ok(runtime) => runtime,
        Err(code) => return code,
    };
    let client = match role::client(&config) {
        Ok(client) => client,
        Err(error) => return fail(&error.describe()),
    };
    let (journal, _consumer) = LocalJournal::new(0, Timestamp(0), role::now, |_| ());
    let poller = Poller::new(Arc::new(Live::new(config)), client, journal);
    let started = Stopwatch::start();
    let live = Arc::clone(&poller.live);
    let mut free_at: HashMap<String, Duration> = HashMap::new();
    let mut failed = 0;
    for source in sources {
        if let Some(why) = known.left_alone(&live, source) {
            fail(&format!("{}: {why}", source.id));
            failed += 1;
            continue;
        }
        let host = source.url.as_ref().and_then(|url| url.host_str()).unwrap_or("");
        let queue = live.queue_of(host).into_owned();
        let rested_in = known.rested_in(&queue);
        let free = *free_at.entry(queue.clone()).or_insert(rested_in);
        let digest = runtime.block_on(async {
            clock::sleep(free.saturating_sub(started.elapsed())).await;
            poller.dry_run(source).await
        });
        free_at.insert(queue, started.elapsed() + live.host_limits(host).spacing);
        match digest {
            Ok(digest) => {
                print(&text_of(&live, source, &digest, as_json));
            }
            Err((why, hold)) => {
                if let Some(hold) = hold {
                    known.hold(&live, sources, host, role::now() + hold);
                }
                fail(&format!("{}: {why}", source.id));
                failed += 1;
            }
        }
    }
    runtime.shutdown_background();
    let nothing_worked = failed > 0 && failed == sources.len();
    if nothing_worked { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// What is known of who is left alone.
enum Known {
    /// From the store.
    Held(Held, HashMap<SourceId, SourceState>),
    /// From the daemon that has it: of sources, why they are not to be asked.
    Told(HashMap<SourceId, String>),
}

impl Known {
    /// Why a source is not to be asked now.
    fn left_alone(&self, live: &Live, source: &Source) -> Option<String> {
        match self {
            Known::Held(held, states) => {
                held.until(live, source, states.get(&source.id)).map(role::left_alone)
            }
            Known::Told(of) => of.get(&source.id).cloned(),
        }
    }

    /// A server has refused us: what else is asked there waits.
    fn hold(&mut self, live: &Live, sources: &[Source], host: &str, until: Timestamp) {
        match self {
            Known::Held(held, _) => held.add(&live.queue_of(host), until),
            Known::Told(of) => {
                let queue = live.queue_of(host);
                let there = sources.iter().filter(|source| {
                    let host = source.url.as_ref().and_then(|url| url.host_str());
                    host.is_some_and(|host| live.queue_of(host) == queue)
                });
                let why = role::left_alone(until);
                of.extend(there.map(|source| (source.id.clone(), why.clone())));
            }
        }
    }

    /// By the spacing of a host, counted from its last poll. The daemon does not tell it.
    fn rested_in(&self, queue: &str) -> Duration {
        match self {
            Known::Held(held, _) => {
                held.rested_at(queue).map_or(Duration::ZERO, |at| at.since(role::now()))
            }
            Known::Told(_) => Duration::ZERO,
        }
    }
}

fn known(config: &Config, sources: &[Source]) -> Result<Known, ExitCode> {
    if !has_store_or_daemon(config) {
        return Ok(Known::Told(HashMap::new()));
    }
    if let Some(store) = open_store(config)? {
        let states = store.reader().states().map_err(|error| fail(&error.full()))?;
        let mut states: HashMap<_, _> = states.into_iter().collect();
        let (live, now) = (Live::new(config.clone()), role::now());
        states.iter_mut().for_each(|(id, state)| put_in_time(&live, id, state, now));
        return Ok(Known::Held(Held::new(&live, &states), states));
    }
    let status = admin_client::request(config.listen.admin, "GET", "/status.json");
    let status = status.and_then(|body| {
        let status: Result<Value, _> = serde_json::from_slice(&body);
        status.map_err(|error| format!("the daemon answers in another form: {error}"))
    });
    let status = status.map_err(|why| fail(&format!("who is to be left alone? {why}")))?;
    let rows = status["sources"].as_array().map_or(&[][..], Vec::as_slice);
    let row = |source: &Source| rows.iter().find(|row| row["id"] == source.id.as_str());
    let held = |source: &Source| {
        let until: DateTime<Utc> = row(source)?["held_until"].as_str()?.parse().ok()?;
        Some((source.id.clone(), role::left_alone(until.into())))
    };
    Ok(Known::Told(sources.iter().filter_map(held).collect()))
}

fn text_of(live: &Live, source: &Source, digest: &Digest, as_json: bool) -> String {
    let mut out = String::new();
    if !as_json {
        let title = digest.title.as_deref().unwrap_or("(no title)");
        out.push_str(&format!("{}: {title}: {} items; nothing is kept\n", source.id, digest.items));
    }
    for entry in digest.entries.iter().rev() {
        let name = |code| live.config.regions.get(code).map_or("?", |region| region.path.as_str());
        let regions = entry.regions.iter().map(|verdict| {
            json!({
                "region": name(&verdict.region),
                "relation": verdict.relation.label(),
                "rule": verdict.rule.label(),
                "kind": verdict.kind.label(),
                "evidence": verdict.evidence,
            })
        });
        let topics = entry.topics.iter().map(|verdict| {
            json!({
                "topic": verdict.topic.as_str(),
                "kind": verdict.kind.label(),
                "evidence": verdict.evidence,
            })
        });
        let (regions, topics): (Vec<Value>, Vec<Value>) = (regions.collect(), topics.collect());
        let published = entry.published.map(Timestamp::rfc3339);
        if as_json {
            let line = json!({
                "source": source.id.as_str(),
                "id": entry.public_id(),
                "title": entry.title,
                "link": entry.link,
                "published": published,
                "regions": regions,
                "topics": topics,
            });
            out.push_str(&format!("{line}\n"));
            continue;
        }
        out.push_str(&format!(
            "\n{}  {}\n",
            published.as_deref().unwrap_or("(no date)"),
            entry.title
        ));
        let text = |verdict: &Value, key: &str| verdict[key].as_str().unwrap_or("").to_owned();
        let because =
            |verdict: &Value| format!("{}: {}", text(verdict, "kind"), text(verdict, "evidence"));
        out.extend(regions.iter().map(|verdict| {
            let [region, relation, rule] =
                ["region", "relation", "rule"].map(|key| text(verdict, key));
            format!("    {region} ({relation} by {rule}; {})\n", because(verdict))
        }));
        out.extend(
            topics
                .iter()
                .map(|verdict| format!("    {} ({})\n", text(verdict, "topic"), because(verdict))),
        );
    }
    for defect in &digest.defects {
        if !as_json {
            out.push_str(&format!("defect {}: {}\n", defect.kind, defect.detail));
        }
    }
    out
}
