//! `countywire sources`: how each source stands.

use super::offline::{daemon_beside_fault, has_store_or_daemon, open_store};
use super::{admin_client, fail, load, print};
use crate::config::Config;
use crate::role::{self, Live, put_in_time, source_statuses};
use clap::Args;
use serde_json::Value;
use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitCode;
use url::Url;

#[derive(Debug, Args)]
pub struct SourcesArgs {
    /// Only sources in this state
    #[arg(long, value_parser = ["fine", "waiting", "failing", "gone", "idle", "off"])]
    state: Option<String>,
    /// Print a JSON array instead
    #[arg(long)]
    json: bool,
}

pub fn run(config: &Path, args: &SourcesArgs) -> ExitCode {
    let rows = match load(config) {
        Ok(config) => statuses(config),
        Err(code) => match daemon_beside_fault(config) {
            Some(admin) => of_daemon(admin).map_err(|why| fail(&why)),
            None => Err(code),
        },
    };
    let rows = match rows {
        Ok(rows) => rows,
        Err(code) => return code,
    };
    let wanted = |row: &Value| args.state.as_deref().is_none_or(|state| row["state"] == state);
    let rows: Vec<Value> = rows.into_iter().filter(wanted).collect();
    if args.json { print(&format!("{:#}\n", Value::Array(rows))) } else { print(&table(&rows)) }
}

fn of_daemon(admin: SocketAddr) -> Result<Vec<Value>, String> {
    let body = admin_client::request(admin, "GET", "/status.json")?;
    match serde_json::from_slice::<Value>(&body).map(|mut status| status["sources"].take()) {
        Ok(Value::Array(rows)) => Ok(rows),
        _ => Err("the daemon answers in another form; is it another version?".to_owned()),
    }
}

/// The sources as JSON objects: from the store, from the daemon that has it, or, before
/// the first poll, from the settings alone.
fn statuses(config: Config) -> Result<Vec<Value>, ExitCode> {
    let admin = config.listen.admin;
    let states = if has_store_or_daemon(&config) {
        match open_store(&config)? {
            Some(store) => Some(store.reader().states().map_err(|error| fail(&error.full()))?),
            None => None,
        }
    } else {
        Some(Vec::new())
    };
    let Some(mut states) = states else {
        return of_daemon(admin).map_err(|why| fail(&why));
    };
    let (live, now) = (Live::new(config), role::now());
    states.iter_mut().for_each(|(id, state)| put_in_time(&live, id, state, now));
    let rows = source_statuses(&live, states);
    let rows = rows.iter().map(|row| serde_json::to_value(row).expect("strings and numbers"));
    Ok(rows.collect())
}

fn table(rows: &[Value]) -> String {
    let text = |row: &Value, key: &str| match &row[key] {
        Value::String(text) => text.clone(),
        Value::Null => "-".to_owned(),
        other => other.to_string(),
    };
    let header = ["SOURCE", "STATE", "LAST POLL", "NEXT POLL", "ENTRIES", "WHY / LAST ERROR"];
    let mut cells = vec![header.map(str::to_owned)];
    for row in rows {
        let why = match &row["last_error"] {
            Value::String(error) => format!("{error} ({})", text(row, "next_reason")),
            _ => text(row, "next_reason"),
        };
        let why = why + &defects(row) + &push(row) + &alerts(row) + &moved(row);
        let state = match (text(row, "state").as_str(), row["failures"].as_u64()) {
            ("failing", Some(times)) => format!("failing x{times}"),
            (state, _) => state.to_owned(),
        };
        cells.push([
            text(row, "id"),
            state,
            text(row, "last_poll"),
            text(row, "next_poll"),
            text(row, "entries"),
            why,
        ]);
    }
    let width =
        |column: usize| cells.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..header.len() - 1).map(width).collect();
    let mut out = String::new();
    for row in &cells {
        for (cell, width) in row.iter().zip(&widths) {
            out.push_str(&format!("{cell:width$}  "));
        }
        out.push_str(row.last().map_or("", String::as_str));
        out.push('\n');
    }
    out
}

/// `; moved to https://…: write that url into feeds.toml`
fn moved(row: &Value) -> String {
    let url = row["moved_to"].as_str();
    url.map_or_else(String::new, |url| format!("; moved to {url}: write that url into feeds.toml"))
}

/// `; push: active at hub.example.org`
fn push(row: &Value) -> String {
    let push = &row["push"];
    let host = push["hub"].as_str().and_then(|hub| Url::parse(hub).ok());
    match (push["state"].as_str(), host.as_ref().and_then(Url::host_str)) {
        (Some(state), Some(host)) => format!("; push: {state} at {host}"),
        _ => String::new(),
    }
}

/// `; read in spite of ill-formed, bad-date x3`
fn defects(row: &Value) -> String {
    let defects = row["defects"].as_array().map_or(&[][..], Vec::as_slice);
    let shown: Vec<String> = defects
        .iter()
        .filter_map(|defect| {
            let kind = defect["kind"].as_str()?;
            Some(match defect["count"].as_u64() {
                Some(count @ 2..) => format!("{kind} x{count}"),
                _ => kind.to_owned(),
            })
        })
        .collect();
    if shown.is_empty() {
        String::new()
    } else {
        format!("; read in spite of {}", shown.join(", "))
    }
}

/// `; ALERT silent since 2026-11-24T08:00:00Z`
fn alerts(row: &Value) -> String {
    let alerts = row["alerts"].as_array().map_or(&[][..], Vec::as_slice);
    let shown = alerts.iter().filter_map(|alert| {
        Some(format!("; ALERT {} since {}", alert["kind"].as_str()?, alert["since"].as_str()?))
    });
    shown.collect()
}
