//! Base64 (RFC 4648 §4), which Atom lets texts hide in.

/// The text that base64 stands for; white space is skipped. `None` for what is no
/// base64, and for bytes that are no text.
pub(super) fn text(encoded: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(encoded.len() / 4 * 3);
    let (mut bits, mut count) = (0u32, 0);
    for b in encoded.bytes().filter(|b| !b.is_ascii_whitespace()) {
        let value = match b {
            b'A'..=b'Z' => b - b'A',
            b'a'..=b'z' => b - b'a' + 26,
            b'0'..=b'9' => b - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            b'=' => break,
            _ => return None,
        };
        bits = bits << 6 | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
            bits &= (1 << count) - 1;
        }
    }
    let text = String::from_utf8(bytes).ok()?;
    (!text.is_empty()).then(|| crate::text::clean::strip_illegal(&text).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_text_is_read() {
        assert_eq!(
            text(" RXhhbXBsZSA8Yj5B\ndG9tPC9iPg== ").as_deref(),
            Some("Example <b>Atom</b>")
        );
        assert_eq!(text("5YW05bmz").as_deref(), Some("兴平"));
        assert_eq!(text("Example <b>"), None);
        assert_eq!(text("/////w=="), None);
        assert_eq!(text(""), None);
    }
}
