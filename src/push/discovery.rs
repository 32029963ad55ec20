//! Which hubs a document names, and under which address they know it (§4).

use crate::model::Hubs;
use url::Url;

/// Hubs that are remembered of a document.
const HUBS: usize = 4;
/// Longest address of a hub or topic, bytes.
const ADDRESS_BYTES: usize = 2_000;
/// Links that are looked at in the headers of one answer.
const LINKS: usize = 64;

/// What a document says of itself, besides its headers.
#[derive(Debug, Clone, Copy, Default)]
pub struct Stated<'a> {
    pub hubs: &'a [String],
    pub self_link: Option<&'a str>,
}

/// The hubs of a document: those of the `Link` headers, else those that stand in it. Where
/// it does not name itself, `url`, which answered, stands for that, unless it has a query:
/// that may hold a key which is not for hubs. `None`: no hub.
///
/// Hubs with https go before others, as §8.1 asks.
pub fn discover(link_headers: &[String], stated: Stated<'_>, url: &Url) -> Option<Hubs> {
    let links = read(link_headers);
    let of_rel = |rel: &str| -> Vec<Url> {
        let named = links.iter().filter(|link| link.has_rel(rel));
        named.filter_map(|link| usable(url, link.target)).collect()
    };
    let own = stated.self_link.and_then(|own| usable(url, own));
    let mut hubs = of_rel("hub");
    if hubs.is_empty() {
        hubs = stated.hubs.iter().filter_map(|hub| usable(url, hub)).collect();
    }
    let topic = of_rel("self").into_iter().next().or_else(|| own.clone());
    let topic = topic.or_else(|| usable(url, url.as_str()).filter(|url| url.query().is_none()))?;
    hubs.sort_by_key(|hub| hub.scheme() != "https");
    let mut named: Vec<String> = Vec::new();
    for hub in hubs.into_iter().map(String::from) {
        if !named.contains(&hub) && named.len() < HUBS {
            named.push(hub);
        }
    }
    let self_link = own.filter(|own| *own != topic).map(String::from);
    (!named.is_empty()).then(|| Hubs { hubs: named, topic: topic.into(), self_link })
}

/// Whether a push that says so is of the document that the hubs were asked about. Its own
/// word counts, for that is signed (§7.1); headers are not.
pub fn is_of(stated: Option<&str>, hubs: &Hubs, source: &Url) -> bool {
    let Some(stated) = stated.and_then(|stated| usable(source, stated)) else { return true };
    let known = [Some(&hubs.topic), hubs.self_link.as_ref()];
    let mut known = known.into_iter().flatten().filter_map(|known| Url::parse(known).ok());
    known.any(|known| is_same(&known, &stated)) || is_same(source, &stated)
}

/// But for http and https, and a slash at the end.
fn is_same(a: &Url, b: &Url) -> bool {
    a.host() == b.host()
        && a.port() == b.port()
        && a.path().trim_end_matches('/') == b.path().trim_end_matches('/')
        && a.query() == b.query()
}

/// An address that may be asked, or asked about: web, without names and passwords.
fn usable(base: &Url, link: &str) -> Option<Url> {
    let mut url = base.join(link.trim()).ok()?;
    url.set_fragment(None);
    let web = matches!(url.scheme(), "http" | "https") && url.host().is_some();
    let plain = url.username().is_empty() && url.password().is_none();
    (web && plain && url.as_str().len() <= ADDRESS_BYTES).then_some(url)
}

/// A link of a `Link` header (RFC 8288 §3).
struct Link<'a> {
    target: &'a str,
    rel: &'a str,
}

impl Link<'_> {
    fn has_rel(&self, rel: &str) -> bool {
        self.rel.split_ascii_whitespace().any(|word| word.eq_ignore_ascii_case(rel))
    }
}

fn read(headers: &[String]) -> Vec<Link<'_>> {
    headers.iter().flat_map(|header| Links(header)).take(LINKS).collect()
}

/// The links of one header line; what cannot be read ends it.
struct Links<'a>(&'a str);

impl<'a> Iterator for Links<'a> {
    type Item = Link<'a>;

    fn next(&mut self) -> Option<Link<'a>> {
        let (_, rest) = self.0.split_once('<')?;
        let (target, mut rest) = rest.split_once('>')?;
        let mut rel = None;
        // Parameters, up to the comma before the next link.
        loop {
            rest = rest.trim_start();
            let Some(parameter) = rest.strip_prefix(';') else { break };
            let end = parameter.find(['=', ';', ',']).unwrap_or(parameter.len());
            let (name, after) = parameter.split_at(end);
            let (value, after) = match after.strip_prefix('=') {
                Some(value) => value_of(value.trim_start()),
                None => ("", after),
            };
            // The first counts (RFC 8288 §3.3).
            if name.trim().eq_ignore_ascii_case("rel") && rel.is_none() {
                rel = Some(value);
            }
            rest = after;
        }
        self.0 = rest.strip_prefix(',').unwrap_or("");
        Some(Link { target, rel: rel.unwrap_or("") })
    }
}

