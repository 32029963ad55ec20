//! What the published documents say of the site and of a source.

use super::SourceId;
use url::Url;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    pub title: String,
    /// Public address of `/`; ends with a slash.
    pub base_url: Url,
    /// BCP 47.
    pub language: String,
    /// An address that goes into our `User-Agent` and into published feeds.
    pub contact: Option<String>,
    /// It can be searched.
    pub search: bool,
}

/// A source as readers see it: what `atom:source` and the source page say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceInfo {
    pub id: SourceId,
    pub title: String,
    /// Address of the polled document.
    pub url: String,
    /// Address of the source's own site, when its feed says so.
    pub site_url: Option<String>,
}
