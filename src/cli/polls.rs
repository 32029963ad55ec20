//! `countywire polls`: the last polls of a source, and the reason for each next one.

use super::offline::{daemon_beside_fault, has_store_or_daemon, open_store};
use super::{admin_client, complain, fail, load, print};
use crate::config::Config;
use crate::model::SourceId;
use crate::role::{self, Live, SourceHistory, empty_history, history};
use crate::text::amounts;
use clap::Args;
use serde_json::Value;
use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

/// As many as the store tells.
const MOST: u32 = crate::store::POLLS as u32;

#[derive(Debug, Args)]
pub struct PollsArgs {
    /// Id of the source
    source: String,
    /// How many polls, the newest first
    #[arg(short, value_name = "N", default_value_t = MOST, value_parser = clap::value_parser!(u32).range(1..=i64::from(MOST)))]
    n: u32,
    /// Print a line of JSON for each poll
    #[arg(long)]
    json: bool,
}

pub const AFTER_HELP: &str = "\
The columns: WHEN the poll began (UTC); ANSWER: HTTP status and what it meant; BYTES of the body as they came,
and the DOCUMENT's after decompression; ITEMS in it, of them NEW and CHANGED; TOOK: request and reading; NEXT
and WHY: when the next poll was set to be, and all that decided it. A star marks a poll that somebody asked for.

A running daemon is asked; else the store is read. Polls are as old as the store's segments, up to 32 are told.

Examples:
  countywire polls bjnews                       why is it polled when it is?
  countywire polls bjnews -n 1                  the last poll alone
  countywire polls bjnews --json | jq .status   for scripts";

pub fn run(config: &Path, args: &PollsArgs) -> ExitCode {
    let told = match load(config) {
        Ok(config) => told(config, args),
        Err(code) => match daemon_beside_fault(config) {
            Some(admin) => told_by(admin, args, &format!("no source {:?}", args.source)),
            None => Err(code),
        },
    };
    let told = match told {
        Ok(told) => told,
        Err(code) => return code,
    };
    let polls = told["polls"].as_array().map_or(&[][..], Vec::as_slice);
    if let Some(problem) = told["problem"].as_str() {
        complain(&format!("countywire: older polls cannot be read: {problem}"));
    }
    if args.json {
        print(&polls.iter().map(|poll| format!("{poll}\n")).collect::<String>())
    } else if polls.is_empty() {
        let next = text(&told["source"]["next_reason"]);
        print(&format!("{} has no polls yet; next: {next}\n", args.source))
    } else {
        print(&table(polls))
    }
}

/// The history as JSON: from the store, from the daemon that has it, or, before the first
/// poll of all, from the settings.
fn told(config: Config, args: &PollsArgs) -> Result<Value, ExitCode> {
    let (id, limit) = (SourceId::new(&args.source), args.n as usize);
    let admin = config.listen.admin;
    let unknown = config.no_source(&args.source);
    let live = Live::new(config);
    let value = |history: Option<SourceHistory>| match history {
        Some(history) => Ok(serde_json::to_value(history).expect("strings and numbers")),
        None => Err(fail(&unknown)),
    };
    if !has_store_or_daemon(&live.config) {
        return value(live.source(&id).map(|source| empty_history(&live, source)));
    }
    if let Some(store) = open_store(&live.config)? {
        let history = history(&live, &store.reader(), &id, limit, role::now());
        return value(history.map_err(|error| fail(&error.full()))?);
    }
    told_by(admin, args, &unknown)
}

/// `unknown`: what to say of an id that no source can have.
fn told_by(admin: SocketAddr, args: &PollsArgs, unknown: &str) -> Result<Value, ExitCode> {
    let path = admin_client::history_path(&args.source, args.n as usize);
    let path = path.ok_or_else(|| fail(unknown))?;
    let body = admin_client::request(admin, "GET", &path).map_err(|why| fail(&why))?;
    serde_json::from_slice(&body)
        .map_err(|_| fail("the daemon answers in another form; is it another version?"))
}

const HEADER: [&str; 10] =
    ["WHEN", "ANSWER", "BYTES", "DOCUMENT", "ITEMS", "NEW", "CHANGED", "TOOK", "NEXT", "WHY"];
/// Columns of numbers.
const NUMBERS: std::ops::RangeInclusive<usize> = 2..=7;

fn table(polls: &[Value]) -> String {
    let mut cells = vec![HEADER.map(str::to_owned)];
    cells.extend(polls.iter().map(row));
    let width =
        |column: usize| cells.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..HEADER.len() - 1).map(width).collect();
    let mut out = String::new();
    for row in &cells {
        for (column, (cell, width)) in row.iter().zip(&widths).enumerate() {
            match NUMBERS.contains(&column) {
                true => out.push_str(&format!("{cell:>width$}  ")),
                false => out.push_str(&format!("{cell:width$}  ")),
            }
        }
        out.push_str(row.last().map_or("", String::as_str));
        out.push('\n');
    }
    out
}

fn row(poll: &Value) -> [String; HEADER.len()] {
    let number = |key: &str| poll[key].as_u64().unwrap_or(0);
    let star = if poll["asked"] == "requested" { "*" } else { "" };
    let status = poll["status"].as_u64().map_or_else(String::new, |status| format!("{status} "));
    let outcome = match (text(&poll["outcome"]), text(&poll["error_kind"])) {
        ("failed", kind) if !matches!(kind, "" | "status") => format!("failed: {kind}"),
        ("subscription", _) => "subscription changed".to_owned(),
        (outcome, _) => outcome.replace('_', " "),
    };
    let why = match text(&poll["error"]) {
        "" => text(&poll["next_reason"]).to_owned(),
        error => format!("{} ({error})", text(&poll["next_reason"])),
    };
    [
        format!("{}{star}", text(&poll["polled"])),
        format!("{status}{outcome}"),
        amounts::bytes(number("received_bytes")),
        amounts::bytes(number("document_bytes")),
        poll["items"].as_u64().map_or_else(|| "-".to_owned(), |items| items.to_string()),
        number("entries_new").to_string(),
        number("entries_changed").to_string(),
        amounts::wait(Duration::from_millis(number("elapsed_ms"))),
        text(&poll["next_poll"]).to_owned(),
        why,
    ]
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or("")
}
