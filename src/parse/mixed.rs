//! UTF-8 with texts in GB 18030 between: feeds put together from several places.

use encoding_rs::GB18030;
use std::borrow::Cow;

/// Fewer bytes that are no ASCII may mean anything.
const LEAST_BYTES: usize = 4;

/// The text, where some of what stands between its tags is GB 18030, and how many such
/// texts there are; `None` when there is none.
pub(super) fn read(bytes: &[u8]) -> Option<(String, usize)> {
    let ends = |b: &u8| matches!(b, b'<' | b'>' | b'\n');
    let mut out = String::with_capacity(bytes.len());
    let mut found = 0;
    // None of these is part of a character, neither in UTF-8 nor in GB 18030.
    for piece in bytes.split_inclusive(ends) {
        let text = String::from_utf8_lossy(piece);
        let chinese = matches!(text, Cow::Owned(_)).then(|| chinese(piece)).flatten();
        found += usize::from(chinese.is_some());
        out.push_str(chinese.as_deref().unwrap_or(&text));
    }
    (found > 0).then_some((out, found))
}

/// The text as GB 18030, if it reads as Chinese and not as UTF-8.
fn chinese(piece: &[u8]) -> Option<String> {
    let high = piece.iter().filter(|b| !b.is_ascii()).count();
    // Of three bytes, as Chinese is in UTF-8; GB 18030 seldom looks so.
    let utf8: usize =
        piece.utf8_chunks().map(|c| c.valid().chars().filter(|c| *c >= '\u{800}').count()).sum();
    if high < LEAST_BYTES || utf8 * 8 > high {
        return None;
    }
    let text = GB18030.decode_without_bom_handling_and_without_replacement(piece)?;
    let is_chinese = |c: char| {
        matches!(c, '\u{4E00}'..='\u{9FFF}' | '\u{3000}'..='\u{303F}' | '\u{FF00}'..='\u{FFEF}')
            || matches!(c, '\u{2010}'..='\u{2026}' | '\u{B7}')
    };
    let chars = text.chars().filter(|c| !c.is_ascii()).count();
    // Accented letters of Latin-1 stand alone among others: with the next letter they would
    // make a character, one byte of which is ASCII.
    let paired = high * 8 >= chars * 15;
    (paired && text.chars().all(|c| c.is_ascii() || is_chinese(c))).then(|| text.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gbk(text: &str) -> Vec<u8> {
        GB18030.encode(text).0.into_owned()
    }

    #[test]
    fn only_what_reads_as_chinese_is_read_so() {
        let good = "<title>兴平市人民政府</title>\n<item><title>".as_bytes();
        for text in ["咸阳市召开农业工作会议，部署“春耕”。", "民生", "3月1日 会议 A&B（二）"]
        {
            let mixed = [good, &gbk(text), b"</title>"].concat();
            let (read, found) = read(&mixed).expect("mixed");
            assert_eq!((read.contains(text), found), (true, 1), "{read}");
            assert!(read.starts_with("<title>兴平市人民政府</title>"), "{read}");
        }
        let torn = &"咸阳市召开农业".as_bytes()[..10];
        let broken = [&"咸阳".as_bytes()[..4], "市召开农业工作会议".as_bytes()].concat();
        for other in [
            torn,
            &broken,
            b"R\xE9sum\xE9s, caf\xE9s et h\xF4tels",
            b"\xB0\xA1",
            b"\xFF\xFF\xFF\xFF",
        ] {
            assert_eq!(read(&[good, other, b"</title>"].concat()), None, "{other:x?}");
        }
    }
}
