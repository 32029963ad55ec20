//! Words in a text, found by how they begin.
//!
//! Few places of a text look like the beginning of a word: two characters are hashed
//! into one bit, and only where that is set the words are compared. An automaton for
//! overlapping words finds the same, and took a tenth of the time of reading for it.

/// Bits of the filter; 8 KB fit the nearest cache.
const BITS: usize = 1 << 16;

pub(super) struct Dictionary {
    filter: Vec<u64>,
    /// Words of two characters and more, ordered by the bit of the first two.
    words: Vec<Word>,
    /// Where the words of each bit begin; one more, where the last end.
    starts: Vec<u32>,
    /// Words of a single character.
    singles: Vec<(char, usize)>,
}

struct Word {
    text: String,
    number: usize,
}

/// A word in a text, by its place there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Hit {
    pub start: usize,
    pub end: usize,
    /// As many words stood before it where the dictionary was made.
    pub word: usize,
}

impl Dictionary {
    /// Empty words are never found.
    pub(super) fn new<'w>(words: impl Iterator<Item = &'w str>) -> Self {
        let mut filter = vec![0; BITS / 64];
        let mut by_bit = Vec::new();
        let mut singles = Vec::new();
        for (number, word) in words.enumerate() {
            let mut chars = word.chars();
            match (chars.next(), chars.next()) {
                (Some(first), Some(second)) => {
                    let bit = bit(first, second);
                    filter[bit / 64] |= 1 << (bit % 64);
                    by_bit.push((bit, Word { text: word.to_owned(), number }));
                }
                (Some(single), None) => singles.push((single, number)),
                (None, _) => {}
            }
        }
        by_bit.sort_by_key(|(bit, _)| *bit);
        let mut starts = vec![0; BITS + 1];
        for (bit, _) in &by_bit {
            starts[bit + 1] += 1;
        }
        for bit in 0..BITS {
            starts[bit + 1] += starts[bit];
        }
        let words = by_bit.into_iter().map(|(_, word)| word).collect();
        Dictionary { filter, words, starts, singles }
    }

    /// All words of the text, also those inside others, by where they end; of those that
    /// end together the longest first.
    pub(super) fn find(&self, text: &str) -> Vec<Hit> {
        let mut hits = Vec::new();
        let mut places = text.char_indices().peekable();
        while let Some((start, first)) = places.next() {
            if let Some((_, second)) = places.peek() {
                let bit = bit(first, *second);
                if self.filter[bit / 64] >> (bit % 64) & 1 != 0 {
                    self.compare(text, start, bit, &mut hits);
                }
            }
            for (_, word) in self.singles.iter().filter(|(single, _)| *single == first) {
                hits.push(Hit { start, end: start + first.len_utf8(), word: *word });
            }
        }
        hits.sort_by_key(|hit| (hit.end, hit.start));
        hits
    }

    fn compare(&self, text: &str, start: usize, bit: usize, hits: &mut Vec<Hit>) {
        for word in &self.words[self.starts[bit] as usize..self.starts[bit + 1] as usize] {
            if text[start..].starts_with(word.text.as_str()) {
                hits.push(Hit { start, end: start + word.text.len(), word: word.number });
            }
        }
    }
}

fn bit(first: char, second: char) -> usize {
    let mixed = (u32::from(first).wrapping_mul(31).wrapping_add(u32::from(second)))
        .wrapping_mul(0x9E37_79B1);
    (mixed >> 16) as usize % BITS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_words_are_found_in_the_order_of_their_ends() {
        let words = ["农业", "农", "大农业展", "业展", "ab", "b", "农业展会"];
        let dictionary = Dictionary::new(words.into_iter());
        let text = "大农业展会ab农";
        let mut expected = Vec::new();
        for end in 0..=text.len() {
            for start in 0..end {
                let word = words.iter().position(|w| Some(*w) == text.get(start..end));
                expected.extend(word.map(|word| Hit { start, end, word }));
            }
        }
        assert_eq!(expected.len(), 8);
        assert_eq!(dictionary.find(text), expected);
        assert_eq!(dictionary.find(""), []);
        assert_eq!(Dictionary::new([""].into_iter()).find("农业"), []);
    }
}
