//! One binary of integration tests; a module per behaviour.

mod agreement;
mod bad_sources;
mod commands;
mod corpus;
mod demo;
mod entries;
mod expectations;
mod fixtures;
mod flow;
mod hostile;
mod identity;
mod inspect;
mod pages;
mod sanitiser;
mod serving;
mod settings;
#[path = "../shared.rs"]
mod shared;
mod slow_clients;
mod startup;
mod stopping;
mod support;
mod systemd;
