//! What kind of document this is.

use super::error::{Looks, MOST_TOLD_CHARS};
use super::names;
use super::page::{self, Found};
use super::scan::{Attribute, Scanner, Token, attributes};
use crate::model::FeedFormat;
use crate::text::clean;
use memchr::memmem;
use std::ops::Range;
use url::Url;

/// How much may stand before the root element: warnings that a script printed.
const JUNK_BYTES: usize = 64 * 1024;
/// How much may stand before JSON.
const JSON_JUNK_BYTES: usize = 2048;
/// The root's attributes that are looked at.
const MOST_ATTRIBUTES: usize = 1024;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    /// `<rss>`, or a `<channel>` without it.
    Rss,
    Rdf,
    Atom,
    /// Read by `cdf`; the prepass never sees it.
    Cdf,
}

#[derive(Debug)]
pub(super) struct Root {
    pub family: Family,
    pub format: FeedFormat,
    /// Where its tag begins.
    pub start: usize,
    pub name: Range<usize>,
    /// The root is the entry itself.
    pub lone_entry: bool,
    /// A `<channel>` without `<rss>`, or entries of Atom without `<feed>`.
    pub is_missing: bool,
    /// It stands inside a web page.
    pub in_page: bool,
}

impl Root {
    const MISSING: Root = Root {
        family: Family::Rss,
        format: FeedFormat::Unknown,
        start: 0,
        name: 0..0,
        lone_entry: false,
        is_missing: true,
        in_page: false,
    };
}

pub(super) enum Kind {
    Xml(Root),
    /// JSON, and where it begins.
    Json(usize),
    /// A feed that is written out in a web page: its text.
    Escaped(String),
    Other(Looks),
}

pub(super) fn sniff(text: &str, url: Option<&Url>) -> Kind {
    let trimmed = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{FEFF}');
    if trimmed.starts_with(['{', '[']) {
        return Kind::Json(text.len() - trimmed.len());
    }
    if let Some(start) = json_behind_junk(trimmed) {
        return Kind::Json(text.len() - trimmed.len() + start);
    }
    let mut scanner = Scanner::new(text, 0);
    let mut first = None;
    let mut says_atom = false;
    while let Some((token, range)) = scanner.next() {
        if range.start > JUNK_BYTES {
            break;
        }
        let Token::Start { name, attributes, .. } = token else { continue };
        if let Some(root) =
            root(text, range.start, name.clone(), attributes.clone(), first.is_none())
        {
            return Kind::Xml(root);
        }
        says_atom |= first.is_none() && says_atom_here(text, name.clone(), attributes);
        if says_atom && is_entry(&text[name.clone()]) {
            let format = FeedFormat::Atom10;
            let start = range.start;
            return Kind::Xml(Root { family: Family::Atom, format, start, name, ..Root::MISSING });
        }
        let local = names::split(&text[name.clone()]).1;
        if first.is_none() && local.eq_ignore_ascii_case("opml") {
            return Kind::Other(Looks::Opml);
        }
        if ["html", "head", "body"].iter().any(|page| page.eq_ignore_ascii_case(local)) {
            return of_page(text, url);
        }
        first.get_or_insert(name);
    }
    if first.is_some() && starts_as_page(trimmed) {
        return of_page(text, url);
    }
    // Nothing but the feed, escaped for a page that is not there.
    if trimmed.starts_with("&lt;")
        && let Found::Escaped(feed) = page::find(text, url)
    {
        return Kind::Escaped(feed);
    }
    Kind::Other(match first {
        _ if text.contains('\0') => Looks::Binary,
        Some(name) if trimmed.starts_with('<') => {
            Looks::Xml { root: clean::one_line(&text[name], MOST_TOLD_CHARS) }
        }
        _ if text.chars().take(512).filter(|c| *c == '\u{FFFD}' || c.is_control()).count() > 32 => {
            Looks::Binary
        }
        _ => Looks::Text,
    })
}

/// Where a JSON Feed begins that stands behind a call, an assignment or a warning.
fn json_behind_junk(text: &str) -> Option<usize> {
    if text.starts_with('<') && !text.starts_with("<br") {
        return None;
    }
    let has = |name: &str| memmem::find(text.as_bytes(), name.as_bytes()).is_some();
    let head = &text.as_bytes()[..text.len().min(JSON_JUNK_BYTES)];
    let names = ["jsonfeed.org/version", "\"content_html\"", "\"content_text\""];
    let is_object = |start: &usize| text[start + 1..].trim_start().starts_with('"');
    memchr::memchr(b'{', head)?;
    (has("\"items\"") && names.into_iter().any(has))
        .then(|| memchr::memchr_iter(b'{', head).find(is_object))?
}

/// Whether a tag speaks for a feed of Atom whose own tag is misspelt or missing.
fn says_atom_here(text: &str, name: Range<usize>, range: Range<usize>) -> bool {
    let list = attributes(text, range, MOST_ATTRIBUTES).list;
    let of_atom = |uri: &str| names::of_uri(uri).0 == names::Ns::Atom;
    let local = names::split(&text[name]).1;
    let begins_feed = ["title", "subtitle", "id", "updated", "link", "author", "generator"];
    let declares = |a: &Attribute| text[a.name.clone()].starts_with("xmlns");
    begins_feed.contains(&local)
        || list.iter().any(|a| declares(a) && of_atom(&text[a.value.clone()]))
}

fn is_entry(name: &str) -> bool {
    let (prefix, local) = names::split(name);
    local == "entry" && (prefix.is_empty() || names::of_prefix(prefix).0 == names::Ns::Atom)
}

