//! Headlines: plain text, whatever they were escaped as.

use super::{Piece, char_ref, decode, is_block, is_inline, pieces, to_text};
use crate::text::clean::one_line;

/// How often a headline is read again.
const MOST_ESCAPES: usize = 2;
/// Elements of a headline that are kept in mind.
const MOST_OPEN: usize = 16;

/// A headline: plain text, read again when its origin escaped it twice or thrice.
///
/// What is escaped once and is no markup stays: `5 < 6`, `List<String>`, `the <b> tag`.
pub fn to_title(html: &str, max_chars: usize) -> String {
    let mut title = to_text(html, max_chars);
    for _ in 0..MOST_ESCAPES {
        if has_elements(&title) {
            title = to_text(&title, max_chars);
        } else if has_refs(&title) {
            title = one_line(&decode(&title), max_chars);
        } else {
            break;
        }
    }
    title
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
