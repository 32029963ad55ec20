//! Every kind of problem, with the exact line that a person sees.

mod regions;
mod settings;
mod sources;
mod syntax;

use super::super::{Problem, parse};
use super::NOW;

#[track_caller]
fn assert_problems(text: &str, expected: &str) {
    let found: Vec<String> = match parse("feeds.toml", text, NOW) {
        Ok(config) => panic!("no problem found; warnings: {:?}", config.warnings),
        Err(problems) => problems.iter().map(Problem::to_string).collect(),
    };
    let expected: Vec<&str> = expected.trim().lines().collect();
    assert_eq!(found, expected);
}
