//! The page of a view of pictures: a grid of them, each with what it is of.

use super::address;
use super::page::{
    FeedLink, Pager, Shell, When, channel_shell, feed_links, finish, other_language, outline_link,
    pager, title_of, when,
};
use super::view::{ChannelPage, Item, web_url};
use crate::model::Site;
use askama::Template;
use chrono_tz::Tz;

#[derive(Template)]
#[template(path = "pictures.html")]
struct PicturesTemplate<'a> {
    shell: Shell<'a>,
    heading: &'a str,
    feeds: Vec<FeedLink>,
    outline: Option<FeedLink>,
    shots: Vec<Shot<'a>>,
    pager: Pager,
}

struct Shot<'a> {
    title: &'a str,
    href: String,
    language: Option<&'a str>,
    picture: &'a str,
    alt: &'a str,
    /// Pixels, so that the page keeps its shape while pictures come.
    size: Option<(u32, u32)>,
    source: &'a str,
    source_href: String,
    at: When,
}

pub fn pictures_page(page: &ChannelPage<'_>) -> Vec<u8> {
    let zone = page.channel.zone;
    finish(&PicturesTemplate {
        shell: channel_shell(page.site, page.channel),
        heading: &page.channel.title,
        feeds: feed_links(page.site, page.channel, page.window),
        outline: outline_link(page.site, page.channel, page.window),
        shots: page.items.iter().filter_map(|item| shot(page.site, item, zone)).collect(),
        pager: pager(page.site, page.channel, page.window, page.next),
    })
}

/// `None`: there is no picture to show, which the view has none of.
fn shot<'a>(site: &'a Site, item: &'a Item<'a>, zone: Tz) -> Option<Shot<'a>> {
    let entry = &item.stored.entry;
    let picture = entry.picture()?;
    Some(Shot {
        title: title_of(site, &entry.title),
        href: address::href(site, &address::entry_path(item.stored.key())),
        language: other_language(site, entry.language.as_deref()),
        picture: web_url(&picture.url)?,
        alt: picture.title.as_deref().unwrap_or_default(),
        size: picture.width.zip(picture.height),
        source: &item.source.title,
        source_href: address::href(site, &address::source_path(&item.source.id)),
        at: when(item.stored.published, zone),
    })
}
