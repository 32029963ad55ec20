//! What the courier writes down of subscriptions, beside everything else that it does.

use super::super::file::Ledger;
use super::{Courier, Done};
use crate::hub::{Note, Subscription};
use std::time::Duration;
use tokio::time::timeout;
use tracing::warn;

/// For deliveries under way at a stop; those that take longer are made again after the next start.
const GRACE: Duration = Duration::from_secs(2);

impl Courier {
    /// Lets what is under way end, and writes down what is not written yet.
    pub(super) async fn end(mut self) {
        let ending = async {
            while let Some(done) = self.tasks.join_next().await {
                done.into_iter().for_each(|done| self.finish(done));
            }
        };
        let _ = timeout(GRACE, ending).await;
        while self.ledger.is_none() {
            match self.tasks.join_next().await {
                Some(Ok(Done::Written(ledger, result))) => self.written(ledger, result),
                Some(_) => {}
                None => return,
            }
        }
        self.tasks.abort_all();
        self.note_advanced();
        let Some(mut ledger) = self.ledger.take().filter(|_| !self.unwritten.is_empty()) else {
            return;
        };
        let all = self.all_for(&ledger);
        if let Err(error) = ledger.write(&self.unwritten, all.as_deref()) {
            warn!(%error, "what subscribers to our feeds have got is not written down; they get it again");
        }
    }

    /// What those have got by now who have got anything.
    pub(super) fn note_advanced(&mut self) {
        let book = self.hub.book();
        let advanced = std::mem::take(&mut self.advanced);
        for Subscription { topic, callback, change, .. } in
            advanced.iter().filter_map(|id| Some(&book.get(*id)?.subscription))
        {
            let (topic, callback) = (topic.clone(), callback.clone());
            self.unwritten.push(Note::Has { topic, callback, change: *change });
        }
    }

    /// Has what changed written down, unless that is under way.
    pub(super) fn write(&mut self) {
        if self.unwritten.is_empty() {
            return;
        }
        let Some(mut ledger) = self.ledger.take() else { return };
        let notes = std::mem::take(&mut self.unwritten);
        let all = self.all_for(&ledger);
        self.tasks.spawn_blocking(move || {
            let result = ledger.write(&notes, all.as_deref());
            Done::Written(ledger, result)
        });
    }

    pub(super) fn written(&mut self, ledger: Ledger, result: std::io::Result<()>) {
        self.ledger = Some(ledger);
        if let Err(error) = result {
            // The next note has all of them written.
            warn!(%error, "a subscription to our feeds is not written down; a restart may forget it");
        }
    }

    /// All subscriptions, where they are to be written anew.
    fn all_for(&self, ledger: &Ledger) -> Option<Vec<Subscription>> {
        let book = self.hub.book();
        let wanted = ledger.needs_rewriting(book.len());
        wanted.then(|| book.all().map(|(_, held)| held.subscription.clone()).collect())
    }
}
