//! One binary of integration tests; a module per behaviour.

mod corpus;
mod entries;
mod fixtures;
mod flow;
mod serving;
mod stopping;
mod support;
