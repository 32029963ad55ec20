//! Finding what takes a search: few at once, on threads that may be busy for it.

use super::super::content::{Content, Found};
use super::Public;
use std::sync::Arc;
use std::time::Duration;

/// Searches at once; more wait, without a thread.
pub(super) const SEARCHES: usize = 2;
/// How long they wait.
const PATIENCE: Duration = Duration::from_secs(20);

impl<C: Content> Public<C> {
    pub(super) async fn find(&self, path: &str, query: &str) -> Found {
        if let Some(found) = self.content.find(path, query) {
            return found;
        }
        let places = match self.content.is_word_search(path, query) {
            true => &self.word_searches,
            false => &self.searches,
        };
        let permit = tokio::time::timeout(PATIENCE, Arc::clone(places).acquire_owned()).await;
        let Ok(permit) = permit else {
            return Found::NotNow(
                "too much is searched for at once; ask again in a while".to_owned(),
            );
        };
        let permit = permit.expect("never closed");
        let content = Arc::clone(&self.content);
        let (path, query) = (path.to_owned(), query.to_owned());
        let found = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            content.search(&path, &query)
        });
        found.await.unwrap_or_else(|_| Found::Unavailable("searching panicked".to_owned()))
    }
}
