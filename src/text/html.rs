//! A small linear reader of HTML: tags, character references, plain text.
//!
//! It never builds a tree. What is to be shown as HTML goes through the sanitiser
//! of `normalise` instead; this is for text, addresses and measurements.

mod lines;
mod pieces;
mod refs;
mod titles;
mod visible;

#[cfg(test)]
mod tests;

pub use lines::to_lines;
pub use pieces::{Piece, Pieces, attribute, attribute_pairs, pieces};
pub use refs::{char_ref, decode, escape};
pub use titles::{to_title, unescaped};
pub use visible::{hides_by, may_hide, visible};

use super::clean::Line;
use super::sentence;

/// Characters that tell whether a sentence ends at the limit: what closes it, and what follows.
const LOOK_AHEAD: usize = 8;

/// Elements that set their text apart from what surrounds it.
fn is_block(name: &str) -> bool {
    const BLOCK: [&str; 38] = [
        "address",
        "article",
        "aside",
        "blockquote",
        "br",
        "caption",
        "center",
        "dd",
        "details",
        "div",
        "dl",
        "dt",
        "figcaption",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "li",
        "main",
        "nav",
        "ol",
        "option",
        "p",
        "pre",
        "section",
        "summary",
        "table",
        "td",
        "th",
        "tr",
        "ul",
    ];
    is_listed(&BLOCK, name)
}

/// Elements that let their text flow on.
fn is_inline(name: &str) -> bool {
    const INLINE: [&str; 125] = [
        "a",
        "abbr",
        "acronym",
        "applet",
        "area",
        "audio",
        "b",
        "base",
        "basefont",
        "bdi",
        "bdo",
        "bgsound",
        "big",
        "blink",
        "body",
        "button",
        "canvas",
        "circle",
        "cite",
        "clippath",
        "code",
        "col",
        "colgroup",
        "data",
        "datagrid",
        "datalist",
        "del",
        "dfn",
        "dialog",
        "ellipse",
        "em",
        "embed",
        "fieldset",
        "font",
        "frame",
        "frameset",
        "head",
        "hgroup",
        "html",
        "i",
        "iframe",
        "img",
        "input",
        "ins",
        "isindex",
        "kbd",
        "keygen",
        "label",
        "legend",
        "link",
        "listing",
        "map",
        "mark",
        "marquee",
        "math",
        "menu",
        "menuitem",
        "meta",
        "meter",
        "mfrac",
        "mi",
        "mn",
        "mo",
        "mover",
        "mrow",
        "ms",
        "mspace",
        "msqrt",
        "msub",
        "msubsup",
        "msup",
        "mtable",
        "mtd",
        "mtext",
        "mtr",
        "multicol",
        "munder",
        "nobr",
        "noembed",
        "noframes",
        "noscript",
        "object",
        "optgroup",
        "param",
        "picture",
        "plaintext",
        "polygon",
        "polyline",
        "progress",
        "q",
        "rb",
        "rect",
        "rp",
        "rt",
        "rtc",
        "ruby",
        "s",
        "samp",
        "script",
        "select",
        "semantics",
        "small",
        "source",
        "span",
        "strike",
        "strong",
        "style",
        "sub",
        "sup",
        "svg",
        "tbody",
        "template",
        "textarea",
        "tfoot",
        "thead",
        "time",
        "title",
        "track",
        "tspan",
        "tt",
        "u",
        "var",
        "video",
        "wbr",
        "xmp",
    ];
    is_listed(&INLINE, name)
}

fn is_listed(sorted: &[&str], name: &str) -> bool {
    let mut lower = [0u8; 12];
    let Some(lower) = lower.get_mut(..name.len()) else { return false };
    lower.copy_from_slice(name.as_bytes());
    lower.make_ascii_lowercase();
    sorted.binary_search_by(|listed| listed.as_bytes().cmp(lower)).is_ok()
}

/// What HTML says as plain text on one line of at most `max_chars` characters.
///
/// Reads no further than it needs. A "tag" that HTML does not know, such as the
/// `<String>` of `List<String>`, is text.
pub fn to_text(html: &str, max_chars: usize) -> String {
    line_of(html, max_chars).finish()
}

/// What HTML says at its beginning, as plain text of at most `max_chars` characters that ends
/// with a sentence. Reads no further than it needs.
pub fn to_summary(html: &str, max_chars: usize) -> String {
    let (text, cut) = line_of(html, max_chars.saturating_add(LOOK_AHEAD)).into_parts();
    if cut {
        sentence::shorten(&text, max_chars)
    } else {
        sentence::shorten(&sentence::tidy_end(&text), max_chars)
    }
}

fn line_of(html: &str, max_chars: usize) -> Line {
    let mut line = Line::new(max_chars);
    for piece in visible(html) {
        match piece {
            Piece::Text(text) => push_decoded(&mut line, text),
            Piece::Open { name, tag, .. } => {
                if is_block(name) {
                    line.space();
                } else if !is_inline(name) && !name.contains([':', '-']) {
                    push_decoded(&mut line, tag);
                }
            }
            Piece::Close { name } if is_block(name) => line.space(),
            Piece::Close { .. } | Piece::Hidden => {}
        }
        if line.is_full() {
            break;
        }
    }
    line
}

fn push_decoded(line: &mut Line, text: &str) {
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        line.push_str(&rest[..at]);
        rest = &rest[at..];
        if line.is_full() {
            return;
        }
        match char_ref(rest) {
            Some((length, c, second)) => {
                line.push(c);
                if let Some(second) = second {
                    line.push(second);
                }
                rest = &rest[length..];
            }
            None => {
                line.push('&');
                rest = &rest[1..];
            }
        }
    }
    line.push_str(rest);
}

/// Whether the text holds a tag that HTML knows or a character reference.
pub fn is_markup(text: &str) -> bool {
    let has_ref = || text.match_indices('&').any(|(at, _)| char_ref(&text[at..]).is_some());
    let has_tag = || {
        pieces(text).any(|piece| match piece {
            Piece::Open { name, .. } | Piece::Close { name } => is_block(name) || is_inline(name),
            Piece::Hidden => true,
            Piece::Text(_) => false,
        })
    };
    (text.contains('<') && has_tag()) || has_ref()
}
