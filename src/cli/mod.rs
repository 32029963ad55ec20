//! The command line: what each command takes, does and prints.

mod admin_client;
mod check;
mod classify;
mod demo;
mod dry_run;
mod exchange;
mod export;
mod group;
mod import_opml;
pub mod inspect;
mod inspect_command;
mod json_lines;
mod logging;
mod offline;
mod output;
mod poll;
mod polls;
mod remove;
mod run;
mod sources;
mod store;
mod subscribers;
mod tidying;
mod verified;

use clap::{CommandFactory, Parser, Subcommand, ValueEnum};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// A news wire for every county: polls regional sources, files each entry under its
/// county and topic, and republishes merged feeds with a reading page beside each.
#[derive(Debug, Parser)]
#[command(name = "countywire", version, max_term_width = 100, after_help = AFTER_HELP)]
struct Args {
    /// The settings file
    #[arg(
        long,
        short,
        global = true,
        value_name = "FILE",
        default_value = "feeds.toml",
        env = "COUNTYWIRE_CONFIG"
    )]
    config: PathBuf,
    /// How log lines look (standard error)
    #[arg(long, global = true, value_enum, default_value = "text")]
    log_format: LogFormat,
    #[command(subcommand)]
    command: Option<Command>,
}

const AFTER_HELP: &str = "\
Without a command, `run` is meant.

Exit codes: 0 done; 1 failed; 2 wrong arguments; 65 `inspect`: no feed, `import-opml`: no list,
`classify`: a bad line; 78 feeds.toml, or what is at [store] path,
needs a person (systemd does not restart). COUNTYWIRE_LOG sets what is logged: error,
warn, info (default), debug, trace; another word is refused (78).

First steps:
  countywire demo            see it work without any network
  countywire check           is feeds.toml right?
  countywire poll --all      one round now
  countywire                 poll and serve until stopped";

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    Text,
    Json,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Poll and serve until stopped (SIGHUP: read the settings again)
    Run,
    /// Check feeds.toml: every problem with its line, then a summary
    Check(check::CheckArgs),
    /// Do the whole job without a network: sample publishers on loopback, polled and published
    Demo(demo::DemoArgs),
    /// Poll one source, or all, once and now; tell what was found and why
    Poll(poll::PollArgs),
    /// Tell the last polls of a source: what came, what it brought, and why the next is when it is
    #[command(after_help = polls::AFTER_HELP)]
    Polls(polls::PollsArgs),
    /// Show what our parser makes of one document
    Inspect(inspect::InspectArgs),
    /// Tell the regions and topics of entries given as lines of JSON, with the evidence
    #[command(after_help = classify::AFTER_HELP)]
    Classify(classify::ClassifyArgs),
    /// Tell which entries report the same event, and which are reprints: lines of JSON in and out
    #[command(after_help = group::AFTER_HELP)]
    Group(group::GroupArgs),
    /// Make [[source]] tables for feeds.toml of another reader's list of feeds (OPML)
    #[command(after_help = import_opml::AFTER_HELP)]
    ImportOpml(import_opml::ImportOpmlArgs),
    /// List the sources: last poll, next poll and why, last error, entries
    #[command(after_help = "\
A running daemon is asked, else the store is read. Where feeds.toml has faults that a daemon does not run by yet, \
they are told on standard error, and the daemon answers all the same.")]
    Sources(sources::SourcesArgs),
    /// List who subscribes to our feeds by the hub, and what is owed to them
    #[command(after_help = subscribers::AFTER_HELP)]
    Subscribers(subscribers::SubscribersArgs),
    /// Write all stored entries as lines of JSON, for scripts
    #[command(
        after_help = "All that is stored, to make a store of it again: `countywire store export`."
    )]
    Export(export::ExportArgs),
    /// File all stored entries by the regions, topics and sources of today's feeds.toml
    #[command(after_help = "\
Entries are filed when they come. After a change of regions, topics or a source's settings this files those
that are stored: they move to other feeds and keep id and dates. Entries of sources that are not in feeds.toml
any more stay. A running daemon does it, by its settings: reload them first. May be interrupted and given again.")]
    Reclassify,
    /// Remove an entry, or all of a source, for good: from feeds, archives, pages and the store
    #[command(override_usage = remove::USAGE, after_help = remove::AFTER_HELP)]
    Remove(remove::RemoveArgs),
    /// Tell what the store takes, check it, copy it, write it out and read it in, make its index anew
    Store(store::StoreArgs),
    /// Print the manual page (troff), for `man -l -`
    Man,
    /// Print completions for a shell
    Completions { shell: clap_complete::Shell },
}

