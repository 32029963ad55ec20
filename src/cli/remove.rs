//! `countywire remove`: entries that are to be gone for good.

use super::tidying::Tidy;
use super::{complain, fail, load, print};
use crate::model::{EntryKey, Order, SourceId, TakeDown};
use crate::role::{Match, Matches, Meant};
use clap::Args;
use console::{Term, truncate_str};
use std::fmt::Write;
use std::path::Path;
use std::process::ExitCode;

pub const USAGE: &str = "countywire remove [OPTIONS] <ENTRY|LINK|--source <ID>>";

pub const AFTER_HELP: &str = "\
The entry leaves all feeds, archives and pages at once; its addresses answer 410, and Atom feeds tell who has it that it is
gone. It does not come back while its source lists it, changed or not, nor from a rebuilt index or a copy that
is made from now on. Then every segment that has it is written anew, and what the index of search has of it
is taken out. A running daemon does it. May be
interrupted: give the command again to finish it. Backups that were made before, caches and feeds that
others have fetched keep it: caches for up to a week.";

#[derive(Debug, Args)]
pub struct RemoveArgs {
    /// The key of an entry, the address of its page, or its link at its origin
    #[arg(value_name = "ENTRY|LINK", required_unless_present = "source")]
    entry: Option<String>,
    /// All entries of a source; new ones come while feeds.toml has it
    #[arg(long, value_name = "ID", conflicts_with = "entry")]
    source: Option<String>,
    /// Only tell what would be removed
    #[arg(long)]
    dry_run: bool,
}

pub fn run(path: &Path, args: &RemoveArgs) -> ExitCode {
    let config = match load(path) {
        Ok(config) => config,
        Err(code) => return code,
    };
    let meant = match (&args.source, &args.entry) {
        (Some(source), _) => Meant::Source(SourceId::new(source)),
        (None, entry) => Meant::of(entry.as_deref().unwrap_or_default()),
    };
    let mut tidy = match Tidy::new(&config) {
        Ok(tidy) => tidy,
        Err(code) => return code,
    };
    let found = match tidy.matches(&meant) {
        Ok(found) => found,
        Err(why) => return fail(&why),
    };
    if args.dry_run {
        let list = list(&found, width_of(&Term::stdout()));
        return print(&format!("{list}{} would be removed\n", count(found.total)));
    }
    let targets = match targets(&meant, &found) {
        Ok(targets) => targets,
        Err(why) => return fail(&why),
    };
    complain(list(&found, width_of(&Term::stderr())).trim_end());
    let (mut removed, mut rewritten) = (0, 0);
    for (what, path) in targets {
        match tidy.all(&Order::TakeDown(what), &path, "taking down") {
            Ok(done) => {
                removed += u64::from(done.entries_removed);
                rewritten += done.segments_rewritten;
            }
            Err(code) => return code,
        }
    }
    if let Err(why) = tidy.forget_searched(&config) {
        return fail(&why);
    }
    if let Meant::Source(id) = &meant
        && config.sources.iter().any(|source| source.id == *id && source.is_active())
    {
        complain("the source is in feeds.toml: what it brings from now on will be published");
    }
    if let Meant::Source(id) = &meant
        && removed == 0
        && rewritten == 0
        && config.sources.iter().all(|source| source.id != *id)
    {
        let why = config.no_source(id.as_str());
        return fail(&format!("nothing is stored of the source {:?}: {why}", id.as_str()));
    }
    let said = match removed {
        0 => "it was removed before".to_owned(),
        removed => format!("{} removed", count(removed)),
    };
    let segments = if rewritten == 1 { "segment" } else { "segments" };
    print(&format!("{said}; {rewritten} {segments} rewritten\n"))
}

/// What is to be ordered, and where the daemon is asked for it.
fn targets(meant: &Meant, found: &Matches) -> Result<Vec<(TakeDown, String)>, String> {
    let entry = |key: EntryKey| (TakeDown::Entry(key), format!("/take-down/{}", key.hex()));
    match meant {
        // Which may have been removed before, but not from all segments.
        Meant::Entry(key) => Ok(vec![entry(*key)]),
        Meant::Source(id) => {
            Ok(vec![(TakeDown::Source(id.clone()), format!("/take-down/source/{id}"))])
        }
        Meant::Link(link) => {
            let keys = found.entries.iter().filter_map(|entry| EntryKey::from_hex(&entry.key));
            let targets: Vec<_> = keys.map(entry).collect();
            match targets.is_empty() {
                true => Err(format!(
                    "no stored entry has the link {link:?}; its page's address ends with its key, \
                     which does as well"
                )),
                false => Ok(targets),
            }
        }
    }
}

/// `None`: what is written there is no terminal, and lines may be of any length.
fn width_of(terminal: &Term) -> Option<usize> {
    let (_, columns) = terminal.size_checked().filter(|_| terminal.is_term())?;
    Some(usize::from(columns))
}

/// A line for each entry, which ends where the terminal does.
fn list(found: &Matches, width: Option<usize>) -> String {
    let mut lines = String::new();
    for Match { key, source, title, published } in &found.entries {
        let line = format!("{key}  {published}  {source}  {title}");
        let shown = width.map_or(line.as_str().into(), |width| truncate_str(&line, width, "…"));
        let _infallible = writeln!(lines, "{shown}");
    }
    let more = found.total - found.entries.len() as u64;
    if more > 0 {
        let _infallible = writeln!(lines, "and {more} more");
    }
    lines
}

fn count(entries: u64) -> String {
    match entries {
        1 => "1 entry".to_owned(),
        entries => format!("{entries} entries"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use console::measure_text_width;

    #[test]
    fn a_long_title_ends_where_the_terminal_does() {
        let entry = Match {
            key: "0123456789abcdef0123456789abcdef".to_owned(),
            source: "paper".to_owned(),
            title: "兴平市今年苹果丰收".repeat(9),
            published: "2026-11-30T08:00:00Z".to_owned(),
        };
        let found = Matches { total: 3, entries: vec![entry] };
        let whole = list(&found, None);
        assert!(whole.contains(&found.entries[0].title) && whole.ends_with("and 2 more\n"));
        for columns in [79, 80] {
            let cut = list(&found, Some(columns));
            let line = cut.lines().next().expect("a line");
            // Characters take two columns.
            assert!((columns - 1..=columns).contains(&measure_text_width(line)), "{line}");
            assert!(line.ends_with('…') && whole.starts_with(line.trim_end_matches('…')));
        }
    }
}
