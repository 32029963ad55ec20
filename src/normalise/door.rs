//! The sanitiser's two ways apart, for the fuzz targets and the property tests.

use super::links::Bases;
use super::{fast, sanitise};
use crate::model::{ParsedEntry, ParsedFeed};
use url::Url;

fn within<T>(base: Option<&Url>, act: impl FnOnce(&Bases<'_>) -> T) -> T {
    let (item, feed) = (ParsedEntry::default(), ParsedFeed::default());
    act(&Bases::new(&item, &feed, base))
}

/// The content that an entry with this HTML gets.
pub fn clean(html: &str, base: Option<&Url>) -> String {
    within(base, |bases| sanitise::clean(html, bases))
}

/// What the short way makes of HTML, when it takes it.
pub fn short(html: &str, base: Option<&Url>) -> Option<String> {
    within(base, |bases| fast::clean(html, bases))
}

/// What ammonia makes of the same HTML.
pub fn with_ammonia(html: &str, base: Option<&Url>) -> String {
    within(base, |bases| sanitise::with_ammonia(&sanitise::prepare_images(html), bases))
}
