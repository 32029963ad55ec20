//! `countywire subscribers`: who is told of what is new in our feeds.

use super::offline::{daemon_answers, daemon_beside_fault, has_store};
use super::{admin_client, fail, load, print};
use crate::config::Config;
use crate::store;
use clap::Args;
use serde_json::Value;
use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitCode;

#[derive(Debug, Args)]
pub struct SubscribersArgs {
    /// Print a JSON array instead
    #[arg(long)]
    json: bool,
}

pub const AFTER_HELP: &str = "\
The columns: TOPIC, the feed; UNTIL, the end of the lease (UTC); STATE: fine, or owed: a delivery waits or is under
way; and how many failed in a row, and why the last one did; CALLBACK, where it is delivered. A running daemon is asked.";

pub fn run(config: &Path, args: &SubscribersArgs) -> ExitCode {
    let admin = match load(config) {
        Ok(config) => asked(&config),
        Err(code) => daemon_beside_fault(config).ok_or(code),
    };
    let admin = match admin {
        Ok(admin) => admin,
        Err(code) => return code,
    };
    let body = match admin_client::request(admin, "GET", "/subscribers.json") {
        Ok(body) => body,
        Err(why) => return fail(&why),
    };
    match serde_json::from_slice(&body) {
        Ok(Value::Array(rows)) if args.json => print(&format!("{:#}\n", Value::Array(rows))),
        Ok(Value::Array(rows)) => print(&table(&rows)),
        _ => fail("the daemon answers in another form; is it another version?"),
    }
}

/// Where the daemon is asked, if there may be one.
fn asked(config: &Config) -> Result<SocketAddr, ExitCode> {
    let (admin, path) = (config.listen.admin, &config.store.path);
    if daemon_answers(config) || store::is_in_use(path) {
        return Ok(admin);
    }
    Err(fail(&match has_store(config) {
        true => format!(
            "no daemon answers at {admin} ([listen] admin), and none has the store; who subscribes is \
             told by a running one: `countywire run`"
        ),
        false => format!(
            "there is neither a daemon at {admin} ([listen] admin) nor a store at {} ([store] path); \
             `countywire run` starts one",
            path.display()
        ),
    }))
}

fn table(rows: &[Value]) -> String {
    let mut cells = vec![["TOPIC", "UNTIL", "STATE", "CALLBACK"].map(str::to_owned)];
    cells.extend(rows.iter().map(row));
    let width = |column: usize| cells.iter().map(|row| row[column].chars().count()).max();
    let widths: Vec<usize> = (0..3).map(|column| width(column).unwrap_or(0)).collect();
    let line = |[topic, until, state, callback]: &[String; 4]| {
        let [a, b, c] = widths[..] else { unreachable!("three columns") };
        format!("{topic:a$}  {until:b$}  {state:c$}  {callback}\n")
    };
    cells.iter().map(line).collect()
}

fn row(row: &Value) -> [String; 4] {
    let text = |key: &str| row[key].as_str().unwrap_or("").to_owned();
    let state = if row["owed"] == true { "owed" } else { "fine" };
    let state = match (row["failures"].as_u64(), row["problem"].as_str()) {
        (Some(failures @ 1..), Some(problem)) => format!("{state}, failed x{failures}: {problem}"),
        _ => state.to_owned(),
    };
    [text("topic"), text("lease_until"), state, text("callback")]
}
