//! `countywire poll --dry-run`: what polls would find and where it would be filed.

use super::{fail, print, runtime};
use crate::config::Config;
use crate::journal::LocalJournal;
use crate::model::{Source, Timestamp};
use crate::role::clock::{self, Stopwatch};
use crate::role::{self, Digest, Live, Poller};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

/// One source after the other, with the spacing that their hosts are owed.
pub fn run(config: Config, sources: &[Source], as_json: bool) -> ExitCode {
    let runtime = match runtime() {
        Ok(runtime) => runtime,
        Err(code) => return code,
    };
    let client = match role::client(&config) {
        Ok(client) => client,
        Err(error) => return fail(&error.describe()),
    };
    let (journal, _consumer) = LocalJournal::new(0, Timestamp(0), role::now);
    let poller = Poller::new(Arc::new(Live::new(config)), client, journal);
    let started = Stopwatch::start();
    let mut free_at: HashMap<&str, Duration> = HashMap::new();
    let mut failed = 0;
    for source in sources {
        let host = source.url.as_ref().and_then(|url| url.host_str()).unwrap_or("");
        let digest = runtime.block_on(async {
            if let Some(at) = free_at.get(host) {
                clock::sleep(at.saturating_sub(started.elapsed())).await;
            }
            poller.dry_run(source).await
        });
        free_at.insert(host, started.elapsed() + poller.live.host_limits(host).spacing);
        match digest {
            Ok(digest) => {
                print(&text_of(&poller.live, source, &digest, as_json));
            }
            Err(why) => {
                fail(&format!("{}: {why}", source.id));
                failed += 1;
            }
        }
    }
    runtime.shutdown_background();
    let nothing_worked = failed > 0 && failed == sources.len();
    if nothing_worked { ExitCode::FAILURE } else { ExitCode::SUCCESS }
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
        let because = |verdict: &Value, key: &str| {
            let text = |key: &str| verdict[key].as_str().unwrap_or("").to_owned();
            format!("    {} ({}: {})\n", text(key), text("kind"), text("evidence"))
        };
        out.extend(regions.iter().map(|verdict| because(verdict, "region")));
        out.extend(topics.iter().map(|verdict| because(verdict, "topic")));
    }
    for defect in &digest.defects {
        if !as_json {
            out.push_str(&format!("defect {}: {}\n", defect.kind, defect.detail));
        }
    }
    out
}
