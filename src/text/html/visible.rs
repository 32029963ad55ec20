//! HTML without the elements that a browser does not show.

use super::{Piece, Pieces, attribute_pairs, decode, pieces};
use memchr::memmem;

/// Pieces of what is shown: a hidden element is one hidden piece. Linear.
#[derive(Debug)]
pub struct Visible<'a> {
    pieces: Pieces<'a>,
    /// A hidden element had no end; the next will have none either.
    no_end: bool,
    hidden: Option<&'a str>,
}

/// Reads HTML without what its attributes hide. An element that never ends is shown, for
/// else all that follows would be hidden.
pub fn visible(html: &str) -> Visible<'_> {
    Visible { pieces: pieces(html), no_end: false, hidden: None }
}

impl<'a> Visible<'a> {
    /// The hidden element that the last piece stands for, whole.
    pub fn take_hidden(&mut self) -> Option<&'a str> {
        self.hidden.take()
    }
}

impl<'a> Iterator for Visible<'a> {
    type Item = Piece<'a>;

    fn next(&mut self) -> Option<Piece<'a>> {
        let start = self.pieces.rest();
        let piece = self.pieces.next()?;
        let Piece::Open { name, attributes, .. } = piece else { return Some(piece) };
        if self.no_end || !hides(name, attributes) {
            return Some(piece);
        }
        match after(&self.pieces, name) {
            Some(after) => {
                self.hidden = Some(&start[..start.len() - after.rest().len()]);
                self.pieces = after;
                Some(Piece::Hidden)
            }
            None => {
                self.no_end = true;
                Some(piece)
            }
        }
    }
}

/// Whether an element is not shown, with all it holds.
pub fn hides(name: &str, attributes: &str) -> bool {
    if name.eq_ignore_ascii_case("template") {
        return true;
    }
    // Most tags end here.
    if attributes.len() < "hidden".len() || is_void(name) {
        return false;
    }
    attribute_pairs(attributes).any(|(name, value)| hides_by(name, value))
}

/// Whether an attribute hides its element; `value`: references unresolved.
pub fn hides_by(name: &str, value: &str) -> bool {
    match name.len() {
        // Few styles hold the last letter of `display`.
        5 => {
            name.eq_ignore_ascii_case("style")
                && memchr::memchr3(b'y', b'Y', b'&', value.as_bytes()).is_some()
                && is_hiding(&decode(value))
        }
        6 => name.eq_ignore_ascii_case("hidden"),
        _ => false,
    }
}

/// Whether HTML may hide something.
pub fn may_hide(html: &str) -> bool {
    ["idden", "isplay", "IDDEN", "ISPLAY"]
        .iter()
        .any(|part| memmem::find(html.as_bytes(), part.as_bytes()).is_some())
}

/// Whether a style has `display: none`.
fn is_hiding(style: &str) -> bool {
    style.split(';').any(|declaration| {
        let (property, value) = declaration.split_once(':').unwrap_or_default();
        let value = value.split('!').next().unwrap_or_default();
        property.trim().eq_ignore_ascii_case("display") && value.trim().eq_ignore_ascii_case("none")
    })
}

/// What follows the end tag of the element whose start tag was read last.
fn after<'a>(pieces: &Pieces<'a>, name: &str) -> Option<Pieces<'a>> {
    let mut ahead = pieces.clone();
    let mut depth = 1usize;
    loop {
        let before = ahead.clone();
        match ahead.next()? {
            Piece::Open { name: other, .. } if other.eq_ignore_ascii_case(name) => {
                // Paragraphs do not nest: the next one ends this.
                if name.eq_ignore_ascii_case("p") {
                    return Some(before);
                }
                depth += 1;
            }
            Piece::Close { name: other } if other.eq_ignore_ascii_case(name) => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(ahead);
        }
    }
}

/// Elements that hold nothing; whether a picture is shown is for others to say.
fn is_void(name: &str) -> bool {
    ["img", "br", "hr", "input", "embed", "source", "col", "wbr", "area", "link", "meta"]
        .iter()
        .any(|void| void.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::super::{to_lines, to_text};

    #[test]
    fn what_is_hidden_is_not_read() {
        let cases = [
            ("甲<template><p>x</p></template>乙", "甲乙"),
            ("<div style=\"color:red; DISPLAY : none !important\">x<div>y</div>z</div>甲", "甲"),
            ("<p hidden>x</p>甲", "甲"),
            ("<p hidden>x<p>甲</p>", "甲"),
            ("<span class=\"hidden\" style=\"display:block\">甲</span>", "甲"),
            ("<div style=\"visibility: hidden\">甲</div>", "甲"),
            ("<div hidden>甲<b hidden>乙</b>", "甲乙"),
            ("<img hidden>甲", "甲"),
        ];
        for (html, expected) in cases {
            assert_eq!(to_text(html, 100), expected, "{html}");
            assert_eq!(to_lines(html, 100).0.replace('\n', ""), expected, "{html}");
        }
    }

    #[test]
    fn hostile_hiding_takes_linear_time() {
        for unit in ["<div hidden>", "<p hidden>", "<template>", "<b hidden><i hidden></b>"] {
            let html = unit.repeat(20_000);
            let _ = to_text(&html, usize::MAX);
        }
    }
}
