//! HTML of an origin to HTML that may be shown anywhere.
//!
//! ammonia decides what is safe. What is simple and well-formed takes the way of
//! `fast`, which gives the same result for a tenth of the time; the tests hold the
//! two against each other.

use super::fast;
use super::limits::{MOST_CONTENT_BYTES, MOST_HTML_BYTES, MOST_HTML_DEPTH};
use super::links::Bases;
use crate::text::{clean, html};
use ammonia::{Builder, UrlRelative};
use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::{HashMap, HashSet};

/// Elements that are kept; of others the text stays.
pub(super) const TAGS: [&str; 73] = [
    "a",
    "abbr",
    "article",
    "aside",
    "audio",
    "b",
    "bdi",
    "bdo",
    "blockquote",
    "br",
    "caption",
    "center",
    "cite",
    "code",
    "col",
    "colgroup",
    "dd",
    "del",
    "details",
    "dfn",
    "div",
    "dl",
    "dt",
    "em",
    "figcaption",
    "figure",
    "footer",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "i",
    "img",
    "ins",
    "kbd",
    "li",
    "mark",
    "ol",
    "p",
    "picture",
    "pre",
    "q",
    "rp",
    "rt",
    "ruby",
    "s",
    "samp",
    "section",
    "small",
    "source",
    "strike",
    "strong",
    "sub",
    "summary",
    "sup",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "time",
    "tr",
    "tt",
    "u",
    "ul",
    "var",
    "video",
    "wbr",
];
/// Elements that vanish with all they hold.
const GONE: [&str; 15] = [
    "script",
    "style",
    "iframe",
    "noembed",
    "noframes",
    "template",
    "title",
    "textarea",
    "select",
    "button",
    "svg",
    "math",
    "object",
    "xmp",
    "plaintext",
];
const ATTRIBUTES: [(&str, &[&str]); 15] = [
    ("a", &["href"]),
    ("img", &["src", "alt", "width", "height"]),
    ("audio", &["src", "controls"]),
    ("video", &["src", "poster", "controls", "width", "height"]),
    ("source", &["src", "type"]),
    ("del", &["datetime"]),
    ("ins", &["datetime"]),
    ("time", &["datetime"]),
    ("ol", &["start"]),
    ("li", &["value"]),
    ("td", &["colspan", "rowspan"]),
    ("th", &["colspan", "rowspan", "scope"]),
    ("col", &["span"]),
    ("colgroup", &["span"]),
    ("details", &["open"]),
];
const EVERYWHERE: [&str; 3] = ["title", "lang", "dir"];
const SCHEMES: [&str; 4] = ["http", "https", "mailto", "tel"];

/// Where pictures are put that show nothing and count readers.
const TRACKERS: [&str; 6] = [
    "feeds.feedburner.com/~r/",
    "feedsportal.com/",
    "pixel.wp.com/",
    "stats.wordpress.com/",
    "doubleclick.net/",
    "google-analytics.com/",
];
/// Where the address of a picture stands that a script was to load.
const LAZY: [&str; 5] = ["data-src", "data-original", "data-lazy-src", "data-actualsrc", "_src"];

thread_local! {
    /// Building the tables takes longer than cleaning an entry.
    static BUILDER: RefCell<Builder<'static>> = RefCell::new(builder());
}

fn builder() -> Builder<'static> {
    let mut builder = Builder::empty();
    let attributes = ATTRIBUTES.iter().map(|(tag, names)| (*tag, names.iter().copied().collect()));
    builder
        .tags(TAGS.into_iter().collect())
        .clean_content_tags(GONE.into_iter().collect())
        .tag_attributes(attributes.collect::<HashMap<&str, HashSet<&str>>>())
        .generic_attributes(EVERYWHERE.into_iter().collect())
        .url_schemes(SCHEMES.into_iter().collect())
        .link_rel(Some("noopener noreferrer"))
        .strip_comments(true);
    builder
}

/// The HTML as it may be shown, addresses in full. Bounded in size, depth and time.
pub(super) fn clean(html: &str, bases: &Bases<'_>) -> String {
    let html = clean::strip_illegal(clean::head(html.trim(), MOST_HTML_BYTES));
    let mut html = &*html;
    if html.is_empty() {
        return String::new();
    }
    if let Some(safe) = fast::clean(html, bases).filter(|safe| safe.len() <= MOST_CONTENT_BYTES) {
        return safe;
    }
    if depth(html) > MOST_HTML_DEPTH {
        return as_paragraph(html);
    }
    for _ in 0..3 {
        let safe = with_ammonia(&prepare_images(html), bases);
        if safe.len() <= MOST_CONTENT_BYTES {
            return without_illegal(safe);
        }
        html = clean::head(html, html.len() / 2);
    }
    as_paragraph(html)
}

