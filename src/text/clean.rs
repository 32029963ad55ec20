//! Text that may be published: legal in XML, on one line, no longer than asked.

use std::borrow::Cow;

/// Whether XML 1.0 §2.2 allows the character in a document.
pub fn is_xml_char(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..)
}

/// Marks that show nothing and only make equal texts differ, and those that
/// reorder what follows them.
fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{AD}' | '\u{200B}' | '\u{2060}' | '\u{FEFF}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}'
    )
}

/// Letters and marks that every question about them is quickly answered of: most are.
pub fn is_plain(c: char) -> bool {
    matches!(c, '!'..='~' | '\u{3001}'..='\u{D7FF}' | '\u{FF01}'..='\u{FF60}')
}

/// Whether some character of the text is illegal in XML. A pass without branches, so
/// that the compiler makes vectors of it.
pub fn has_illegal(text: &str) -> bool {
    let bytes = text.as_bytes();
    let is_control = |b: u8| (b < 0x20) & (b != b'\t') & (b != b'\n') & (b != b'\r');
    // U+FFFE and U+FFFF are EF BF BE and EF BF BF.
    let ends_nothing = |a: u8, b: u8| (a == 0xBF) & (b & 0xFE == 0xBE);
    any(bytes, is_control)
        || (any_pair(bytes, ends_nothing)
            && (text.contains('\u{FFFE}') || text.contains('\u{FFFF}')))
}

/// Bytes that are looked at before it is asked whether one was found.
const STRIDE: usize = 128;

fn any(bytes: &[u8], test: impl Fn(u8) -> bool) -> bool {
    let found = |chunk: &[u8]| chunk.iter().fold(0u8, |found, &b| found | u8::from(test(b))) != 0;
    let (chunks, rest) = bytes.as_chunks::<STRIDE>();
    chunks.iter().any(|chunk| found(chunk)) || found(rest)
}

/// Whether two bytes that follow each other pass the test.
pub fn any_pair(bytes: &[u8], test: impl Fn(u8, u8) -> bool) -> bool {
    let Some((_, after)) = bytes.split_first() else { return false };
    let found = |chunk: &[u8], after: &[u8]| {
        let pairs = chunk.iter().zip(after);
        pairs.fold(0u8, |found, (&a, &b)| found | u8::from(test(a, b))) != 0
    };
    let (chunks, rest) = bytes[..after.len()].as_chunks::<STRIDE>();
    let (next, next_rest) = after.as_chunks::<STRIDE>();
    chunks.iter().zip(next).any(|(chunk, next)| found(chunk, next)) || found(rest, next_rest)
}

/// The text without the characters that XML forbids.
pub fn strip_illegal(text: &str) -> Cow<'_, str> {
    if has_illegal(text) {
        Cow::Owned(text.chars().filter(|&c| is_xml_char(c)).collect())
    } else {
        Cow::Borrowed(text)
    }
}

/// Gathers text on one line: runs of white space become one space, none at the ends;
/// controls and invisible marks vanish; stops at a number of characters.
#[derive(Debug)]
pub struct Line {
    text: String,
    left: usize,
    gap: bool,
    cut: bool,
}

impl Line {
    pub fn new(max_chars: usize) -> Self {
        Line { text: String::new(), left: max_chars, gap: false, cut: false }
    }

    pub fn push(&mut self, c: char) {
        if is_plain(c) && !self.gap && self.left > 0 {
            self.text.push(c);
            self.left -= 1;
        } else if c.is_whitespace() {
            self.gap = true;
        } else if c.is_control() || is_invisible(c) || !is_xml_char(c) {
        } else {
            let wanted = 1 + usize::from(self.gap && !self.text.is_empty());
            if self.left < wanted {
                self.cut = true;
                self.left = 0;
                return;
            }
            if wanted == 2 {
                self.text.push(' ');
            }
            self.text.push(c);
            self.left -= wanted;
            self.gap = false;
        }
    }

    pub fn push_str(&mut self, text: &str) {
        for c in text.chars() {
            if self.is_full() {
                return;
            }
            self.push(c);
        }
    }

    /// What follows is apart from what came before.
    pub fn space(&mut self) {
        self.gap = true;
    }

    /// Whether something had to be left out.
    pub fn is_full(&self) -> bool {
        self.cut
    }

    /// The line as it is, and whether something was left out.
    pub fn into_parts(self) -> (String, bool) {
        (self.text, self.cut)
    }

    /// The line; with `…` for its last character when it was cut.
    pub fn finish(mut self) -> String {
        if self.cut && self.text.pop().is_some() {
            self.text.truncate(self.text.trim_end().len());
            self.text.push('…');
        }
        self.text
    }
}

/// The text on one line of at most `max_chars` characters.
pub fn one_line(text: &str, max_chars: usize) -> String {
    let mut line = Line::new(max_chars);
    line.push_str(text);
    line.finish()
}

/// The longest beginning of at most `max_bytes` bytes that ends between characters.
pub fn head(text: &str, max_bytes: usize) -> &str {
    &text[..text.floor_char_boundary(max_bytes)]
}

/// `Some` when something is left after trimming.
pub fn non_empty(text: &str) -> Option<&str> {
    let text = text.trim();
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_xml_forbids_is_dropped_and_clean_text_is_borrowed() {
        assert_eq!(strip_illegal("a\u{0}b\u{B}c\u{FFFE}d\u{FFFF}\t"), "abcd\t");
        assert!(matches!(strip_illegal("兴平市，新闻\n"), Cow::Borrowed(_)));
        assert!(!has_illegal("满\u{FFFD}"));
    }

    #[test]
    fn a_line_has_single_spaces_and_an_ellipsis_when_cut() {
        assert_eq!(one_line("　　兴平\u{200B}市\r\n\t 新闻 ", 99), "兴平市 新闻");
        assert_eq!(one_line("一二三四五", 5), "一二三四五");
        assert_eq!(one_line("一二三四五", 4), "一二三…");
        assert_eq!(one_line("a b c", 3), "a…");
        assert_eq!(one_line("abc", 0), "");
    }

    #[test]
    fn a_head_never_splits_a_character() {
        assert_eq!(head("兴平", 4), "兴");
        assert_eq!(head("兴平", 99), "兴平");
    }
}
