//! Log lines on standard error.

use super::LogFormat;
use std::io::IsTerminal;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::FormatTime;

struct WallClock;

impl FormatTime for WallClock {
    fn format_time(&self, out: &mut Writer<'_>) -> std::fmt::Result {
        let now = crate::role::clock::precise_now();
        write!(out, "{}", now.to_rfc3339_opts(chrono::SecondsFormat::Micros, true))
    }
}

/// `level`: from which our own lines are written; what libraries say, when they warn.
/// COUNTYWIRE_LOG goes before it. The HTML parser warns of tables that it mends, without a
/// word of where they came from.
pub fn start(format: LogFormat, level: &str) {
    let by_level = |level: &str| format!("warn,html5ever=error,countywire={level}");
    let default = by_level(level);
    let chosen = std::env::var("COUNTYWIRE_LOG").ok().filter(|filter| !filter.is_empty());
    let filter = match chosen.as_deref() {
        Some(level @ ("error" | "warn" | "info" | "debug" | "trace")) => {
            EnvFilter::try_new(by_level(level))
        }
        Some(filter) => EnvFilter::try_new(filter),
        None => EnvFilter::try_new(&default),
    };
    let filter = filter.unwrap_or_else(|error| {
        super::complain(&format!("countywire: COUNTYWIRE_LOG: {error}; using {default:?}"));
        EnvFilter::new(&default)
    });
    // systemd's journal stamps the lines itself.
    let journal = std::env::var_os("JOURNAL_STREAM").is_some();
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_timer(WallClock)
        .with_writer(std::io::stderr)
        .with_target(false)
        .with_ansi(std::io::stderr().is_terminal());
    match format {
        LogFormat::Json => builder.json().flatten_event(true).init(),
        LogFormat::Text if journal => builder.without_time().init(),
        LogFormat::Text => builder.init(),
    }
}
