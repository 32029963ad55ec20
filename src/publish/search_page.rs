//! The page of a search: what was found, or how to look for something.

use super::page::{
    FeedLink, Pager, Shell, Teaser, channel_shell, feed_links, finish, pager, search_box, teasers,
};
use super::view::{ChannelInfo, Item};
use super::window::Window;
use crate::model::{Cursor, Site};
use askama::Template;

#[derive(Template)]
#[template(path = "search.html")]
struct SearchTemplate<'a> {
    shell: Shell<'a>,
    heading: &'a str,
    /// Something was looked for.
    asked: bool,
    feeds: Vec<FeedLink>,
    outline: Option<FeedLink>,
    teasers: Vec<Teaser<'a>>,
    pager: Pager,
}

/// `q`: what was looked for; empty: nothing.
pub fn search_page(
    site: &Site,
    channel: &ChannelInfo,
    q: &str,
    items: &[Item<'_>],
    (window, next): (Window, Option<Cursor>),
) -> Vec<u8> {
    let asked = !q.is_empty();
    finish(&SearchTemplate {
        shell: Shell { search: search_box(site, q), ..channel_shell(site, channel) },
        heading: &channel.title,
        asked,
        feeds: if asked { feed_links(site, channel, window) } else { Vec::new() },
        outline: None,
        teasers: teasers(site, items, channel.zone),
        pager: pager(site, channel, window, next),
    })
}
