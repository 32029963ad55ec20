//! What is served, as those who have it say it: documents, found by their addresses.

use super::delta::Delta;
use crate::model::Timestamp;
use bytes::Bytes;

/// What the listener serves. `find` and `search` say whether a document has changed; `render`
/// makes its bytes.
pub trait Content: Send + Sync + 'static {
    /// While it is the same, everything is found as it was.
    fn version(&self) -> Version;
    /// Cheap, for it runs on the threads that serve everybody. `None`: it takes a search.
    fn find(&self, path: &str, query: &str) -> Option<Found>;
    /// Whether what readers have written is searched for there.
    fn is_word_search(&self, path: &str, query: &str) -> bool;
    /// The same at any cost, on a thread that may be busy for it.
    fn search(&self, path: &str, query: &str) -> Found;
    /// # Errors
    /// In words, when the document cannot be made now.
    fn render(&self, document: &Document) -> Result<Vec<u8>, String>;
    /// What is new in a document since the newest of some versions of it (ETags); `None`: that cannot
    /// be told, or the whole document tells it as well.
    ///
    /// # Errors
    /// In words, when it cannot be made now.
    fn delta(&self, document: &Document, versions: &[String]) -> Result<Option<Delta>, String>;
    /// What a person is shown instead of a document.
    fn error_page(&self, status: u16, message: &str, nearest: &[String]) -> ErrorPage;
    /// The same while what is asked for is being made ready.
    fn waiting_page(&self, percent: u64) -> ErrorPage;
    /// Addresses that may have been meant by a path at which nothing is.
    fn nearest(&self, path: &str, query: &str) -> Vec<String>;
    fn now(&self) -> Timestamp;
}

/// Of all that is stored, and of the settings.
pub type Version = (u64, u64);

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    Document(Document),
    /// The address has another canonical form.
    Moved(String),
    NotFound,
    /// What was there is gone for good.
    Gone,
    /// The query cannot be understood: why.
    BadRequest(String),
    /// What is stored of it is damaged, which is told where it is met.
    Damaged,
    /// What it is made of is being made ready: how far that is.
    NotReady {
        percent: u64,
    },
    /// It cannot be known now: why.
    Unavailable(String),
    /// It may be asked for later: why not now, for who asks.
    NotNow(String),
}

/// What is said instead of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorPage {
    pub body: Vec<u8>,
    pub content_type: &'static str,
    /// `Content-Security-Policy`.
    pub policy: &'static str,
}

/// A document before it is rendered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Path and canonical query: names the document.
    pub target: String,
    /// Without quotes; changes exactly when the bytes do.
    pub etag: String,
    /// `None`: it cannot be told since when the bytes are these.
    pub last_modified: Option<Timestamp>,
    pub content_type: &'static str,
    /// Seconds that a cache may keep it without asking.
    pub max_age: u32,
    /// No need to ask within them, whoever reloads (RFC 8246).
    pub is_immutable: bool,
    /// `Link` header values (RFC 8288).
    pub links: Vec<String>,
    /// `Content-Security-Policy`, for pages.
    pub policy: Option<&'static str>,
}

/// What is at an address.
#[derive(Debug, Clone)]
pub enum Whole {
    Here(Document, Bytes),
    /// Nothing, any more.
    Gone,
}
