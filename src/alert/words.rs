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
pub fn remedy(alert: &Alert) -> &'static str {
    match alert.kind {
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
        AlertKind::Vanished => vanished(&alert.fault, alert.status),
    }
}

/// By what failed: `fault` as `FetchError::kind` and `ParseError::kind` name it.
fn vanished(fault: &str, status: Option<u16>) -> &'static str {
    match (fault, status) {
        ("status", Some(401 | 403 | 407)) => {
            "The server wants to know who asks, or refuses us: give the source credentials in \
             feeds.toml, or ask the publisher to let our User-Agent in"
        }
        ("status", Some(429 | 503)) => {
            "The server wants to be left alone, which it is; the address may be right: poll it more \
             rarely (schedule), or ask the publisher to let our User-Agent in"
        }
        ("status", Some(500..)) => {
            "The server has a fault of its own: tell the publisher; if the site has a new feed, \
             change the source's url"
        }
        ("too_large", _) => {
            "Raise [poll] max_body in feeds.toml above the size of the document, or look for a \
             shorter feed on the publisher's site"
        }
        ("connect" | "timeout" | "interrupted", _) => {
            "Open the address from this machine: if nothing answers here and the site works \
             elsewhere, a firewall lies between ([[host]] proxy leads round it); else wait, or look \
             for the feed's new address"
        }
        ("dns", _) => {
            "The name is not known any more: look for the publisher's new site and change the \
             source's url; if other names fail too, mend this machine's resolver"
        }
        ("tls", _) => {
            "See what is wrong with the certificate and do what the message says; tell the publisher"
        }
        ("credential", _) => {
            "Give the credential to the service (LoadCredential= in the unit), or take it out of \
             feeds.toml"
        }
        ("refused_address", _) => {
            "The address lies within a private network: allow it in [poll] allow_addresses if it is \
             yours, else change the source's url"
        }
        ("decode" | "empty" | "malformed" | "protocol", _) => {
            "See what comes with `countywire inspect URL`, and tell the publisher; if the site has \
             another feed, change the source's url"
        }
        _ => {
            "Look for the feed's new address on the publisher's site and change the source's url; \
             if there is none, remove the source or set enabled = false"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_remedy_is_that_of_the_cause() {
        for (fault, status, word) in [
            ("status", Some(404), "new address"),
            ("gone", Some(410), "new address"),
            ("status", Some(403), "credentials"),
            ("status", Some(429), "more rarely"),
            ("status", Some(502), "tell the publisher"),
            ("too_large", Some(200), "max_body"),
            ("connect", None, "firewall"),
            ("dns", None, "resolver"),
            ("", None, "new address"),
        ] {
            assert!(vanished(fault, status).contains(word), "{fault} {status:?}");
        }
    }
}
