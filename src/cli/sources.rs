//! `countywire sources`: how each source stands.

use super::offline::open_store;
use super::{admin_client, fail, load, print};
use crate::role::{Live, source_statuses};
use clap::Args;
use serde_json::Value;
use std::path::Path;
use std::process::ExitCode;

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
    let config = match load(config) {
        Ok(config) => config,
        Err(code) => return code,
    };
    let admin = config.listen.admin;
    let rows = match open_store(&config) {
        Ok(Some(store)) => match store.reader().states() {
            Ok(states) => serde_json::to_value(source_statuses(&Live::new(config), states))
                .map_err(|error| error.to_string()),
            Err(error) => Err(error.full()),
        },
        // The daemon has the store: it knows best.
        Ok(None) => admin_client::request(admin, "GET", "/status.json").and_then(|body| {
            let mut status: Value =
                serde_json::from_slice(&body).map_err(|error| error.to_string())?;
            Ok(status["sources"].take())
        }),
        Err(code) => return code,
    };
    let rows = match rows {
        Ok(Value::Array(rows)) => rows,
        Ok(_) => return fail("the daemon answers in another form; is it another version?"),
        Err(why) => return fail(&why),
    };
    let wanted = |row: &Value| args.state.as_deref().is_none_or(|state| row["state"] == state);
    let rows: Vec<Value> = rows.into_iter().filter(wanted).collect();
    if args.json { print(&format!("{:#}\n", Value::Array(rows))) } else { print(&table(&rows)) }
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
        let why = why + &defects(row);
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
