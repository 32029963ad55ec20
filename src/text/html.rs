//! A small linear reader of HTML: tags, character references, plain text.
//!
//! It never builds a tree. What is to be shown as HTML goes through the sanitiser
//! of `normalise` instead; this is for text, addresses and measurements.

use super::clean::{Line, is_xml_char};
use html5ever::data::{C1_REPLACEMENTS, NAMED_ENTITIES};
use std::borrow::Cow;

/// Longest entity name (`CounterClockwiseContourIntegral;`).
const LONGEST_NAME: usize = 33;

/// Reads the character reference that `text` begins with: its length and characters.
///
/// A name needs its semicolon, except the five that XML knows and `nbsp`, when no
/// letter, digit or `=` follows (HTML §13.2.5.73).
pub fn char_ref(text: &str) -> Option<(usize, char, Option<char>)> {
    let bytes = text.as_bytes();
    if bytes.first() != Some(&b'&') {
        return None;
    }
    if bytes.get(1) == Some(&b'#') {
        return numeric_ref(bytes);
    }
    let name = &bytes[1..bytes.len().min(LONGEST_NAME + 1)];
    let length = name.iter().position(|b| !b.is_ascii_alphanumeric()).unwrap_or(name.len());
    let with_semicolon = name.get(length) == Some(&b';');
    let name = text.get(1..1 + length + usize::from(with_semicolon))?;
    if with_semicolon {
        let simple = match name {
            "amp;" => Some('&'),
            "lt;" => Some('<'),
            "gt;" => Some('>'),
            "quot;" => Some('"'),
            "nbsp;" => Some('\u{A0}'),
            _ => None,
        };
        if let Some(c) = simple {
            return Some((1 + name.len(), c, None));
        }
        let &(first, second) = NAMED_ENTITIES.get(name)?;
        let first = char::from_u32(first).filter(|&c| c != '\0')?;
        let second = char::from_u32(second).filter(|&c| c != '\0');
        return Some((1 + name.len(), first, second));
    }
    let c = match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "nbsp" => '\u{A0}',
        _ => return None,
    };
    (bytes.get(1 + length) != Some(&b'=')).then_some((1 + length, c, None))
}

fn numeric_ref(bytes: &[u8]) -> Option<(usize, char, Option<char>)> {
    let hex = matches!(bytes.get(2), Some(b'x' | b'X'));
    let start = if hex { 3 } else { 2 };
    let radix = if hex { 16 } else { 10 };
    let mut value: u32 = 0;
    let mut end = start;
    while let Some(digit) = bytes.get(end).and_then(|&b| char::from(b).to_digit(radix)) {
        value = value.saturating_mul(radix).saturating_add(digit);
        end += 1;
    }
    if end == start {
        return None;
    }
    let end = end + usize::from(bytes.get(end) == Some(&b';'));
    // 128–159 are what Windows-1252 has there (HTML §13.2.5.80).
    let replaced =
        value.checked_sub(0x80).and_then(|i| C1_REPLACEMENTS.get(i as usize).copied().flatten());
    let c = replaced
        .or_else(|| char::from_u32(value))
        .filter(|&c| is_xml_char(c))
        .unwrap_or('\u{FFFD}');
    Some((end, c, None))
}

/// The text with its character references resolved; what is none stays.
pub fn decode(text: &str) -> Cow<'_, str> {
    let Some(first) = text.find('&') else { return Cow::Borrowed(text) };
    let mut out = String::with_capacity(text.len());
    out.push_str(&text[..first]);
    let mut rest = &text[first..];
    loop {
        match char_ref(rest) {
            Some((length, c, second)) => {
                out.push(c);
                out.extend(second);
                rest = &rest[length..];
            }
            None => {
                out.push('&');
                rest = &rest[1..];
            }
        }
        match rest.find('&') {
            Some(at) => {
                out.push_str(&rest[..at]);
                rest = &rest[at..];
            }
            None => {
                out.push_str(rest);
                return Cow::Owned(out);
            }
        }
    }
}

/// The text as HTML that shows it literally.
pub fn escape(text: &str) -> Cow<'_, str> {
    if !text.contains(['&', '<', '>']) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;"))
}

/// A stretch of HTML.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece<'a> {
    /// References unresolved.
    Text(&'a str),
    Open {
        name: &'a str,
        /// All between the name and `>`.
        attributes: &'a str,
        /// The whole tag.
        tag: &'a str,
    },
    Close {
        name: &'a str,
    },
    /// A comment, declaration or processing instruction; the text of a script or style.
    Hidden,
}

/// Reads the pieces of HTML in order; linear, whatever comes.
#[derive(Debug, Clone)]
pub struct Pieces<'a> {
    rest: &'a str,
    /// The element whose text is no markup: ends at its own end tag only.
    raw: Option<&'a str>,
}

