//! The lines that HTML is read as: blocks, and what line breaks part.

use super::{Piece, decode, is_block, visible};
use crate::text::clean::{head, is_plain, is_xml_char};

/// What HTML or plain text says, one line for each block, about `max_chars` characters of it.
///
/// Reads no further than it needs. Returns: the lines, and whether that is all.
pub fn to_lines(html: &str, max_chars: usize) -> (String, bool) {
    let mut lines = Lines { text: String::new(), left: max_chars, gap: None };
    for piece in visible(html) {
        match piece {
            Piece::Text(text) => {
                // The longest references are longer still, but few and far between.
                let part = head(text, lines.left.saturating_mul(12));
                decode(part).chars().for_each(|c| lines.push(c));
                lines.left = if part.len() < text.len() { 0 } else { lines.left };
            }
            Piece::Open { name, .. } | Piece::Close { name } if is_block(name) => {
                lines.gap = Some('\n');
            }
            _ => {}
        }
        if lines.left == 0 {
            return (lines.text, false);
        }
    }
    (lines.text, true)
}

struct Lines {
    text: String,
    left: usize,
    /// The white space that stands before the next character.
    gap: Option<char>,
}

impl Lines {
    fn push(&mut self, c: char) {
        if is_plain(c) && self.gap.is_none() && self.left > 0 {
            self.text.push(c);
            self.left -= 1;
        } else if c == '\n' {
            self.gap = Some('\n');
        } else if c.is_whitespace() {
            self.gap = self.gap.or(Some(' '));
        } else if self.left > 0 && !c.is_control() && is_xml_char(c) && c != '\u{200B}' {
            if let Some(gap) = self.gap.take()
                && !self.text.is_empty()
            {
                self.text.push(gap);
            }
            self.text.push(c);
            self.left -= 1;
        }
    }
}
