//! Character references that XML accepts, and what stands for the others.

use crate::text::clean::is_xml_char;
use crate::text::html;
use std::borrow::Cow;
use std::ops::Range;

/// Calls `fix` with each reference of `text[range]` that XML would refuse or not
/// know, and with what to write instead.
pub(super) fn each_faulty(
    text: &str,
    range: Range<usize>,
    mut fix: impl FnMut(Range<usize>, String),
) {
    let mut at = range.start;
    while let Some(found) = memchr::memchr(b'&', &text.as_bytes()[at..range.end]) {
        at += found;
        let rest = &text[at..range.end];
        match known(rest) {
            Some(length) => at += length,
            None => {
                let (length, instead) = replacement(rest);
                fix(at..at + length, instead);
                at += length;
            }
        }
    }
}

/// The text with its references resolved, all of which are good.
pub(super) fn resolved(text: &str) -> Cow<'_, str> {
    let next = |from: usize| memchr::memchr(b'&', &text.as_bytes()[from..]).map(|at| from + at);
    let Some(mut at) = next(0) else { return Cow::Borrowed(text) };
    let mut out = String::with_capacity(text.len());
    let mut copied = 0;
    loop {
        let (length, c) = known_char(&text[at..]).unwrap_or((1, '&'));
        out.push_str(&text[copied..at]);
        out.push(c);
        copied = at + length;
        match next(copied) {
            Some(next) => at = next,
            None => return Cow::Owned(out + &text[copied..]),
        }
    }
}

/// Length of a reference that every XML parser resolves.
fn known(rest: &str) -> Option<usize> {
    known_char(rest).map(|(length, _)| length)
}

fn known_char(rest: &str) -> Option<(usize, char)> {
    let bytes = rest.as_bytes();
    match bytes {
        [b'&', b'l', b't', b';', ..] => return Some((4, '<')),
        [b'&', b'g', b't', b';', ..] => return Some((4, '>')),
        [b'&', b'a', b'm', b'p', b';', ..] => return Some((5, '&')),
        [b'&', b'q', b'u', b'o', b't', b';', ..] => return Some((6, '"')),
        [b'&', b'a', b'p', b'o', b's', b';', ..] => return Some((6, '\'')),
        _ => {}
    }
    let (digits, radix) = match bytes {
        [b'&', b'#', b'x', digits @ ..] => (digits, 16),
        [b'&', b'#', digits @ ..] => (digits, 10),
        _ => return None,
    };
    let length = digits.iter().take(8).position(|b| *b == b';')?;
    let digits = std::str::from_utf8(&digits[..length]).ok()?;
    if !digits.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return None;
    }
    let value = u32::from_str_radix(digits, radix).ok()?;
    let c = char::from_u32(value).filter(|c| is_xml_char(*c) && !(0x80..0xA0).contains(&value))?;
    Some((if radix == 16 { 4 } else { 3 } + length, c))
}

fn replacement(rest: &str) -> (usize, String) {
    let Some((length, first, second)) = html::char_ref(rest) else {
        return (1, "&amp;".to_owned());
    };
    // A reference to nothing that text may hold is dropped.
    let mut instead = String::new();
    for c in [Some(first), second].into_iter().flatten() {
        match c {
            '&' => instead.push_str("&amp;"),
            '<' => instead.push_str("&lt;"),
            '>' => instead.push_str("&gt;"),
            '"' => instead.push_str("&quot;"),
            '\u{FFFD}' => {}
            c => instead.push(c),
        }
    }
    (length, instead)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fixed(text: &str) -> String {
        let mut out = String::new();
        let mut at = 0;
        each_faulty(text, 0..text.len(), |range, instead| {
            out.push_str(&text[at..range.start]);
            out.push_str(&instead);
            at = range.end;
        });
        out + &text[at..]
    }

    #[test]
    fn only_faulty_references_change() {
        assert_eq!(fixed("a &amp; b &#20852; &#x5e73; &lt;"), "a &amp; b &#20852; &#x5e73; &lt;");
        assert_eq!(fixed("R&D &nbsp;&copy; ?a=1&b=2 &"), "R&amp;D \u{A0}© ?a=1&amp;b=2 &amp;");
        assert_eq!(fixed("&#0;&#xD800;&#150;&#12;&AMP; &amp x"), "–&amp; &amp; x");
        assert_eq!(fixed("&#999999999999;&#;&#x;"), "&amp;#;&amp;#x;");
    }
}