pub fn pieces(html: &str) -> Pieces<'_> {
    Pieces { rest: html, raw: None }
}

impl<'a> Pieces<'a> {
    fn take(&mut self, length: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at(length);
        self.rest = rest;
        taken
    }

    /// The text up to `</raw`.
    fn take_raw(&mut self, raw: &str) -> Piece<'a> {
        let mut at = 0;
        while let Some(next) = self.rest[at..].find("</") {
            at += next;
            let name = self.rest.as_bytes().get(at + 2..at + 2 + raw.len());
            if name.is_some_and(|name| name.eq_ignore_ascii_case(raw.as_bytes())) {
                break;
            }
            at += 2;
        }
        let end = if self.rest[at..].starts_with("</") { at } else { self.rest.len() };
        self.take(end);
        Piece::Hidden
    }

    fn take_hidden(&mut self) -> Piece<'a> {
        let end = if self.rest.starts_with("<!--") {
            self.rest.find("-->").map(|at| at + 3)
        } else {
            self.rest.find('>').map(|at| at + 1)
        };
        self.take(end.unwrap_or(self.rest.len()));
        Piece::Hidden
    }

    fn take_tag(&mut self, name_at: usize) -> Piece<'a> {
        let bytes = self.rest.as_bytes();
        let name_end = bytes[name_at..]
            .iter()
            .position(|b| b.is_ascii_whitespace() || matches!(b, b'/' | b'>'))
            .map_or(bytes.len(), |length| name_at + length);
        // A tag that never ends hides the rest (HTML §13.2.5, "eof-in-tag").
        let end = tag_end(bytes, name_end).unwrap_or(bytes.len());
        let tag = self.take(end);
        let name = &tag[name_at..name_end];
        if name_at == 2 {
            return Piece::Close { name };
        }
        let attributes = tag[name_end..].trim_end_matches('>');
        if ["script", "style", "iframe", "noembed", "noframes", "xmp", "textarea", "title"]
            .iter()
            .any(|raw| raw.eq_ignore_ascii_case(name))
        {
            self.raw = Some(name);
        }
        Piece::Open { name, attributes, tag }
    }
}

/// Where the tag's `>` is passed, quoted values skipped.
fn tag_end(bytes: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    let mut after_equals = false;
    while let Some(&b) = bytes.get(at) {
        match b {
            b'>' => return Some(at + 1),
            b'"' | b'\'' if after_equals => {
                at += 1 + bytes[at + 1..].iter().position(|&q| q == b)?;
                after_equals = false;
            }
            b'=' => after_equals = true,
            b if b.is_ascii_whitespace() => {}
            _ => after_equals = false,
        }
        at += 1;
    }
    None
}

impl<'a> Iterator for Pieces<'a> {
    type Item = Piece<'a>;

    fn next(&mut self) -> Option<Piece<'a>> {
        if self.rest.is_empty() {
            return None;
        }
        if let Some(raw) = self.raw.take() {
            return Some(self.take_raw(raw));
        }
        let mut text_end = 0;
        loop {
            let Some(at) = self.rest[text_end..].find('<').map(|at| at + text_end) else {
                return Some(Piece::Text(self.take(self.rest.len())));
            };
            let next = self.rest.as_bytes().get(at + 1).copied().unwrap_or(b' ');
            let after = self.rest.as_bytes().get(at + 2).copied().unwrap_or(b' ');
            let is_tag = next.is_ascii_alphabetic()
                || matches!(next, b'!' | b'?')
                || (next == b'/' && after.is_ascii_alphabetic());
            if !is_tag {
                text_end = at + 1;
                continue;
            }
            if at > 0 {
                return Some(Piece::Text(self.take(at)));
            }
            return Some(match next {
                b'!' | b'?' => self.take_hidden(),
                b'/' => self.take_tag(2),
                _ => self.take_tag(1),
            });
        }
    }
}

/// The value of an attribute, references resolved; names are compared without case.
pub fn attribute<'a>(attributes: &'a str, wanted: &str) -> Option<Cow<'a, str>> {
    attribute_pairs(attributes)
        .find(|(name, _)| name.eq_ignore_ascii_case(wanted))
        .map(|(_, value)| decode(value))
}

