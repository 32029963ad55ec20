//! One binary of integration tests; a module per behaviour.

mod bad_sources;
mod commands;
mod corpus;
mod demo;
mod entries;
mod fixtures;
mod flow;
mod inspect;
mod pages;
mod serving;
mod settings;
mod slow_clients;
mod startup;
mod stopping;
mod support;
mod systemd;