pub fn main() -> ExitCode {
    let args = Args::parse();
    let config = args.config.as_path();
    let level = match args.command {
        None | Some(Command::Run | Command::Demo(_)) => "info",
        // It says itself what became of each source.
        Some(Command::Poll(_)) => "error",
        Some(_) => "warn",
    };
    let clock = match crate::role::clock::set_up() {
        Ok(warning) => warning,
        Err(why) => {
            complain(&format!("countywire: {why}"));
            return ExitCode::from(78);
        }
    };
    if let Err(why) = logging::start(args.log_format, level) {
        complain(&format!("countywire: {why}"));
        return ExitCode::from(78);
    }
    if let Some(warning) = clock {
        tracing::warn!("{warning}");
    }
    match args.command.unwrap_or(Command::Run) {
        Command::Run => run::run(config),
        Command::Check(check) => check::run(config, &check),
        Command::Demo(demo) => demo::run(&demo),
        Command::Poll(poll) => poll::run(config, &poll),
        Command::Polls(polls) => polls::run(config, &polls),
        Command::Inspect(inspect) => inspect_command::run(config, &inspect),
        Command::Classify(classify) => classify::run(config, &classify),
        Command::Group(group) => group::run(&group),
        Command::ImportOpml(import) => import_opml::run(config, &import),
        Command::Sources(sources) => sources::run(config, &sources),
        Command::Subscribers(subscribers) => subscribers::run(config, &subscribers),
        Command::Export(export) => export::run(config, &export),
        Command::Reclassify => tidying::reclassify(config),
        Command::Remove(remove) => remove::run(config, &remove),
        Command::Store(store) => store::run(config, &store),
        Command::Man => print_man(),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Args::command(), "countywire", &mut script);
            print(&String::from_utf8_lossy(&script))
        }
    }
}

fn print_man() -> ExitCode {
    let mut page = Vec::new();
    let rendered = render_man(&mut page);
    match rendered.and_then(|()| write_out(&page)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&format!("cannot write the manual page: {error}")),
    }
}

/// One page: the program, then each command with its options.
fn render_man(page: &mut Vec<u8>) -> std::io::Result<()> {
    let mut command = Args::command();
    command.build();
    clap_mangen::Man::new(command.clone()).render(page)?;
    for sub in command.get_subcommands().filter(|sub| sub.get_name() != "help") {
        let man = clap_mangen::Man::new(sub.clone());
        page.extend_from_slice(
            format!(".SH \"COUNTYWIRE {}\"\n", sub.get_name().to_uppercase()).as_bytes(),
        );
        man.render_description_section(page)?;
        man.render_options_section(page)?;
        man.render_extra_section(page)?;
    }
    Ok(())
}

/// Reads the settings; on problems prints them all and gives 78.
fn load(config: &Path) -> Result<crate::config::Config, ExitCode> {
    crate::config::load(config, crate::role::now()).map_err(|error| {
        complain(&error.to_string());
        ExitCode::from(78)
    })
}

/// A line on standard error; nobody has to read it.
fn complain(line: &str) {
    use std::io::Write;
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}

fn fail(message: &str) -> ExitCode {
    complain(&format!("countywire: {message}"));
    ExitCode::FAILURE
}

/// Writes to standard output.
fn write_to_reader(bytes: &[u8]) -> std::io::Result<()> {
    use std::io::Write;
    let mut out = std::io::stdout().lock();
    out.write_all(bytes).and_then(|()| out.flush())
}

/// The same; a reader that went away (`| head`) is no error, and ends the program.
fn write_out(bytes: &[u8]) -> std::io::Result<()> {
    match write_to_reader(bytes) {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => std::process::exit(0),
        done => done,
    }
}

/// Prints lines that a reader of standard output wants.
fn print(text: &str) -> ExitCode {
    match write_out(text.as_bytes()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&format!("cannot write to standard output: {error}")),
    }
}

fn runtime() -> Result<tokio::runtime::Runtime, ExitCode> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.map_err(|error| fail(&format!("cannot start: {error}")))
}
