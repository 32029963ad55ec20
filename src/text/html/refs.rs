//! Character references (HTML §13.2.5.72).

use super::super::clean::is_xml_char;
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
