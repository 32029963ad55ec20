//! `[poll] push`: whether hubs can be asked to push to us.

use super::super::problem::{Problems, quote};
use super::super::read::Raw;
use crate::fetch::is_public;
use url::{Host, Url};

/// Names that lead nowhere outside a machine or a network (RFC 6761, RFC 6762, RFC 8375,
/// RFC 9476, and what routers give out).
const LOCAL_NAMES: [&str; 11] = [
    "localhost",
    "local",
    "localdomain",
    "internal",
    "intranet",
    "lan",
    "home.arpa",
    "test",
    "example",
    "invalid",
    "alt",
];

/// On by default where `base_url` is written and may be reached from outside.
pub(super) fn push(
    raw: &Raw<bool>,
    written: &Raw<String>,
    base_url: &Url,
    problems: &mut Problems<'_>,
) -> bool {
    let unreachable = match written {
        Raw::Absent => Some("site.base_url is not set".to_owned()),
        _ if !is_reachable(base_url) => {
            let host = base_url.host_str().unwrap_or_default();
            Some(format!("{} in site.base_url is not on the internet", quote(host)))
        }
        _ => None,
    };
    let Some(given) = raw.given() else { return unreachable.is_none() };
    if let Some(why) = unreachable.filter(|_| given.value) {
        let wrong = format!("{why}, so most hubs cannot push to us");
        let advice = "write the address that readers use there, or push = false";
        problems.warn(given.at, "poll.push", wrong, advice);
    }
    given.value
}

/// Whether a host may belong to the internet, as far as its name tells.
fn is_reachable(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => is_public(address.into()),
        Some(Host::Ipv6(address)) => is_public(address.into()),
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.');
            let is_below = |local: &str| {
                let rest = name.strip_suffix(local);
                rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
            };
            name.contains('.') && !LOCAL_NAMES.into_iter().any(is_below)
        }
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_on_the_internet_are_told_from_others() {
        for (host, expected) in [
            ("news.xingping.cn", true),
            ("8.8.8.8", true),
            ("[2606:4700::1111]", true),
            ("localhost", false),
            ("wire.localhost", false),
            ("nas", false),
            ("wire.test", false),
            ("wire.test.", false),
            ("latest.cn", true),
            ("router.home.arpa", false),
            ("127.0.0.1", false),
            ("10.1.2.3", false),
            ("[::1]", false),
            ("[fd00::1]", false),
        ] {
            let url = Url::parse(&format!("https://{host}/wire/")).expect("an address");
            assert_eq!(is_reachable(&url), expected, "{host}");
        }
    }
}
