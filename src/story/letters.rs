//! Text as folded letters and digits: what terms and shingles are made of.
//!
//! As [`fold`](super::fold), and what lies between words is kept as [`BREAK`]. A letter is a
//! number of 16 bits: characters beyond the first plane share those of the private use area.

use super::fold::{reference_end, tag_end};
use crate::text::code_of;
use crate::text::script::{self, Folder};
use unicode_normalization::UnicodeNormalization;

/// Stands where something that is no letter stood.
pub const BREAK: u16 = 0;
/// Stays between digits.
pub const POINT: u16 = b'.' as u16;

/// Whether `letter` is of a script that is written without spaces.
pub fn is_wide(letter: u16) -> bool {
    letter >= 0x2E80
}

pub fn is_digit(letter: u16) -> bool {
    (u16::from(b'0')..=u16::from(b'9')).contains(&letter)
}

/// The first `most` letters of plain text or sanitised HTML, with the breaks between them.
pub fn letters(text: &str, most: usize) -> Vec<u16> {
    let mut found = Letters {
        letters: Vec::with_capacity(most.min(text.len()) + 16),
        left: most,
        folder: script::folder(),
    };
    let mut rest = text;
    while found.left > 0 && !rest.is_empty() {
        let at = memchr::memchr2(b'<', b'&', rest.as_bytes()).unwrap_or(rest.len());
        found.add(&rest[..at]);
        rest = &rest[at..];
        let end = match rest.as_bytes().first() {
            Some(b'<') => tag_end(rest),
            Some(_) => reference_end(rest),
            None => 0,
        };
        if end > 0 {
            found.end_word();
        }
        rest = &rest[end..];
    }
    found.end_word();
    found.letters
}

struct Letters {
    letters: Vec<u16>,
    left: usize,
    folder: Folder,
}

impl Letters {
    fn add(&mut self, text: &str) {
        let mut rest = text;
        while self.left > 0 {
            let settled = self.add_settled(rest.as_bytes());
            rest = &rest[settled..];
            let Some(c) = rest.chars().next() else { return };
            rest = &rest[c.len_utf8()..];
            if self.left > 0 {
                self.add_one(c);
            }
        }
    }

    /// Adds the Han characters at the start that stay as they are: nearly all of a Chinese text.
    /// Returns their bytes.
    fn add_settled(&mut self, text: &[u8]) -> usize {
        let (characters, _) = text.as_chunks::<3>();
        let mut settled = 0;
        while let Some(next) = characters.get(settled..).filter(|next| !next.is_empty()) {
            // Many at once, so that there is room for all of them.
            let mut codes = [0; 64];
            let most = next.len().min(codes.len()).min(self.left);
            let stays = |character: &[u8; 3]| {
                let code = code_of(*character);
                let is_han = matches!(character[0], 0xE4..=0xE9) && code >= 0x4E00;
                (is_han && !self.folder.changes(code)).then_some(code)
            };
            let mut many = 0;
            for (place, code) in codes[..most].iter_mut().zip(next.iter().map_while(stays)) {
                *place = code;
                many += 1;
            }
            if many == 0 {
                break;
            }
            if settled == 0 && self.letters.last() == Some(&POINT) {
                self.end_word();
            }
            self.letters.extend_from_slice(&codes[..many]);
            self.left -= many;
            settled += many;
            if many < codes.len() {
                break;
            }
        }
        settled * 3
    }

    fn add_one(&mut self, c: char) {
        match c {
            '\u{4e00}'..='\u{9fff}' => self.push(self.folder.get(c)),
            'a'..='z' | '0'..='9' => self.push(c),
            'A'..='Z' => self.push(c.to_ascii_lowercase()),
            '.' | '．' => self.point(),
            '\0'..='\x7f' | '\u{3000}'..='\u{303f}' | '\u{2000}'..='\u{203f}' => self.end_word(),
            // Full width: the character of ASCII so many below.
            '\u{ff01}'..='\u{ff5e}' => {
                self.add_one(char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(' '));
            }
            _ => {
                for c in std::iter::once(c).nfkc().flat_map(char::to_lowercase) {
                    if c.is_alphanumeric() {
                        self.push(self.folder.get(c));
                    } else {
                        self.end_word();
                    }
                }
            }
        }
    }

    fn push(&mut self, c: char) {
        let code = u32::from(c);
        let letter = u16::try_from(code).unwrap_or(0xE000 | (code & 0xFFF) as u16);
        if self.letters.last() == Some(&POINT) && !is_digit(letter) {
            self.end_word();
        }
        if self.left > 0 {
            self.letters.push(letter);
            self.left -= 1;
        }
    }

    fn point(&mut self) {
        if self.letters.last().is_some_and(|&last| is_digit(last)) {
            self.letters.push(POINT);
        } else {
            self.end_word();
        }
    }

    fn end_word(&mut self) {
        if self.letters.last() == Some(&POINT) {
            self.letters.pop();
        }
        if self.letters.last().is_some_and(|&last| last != BREAK) {
            self.letters.push(BREAK);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, most: usize) -> String {
        let letters = letters(text, most);
        letters
            .iter()
            .filter_map(|&l| char::from_u32(u32::from(l)))
            .collect::<String>()
            .replace('\0', "|")
    }

    #[test]
    fn letters_are_folded_and_words_kept_apart() {
        assert_eq!(shown("興平市，3.15晚會 ＧＤＰ增長4.5%。", 99), "兴平市|3.15晚会|gdp增长4.5|");
        assert_eq!(shown("<p>一<br>二&amp;三 < 四</p>", 99), "一|二|三|四|");
        assert_eq!(shown("１．５亿。第1.章..", 99), "1.5亿|第1|章|");
        assert_eq!(shown("一二，三四", 3), "一二|三|");
        assert_eq!(shown("", 3), "");
    }
}
