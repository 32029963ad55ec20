//! `countywire run`: the daemon.

use super::{load, runtime};
use crate::config::Config;
use crate::role::Daemon;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

pub fn run(path: &Path) -> ExitCode {
    let config = match load(path) {
        Ok(config) => config,
        Err(code) => return code,
    };
    for warning in &config.warnings {
        warn!("{warning}");
    }
    let runtime = match runtime() {
        Ok(runtime) => runtime,
        Err(code) => return code,
    };
    let code = runtime.block_on(serve(config, Some(path.to_owned()), CancellationToken::new()));
    // Nothing waits for a blocked thread (a host name that never resolves).
    runtime.shutdown_background();
    code
}

/// Runs the daemon until a signal or `stop`.
pub async fn serve(config: Config, path: Option<PathBuf>, stop: CancellationToken) -> ExitCode {
    let signals = [SignalKind::terminate(), SignalKind::interrupt(), SignalKind::hangup()];
    let [terminate, interrupt, hangup] = match signals.map(signal) {
        [Ok(terminate), Ok(interrupt), Ok(hangup)] => [terminate, interrupt, hangup],
        _ => {
            error!("cannot listen for signals");
            return ExitCode::FAILURE;
        }
    };
    let (asked, reload) = mpsc::channel(1);
    tokio::spawn(obey_signals(terminate, interrupt, hangup, stop.clone(), asked));
    let daemon = match Daemon::bind(config, path).await {
        Ok(daemon) => daemon,
        Err(problem) => {
            error!("{problem}");
            return ExitCode::from(problem.exit_code());
        }
    };
    let (public, admin) = (daemon.public_url().to_owned(), daemon.admin_address());
    let greet = move || {
        println!("countywire: pages and feeds at {public}");
        println!("countywire: status at http://{admin}/status");
    };
    match daemon.run(greet, stop, reload).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            error!("{problem}");
            ExitCode::from(problem.exit_code())
        }
    }
}

async fn obey_signals(
    mut terminate: Signal,
    mut interrupt: Signal,
    mut hangup: Signal,
    stop: CancellationToken,
    reload: mpsc::Sender<()>,
) {
    loop {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
            _ = hangup.recv() => {
                // One reload under way is enough: it reads what is there now.
                let _ = reload.try_send(());
                continue;
            }
        }
        if stop.is_cancelled() {
            info!("stopping at once");
            std::process::exit(1);
        }
        stop.cancel();
    }
}
