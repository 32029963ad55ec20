//! Runs of one to three characters, each hashed to the number of a row of weights.

/// Rows of weights.
pub const ROWS: usize = 1 << ROW_BITS;
const ROW_BITS: u32 = 16;
/// Stands for what is between words: spaces, punctuation, the ends of the text.
const BETWEEN: u64 = 1;

/// A run in the text, by its bytes there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gram {
    pub row: u16,
    pub start: usize,
    pub end: usize,
    /// What is between words not counted.
    pub chars: u8,
}

/// All runs of the text, which is in Simplified characters. Digits count as one digit, Latin
/// letters as small ones; several characters between words count as one.
pub fn grams(text: &str, mut see: impl FnMut(Gram)) {
    // The last characters but one and two, and where they begin.
    let (mut first, mut second) = ((BETWEEN, 0), (BETWEEN, 0));
    let ends = std::iter::once((text.len(), ' '));
    for (start, c) in text.char_indices().chain(ends) {
        let third = code(c);
        if third == BETWEEN && second.0 == BETWEEN {
            continue;
        }
        let end = if third == BETWEEN { start } else { start + c.len_utf8() };
        let last = u8::from(third != BETWEEN);
        let middle = u8::from(second.0 != BETWEEN);
        if last == 1 {
            see(Gram { row: row(third), start, end, chars: 1 });
        }
        let begin = if middle == 1 { second.1 } else { start };
        let pair = second.0 << 21 | third | 1 << 42;
        see(Gram { row: row(pair), start: begin, end, chars: last + middle });
        if first.0 != BETWEEN || middle == 1 {
            let (begin, more) = if first.0 == BETWEEN { (begin, 0) } else { (first.1, 1) };
            let three = first.0 << 42 | second.0 << 21 | third | 1 << 63;
            see(Gram { row: row(three), start: begin, end, chars: last + middle + more });
        }
        (first, second) = (second, (third, start));
    }
}

fn row(key: u64) -> u16 {
    (key.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> (64 - ROW_BITS)) as u16
}

fn code(c: char) -> u64 {
    match c {
        '\u{4e00}'..='\u{9fff}' => u64::from(c),
        '0'..='9' | '０'..='９' => u64::from('0'),
        'a'..='z' => u64::from(c),
        'A'..='Z' => u64::from(c.to_ascii_lowercase()),
        'Ａ'..='Ｚ' | 'ａ'..='ｚ' => code(char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c)),
        '\0'..='\u{7f}' | '\u{2000}'..='\u{303f}' | '\u{ff00}'..='\u{ff65}' => BETWEEN,
        _ if c.is_whitespace() => BETWEEN,
        _ => u64::from(c),
    }
}

/// Rows that were met.
pub struct Rows(Box<[u64; ROWS / 64]>);

impl Rows {
    pub fn none() -> Rows {
        Rows(Box::new([0; ROWS / 64]))
    }

    /// Whether the row is new.
    pub fn add(&mut self, row: u16) -> bool {
        let (word, bit) = (&mut self.0[usize::from(row / 64)], 1 << (row % 64));
        let new = *word & bit == 0;
        *word |= bit;
        new
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runs(text: &str) -> Vec<&str> {
        let mut runs = Vec::new();
        grams(text, |gram| runs.push(&text[gram.start..gram.end]));
        runs
    }

    fn rows(text: &str) -> Vec<u16> {
        let mut rows = Vec::new();
        grams(text, |gram| rows.push(gram.row));
        rows
    }

    #[test]
    fn runs_are_of_one_to_three_characters_and_know_the_ends_of_words() {
        assert_eq!(
            runs("甲乙，丙"),
            ["甲", "甲", "乙", "甲乙", "甲乙", "乙", "甲乙", "丙", "丙", "乙，丙", "丙", "丙"]
        );
        assert_eq!(runs(""), [] as [&str; 0]);
        assert_eq!(runs(" 。！"), [] as [&str; 0]);
        assert_eq!(rows("甲乙"), rows("《甲乙》！"));
        assert_ne!(rows("甲乙")[1], rows("乙甲")[1]);
    }

    #[test]
    fn digits_width_and_case_make_no_difference() {
        assert_eq!(rows("AI在19岁"), rows("ａi在２７岁"));
        assert_ne!(rows("19岁"), rows("9岁"));
    }

    #[test]
    fn every_run_is_a_place_in_the_text() {
        let text = "a\u{10ffff}ｶ 中🎈9月,\u{300}日é";
        grams(text, |gram| {
            assert!(gram.start < gram.end && text.get(gram.start..gram.end).is_some());
            assert!((1..=3).contains(&gram.chars));
        });
    }

    #[test]
    fn a_row_is_new_once() {
        let mut rows = Rows::none();
        assert_eq!(
            [rows.add(0), rows.add(65535), rows.add(0), rows.add(64)],
            [true, true, false, true]
        );
    }
}
