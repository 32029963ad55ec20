//! All that a store holds as lines of JSON, and a store made of them: a backup that outlives
//! formats.

mod export;
mod import;
mod lines;
mod reading;

pub use export::Exported;
pub use import::import;
