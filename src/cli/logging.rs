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

const VARIABLE: &str = "COUNTYWIRE_LOG";
const LEVELS: [&str; 5] = ["error", "warn", "info", "debug", "trace"];

/// `level`: from which our own lines are written; what libraries say, when they warn.
/// COUNTYWIRE_LOG goes before it. The HTML parser warns of tables that it mends, without a
/// word of where they came from; the index of search of files that were taken from under a merge.
///
/// # Errors
/// In words, when COUNTYWIRE_LOG is not understood: taken for something, it could hide all.
pub fn start(format: LogFormat, level: &str) -> Result<(), String> {
    let by_level = |level: &str| format!("warn,html5ever=error,tantivy=error,countywire={level}");
    let chosen = std::env::var_os(VARIABLE).map(|value| value.to_string_lossy().into_owned());
    let filter = match chosen.as_deref().unwrap_or("") {
        "" => by_level(level),
        one if LEVELS.contains(&one) => by_level(one),
        list if is_list(list) => list.to_owned(),
        other => {
            return Err(format!(
                "{VARIABLE}: {other:?} is no level; write {} (for parts of the program a list that \
                 begins with one of them, such as \"warn,countywire::role=debug\")",
                LEVELS.join(", ")
            ));
        }
    };
    let filter = EnvFilter::try_new(filter).map_err(|error| format!("{VARIABLE}: {error}"))?;
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
    Ok(())
}

/// A level for all, so that errors are told whatever else is, and levels for targets.
fn is_list(filter: &str) -> bool {
    let mut parts = filter.split(',').map(str::trim);
    let of_target = |part: &str| {
        part.split_once('=').is_some_and(|(target, level)| {
            !target.is_empty() && (LEVELS.contains(&level) || level == "off" && is_foreign(target))
        })
    };
    parts.next().is_some_and(|first| LEVELS.contains(&first)) && parts.all(of_target)
}

/// Not ours: what a library says may be hidden.
fn is_foreign(target: &str) -> bool {
    target != "countywire" && !target.starts_with("countywire::")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_begin_with_a_level_and_hide_no_error_of_ours() {
        for (filter, expected) in [
            ("warn,countywire::role=debug", true),
            ("info,hyper=off", true),
            ("inof", false),
            ("countywire=debug", false),
            ("warn,countywire=off", false),
            ("warn,countywire=loud", false),
            ("warn,=debug", false),
            ("warn,debug", false),
            ("off", false),
        ] {
            assert_eq!(is_list(filter), expected, "{filter}");
        }
    }
}
