//! Headlines: plain text, whatever they were escaped as.

use super::{Piece, attribute_pairs, char_ref, decode, is_block, is_inline, pieces, push_decoded};
use crate::text::clean::{Line, one_line};

/// How often a headline is read again.
const MOST_ESCAPES: usize = 3;
/// Elements of a headline that are kept in mind.
const MOST_OPEN: usize = 16;

/// A headline: plain text, read again when its origin escaped it twice or thrice.
///
/// What is escaped once and is no markup stays: `5 < 6`, `List<String>`, `the <b> tag`. So
/// does what begins as a tag of HTML and goes on as text: `a<b and c>d`.
pub fn to_title(html: &str, max_chars: usize) -> String {
    let mut title = read(html, max_chars);
    for _ in 0..MOST_ESCAPES {
        if has_elements(&title) {
            title = read(&title, max_chars);
        } else if has_refs(&title) {
            title = one_line(&decode(&title), max_chars);
        } else {
            break;
        }
    }
    title
}

/// HTML that its origin escaped once more than it should: text alone, which begins with an
/// element and shows where one ends.
pub fn unescaped(text: &str) -> Option<String> {
    if !text.trim_start().starts_with("&lt;") || text.contains('<') {
        return None;
    }
    let html = decode(text).into_owned();
    let begins = matches!(pieces(html.trim_start()).next(),
        Some(piece @ Piece::Open { name, .. }) if is_known(name) && is_tag(piece));
    (begins && has_elements(&html)).then_some(html)
}

fn read(html: &str, max_chars: usize) -> String {
    let mut line = Line::new(max_chars);
    let mut pieces = pieces(html);
    while let Some(piece) = pieces.next() {
        match piece {
            Piece::Text(text) => push_decoded(&mut line, text),
            Piece::Open { tag, .. } if !is_tag(piece) || pieces.is_unclosed() => {
                push_decoded(&mut line, tag);
                pieces.read_on();
            }
            Piece::Open { name, .. } | Piece::Close { name } if is_block(name) => line.space(),
            Piece::Close { name } if !is_known(name) => {
                line.push_str("</");
                line.push_str(name);
                line.push('>');
            }
            Piece::Open { .. } | Piece::Close { .. } | Piece::Hidden => {}
        }
        if line.is_full() {
            break;
        }
    }
    line.finish()
}

/// Of other vocabularies only those with a prefix, such as `o:p`.
fn is_known(name: &str) -> bool {
    is_block(name) || is_inline(name) || name.contains(':') || name.starts_with("amp-")
}

/// Whether it is a tag and no text that begins as one.
fn is_tag(piece: Piece<'_>) -> bool {
    const VALUES: [&str; 24] = [
        "href", "src", "class", "style", "target", "title", "id", "alt", "color", "size", "face",
        "align", "width", "height", "rel", "lang", "dir", "name", "type", "value", "border",
        "bgcolor", "valign", "datetime",
    ];
    const ALONE: [&str; 10] = [
        "hidden", "nowrap", "noshade", "compact", "controls", "checked", "disabled", "selected",
        "readonly", "open",
    ];
    let Piece::Open { name, attributes, tag } = piece else { return false };
    let is = |name: &str, list: &[&str]| list.iter().any(|known| known.eq_ignore_ascii_case(name));
    // A quoted value is no text; one without quotes may be: `a<b and c=d`.
    let says = |name: &str| {
        let end = name.as_ptr() as usize - attributes.as_ptr() as usize + name.len();
        let value = attributes[end..].trim_ascii_start().strip_prefix('=');
        value.is_some_and(|value| {
            value.trim_ascii_start().starts_with(['"', '\'']) || is(name, &VALUES)
        })
    };
    let ends = tag.ends_with('>');
    is_known(name)
        && (attribute_pairs(attributes).any(|(name, _)| says(name))
            || ends && attribute_pairs(attributes).all(|(name, _)| is(name, &ALONE)))
}

fn has_refs(text: &str) -> bool {
    text.match_indices('&')
        .any(|(at, _)| char_ref(&text[at..]).is_some_and(|(n, ..)| text[at..at + n].ends_with(';')))
}

/// Whether a known element begins and ends in the text, or a line breaks: a tag that is talked
/// about stands alone.
fn has_elements(text: &str) -> bool {
    if !text.contains('<') {
        return false;
    }
    let mut open: Vec<&str> = Vec::new();
    pieces(text).any(|piece| match piece {
        Piece::Open { .. } if !is_tag(piece) => false,
        Piece::Open { name, .. } => {
            if open.len() < MOST_OPEN && (is_block(name) || is_inline(name)) {
                open.push(name);
            }
            name.eq_ignore_ascii_case("br") || name.eq_ignore_ascii_case("img")
        }
        Piece::Close { name } => open.iter().any(|opened| opened.eq_ignore_ascii_case(name)),
        Piece::Hidden => text.contains("<!--"),
        Piece::Text(_) => false,
    })
}
