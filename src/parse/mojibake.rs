//! Text that was taken for Windows-1252 or Latin-1 on its way, as it was meant.

use crate::text::clean::any_pair;
use encoding_rs::WINDOWS_1252;
use std::borrow::Cow;

/// UTF-8 that was taken for Windows-1252 and encoded again, without its second coat;
/// `None` when nothing of the text was.
pub(super) fn repaired(text: &str) -> Option<String> {
    let marks = ["Ã", "Â", "â€", "â\u{80}", "ã\u{80}"];
    // All of them begin with C3, and Chinese has none.
    let at = memchr::memchr(0xC3, text.as_bytes())?;
    let twice = marks.iter().any(|mark| text[at..].contains(mark));
    twice.then(|| without_second_coat(text).or_else(|| without_stains(text)))?
}

/// Nobody means the controls from U+0080 to U+009F: they are Windows-1252 that was
/// taken for Latin-1.
pub(super) fn without_controls(text: Cow<'_, str>) -> Cow<'_, str> {
    // They are C2 80 to C2 9F.
    if !any_pair(text.as_bytes(), |a, b| (a == 0xC2) & (b < 0xA0)) {
        return text;
    }
    let meant = |c: char| match u8::try_from(c) {
        Ok(byte @ 0x80..0xA0) => {
            let byte = [byte];
            let (meant, _) = WINDOWS_1252.decode_without_bom_handling(&byte);
            meant.chars().next().filter(|c| !c.is_control()).unwrap_or(' ')
        }
        _ => c,
    };
    Cow::Owned(text.chars().map(meant).collect())
}

/// Repairs single characters that were encoded twice in a text that otherwise was not:
/// only those with a control character in them, which no text has on purpose.
fn without_stains(text: &str) -> Option<String> {
    let mut out = String::new();
    let mut kept = 0;
    let mut at = 0;
    while let Some(found) = text[at..].find(|c| ('\u{C2}'..='\u{F4}').contains(&c)) {
        at += found;
        let rest = &text[at..];
        let bytes: Vec<u8> = rest.chars().map_while(|c| u8::try_from(c).ok()).take(4).collect();
        let length = match bytes[0] {
            0xC2..=0xDF => 2,
            0xE0..=0xEF => 3,
            _ => 4,
        };
        let real = bytes.get(..length).and_then(|bytes| std::str::from_utf8(bytes).ok());
        let stained = |bytes: &[u8]| bytes.iter().any(|b| (0x80..0xA0).contains(b));
        match real {
            Some(real) if stained(&bytes[..length]) => {
                out.push_str(&text[kept..at]);
                out.push_str(real);
                // Each byte stands as a character of two.
                at += length * 2;
                kept = at;
            }
            _ => at += 2,
        }
    }
    (kept > 0).then(|| out + &text[kept..])
}

/// `None` when one character could not have come of such a mistake.
fn without_second_coat(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    for c in text.chars() {
        match u8::try_from(c) {
            // Where Windows-1252 has no character it keeps the byte.
            Ok(byte) => bytes.push(byte),
            Err(_) => {
                let mut buffer = [0; 4];
                let (encoded, _, unmappable) = WINDOWS_1252.encode(c.encode_utf8(&mut buffer));
                if unmappable {
                    return None;
                }
                bytes.extend_from_slice(&encoded);
            }
        }
    }
    String::from_utf8(bytes).ok()
}
