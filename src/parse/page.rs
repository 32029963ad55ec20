//! Web pages in the place of feeds: the feed that one holds, or the address it gives.

use super::names::{self, Ns};
use crate::text::clean;
use crate::text::html::{self, Piece};
use url::Url;

/// How much of a page is searched.
const PAGE_BYTES: usize = 1024 * 1024;
/// An address of a feed that is longer is a quote that was never closed.
const MOST_ADDRESS_BYTES: usize = 2048;
/// Within so many bytes a root has its first child.
const CHILD_WITHIN: usize = 4096;

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// A feed whose root begins there.
    Feed(usize),
    /// A feed that the page shows as text, and that text.
    Escaped(String),
    /// None; `feed`: the address of one, when the page names it (RSS Autodiscovery).
    Nothing { feed: Option<String> },
}

/// Looks for a feed in a page, then for the address of one.
pub(super) fn find(text: &str, url: Option<&Url>) -> Found {
    let page = clean::head(text, PAGE_BYTES);
    let mut named = Named { base: url.cloned(), has_base: false, feed: None };
    let mut shown = None;
    for piece in html::pieces(page) {
        match piece {
            Piece::Open { name, attributes, tag } => {
                let start = tag.as_ptr() as usize - text.as_ptr() as usize;
                if is_root(name, attributes, clean::head(&text[start + tag.len()..], CHILD_WITHIN))
                {
                    return Found::Feed(start);
                }
                named.read(name, attributes);
            }
            Piece::Text(text) if shown.is_none() && is_feed_as_text(text) => shown = Some(text),
            _ => {}
        }
    }
    match (named.feed, shown) {
        // A page that has a feed and shows one explains what feeds are.
        (None, Some(shown)) => Found::Escaped(html::decode(shown).into_owned()),
        (feed, _) => Found::Nothing { feed },
    }
}

/// Whether an element is the root of a feed, and not one of the same name.
fn is_root(name: &str, attributes: &str, after: &str) -> bool {
    let (prefix, local) = names::split(name);
    let declares = |wanted: Ns| {
        let mut pairs = html::attribute_pairs(attributes);
        pairs.any(|(key, value)| key.starts_with("xmlns") && names::of_uri(value).0 == wanted)
    };
    match local.to_ascii_lowercase().as_str() {
        "rss" => {
            let mut children = html::pieces(after).filter_map(|piece| match piece {
                Piece::Open { name, .. } => Some(name),
                _ => None,
            });
            let is_channel = |child: &str| child.eq_ignore_ascii_case("channel");
            prefix.is_empty() && children.next().is_some_and(is_channel)
        }
        "rdf" => declares(Ns::Rss),
        "feed" => declares(Ns::Atom),
        _ => false,
    }
}

/// Whether a text is a feed from its first character to its last.
fn is_feed_as_text(text: &str) -> bool {
    const ROOTS: [&str; 3] = ["rss", "feed", "rdf:RDF"];
    let text = text.trim_ascii();
    let Some(begun) = text.strip_prefix("&lt;") else { return false };
    let is_root = |root: &&str| begun.starts_with(*root);
    let may_begin = begun.starts_with("?xml") || ROOTS.iter().any(is_root);
    may_begin && ROOTS.iter().any(|root| text.ends_with(&format!("&lt;/{root}&gt;")))
}

/// What a page says of its feed.
struct Named {
    base: Option<Url>,
    has_base: bool,
    feed: Option<String>,
}

impl Named {
    fn read(&mut self, name: &str, attributes: &str) {
        if name.eq_ignore_ascii_case("base") && !self.has_base {
            self.set_base(attributes);
        } else if name.eq_ignore_ascii_case("link") && self.feed.is_none() {
            self.feed = self.alternate(attributes);
        }
    }

    /// The first <base> holds for every address of the page (HTML §4.2.3).
    fn set_base(&mut self, attributes: &str) {
        let Some(href) = html::attribute(attributes, "href") else { return };
        self.has_base = true;
        let stated = match &self.base {
            Some(url) => url.join(href.trim()),
            None => Url::parse(href.trim()),
        };
        self.base = stated.ok().or_else(|| self.base.take());
    }

    fn alternate(&self, attributes: &str) -> Option<String> {
        const TYPES: [&str; 5] = [
            "application/rss+xml",
            "application/atom+xml",
            "application/rdf+xml",
            "application/feed+json",
            "application/json",
        ];
        let rel = html::attribute(attributes, "rel")?.to_ascii_lowercase();
        let mime = html::attribute(attributes, "type")?.to_ascii_lowercase();
        let essence = mime.split(';').next().unwrap_or("").trim();
        if !rel.split_ascii_whitespace().any(|r| r == "alternate" || r == "feed")
            || !TYPES.contains(&essence)
        {
            return None;
        }
        let href = html::attribute(attributes, "href")?;
        let feed = match &self.base {
            Some(url) => url.join(href.trim()).ok().map(String::from),
            None => Some(clean::one_line(&href, usize::MAX)),
        };
        feed.filter(|feed| feed.len() <= MOST_ADDRESS_BYTES)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url() -> Url {
        Url::parse("http://news.example.cn/a/").expect("a URL")
    }

    #[test]
    fn a_page_names_its_feed() {
        let html = "<!DOCTYPE html><html><head><link rel=alternate type='application/rss+xml' href='/rss.xml'>";
        let feed = Some("http://news.example.cn/rss.xml".to_owned());
        assert_eq!(find(html, Some(&url())), Found::Nothing { feed: feed.clone() });
        // One that explains feeds has its own.
        let shown = "<pre>&lt;rss&gt;&lt;channel/&gt;&lt;/rss&gt;</pre>";
        assert_eq!(find(&format!("{html}{shown}"), Some(&url())), Found::Nothing { feed });
        let unclosed = "<html><link rel=alternate type='application/rss+xml' href='/rss.xml><p>";
        let page = format!("{unclosed}{}'>", "x".repeat(MOST_ADDRESS_BYTES));
        for url in [Some(&url()), None] {
            assert_eq!(find(&page, url), Found::Nothing { feed: None });
        }
    }

    #[test]
    fn what_only_looks_like_a_feed_in_a_page_is_none() {
        for page in [
            "<html><script>var x = '<rss version=\"2.0\"><channel>'</script>",
            "<html><!-- <rdf:RDF xmlns=\"http://purl.org/rss/1.0/\"><item> --><p>x",
            "<html><rdf:RDF xmlns=\"http://web.resource.org/cc/\"><Work/></rdf:RDF>",
            "<html><feed class=\"news\"><entry>x</entry></feed>",
            "<html><p>An &lt;rss&gt; element holds one &lt;channel&gt;.</p>",
            "<html><rss>x</rss>",
        ] {
            assert_eq!(find(page, None), Found::Nothing { feed: None }, "{page}");
        }
    }
}
