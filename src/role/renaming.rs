//! Sources that have other ids in the settings than before: what is known of them is made theirs
//! before they are polled, their entries meanwhile.

use super::live::Live;
use super::writer::Readied;
use crate::config::Config;
use crate::journal::{JournalError, LocalJournal};
use crate::model::{Order, SourceId};
use crate::store::{Reader, Renamed, StoreError};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use tracing::{info, warn};

/// What a start or a reload waits at most for entries to be filed under the new id.
const PATIENCE: Duration = Duration::from_secs(2);

/// Orders that must be obeyed before sources are polled.
///
/// # Errors
/// When the store cannot be read.
pub fn renames(config: &Config, reader: &Reader) -> Result<Vec<Order>, StoreError> {
    let mut orders = Vec::new();
    for source in &config.sources {
        for from in &source.formerly {
            if reader.has_history(from)? {
                orders.push(Order::Rename { from: from.clone(), to: source.id.clone() });
            }
        }
    }
    let is_used = |id: &SourceId| config.sources.iter().any(|source| source.id == *id);
    for Renamed { from, to, has_entries } in reader.renamed()? {
        if !is_used(&from) {
            continue;
        }
        if !is_used(&to) {
            warn!(source_id = %from, renamed_to = %to, "the history of this id has gone to one that no source has now; to have it back write that as formerly");
        }
        // Another source has the id: its entries and those of the former one must not mix.
        if has_entries {
            orders.push(Order::Rename { from, to });
        }
    }
    Ok(orders)
}

/// Makes the history of former ids that of the sources of these settings, as far as polls need it.
///
/// # Errors
/// In words: a full or failing disk, a store that cannot be read. It may be tried again.
pub async fn take_over(
    live: &Arc<Live>,
    reader: &Reader,
    journal: &LocalJournal<Readied>,
) -> Result<(), String> {
    let failed = |error: StoreError| error.full();
    let (live, reading) = (Arc::clone(live), reader.clone());
    let orders = tokio::task::spawn_blocking(move || renames(&live.config, &reading));
    let orders = orders.await.map_err(|_| "reading the store panicked")?;
    for order in orders.map_err(failed)? {
        let Order::Rename { from, to } = &order else { continue };
        let is_known = reader.has_history(from).map_err(failed)?;
        let mut more = true;
        while more && (!is_known || reader.has_history(from).map_err(failed)?) {
            more = journal.order(order.clone()).await.map_err(|error| error.to_string())?.more;
        }
        if is_known {
            info!(source_id = %to, formerly = %from, "the source has another id; its history goes on under it");
        }
    }
    Ok(())
}

/// Entries under former ids, while they are filed under those of today.
#[derive(Default)]
pub struct Filing {
    left: Vec<Order>,
}

impl Filing {
    /// With the entries that lie so now.
    pub async fn begin(reader: &Reader) -> Filing {
        let reader = reader.clone();
        let renamed = tokio::task::spawn_blocking(move || reader.renamed()).await;
        let renamed = renamed.unwrap_or_else(|_| Ok(Vec::new())).unwrap_or_else(|error| {
            warn!(error = error.full(), "which sources had other ids cannot be read");
            Vec::new()
        });
        let left = renamed.into_iter().filter(|renamed| renamed.has_entries);
        Filing { left: left.map(|Renamed { from, to, .. }| Order::Rename { from, to }).collect() }
    }

    pub fn is_over(&self) -> bool {
        self.left.is_empty()
    }

    pub async fn step(&mut self, journal: &LocalJournal<Readied>) {
        let Some(order) = self.left.last() else { return };
        match journal.order(order.clone()).await {
            Ok(step) if step.more => return,
            Ok(_) | Err(JournalError::Closed) => {}
            Err(error) => warn!(%error, "entries stay under a former id until the next start"),
        }
        self.left.pop();
    }

    /// As many steps as a start or a reload may wait for.
    pub async fn hurry(&mut self, journal: &LocalJournal<Readied>) {
        let began = Instant::now();
        while !self.is_over() && began.elapsed() < PATIENCE {
            self.step(journal).await;
        }
    }
}
