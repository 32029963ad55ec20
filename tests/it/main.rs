//! One binary of integration tests; a module per behaviour.

mod agreement;
mod bad_sources;
mod clocks;
mod collected;
mod commands;
mod corpus;
mod cut_off;
mod demo;
mod discovery;
mod encodings;
mod entries;
mod expectations;
mod fast_clock;
mod fixtures;
mod flow;
mod hostile;
mod identity;
mod inspect;
mod pages;
mod peers;
mod platforms;
mod rhythm;
mod sanitiser;
mod script;
mod serving;
mod settings;
#[path = "../shared.rs"]
mod shared;
mod slow_clients;
mod startup;
mod stopping;
mod strict;
mod support;
mod systemd;
mod wishes;
