//! Bodies that are kept: each version of a document is rendered once, and packed once in
//! each coding that somebody asks for, off the threads that serve everybody.

use super::coding::Coding;
use super::content::Document;
use bytes::Bytes;
use quick_cache::sync::Cache;
use quick_cache::{Equivalent, Weighter};
use std::future::Future;
use std::sync::Arc;
use tokio::sync::Semaphore;

/// Documents rendered or packed at once; more wait.
const MAKERS: usize = 4;
/// What the cache takes for a body beside its bytes and its name.
const OVERHEAD: usize = 200;

/// Why there is no body.
#[derive(Debug)]
pub enum Unmade {
    /// The document changed meanwhile.
    Changed,
    Failed(String),
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Version {
    target: String,
    etag: String,
    coding: Coding,
}

/// The same, borrowed.
#[derive(Hash)]
struct Wanted<'a> {
    target: &'a str,
    etag: &'a str,
    coding: Coding,
}

impl Equivalent<Version> for Wanted<'_> {
    fn equivalent(&self, version: &Version) -> bool {
        (self.target, self.etag, self.coding) == (&version.target, &version.etag, version.coding)
    }
}

#[derive(Clone)]
struct BySize;

impl Weighter<Version, Bytes> for BySize {
    fn weight(&self, version: &Version, body: &Bytes) -> u64 {
        (version.target.len() + version.etag.len() + body.len() + OVERHEAD) as u64
    }
}

pub struct Bodies {
    kept: Cache<Version, Bytes, BySize>,
    makers: Arc<Semaphore>,
}

impl Bodies {
    /// `bytes`: of bodies that are kept.
    pub fn new(bytes: u64) -> Self {
        let kept = Cache::with_weighter(1024, bytes, BySize);
        Bodies { kept, makers: Arc::new(Semaphore::new(MAKERS)) }
    }

    /// `None`: it has to be made.
    pub fn kept(&self, document: &Document, coding: Coding) -> Option<Bytes> {
        let Document { target, etag, .. } = document;
        self.kept.get(&Wanted { target, etag, coding })
    }

    /// Made by one request while others for the same wait. `render` makes the plain body, and is
    /// not asked where that is kept.
    ///
    /// # Errors
    /// Those of `render`; and a panic.
    pub async fn get(
        &self,
        document: &Document,
        coding: Coding,
        render: impl Future<Output = Result<Bytes, Unmade>>,
    ) -> Result<Bytes, Unmade> {
        let version = |coding| {
            let (target, etag) = (document.target.clone(), document.etag.clone());
            Version { target, etag, coding }
        };
        let plain = async || {
            let plain = version(Coding::Identity);
            self.kept.get_or_insert_async(&plain, render).await
        };
        if coding == Coding::Identity {
            return plain().await;
        }
        let packed = async {
            let plain = plain().await?;
            self.make(move || coding.pack(&plain)).await
        };
        self.kept.get_or_insert_async(&version(coding), packed).await
    }

    /// Does what takes a while.
    ///
    /// # Errors
    /// When it panics.
    pub async fn make<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Unmade> {
        let permit = Arc::clone(&self.makers).acquire_owned().await.expect("never closed");
        let made = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            work()
        });
        made.await.map_err(|_| Unmade::Failed("making a body panicked".to_owned()))
    }
}