fn of_page(text: &str, url: Option<&Url>) -> Kind {
    match page::find(text, url) {
        Found::Feed(start) => {
            let mut scanner = Scanner::new(text, start);
            let root = match scanner.next() {
                Some((Token::Start { name, attributes, .. }, range)) => {
                    root(text, range.start, name, attributes, false)
                }
                _ => None,
            };
            root.map_or(Kind::Other(Looks::Html { feed: None }), |root| {
                Kind::Xml(Root { in_page: true, ..root })
            })
        }
        Found::Escaped(feed) => Kind::Escaped(feed),
        Found::Nothing { feed } => Kind::Other(Looks::Html { feed }),
    }
}

fn root(
    text: &str,
    start: usize,
    name: Range<usize>,
    range: Range<usize>,
    is_first: bool,
) -> Option<Root> {
    let (prefix, local) = names::split(&text[name.clone()]);
    let list = attributes(text, range, MOST_ATTRIBUTES).list;
    let value = |wanted: &str| {
        let found = list.iter().find(|a| text[a.name.clone()].eq_ignore_ascii_case(wanted));
        found.map(|a| text[a.value.clone()].trim())
    };
    let namespace = match prefix {
        "" => value("xmlns"),
        prefix => value(&format!("xmlns:{prefix}")),
    };
    let namespace = namespace.unwrap_or("");
    let [mut lone_entry, mut is_missing] = [false, false];
    let (family, format) = match local.to_ascii_lowercase().as_str() {
        "rss" => (Family::Rss, rss_version(value("version").unwrap_or(""))),
        "rdf" => (Family::Rdf, rdf_version(text)),
        "feed" => (Family::Atom, atom_version(namespace, value("version"))),
        "entry" if names::of_uri(namespace).0 == names::Ns::Atom || is_first => {
            lone_entry = true;
            (Family::Atom, atom_version(namespace, None))
        }
        "channel" if value("href").is_some() || local == "CHANNEL" => {
            (Family::Cdf, FeedFormat::Cdf)
        }
        // Items that somebody cut out of their feed.
        "channel" => {
            is_missing = true;
            (Family::Rss, FeedFormat::Rss20)
        }
        "item" if is_first => {
            is_missing = true;
            (Family::Rss, FeedFormat::Rss20)
        }
        _ => return None,
    };
    Some(Root { family, format, start, name, lone_entry, is_missing, in_page: false })
}

fn rss_version(version: &str) -> FeedFormat {
    match version {
        "0.90" => FeedFormat::Rss090,
        "0.91" => FeedFormat::Rss091,
        "0.92" => FeedFormat::Rss092,
        "0.93" => FeedFormat::Rss093,
        "0.94" => FeedFormat::Rss094,
        _ => FeedFormat::Rss20,
    }
}

fn rdf_version(text: &str) -> FeedFormat {
    let head = clean::head(text, JUNK_BYTES);
    let netscape = head.contains("netscape.com/rdf/simple/0.9");
    if netscape && !head.contains("purl.org/rss/1.0/\"") {
        FeedFormat::Rss090
    } else {
        FeedFormat::Rss10
    }
}

fn atom_version(namespace: &str, version: Option<&str>) -> FeedFormat {
    if namespace.contains("purl.org/atom/ns") || version == Some("0.3") {
        FeedFormat::Atom03
    } else {
        FeedFormat::Atom10
    }
}

fn starts_as_page(text: &str) -> bool {
    let head: String = text.chars().take(64).collect::<String>().to_ascii_lowercase();
    const STARTS: [&str; 17] = [
        "<!doctype html",
        "<html",
        "<head",
        "<body",
        "<div",
        "<script",
        "<meta",
        "<title",
        "<p",
        "<pre",
        "<figure",
        "<section",
        "<article",
        "<main",
        "<nav",
        "<style",
        "<table",
    ];
    STARTS.iter().any(|start| {
        let rest = head.strip_prefix(start);
        rest.is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == ':'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn format(text: &str) -> &'static str {
        match sniff(text, None) {
            Kind::Xml(root) => root.format.label(),
            Kind::Json(_) => "json",
            Kind::Escaped(_) | Kind::Other(_) => "other",
        }
    }

    #[test]
    fn formats_are_told_by_their_root() {
        assert_eq!(format("<?xml version='1.0'?><rss version=\"0.91\">"), "rss0.91");
        assert_eq!(format("\n\n<RSS>"), "rss2.0");
        assert_eq!(format("<br />\n<b>Warning</b>: x in <i>y</i><rss version='2.0'>"), "rss2.0");
        assert_eq!(format("<rdf:RDF xmlns=\"http://purl.org/rss/1.0/\">"), "rss1.0");
        assert_eq!(format("<rdf:RDF xmlns=\"http://my.netscape.com/rdf/simple/0.9/\">"), "rss0.90");
        assert_eq!(format("<feed version=\"0.3\" xmlns=\"http://purl.org/atom/ns#\">"), "atom0.3");
        assert_eq!(format("<a:feed xmlns:a='http://www.w3.org/2005/Atom'>"), "atom1.0");
        assert_eq!(format("\u{FEFF} {\"version\": 1}"), "json");
    }

    #[test]
    fn little_is_told_of_what_a_document_says() {
        let Kind::Other(looks) = sniff(&format!("<{}>", "x".repeat(9000)), None) else {
            panic!("no document of ours")
        };
        assert!(looks.to_string().len() < 300, "{looks}");
    }
}
