//! Documents that follow from the program and the settings alone.

use super::content::bad_query;
use super::live::Live;
use super::outlines;
use crate::model::Timestamp;
use crate::publish::address::{Address, Target};
use crate::publish::{self, Parameters, Window};
use crate::serve::{Document, Found};

const STYLE_MAX_AGE: u32 = 24 * 3600;

/// They are there while the store is not. `None`: it is none of them.
pub(super) fn find(live: &Live, address: &Address, query: &str) -> Option<Found> {
    let path = || address.path(&live.config.regions);
    let document = match &address.target {
        Target::Style => path().map(style),
        Target::Opml(region) => {
            let taken = Parameters::OF_OUTLINES.check(query);
            match taken.and_then(|()| Window::parse(Some(query))) {
                Ok(window) => {
                    path().and_then(|path| outlines::document(live, region.as_ref(), &path, window))
                }
                Err(bad) => return Some(bad_query(&bad)),
            }
        }
        Target::OpenSearch => {
            path().filter(|_| live.config.site.search).map(|path| opensearch(live, path))
        }
        Target::Channel(_)
        | Target::Archive(..)
        | Target::Entry(_)
        | Target::Related(_)
        | Target::Search => return None,
    };
    Some(document.map_or(Found::NotFound, Found::Document))
}

/// `None`: it is none of them.
///
/// # Errors
/// In words: its region is not published any more.
pub(super) fn render(
    live: &Live,
    address: &Address,
    query: &str,
) -> Option<Result<Vec<u8>, String>> {
    match &address.target {
        Target::Style => Some(Ok(publish::style::STYLE.to_vec())),
        Target::Opml(region) => {
            let window = Window::parse(Some(query)).map_err(|bad| bad.to_string());
            Some(window.and_then(|window| outlines::render(live, region.as_ref(), window)))
        }
        Target::OpenSearch => Some(Ok(publish::opensearch::description(&live.config.site))),
        Target::Channel(_)
        | Target::Archive(..)
        | Target::Entry(_)
        | Target::Related(_)
        | Target::Search => None,
    }
}

fn opensearch(live: &Live, path: String) -> Document {
    let bytes = publish::opensearch::description(&live.config.site);
    Document {
        target: path,
        etag: format!("{:016x}", xxhash_rust::xxh3::xxh3_64(&bytes)),
        last_modified: None,
        content_type: publish::opensearch::CONTENT_TYPE,
        max_age: STYLE_MAX_AGE,
        is_immutable: false,
        links: Vec::new(),
        policy: None,
    }
}

fn style(path: String) -> Document {
    Document {
        target: path,
        etag: format!("{:016x}", xxhash_rust::xxh3::xxh3_64(publish::style::STYLE)),
        last_modified: Some(Timestamp(0)),
        content_type: publish::style::CONTENT_TYPE,
        max_age: STYLE_MAX_AGE,
        is_immutable: false,
        links: Vec::new(),
        policy: None,
    }
}
