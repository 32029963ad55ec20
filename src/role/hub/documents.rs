//! Documents that are being delivered: read once for all deliveries that are under way at a time,
//! and held no longer than these.

use super::super::content::Site;
use super::delivery::Outcome;
use crate::model::ChannelKey;
use crate::serve::{Document, Public, Whole};
use crate::store::Reader;
use bytes::Bytes;
use std::collections::HashMap;
use std::sync::{Arc, Weak};
use tokio::sync::OnceCell;
use url::Url;
use xxhash_rust::xxh3::xxh3_64;

/// A document as it is, or will be, found.
pub struct Topic {
    pub url: Url,
    channel: ChannelKey,
    public: Arc<Public<Site>>,
    reader: Reader,
    found: OnceCell<Result<Found, Outcome>>,
}

#[derive(Clone)]
pub struct Found {
    /// Of the topic's channel; the document has it, or a later one.
    pub change: u64,
    pub document: Document,
    pub body: Bytes,
    pub body_hash: u64,
}

pub struct Documents {
    public: Arc<Public<Site>>,
    reader: Reader,
    by_topic: HashMap<String, Weak<Topic>>,
}

impl Documents {
    pub fn new(public: Arc<Public<Site>>, reader: Reader) -> Self {
        Documents { public, reader, by_topic: HashMap::new() }
    }

    /// Something has changed: what starts from now on reads anew.
    pub fn forget(&mut self) {
        self.by_topic.clear();
    }

    /// `None`: the topic is no address.
    pub fn of(&mut self, topic: &str, channel: ChannelKey) -> Option<Arc<Topic>> {
        if let Some(found) = self.by_topic.get(topic).and_then(Weak::upgrade) {
            return Some(found);
        }
        let made = Arc::new(Topic {
            url: Url::parse(topic).ok()?,
            channel,
            public: Arc::clone(&self.public),
            reader: self.reader.clone(),
            found: OnceCell::new(),
        });
        self.by_topic.insert(topic.to_owned(), Arc::downgrade(&made));
        Some(made)
    }
}

impl Topic {
    /// Reads it, or waits until somebody else has.
    ///
    /// # Errors
    /// What its deliveries come to instead.
    pub async fn find(&self) -> Result<&Found, Outcome> {
        let found = self.found.get_or_init(|| self.read()).await;
        found.as_ref().map_err(|outcome| *outcome)
    }

    async fn read(&self) -> Result<Found, Outcome> {
        // Before the document, which may so be newer than told, and never older.
        let head = self.reader.channel(self.channel).map_err(|_| Outcome::Failed("store"))?;
        match self.public.whole(self.url.path(), self.url.query().unwrap_or("")).await {
            Ok(Whole::Here(document, body)) => {
                let body_hash = xxh3_64(&body);
                Ok(Found { change: head.change, document, body, body_hash })
            }
            Ok(Whole::Gone) => Err(Outcome::NoTopic),
            Err(_) => Err(Outcome::Failed("unmade")),
        }
    }
}
