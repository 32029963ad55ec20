//! `Link` headers (RFC 8288) of feeds and pages.

use super::live::Live;
use crate::model::Cursor;
use crate::publish::address::{self, Format};
use crate::publish::{Chain, Window};

/// `next`: where the next page of the channel begins.
pub(super) fn link_headers(
    live: &Live,
    page: &str,
    format: Format,
    window: Window,
    next: Option<Cursor>,
    chain: &Chain,
) -> Vec<String> {
    let site = &live.config.site;
    let own =
        address::url(site, &address::with_window(&address::with_format(page, format), window));
    let mut links = vec![format!("<{own}>; rel=\"self\"")];
    let others = [Format::Html, Format::Atom, Format::Rss, Format::Json];
    for other in others.into_iter().filter(|other| *other != format) {
        let path = address::with_window(&address::with_format(page, other), window.elsewhere());
        let url = address::url(site, &path);
        links.push(format!("<{url}>; rel=\"alternate\"; type=\"{}\"", other.media_type()));
    }
    if let Some(next) = next {
        let path = address::with_window(&address::with_format(page, format), window.after(next));
        links.push(format!("<{}>; rel=\"next\"", address::url(site, &path)));
    }
    let parts = chain.links().map(|(rel, part)| (rel, part.url(site, format)));
    links.extend(parts.map(|(rel, url)| format!("<{url}>; rel=\"{rel}\"")));
    links
}