pub(super) fn with_ammonia(html: &str, bases: &Bases<'_>) -> String {
    BUILDER.with_borrow_mut(|builder| {
        builder.url_relative(match bases.base() {
            Some(base) => UrlRelative::RewriteWithBase(base.clone()),
            None => UrlRelative::Deny,
        });
        builder.clean(html).to_string()
    })
}

/// References such as `&#1;` bring back what was dropped.
fn without_illegal(safe: String) -> String {
    match clean::strip_illegal(&safe) {
        Cow::Owned(stripped) => stripped,
        Cow::Borrowed(_) => safe,
    }
}

fn as_paragraph(html: &str) -> String {
    let text = html::to_text(html, MOST_CONTENT_BYTES / 8);
    if text.is_empty() { text } else { format!("<p>{}</p>", html::escape(&text)) }
}

/// How deep the elements nest, at most; those that end where the next begins not counted.
fn depth(html: &str) -> usize {
    const FLAT: [&str; 24] = [
        "area", "base", "br", "col", "colgroup", "dd", "dt", "embed", "hr", "img", "input", "li",
        "link", "meta", "option", "p", "rp", "rt", "source", "tbody", "td", "th", "tr", "wbr",
    ];
    let is_flat = |name: &str| FLAT.iter().any(|flat| flat.eq_ignore_ascii_case(name));
    let (mut depth, mut most) = (0usize, 0);
    for piece in html::pieces(html) {
        match piece {
            html::Piece::Open { name, .. } if !is_flat(name) => {
                depth += 1;
                most = most.max(depth);
            }
            html::Piece::Close { name } if !is_flat(name) => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    most
}

/// What becomes of a picture.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Image<'a> {
    Keep,
    Drop,
    /// It is at this address.
    At(Cow<'a, str>),
}

/// Trackers go; a picture that waits for a script is shown at once.
pub(super) fn image(attributes: &str) -> Image<'_> {
    let value = |name| html::attribute(attributes, name);
    let src = value("src").unwrap_or_default();
    let src = src.trim();
    let is_dot = |name| {
        value(name).is_some_and(|size| matches!(size.trim().trim_end_matches("px"), "0" | "1"))
    };
    if (is_dot("width") && is_dot("height")) || TRACKERS.iter().any(|tracker| src.contains(tracker))
    {
        return Image::Drop;
    }
    if attributes.contains("data-") || attributes.contains("_src") {
        let lazy = LAZY.iter().find_map(|name| value(name).filter(|src| !src.trim().is_empty()));
        if let Some(lazy) = lazy {
            return Image::At(lazy);
        }
    }
    if src.is_empty() || src.starts_with("data:") { Image::Drop } else { Image::Keep }
}

/// Trackers taken out and waiting pictures put in, before ammonia drops what tells them.
pub(super) fn prepare_images(html: &str) -> Cow<'_, str> {
    if !html.contains("<img") && !html.contains("<IMG") {
        return Cow::Borrowed(html);
    }
    let mut out = String::new();
    let mut copied = 0;
    for piece in html::pieces(html) {
        let html::Piece::Open { name, attributes, tag } = piece else { continue };
        if !name.eq_ignore_ascii_case("img") {
            continue;
        }
        let instead = match image(attributes) {
            Image::Keep => continue,
            Image::Drop => String::new(),
            Image::At(src) => {
                let alt = html::attribute(attributes, "alt").unwrap_or_default();
                format!("<img src=\"{}\" alt=\"{}\">", quoted(&src), quoted(&alt))
            }
        };
        let at = tag.as_ptr() as usize - html.as_ptr() as usize;
        out.push_str(&html[copied..at]);
        out.push_str(&instead);
        copied = at + tag.len();
    }
    if copied == 0 {
        return Cow::Borrowed(html);
    }
    out.push_str(&html[copied..]);
    Cow::Owned(out)
}

fn quoted(value: &str) -> String {
    html::escape(value).replace('"', "&quot;")
}

pub(super) fn allows(tag: &str, attribute: &str) -> bool {
    EVERYWHERE.contains(&attribute)
        || ATTRIBUTES.iter().any(|(name, list)| *name == tag && list.contains(&attribute))
}

pub(super) fn allows_scheme(scheme: &str) -> bool {
    SCHEMES.contains(&scheme)
}
