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

/// Writes `<` and `&` that stand before letters as `&#x3C;` and `&#x26;` in the text of a finished
/// RSS document, which means the same: so the RSS Advisory Board's profile has it where text shows
/// signs of markup that is none. What is in CDATA sections is markup.
pub fn unmistakable(document: Vec<u8>) -> Vec<u8> {
    const CDATA: &[u8] = b"<![CDATA[";
    let mut written = Vec::new();
    let (mut done, mut at) = (0, 0);
    while let Some(found) = memchr::memchr2(b'&', b'<', &document[at..]) {
        at += found;
        let rest = &document[at..];
        if rest.starts_with(CDATA) {
            at += memchr::memmem::find(rest, b"]]>").unwrap_or(rest.len());
            continue;
        }
        let plainer: Option<(usize, &[u8])> = match rest {
            [b'&', b'l', b't', b';', next, ..] if is_of_tag(*next) => Some((4, b"&#x3C;")),
            [b'&', b'a', b'm', b'p', b';', after @ ..] if is_reference(after) => {
                Some((5, b"&#x26;"))
            }
            _ => None,
        };
        let Some((length, plainer)) = plainer else {
            at += 1;
            continue;
        };
        written.extend_from_slice(&document[done..at]);
        written.extend_from_slice(plainer);
        at += length;
        done = at;
    }
    if done == 0 {
        return document;
    }
    written.extend_from_slice(&document[done..]);
    written
}

fn is_of_tag(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'/'
}

/// `lt;`, `#60;`: no parameter of an address.
fn is_reference(after: &[u8]) -> bool {
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'#';
    let length = after.iter().take(32).take_while(|byte| is_name(byte)).count();
    length > 0 && after.get(length) == Some(&b';')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_of_markup_in_text_are_written_as_numbers_and_those_of_html_stay() {
        let write =
            |text: &str| String::from_utf8(unmistakable(text.as_bytes().to_vec())).expect("UTF-8");
        let plain = "<a b=\"?x=1&amp;y=2\">R&amp;D &lt; 2 &amp;</a><![CDATA[&lt;b &amp;lt;]]>";
        assert_eq!(write(plain), plain);
        assert_eq!(
            write("<a>&lt;b&gt;&lt;/b&gt; &amp;lt; &amp;#60;</a><![CDATA[&lt;b]]>&lt;i"),
            "<a>&#x3C;b&gt;&#x3C;/b&gt; &#x26;lt; &#x26;#60;</a><![CDATA[&lt;b]]>&#x3C;i"
        );
        for odd in ["", "&", "<![CDATA[&lt;b", "&amp;", "&lt;"] {
            assert_eq!(write(odd), odd);
        }
    }

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
