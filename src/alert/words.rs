//! What an alert says to a person.

use crate::model::{Alert, AlertKind};

/// What is the matter with a source, such as `paper: no feed any more`.
pub fn title(source: &str, alert: &Alert) -> String {
    let what = match alert.kind {
        AlertKind::Silent => "silent for longer than usual",
        AlertKind::NoFeed => "no feed at its address any more",
        AlertKind::Broken => "more faulty items than usual",
        AlertKind::Vanished => "vanished",
    };
    if alert.is_raised() { format!("{source}: {what}") } else { format!("{source}: over: {what}") }
}

/// What to do about it, for a sentence of its own.
pub fn remedy(kind: AlertKind) -> &'static str {
    match kind {
        AlertKind::Silent => {
            "Look at the site: if it has news that the feed lacks, the feed has moved or died; give \
             the source its new url in feeds.toml, or set enabled = false"
        }
        AlertKind::NoFeed => {
            "Open the address in a browser: look for where the feed is now (`countywire inspect URL` \
             names the feed of a page) and change the source's url, or ask the publisher"
        }
        AlertKind::Broken => {
            "See what is wrong with `countywire inspect URL`; tell the publisher, or us if a browser \
             or another reader shows the items right"
        }
        AlertKind::Vanished => {
            "Look for the feed's new address on the publisher's site and change the source's url; \
             if there is none, remove the source or set enabled = false"
        }
    }
}
