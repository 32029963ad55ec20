//! Where a document stands in the history of its channel (RFC 5005 §4).

use super::address::{self, Format};
use super::window::Window;
use crate::model::{EntryNo, Month, Site};

/// Documents of a channel's history that a document leads to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Chain {
    /// It is part of the history itself.
    pub is_archive: bool,
    /// The channel as it is now; of what is history.
    pub current: Option<Part>,
    /// What came right before it.
    pub prev: Option<Part>,
    /// What came right after it.
    pub next: Option<Part>,
}

/// A document in any format.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Path of its page below the base URL.
    pub page: String,
    pub window: Window,
}

impl Chain {
    /// With their relations to the document.
    pub fn links(&self) -> impl Iterator<Item = (&'static str, &Part)> {
        let links = [
            ("current", &self.current),
            ("prev-archive", &self.prev),
            ("next-archive", &self.next),
        ];
        links.into_iter().filter_map(|(rel, part)| Some((rel, part.as_ref()?)))
    }
}

impl Part {
    pub fn current(page: &str, window: Window) -> Part {
        Part { page: page.to_owned(), window: window.of_channels() }
    }

    /// Of what came in a month to the channel with that page, what there is up to an entry; of
    /// none, the beginning.
    pub fn archive(page: &str, month: Month, until: Option<EntryNo>, window: Window) -> Part {
        let window = Window { until, ..window.of_archives() };
        Part { page: address::archive_path(page, month), window }
    }

    pub fn path(&self, format: Format) -> String {
        address::with_format(&self.page, format) + &self.window.query()
    }

    pub fn url(&self, site: &Site, format: Format) -> String {
        address::url(site, &self.path(format))
    }

    pub fn href(&self, site: &Site) -> String {
        address::href(site, &self.path(Format::Html))
    }
}
