//! HTML of an origin to HTML that may be shown anywhere.
//!
//! ammonia decides what is safe. What is simple and well-formed takes the way of
//! `fast`, which gives the same result for a tenth of the time; the tests hold the
//! two against each other.

pub(super) use super::images::{Image, image};
use super::limits::{MOST_CONTENT_BYTES, MOST_HTML_BYTES, MOST_HTML_DEPTH};
use super::links::Bases;
pub(super) use super::prepare::prepare_images;
use super::{fast, leftovers};
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
        leftovers::without(builder.clean(html).to_string())
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

pub(super) fn allows(tag: &str, attribute: &str) -> bool {
    EVERYWHERE.contains(&attribute)
        || ATTRIBUTES.iter().any(|(name, list)| *name == tag && list.contains(&attribute))
}

pub(super) fn allows_scheme(scheme: &str) -> bool {
    SCHEMES.contains(&scheme)
}
