//! What is measured: our store, and SQLite doing the same.

use countywire::model::{Channel, Placing, StoredEntry};
use countywire::store::Numbered;
use countywire::story::ByText;
use std::error::Error;
use std::path::Path;

/// What a text is compared by.
pub type Text = <ByText as Placing>::Sketch;

pub type Outcome<T> = Result<T, Box<dyn Error>>;

/// Something that keeps reports.
pub trait Subject: Sized {
    /// Opens or creates it in a folder of its own. `cache_bytes`: what it may cache.
    fn open(folder: &Path, cache_bytes: u64) -> Outcome<Self>;

    /// The last report that it holds; 0 for none.
    fn last_sequence(&self) -> Outcome<u64>;

    /// Entries that it holds, by its own count.
    fn entries(&self) -> Outcome<u64>;

    /// Keeps a group of reports. When it returns, they survive a power cut.
    fn commit(&mut self, group: &[Numbered<'_, Text>]) -> Outcome<()>;

    /// Brings to the disk what is only in memory, as a clean stop does.
    fn settle(&mut self) -> Outcome<()>;

    /// The newest entries of a channel, whole.
    fn latest(&self, channel: &Channel, limit: usize) -> Outcome<Vec<StoredEntry>>;

    /// Deletes all entries that came with reports before `sequence`.
    ///
    /// # Errors
    /// It cannot; or a failing disk.
    fn delete_before(&mut self, sequence: u64) -> Outcome<()>;
}
