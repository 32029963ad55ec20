//! Text reduced to what a reprint keeps: letters and digits, compatibility forms
//! unified (NFKC), Traditional characters made Simplified, case lost, markup, spaces and
//! punctuation gone.

use crate::text::code_of;
use crate::text::script::{self, Folder};
use unicode_normalization::UnicodeNormalization;

/// Folds sanitised HTML or plain text. Linear in its length.
pub fn fold_markup(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = memchr::memchr2(b'<', b'&', rest.as_bytes()) {
        fold_into(&rest[..at], &mut folded);
        let end = if rest.as_bytes()[at] == b'<' {
            tag_end(&rest[at..])
        } else {
            reference_end(&rest[at..])
        };
        rest = &rest[at + end..];
    }
    fold_into(rest, &mut folded);
    folded
}

/// Length of the tag at the start of `text`; 1 for a bare `<`.
pub(super) fn tag_end(text: &str) -> usize {
    let opens = text[1..].starts_with(|c: char| c.is_ascii_alphabetic() || c == '/' || c == '!');
    if !opens {
        return 1;
    }
    memchr::memchr(b'>', text.as_bytes()).map_or(text.len(), |at| at + 1)
}

/// Length of the character reference at the start of `text`; 1 for a bare `&`.
/// Sanitised HTML keeps references for `& < >` and no-break space alone: none is a letter.
pub(super) fn reference_end(text: &str) -> usize {
    match text.as_bytes().iter().take(10).position(|&b| b == b';') {
        Some(at) if text.as_bytes()[1..at].iter().all(u8::is_ascii_alphanumeric) => at + 1,
        _ => 1,
    }
}

/// Goes by bytes: most of a text is copied in runs, and what Chinese text is full of is
/// told without a look into the tables of Unicode.
fn fold_into(text: &str, folded: &mut String) {
    let folder = script::folder();
    let bytes = text.as_bytes();
    let (mut copied, mut at) = (0, 0);
    while let Some(&first) = bytes.get(at) {
        // What may stay is passed over; the rest is one character, and what it becomes.
        let (length, becomes) = match first {
            b'a'..=b'z' | b'0'..=b'9' => {
                at += 1;
                continue;
            }
            0xE4..=0xE9 if is_settled(bytes, at, folder) => {
                at += 3;
                while is_settled(bytes, at, folder) {
                    at += 3;
                }
                continue;
            }
            0..0x80 => {
                (1, first.is_ascii_uppercase().then(|| char::from(first.to_ascii_lowercase())))
            }
            _ => {
                let Some(c) = text[at..].chars().next() else { break };
                let becomes = match c {
                    '\u{4e00}'..='\u{9fff}' => Some(folder.get(c)),
                    // Full width: the character of ASCII so many below.
                    '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xFEE0)
                        .filter(char::is_ascii_alphanumeric)
                        .map(|c| c.to_ascii_lowercase()),
                    // Punctuation, none of it made of letters.
                    '\u{3000}'..='\u{303f}' | '\u{2000}'..='\u{203f}' => None,
                    _ => {
                        folded.push_str(&text[copied..at]);
                        let plain = std::iter::once(c).nfkc().flat_map(char::to_lowercase);
                        folded.extend(plain.filter(|c| c.is_alphanumeric()).map(|c| folder.get(c)));
                        at += c.len_utf8();
                        copied = at;
                        continue;
                    }
                };
                (c.len_utf8(), becomes)
            }
        };
        folded.push_str(&text[copied..at]);
        folded.extend(becomes);
        at += length;
        copied = at;
    }
    folded.push_str(&text[copied..]);
}

/// Whether a Han character stands there that stays as it is: nearly all of a Chinese text.
fn is_settled(bytes: &[u8], at: usize, folder: Folder) -> bool {
    let Some(character) = bytes.get(at..).and_then(<[u8]>::first_chunk) else { return false };
    let code = code_of(*character);
    matches!(character[0], 0xE4..=0xE9) && code >= 0x4E00 && !folder.changes(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By the book: what `fold_into` must give.
    fn slowly(text: &str) -> String {
        let folder = script::folder();
        let plain = text.chars().filter(|c| !('\u{3000}'..='\u{303f}').contains(c)).nfkc();
        let lower = plain.flat_map(char::to_lowercase).filter(|c| c.is_alphanumeric());
        lower.map(|c| folder.get(c)).collect()
    }

    #[test]
    fn every_character_is_folded_as_unicode_says() {
        for c in ('\0'..='\u{2ffff}').filter(|c| !"<&".contains(*c)) {
            let text = format!("a{c}Ｂ，中{c}");
            let one = std::iter::once(c).nfkc().collect::<String>();
            // Marks that join what is before them are folded one by one.
            if slowly(&text) == slowly("a") + &slowly(&one) + "b中" + &slowly(&one) {
                assert_eq!(fold_markup(&text), slowly(&text), "{c:?}");
            }
        }
    }
}
