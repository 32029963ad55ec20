//! Character references that XML accepts, and what stands for the others.

use crate::text::clean::is_xml_char;
use crate::text::html;
use std::ops::Range;

/// Calls `fix` with each reference of `text[range]` that XML would refuse or not
/// know, and with what to write instead.
pub(super) fn each_faulty(
    text: &str,
    range: Range<usize>,
    mut fix: impl FnMut(Range<usize>, String),
) {
    let mut at = range.start;
    while let Some(found) = text[at..range.end].find('&') {
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

/// Length of a reference that every XML parser resolves.
fn known(rest: &str) -> Option<usize> {
    let bytes = rest.as_bytes();
    let named: [&[u8]; 5] = [b"&lt;", b"&gt;", b"&amp;", b"&quot;", b"&apos;"];
    if let Some(name) = named.iter().find(|name| bytes.starts_with(name)) {
        return Some(name.len());
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
    let good = char::from_u32(value).is_some_and(is_xml_char) && !(0x80..0xA0).contains(&value);
    good.then_some(if radix == 16 { 4 } else { 3 } + length)
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
