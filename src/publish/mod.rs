//! Renders stored entries as documents: Atom, RSS, JSON Feed and HTML pages.
//!
//! Plain functions from data to bytes. The same data give the same bytes: there is no
//! clock here, no document says when it was rendered, and nothing depends on the order
//! of a hash map. A stored entry's HTML was sanitised by `normalise`; everything else
//! is text and escaped here.
//!
//! [`address`] is the only home of our addresses, [`Names`] turns the model into what
//! documents say of it, [`view`] holds what the renderers take.

pub mod address;
pub mod alerts;
pub mod atom;
pub mod chain;
pub mod entry_page;
pub mod filter;
pub mod history;
pub mod json;
mod modules;
pub mod names;
pub mod opensearch;
pub mod opml;
pub mod page;
pub mod parameters;
mod persons;
pub mod picture;
mod pictures_page;
mod places;
pub mod respelt;
pub mod rss;
mod same_story;
mod script;
mod search_page;
pub mod status;
pub mod style;
pub mod view;
pub mod window;
pub mod words;
mod xml;

#[cfg(test)]
mod sample;
#[cfg(test)]
mod tests;

pub use address::{Address, Format, Route, Target};
pub use alerts::alerts_feed;
pub use chain::{Chain, Part};
pub use entry_page::entry_page;
pub use filter::Filter;
pub use history::history_page;
pub use names::{Names, channel_uuid};
pub use page::{channel_page, error_page, portal_page, waiting_page};
pub use parameters::Parameters;
pub use pictures_page::pictures_page;
pub use same_story::Story;
pub use script::Script;
pub use search_page::search_page;
pub use status::status_page;
pub use view::{
    Also, ChannelInfo, ChannelPage, Crumb, EntryPage, FeedDoc, Item, Neighbour, Onward, Place,
    PlaceGroup, PortalPage, RegionLabel, TopicLabel,
};
pub use window::{BadParameter, Window};

/// What feeds name as their maker. Without a version, so that an upgrade of the program
/// alone changes no document.
pub const GENERATOR: &str = "countywire";

/// The feed of a channel in one of the three feed formats.
///
/// Returns `None` for [`Format::Html`], which is no feed.
pub fn feed(doc: &FeedDoc<'_>, format: Format) -> Option<Vec<u8>> {
    match format {
        Format::Html => None,
        Format::Atom => Some(atom::feed(doc)),
        Format::Rss => Some(rss::feed(doc)),
        Format::Json => Some(json::feed(doc)),
    }
}
