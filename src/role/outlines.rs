//! The lists of our feeds: documents that change with the settings alone.

use super::content::MAX_AGE;
use super::live::Live;
use crate::model::{Channel, RegionCode, SourceInfo};
use crate::publish::address::{self, Format};
use crate::publish::{Window, opml};
use crate::serve::Document;

/// `path`: of the list; `window`: of its feeds. `None`: its region is not published.
pub fn document(
    live: &Live,
    region: Option<&RegionCode>,
    path: &str,
    window: Window,
) -> Option<Document> {
    let page = live.names().channel(&channel(region))?.page;
    let path = address::with_window(path, window);
    let own = address::url(&live.config.site, &path);
    let page = address::url(&live.config.site, &address::with_window(&page, window));
    let html = Format::Html.media_type();
    Some(Document {
        target: path,
        etag: live.outlines_tag.clone(),
        last_modified: None,
        content_type: opml::CONTENT_TYPE,
        max_age: MAX_AGE,
        is_immutable: false,
        links: vec![
            format!("<{own}>; rel=\"self\""),
            format!("<{page}>; rel=\"alternate\"; type=\"{html}\""),
        ],
        policy: None,
    })
}

/// # Errors
/// In words: the region is not published any more.
pub fn render(live: &Live, region: Option<&RegionCode>, window: Window) -> Result<Vec<u8>, String> {
    let sources = sources(live, region);
    let outlines = opml::outlines(&live.names(), region, &sources, window);
    outlines.ok_or_else(|| "not published".to_owned())
}

fn channel(region: Option<&RegionCode>) -> Channel {
    region.map_or(Channel::All, |code| Channel::Region(code.clone()))
}

/// Those that are polled: all, or those of the region and of what lies in it.
fn sources(live: &Live, region: Option<&RegionCode>) -> Vec<SourceInfo> {
    let is_there = |own: Option<&RegionCode>| match region {
        None => true,
        Some(code) => own.is_some_and(|own| live.config.regions.is_within(own, code)),
    };
    let sources = live.config.sources.iter().filter(|source| source.is_active());
    let there = sources.filter(|source| is_there(source.region.as_ref()));
    there.map(|source| live.info(&source.id)).collect()
}
