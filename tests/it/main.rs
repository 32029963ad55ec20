//! One binary of integration tests; a module per behaviour.

mod agreement;
mod corpus;
mod entries;
mod expectations;
mod fixtures;
