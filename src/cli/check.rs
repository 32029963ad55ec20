//! `countywire check`: problems, warnings, summary.

use super::{complain, load, print};
use clap::Args;
use serde_json::json;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(Debug, Args)]
pub struct CheckArgs {
    /// The file to check, instead of --config
    file: Option<PathBuf>,
    /// Print one JSON object instead
    #[arg(long)]
    json: bool,
}

pub fn run(config: &Path, args: &CheckArgs) -> ExitCode {
    let path = args.file.as_deref().unwrap_or(config);
    if args.json {
        return json(path);
    }
    let config = match load(path) {
        Ok(config) => config,
        Err(code) => return code,
    };
    for warning in &config.warnings {
        complain(&format!("warning: {warning}"));
    }
    print(&format!("{}: {}\n", path.display(), config.summary()))
}

fn json(path: &Path) -> ExitCode {
    let (report, code) = match crate::config::load(path, crate::role::now()) {
        Ok(config) => {
            let warnings: Vec<String> = config.warnings.iter().map(ToString::to_string).collect();
            let summary = config.summary().to_json();
            (
                json!({ "ok": true, "problems": [], "warnings": warnings, "summary": summary }),
                ExitCode::SUCCESS,
            )
        }
        Err(error) => {
            let problems: Vec<String> = error.to_string().lines().map(str::to_owned).collect();
            (
                json!({ "ok": false, "problems": problems, "warnings": [], "summary": null }),
                ExitCode::from(78),
            )
        }
    };
    print(&format!("{report}\n"));
    code
}