/// A value, quoted or not, and what comes after it. An escape in a quoted one is no
/// matter: names of relations have none.
fn value_of(text: &str) -> (&str, &str) {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find([';', ',']).unwrap_or(text.len());
        let (value, after) = text.split_at(end);
        return (value.trim_end(), after);
    };
    let bytes = quoted.as_bytes();
    let mut end = 0;
    while end < bytes.len() && bytes[end] != b'"' {
        end += if bytes[end] == b'\\' { 2 } else { 1 };
    }
    match (quoted.get(..end), quoted.get(end + 1..)) {
        (Some(value), Some(after)) => (value, after),
        _ => (quoted, ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url() -> Url {
        Url::parse("http://a.example.cn/news/feed.xml").expect("an address")
    }

    fn found(headers: &[&str], hubs: &[&str], self_link: Option<&str>) -> Option<(String, String)> {
        let headers: Vec<String> = headers.iter().map(|&header| header.to_owned()).collect();
        let hubs: Vec<String> = hubs.iter().map(|&hub| hub.to_owned()).collect();
        let found = discover(&headers, Stated { hubs: &hubs, self_link }, &url())?;
        Some((found.hubs.join(" "), found.topic))
    }

    #[test]
    fn headers_go_before_the_document() {
        let own = "http://a.example.cn/news/feed.xml";
        for (headers, hubs, self_link, expected) in [
            (&[][..], &[][..], Some("http://a.example.cn/feed"), None),
            (&[], &["https://h.example/"], None, Some(("https://h.example/", own))),
            (
                &["<https://h.example/>; rel=\"hub\", </feed>; rel=self"],
                &["https://other.example/"],
                Some("http://b.example/"),
                Some(("https://h.example/", "http://a.example.cn/feed")),
            ),
            (
                &["<http://h.example/a,b;c>; title=\"x, <y>; \\\"z\"; rel=\"alternate HUB\""],
                &[],
                Some("/feed"),
                Some(("http://h.example/a,b;c", "http://a.example.cn/feed")),
            ),
            (
                &["<http://one.example/>;rel=hub", "<https://two.example/> ; rel = hub"],
                &[],
                None,
                Some(("https://two.example/ http://one.example/", own)),
            ),
            // The first rel counts, and a link without one is of none.
            (&["<http://h.example/>; rel=next; rel=hub, <http://i.example/>"], &[], None, None),
            (&["<ftp://h.example/>; rel=hub"], &["mailto:a@b.cn", "http://u:p@h.cn/"], None, None),
            (&["<http://h.example/; rel=hub", "rel=hub", "<", ">;\"\\"], &[], None, None),
        ] {
            let expected = expected.map(|(hubs, topic)| (hubs.to_owned(), topic.to_owned()));
            assert_eq!(found(headers, hubs, self_link), expected, "{headers:?}");
        }
    }

    #[test]
    fn an_address_that_may_hold_a_key_is_told_to_no_hub() {
        let url = Url::parse("http://a.example.cn/feed?key=k").expect("an address");
        let hubs = ["http://h.example/".to_owned()];
        let found = |self_link| discover(&[], Stated { hubs: &hubs, self_link }, &url);
        assert_eq!(found(None), None);
        let named = found(Some("/feed")).expect("a hub");
        assert_eq!(named.topic, "http://a.example.cn/feed");
    }

    #[test]
    fn no_more_hubs_are_kept_than_are_asked() {
        let many: Vec<String> = (0..40).map(|n| format!("http://h{}.example/", n / 2)).collect();
        let stated = Stated { hubs: &many, self_link: None };
        let found = discover(&[], stated, &url()).expect("hubs");
        assert_eq!(found.hubs.len(), HUBS);
        let long = [format!("http://h.example/{}", "x".repeat(ADDRESS_BYTES))];
        assert_eq!(discover(&[], Stated { hubs: &long, self_link: None }, &url()), None);
    }

    #[test]
    fn a_push_is_of_the_document_that_it_says() {
        let hubs = Hubs {
            hubs: vec!["http://h.example/".to_owned()],
            topic: "https://a.example.cn/feed".to_owned(),
            self_link: Some("http://old.example.cn/rss".to_owned()),
        };
        for (stated, expected) in [
            (None, true),
            (Some("http://a.example.cn/feed/"), true),
            (Some("http://old.example.cn/rss"), true),
            (Some("http://a.example.cn/news/feed.xml"), true),
            (Some("http://a.example.cn/other"), false),
            (Some("http://a.example.cn/feed?page=2"), false),
            (Some("not an address:"), false),
        ] {
            assert_eq!(is_of(stated, &hubs, &url()), expected, "{stated:?}");
        }
    }
}
