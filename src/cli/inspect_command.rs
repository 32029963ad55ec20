//! `countywire inspect`: a file, standard input or an address, through our parser.

use super::inspect::{self, Given, InspectArgs};
use super::{fail, load, runtime};
use crate::config::Config;
use crate::fetch::{Client, FetchJob, FetchSettings, Route, decode};
use crate::parse::{Document, Limits};
use crate::role;
use std::io::Read;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;
use url::Url;

/// Largest document; as [poll] max_body allows at most.
const LARGEST: u64 = 256 * 1024 * 1024;

pub fn run(config: &Path, args: &InspectArgs) -> ExitCode {
    let target = args.document.as_str();
    let from_web = target.starts_with("http://") || target.starts_with("https://");
    let (bytes, content_type, url) = if from_web {
        match fetch(config, target) {
            Ok(answer) => (answer.body.to_vec(), answer.content_type, Some(answer.base)),
            Err(why) => return fail(&why),
        }
    } else {
        match read(target) {
            Ok(bytes) => match decode(bytes.into(), None, LARGEST) {
                Ok(bytes) => (bytes.to_vec(), None, None),
                Err(error) => return fail(&format!("cannot read {target}: {}", error.describe())),
            },
            Err(error) => return fail(&format!("cannot read {target}: {error}")),
        }
    };
    // Those of the settings, where there are any without problems.
    let now = role::now();
    let limits = crate::config::load(config, now);
    let limits = limits.map_or_else(|_| Limits::default(), |config| role::limits(&config.poll));
    let (content_type, url) = (content_type.as_deref(), url.as_ref());
    let document = Document { bytes: &bytes, content_type, url };
    let given = Given { document, limits, now };
    let (mut out, mut err) = (std::io::stdout().lock(), std::io::stderr().lock());
    match inspect::run(args, given, &mut out, &mut err) {
        Ok(code) => ExitCode::from(code),
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => fail(&format!("cannot write: {error}")),
    }
}

fn read(target: &str) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    match target {
        "-" => std::io::stdin().lock().take(LARGEST).read_to_end(&mut bytes)?,
        path => std::fs::File::open(path)?.take(LARGEST).read_to_end(&mut bytes)?,
    };
    Ok(bytes)
}

/// With the manners and permissions of the settings, where there are any.
fn fetch(config: &Path, address: &str) -> Result<crate::fetch::Answer, String> {
    let url = Url::parse(address).map_err(|error| format!("{address}: {error}"))?;
    let client = if config.exists() {
        let config: Config = load(config).map_err(|_| "the settings have problems".to_owned())?;
        role::client(&config)
    } else {
        Client::new(FetchSettings {
            timeout: Duration::from_secs(30),
            max_body_bytes: LARGEST,
            allow: Vec::new(),
            route: Route::direct(),
            extra_roots: Vec::new(),
            kept: 1,
            user_agent: concat!("countywire/", env!("CARGO_PKG_VERSION"), " (inspect)").to_owned(),
            clock: role::now,
        })
    };
    let client = client.map_err(|error| error.describe())?;
    let runtime = runtime().map_err(|_| "cannot start".to_owned())?;
    let answer = runtime.block_on(client.fetch(&FetchJob::new(url)));
    runtime.shutdown_background();
    answer.map_err(|error| error.describe())
}
