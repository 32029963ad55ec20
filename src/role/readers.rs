//! What readers may do, as `[listen]` and the system say.

use crate::config::Listen;
use crate::serve::{Gate, Limits, Proxies, Rate};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tracing::warn;

/// Of the store, of polls and of the admin.
const OTHER_FILES: usize = 1024;

/// Each connection is a file: there are as many as the system lets us open.
///
/// `streams`: connections that are kept for who listens to streams.
pub fn limits(listen: &Listen, streams: usize) -> (Limits, Gate) {
    let proxies = Proxies { trusted: listen.trusted_proxies.clone(), header: listen.proxy_header };
    let files = open_files().saturating_sub(OTHER_FILES).max(16);
    let wanted = listen.connections + streams;
    if files < wanted {
        warn!(
            connections = files,
            wanted,
            "fewer connections of readers than set: the limit of open files (LimitNOFILE) is too low"
        );
    }
    let limits = Limits {
        connections: wanted.min(files),
        connections_per_client: listen.connections_per_client,
        proxies: proxies.clone(),
        ..Limits::default()
    };
    let rate = (listen.rate > 0).then(|| Rate::per_second(listen.rate, listen.burst));
    (limits, Gate::new(proxies, rate))
}

/// Files that this process may open, raised to what it may raise it to.
fn open_files() -> usize {
    let limit = getrlimit(Resource::Nofile);
    let most = limit.maximum.unwrap_or(u64::MAX);
    let raised = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit });
    let now = if raised.is_ok() { most } else { limit.current.unwrap_or(u64::MAX) };
    usize::try_from(now).unwrap_or(usize::MAX)
}
