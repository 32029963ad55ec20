//! What XML 1.0 may not hold (§2.2), taken out of a finished document.

/// Puts a space for an illegal control character and U+FFFD for U+FFFE and U+FFFF.
///
/// Replacing, never removing: nothing can grow together into `]]>` or a tag. `normalise`
/// has freed stored text of such characters already; this holds whatever it missed.
pub fn legalise(mut document: Vec<u8>) -> Vec<u8> {
    let illegal = |byte: u8| byte < b' ' && !matches!(byte, b'\t' | b'\n' | b'\r');
    // Two plain scans first: they run at memory speed and almost always find nothing.
    let controls = document.iter().fold(false, |found, &byte| found | illegal(byte));
    if controls {
        for byte in document.iter_mut().filter(|byte| illegal(**byte)) {
            *byte = b' ';
        }
    }
    let second = document.get(1..).unwrap_or(&[]);
    let suspects =
        document.iter().zip(second).fold(false, |found, (&a, &b)| found | (a == 0xEF && b == 0xBF));
    if suspects {
        for at in 0..document.len().saturating_sub(2) {
            if let [0xEF, 0xBF, last @ 0xBE..=0xBF] = &mut document[at..at + 3] {
                *last = 0xBD;
            }
        }
    }
    document
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn illegal_characters_are_replaced_and_the_rest_stays() {
        let text = "a\u{0}b\u{b}\t\r\n，\u{FFFE}\u{FFFD}\u{FFFF}𠀀\u{1f}";
        let legal = legalise(text.as_bytes().to_vec());
        assert_eq!(
            String::from_utf8(legal).expect("UTF-8"),
            "a b \t\r\n，\u{FFFD}\u{FFFD}\u{FFFD}𠀀 "
        );
        assert_eq!(legalise(Vec::new()), b"");
    }
}
