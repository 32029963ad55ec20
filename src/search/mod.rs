//! Full-text search over entries: an index beside the store that follows from it, and can be
//! made anew at any time.
//!
//! [`Query`] is what a reader writes, read without knowing regions, topics or sources;
//! [`Index`] is the writing end, [`Finder`] answers. Only here is tantivy named. The index
//! keeps no texts, only which words stand where, and numbers.

mod find;
mod index;
mod letters;
mod query;
#[cfg(test)]
mod tests;
mod words;

pub use find::{Finder, Page, Unfound, Unwanted, Wanted};
pub use index::{Form, Index, SMALLEST_MEMORY, SearchError, Size};
pub use query::{Parts, Phrase, Query, QueryError};
pub use words::Words;
