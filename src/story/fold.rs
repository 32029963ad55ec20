//! Text reduced to what a reprint keeps: letters and digits, compatibility forms
//! unified (NFKC), Traditional characters made Simplified, case lost, markup, spaces and
//! punctuation gone.

use crate::text::script;
use unicode_normalization::UnicodeNormalization;

/// Folds sanitised HTML or plain text. Linear in its length.
pub fn fold_markup(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['<', '&']) {
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
fn tag_end(text: &str) -> usize {
    let opens = text[1..].starts_with(|c: char| c.is_ascii_alphabetic() || c == '/' || c == '!');
    if !opens {
        return 1;
    }
    text.find('>').map_or(text.len(), |at| at + 1)
}

/// Length of the character reference at the start of `text`; 1 for a bare `&`.
/// Sanitised HTML keeps references for `& < >` and no-break space alone: none is a letter.
fn reference_end(text: &str) -> usize {
    match text.as_bytes().iter().take(10).position(|&b| b == b';') {
        Some(at) if text.as_bytes()[1..at].iter().all(u8::is_ascii_alphanumeric) => at + 1,
        _ => 1,
    }
}

fn fold_into(text: &str, folded: &mut String) {
    let simplified = script::folder();
    for c in text.chars() {
        match c {
            '\u{4e00}'..='\u{9fff}' => folded.push(simplified(c)),
            '\0'..='\x7f' => {
                if c.is_ascii_alphanumeric() {
                    folded.push(c.to_ascii_lowercase());
                }
            }
            '\u{3000}'..='\u{303f}' => {}
            _ => {
                let plain = std::iter::once(c).nfkc().flat_map(char::to_lowercase);
                folded.extend(plain.filter(|c| c.is_alphanumeric()).map(&simplified));
            }
        }
    }
}