/// The attributes of a tag, values as written, without their quotes.
pub fn attribute_pairs(attributes: &str) -> impl Iterator<Item = (&str, &str)> {
    let space = |c: char| c.is_ascii_whitespace() || c == '/';
    let mut rest = attributes;
    std::iter::from_fn(move || {
        rest = rest.trim_start_matches(space);
        if rest.is_empty() {
            return None;
        }
        let length = rest
            .char_indices()
            .skip(1)
            .find(|&(_, c)| space(c) || c == '=')
            .map_or(rest.len(), |(at, _)| at);
        let (name, after) = rest.split_at(length);
        let Some(value) = after.trim_start().strip_prefix('=') else {
            rest = after;
            return Some((name, ""));
        };
        let value = value.trim_start();
        let quote = value.chars().next().filter(|&c| c == '"' || c == '\'');
        let value = match quote {
            Some(quote) => {
                let (value, after) = value[1..].split_once(quote).unwrap_or((&value[1..], ""));
                rest = after;
                value
            }
            None => {
                let end = value.find(|c: char| c.is_ascii_whitespace()).unwrap_or(value.len());
                rest = &value[end..];
                &value[..end]
            }
        };
        Some((name, value))
    })
}

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
    const INLINE: [&str; 66] = [
        "a", "abbr", "acronym", "area", "audio", "b", "base", "bdi", "bdo", "big", "body",
        "button", "canvas", "cite", "code", "col", "colgroup", "data", "del", "dfn", "em", "embed",
        "font", "frame", "head", "html", "i", "iframe", "img", "input", "ins", "kbd", "label",
        "link", "map", "mark", "meta", "nobr", "noscript", "object", "param", "picture", "q", "rp",
        "rt", "ruby", "s", "samp", "script", "select", "small", "source", "span", "strike",
        "strong", "style", "sub", "sup", "svg", "tbody", "tfoot", "thead", "time", "u", "video",
        "wbr",
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
    let mut line = Line::new(max_chars);
    for piece in pieces(html) {
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
    line.finish()
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

/// A headline: plain text, resolved once more when its origin escaped it twice.
pub fn to_title(html: &str, max_chars: usize) -> String {
    let title = to_text(html, max_chars);
    let twice = title.match_indices('&').any(|(at, _)| {
        char_ref(&title[at..]).is_some_and(|(n, ..)| title[at..at + n].ends_with(';'))
    });
    if twice { super::clean::one_line(&decode(&title), max_chars) } else { title }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_resolved_as_html_does() {
        assert_eq!(
            decode("a &amp; b &lt;i&gt; &nbsp;&copy;&#20852;&#x5e73;"),
            "a & b <i> \u{A0}©兴平"
        );
        assert_eq!(decode("&#150;&#0;&#xD800;&#99999999999;"), "–\u{FFFD}\u{FFFD}\u{FFFD}");
        assert_eq!(decode("R&D, ?a=1&lt=2&b=3 &unknown; &"), "R&D, ?a=1&lt=2&b=3 &unknown; &");
        assert_eq!(decode("a &amp b"), "a & b");
    }

    #[test]
    fn text_keeps_words_apart_and_drops_scripts() {
        let html = "<p>甲&nbsp;乙<br/>丙</p><script>var a = '<p>x</p>';</script><div>丁<b>戊</b></div><!-- 己 -->";
        assert_eq!(to_text(html, 100), "甲 乙 丙 丁戊");
    }

    #[test]
    fn what_is_no_tag_stays_text() {
        assert_eq!(
            to_text("1 < 2 且 List<String> 《<兴平>", 100),
            "1 < 2 且 List<String> 《<兴平>"
        );
        assert_eq!(to_text("a <a href='x>y'>link</a> <b", 100), "a link");
    }

    #[test]
    fn a_title_escaped_twice_is_resolved_twice() {
        assert_eq!(to_title("Q&amp;amp;A &amp;#8220;x&amp;#8221;", 100), "Q&A “x”");
        assert_eq!(to_title("AT&amp;T &amp; R&amp;D", 100), "AT&T & R&D");
    }

    #[test]
    fn lists_are_sorted_for_their_search() {
        assert!(is_block("P") && is_block("address") && is_block("ul") && is_block("figure"));
        assert!(is_inline("a") && is_inline("WBR") && is_inline("span") && !is_inline("String"));
    }

    #[test]
    fn attributes_are_found_whatever_their_quotes() {
        let attributes = " width=1 HEIGHT='2' alt=\"a > b &amp; c\" checked src=x/y.png /";
        assert_eq!(attribute(attributes, "height").as_deref(), Some("2"));
        assert_eq!(attribute(attributes, "alt").as_deref(), Some("a > b & c"));
        assert_eq!(attribute(attributes, "src").as_deref(), Some("x/y.png"));
        assert_eq!(attribute(attributes, "checked").as_deref(), Some(""));
        assert_eq!(attribute(attributes, "title"), None);
    }

    #[test]
    fn hostile_text_is_read_in_one_pass() {
        for unit in ["<a \"", "<!--", "</", "<script>", "<a b='", "&", "&#", "<"] {
            let html = unit.repeat(20_000);
            let _ = to_text(&html, usize::MAX);
        }
    }
}
