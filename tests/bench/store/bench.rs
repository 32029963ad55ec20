//! The order of things: each is measured of one after the other, so that what neighbours of
//! the machine do in the meantime falls on both.

use super::child::{ACKNOWLEDGED, LOADED, Task};
use super::corpus::Corpus;
use super::measure::disk_bytes;
use super::options::{CHILD, Options, Which};
use super::subject::Outcome;
use super::table;
use std::collections::HashMap;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// How long a full store is written on before it is killed.
const WRITING_ON: Duration = Duration::from_secs(3);

/// Figures by name.
#[derive(Debug, Default)]
pub struct Figures(HashMap<String, f64>);

impl Figures {
    /// Not a number where it was not measured.
    pub fn get(&self, name: &str) -> f64 {
        self.0.get(name).copied().unwrap_or(f64::NAN)
    }

    fn add(&mut self, name: &str, figure: f64) {
        self.0.insert(name.to_owned(), figure);
    }
}

/// What was measured of one of them.
pub struct Measured {
    pub which: Which,
    folder: PathBuf,
    pub load: Figures,
    /// The first opening after loading and a clean stop, and one more.
    pub open: Figures,
    pub open_again: Figures,
    pub read: Figures,
    pub disk: Figures,
    pub churn: Result<Figures, String>,
    /// Loading once more, killed in the end.
    pub killed: Figures,
    pub open_killed: Figures,
}

/// Bytes of a text, the mean.
pub struct Texts {
    pub plain_bytes: f64,
    pub gzip_bytes: f64,
}

/// Measures, and prints what was found.
pub fn run(options: &Options) -> Outcome<()> {
    let (plain_bytes, gzip_bytes) = Corpus::read()?.mean_bytes(options.entries)?;
    let folder = tempfile::Builder::new().prefix("store-bench-").tempdir_in(&options.folder)?;
    let which = if options.only_ours { &[Which::Ours][..] } else { &[Which::Ours, Which::Sqlite] };
    let mut both: Vec<Measured> =
        which.iter().map(|which| Measured::new(*which, folder.path())).collect();
    for one in &mut both {
        one.load = one.child(Task::Load, options)?;
    }
    for one in &mut both {
        one.open = one.child(Task::Open, options)?;
        one.open_again = one.child(Task::Open, options)?;
        one.read = one.child(Task::Read, options)?;
        one.disk = one.disk()?;
    }
    if options.churn {
        for one in &mut both {
            one.churn = one.child(Task::Churn, options).map_err(|error| error.to_string());
        }
    }
    for one in &mut both {
        std::fs::remove_dir_all(&one.folder)?;
        one.killed = one.load_and_kill(options)?;
        one.open_killed = one.child(Task::Open, options)?;
        std::fs::remove_dir_all(&one.folder)?;
    }
    both.iter().try_for_each(|one| one.check(options.entries))?;
    if let [ours, sqlite] = both.as_slice()
        && ours.read.get("answers") != sqlite.read.get("answers")
    {
        return Err("they answer differently".into());
    }
    print!("{}", table::render(options, &Texts { plain_bytes, gzip_bytes }, &both));
    Ok(())
}

impl Measured {
    fn new(which: Which, folder: &Path) -> Measured {
        Measured {
            which,
            folder: folder.join(which.name()),
            load: Figures::default(),
            open: Figures::default(),
            open_again: Figures::default(),
            read: Figures::default(),
            disk: Figures::default(),
            churn: Ok(Figures::default()),
            killed: Figures::default(),
            open_killed: Figures::default(),
        }
    }

    /// Has a child do something; its figures.
    fn child(&self, task: Task, options: &Options) -> Outcome<Figures> {
        let output = self.command(task, options)?.stdout(Stdio::piped()).output()?;
        let name = (self.which.name(), task.name());
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            return Err(format!("{} {}: {}", name.0, name.1, said.trim()).into());
        }
        eprintln!("{} {}: done", name.0, name.1);
        let mut figures = Figures::default();
        for line in String::from_utf8(output.stdout)?.lines() {
            let (name, figure) = split(line)?;
            figures.add(name, figure);
        }
        Ok(figures)
    }

    /// Kills a child that has filled the store, in the middle of writing on.
    fn load_and_kill(&self, options: &Options) -> Outcome<Figures> {
        let mut child = self.command(Task::LoadOn, options)?.stdout(Stdio::piped()).spawn()?;
        let lines = BufReader::new(child.stdout.take().ok_or("no output")?).lines();
        let (mut figures, mut loaded_at) = (Figures::default(), None);
        for line in lines {
            let line = line?;
            let (name, figure) = split(&line)?;
            figures.add(name, figure);
            match (name, loaded_at) {
                (LOADED, _) => loaded_at = Some(Instant::now()),
                // The child is at its next group now. What it says until it dies still counts.
                (ACKNOWLEDGED, Some(at)) if at.elapsed() >= WRITING_ON => child.kill()?,
                _ => {}
            }
        }
        child.wait()?;
        eprintln!("{} {}: killed", self.which.name(), Task::LoadOn.name());
        Ok(figures)
    }

    fn command(&self, task: Task, options: &Options) -> Outcome<Command> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args([CHILD, self.which.name(), task.name()]).arg(&self.folder);
        command.args([options.entries.to_string(), options.cache_bytes.to_string()]);
        Ok(command)
    }

    fn disk(&self) -> Outcome<Figures> {
        let mut figures = Figures::default();
        figures.add("all", disk_bytes(&self.folder)? as f64);
        if self.which == Which::Ours {
            for part in ["segments", "index"] {
                figures.add(part, disk_bytes(&self.folder.join(part))? as f64);
            }
        }
        Ok(figures)
    }

    /// # Errors
    /// An entry is missing, or what was acknowledged.
    fn check(&self, entries: u64) -> Outcome<()> {
        let name = self.which.name();
        for load in [&self.load, &self.killed] {
            if load.get("entries") != entries as f64 {
                return Err(format!("{name} holds {} entries", load.get("entries")).into());
            }
        }
        if self.open.get("sequence") != self.load.get(LOADED) {
            return Err(format!("{name} lost reports at a clean stop").into());
        }
        if self.open_killed.get("sequence") < self.killed.get(ACKNOWLEDGED) {
            return Err(format!("{name} lost acknowledged reports when it was killed").into());
        }
        Ok(())
    }
}

fn split(line: &str) -> Outcome<(&str, f64)> {
    let (name, figure) = line.split_once(' ').ok_or("not a figure")?;
    Ok((name, figure.parse()?))
}
