//! Checks of `proxy` and `proxy_credentials`.

use super::super::files::Files;
use super::super::problem::{Problems, quote};
use super::super::read::Raw;
use super::credentials;
use crate::model::access::Proxy;
use url::Url;

const SCHEMES: [&str; 4] = ["http", "https", "socks5", "socks5h"];
const ADVICE: &str = "write \"http://proxy.example.org:3128\", or a scheme of https, socks5, \
     socks5h; user and password go into proxy_credentials";

/// `Some(None)`: `"none"`, so that requests go directly.
///
/// `table`: `poll` or `host[0]`.
pub(super) fn proxy(
    raw: &Raw<String>,
    raw_credentials: &Raw<String>,
    table: &str,
    files: Files<'_>,
    problems: &mut Problems<'_>,
) -> Option<Option<Proxy>> {
    let key = format!("{table}.proxy");
    let credentials_key = format!("{table}.proxy_credentials");
    let given = raw.given();
    let direct = given.is_none_or(|given| given.value == "none");
    if let Some(lone) = raw_credentials.given().filter(|_| direct) {
        problems.add(lone.at, &credentials_key, "there is no proxy beside it", ADVICE);
    }
    let given = given?;
    if direct {
        return Some(None);
    }
    let Some(url) = address(&given.value) else {
        // With a password in it, it must not be shown.
        let wrong = match given.value.contains('@') {
            true => "no address of a proxy".to_owned(),
            false => format!("{} is no address of a proxy", quote(&given.value)),
        };
        problems.add(given.at, &key, wrong, ADVICE);
        return None;
    };
    let password = credentials::password(raw_credentials, &credentials_key, files, problems);
    let proxy = Proxy { url, credentials: password.read() };
    if proxy.resolves_names() {
        let wrong = "the proxy resolves names, so that only names and written addresses are kept \
             from leading into private networks";
        let advice = "let the proxy refuse private addresses, or write socks5:// to resolve here";
        problems.warn(given.at, &key, wrong, advice);
    }
    Some(Some(proxy))
}

fn address(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let bare = url.username().is_empty()
        && url.password().is_none()
        && matches!(url.path(), "" | "/")
        && url.query().is_none()
        && url.fragment().is_none();
    let host = url.host_str().is_some_and(|host| !host.is_empty());
    (SCHEMES.contains(&url.scheme()) && bare && host).then_some(url)
}
