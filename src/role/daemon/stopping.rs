//! The end of what serves, once all that was acknowledged is stored.

use super::super::searching::Search;
use crate::store::Store;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tracing::{error, warn};

/// For the index of search to be brought up to date at a stop.
const SEARCH_PATIENCE: Duration = Duration::from_secs(4);

/// The listeners, which serve to the end.
pub struct StopServing {
    pub stop: CancellationToken,
    pub tasks: [JoinHandle<()>; 2],
    pub search: Arc<Search>,
    /// None where nothing is searched.
    pub searching: Option<std::thread::JoinHandle<()>>,
}

impl StopServing {
    /// Once the writer has finished what is queued.
    pub async fn after(self, writer: std::thread::JoinHandle<Store>) {
        let store = tokio::task::spawn_blocking(move || writer.join()).await;
        if !matches!(store, Ok(Ok(_))) {
            error!("the store's writer panicked; the next start recovers what was acknowledged");
        }
        self.stop.cancel();
        // What the writer has finished is to be in it.
        self.search.stop();
        join_all(self.tasks).await;
        if let Some(searching) = self.searching {
            let ended = tokio::task::spawn_blocking(move || searching.join());
            let ended = tokio::time::timeout(SEARCH_PATIENCE, ended).await;
            if !matches!(ended, Ok(Ok(Ok(())))) {
                warn!("search has not ended in time; the next start compares it with the store");
            }
        }
    }
}

async fn join_all(tasks: [JoinHandle<()>; 2]) {
    for task in tasks {
        if task.await.is_err() {
            error!("a listener panicked");
        }
    }
}
