//! What is said on the command line of a benchmark, and how it ends.

use std::error::Error;
use std::process::ExitCode;

/// As gen.py spreads its feeds.
pub const HOSTS: usize = 49;

impl Default for Options {
    fn default() -> Self {
        Options { feeds: 1, seed: 42, repeat: 1, hosts: HOSTS, stories: None, switch: false }
    }
}

/// A benchmark: its name for cargo, how it is used, and its one option without a number.
pub struct Bench {
    pub name: &'static str,
    pub usage: &'static str,
    pub switch: &'static str,
}

pub struct Options {
    pub feeds: usize,
    pub seed: u64,
    pub repeat: usize,
    /// Hosts that the feeds are spread over, where that is asked.
    pub hosts: usize,
    /// Entries among which stories are found, where that is asked.
    pub stories: Option<usize>,
    /// The switch was given.
    pub switch: bool,
}

impl Bench {
    /// Runs `bench` with the options given, `defaults` for the others.
    pub fn run(
        &self,
        defaults: Options,
        bench: impl FnOnce(&Options) -> Result<(), Box<dyn Error>>,
    ) -> ExitCode {
        let name = self.name;
        let outcome = match self.options(defaults) {
            Ok(None) => {
                eprintln!("skipped: this is a benchmark; run it with `cargo bench --bench {name}`");
                return ExitCode::SUCCESS;
            }
            Ok(Some(options)) => bench(&options),
            Err(problem) => Err(problem.into()),
        };
        match outcome {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("{name} bench: {error}");
                ExitCode::FAILURE
            }
        }
    }

    /// None when it is not cargo's `bench` that runs us.
    fn options(&self, mut options: Options) -> Result<Option<Options>, String> {
        let mut is_bench = false;
        let mut words = std::env::args().skip(1);
        while let Some(word) = words.next() {
            let mut natural = || {
                let value = words.next().and_then(|value| value.parse::<u64>().ok());
                value.ok_or(format!("{word} takes a number"))
            };
            let mut number = || match natural()? {
                0 => Err(format!("{word} takes a number above 0")),
                value => Ok(value),
            };
            match word.as_str() {
                "--feeds" => options.feeds = number()? as usize,
                "--seed" => options.seed = number()?,
                "--hosts" => options.hosts = number()? as usize,
                "--stories" => options.stories = Some(natural()? as usize),
                "--repeat" => options.repeat = number()? as usize,
                // Cargo says that it is a benchmark; `cargo test --all-targets` does not.
                "--bench" => is_bench = true,
                word if word == self.switch => options.switch = true,
                _ => return Err(format!("unknown option {word}\n{}", self.usage)),
            }
        }
        Ok(is_bench.then_some(options))
    }
}
