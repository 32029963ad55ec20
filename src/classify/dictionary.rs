//! Words in a text, found by how they begin.
//!
//! Few places of a text look like the beginning of a word: two characters are hashed
//! into one bit, and only where that is set words are compared. An automaton finds the same,
//! but goes somewhere else in memory with each character.

use std::cmp::Reverse;

/// Bits of the filter for each word: one in eight places looks like a beginning and is none.
const BITS_PER_WORD: usize = 8;
const MIN_BITS: u32 = 10;
/// Bits whose words lie together.
const BUCKET: usize = 8;

pub(super) struct Dictionary {
    filter: Vec<u64>,
    /// What a hash of 32 bits is shifted by to be a bit's number.
    shift: u32,
    /// Words of two characters and more by their bit's bucket, the longest first.
    words: Vec<Word>,
    /// Where the words of each bucket begin; one more, where the last end.
    starts: Vec<u32>,
    /// All of them, one after the other.
    text: String,
    /// Words of a single character.
    singles: Vec<(char, usize)>,
}

struct Word {
    head: u64,
    /// Its place in the text of all.
    start: u32,
    end: u32,
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
    pub(super) fn new<'w>(words: impl ExactSizeIterator<Item = &'w str>) -> Self {
        let bits = (words.len() * BITS_PER_WORD).next_power_of_two().ilog2().max(MIN_BITS);
        let shift = u32::BITS - bits;
        let mut filter = vec![0; (1 << bits) / 64];
        let mut by_bucket = Vec::new();
        let mut singles = Vec::new();
        for (number, word) in words.enumerate() {
            let mut chars = word.chars();
            match (chars.next(), chars.next()) {
                (Some(first), Some(second)) => {
                    let bit = hash(first, second) >> shift;
                    filter[bit / 64] |= 1 << (bit % 64);
                    by_bucket.push((bit / BUCKET, word, number));
                }
                (Some(single), None) => singles.push((single, number)),
                (None, _) => {}
            }
        }
        by_bucket.sort_by_key(|(bucket, word, _)| (*bucket, Reverse(word.len())));
        let mut starts = vec![0; (1 << bits) / BUCKET + 1];
        let (mut text, mut words) = (String::new(), Vec::with_capacity(by_bucket.len()));
        for (bucket, word, number) in by_bucket {
            starts[bucket + 1] += 1;
            let start = text.len() as u32;
            text.push_str(word);
            words.push(Word { head: head(word.as_bytes()), start, end: text.len() as u32, number });
        }
        for bucket in 1..starts.len() {
            starts[bucket] += starts[bucket - 1];
        }
        Dictionary { filter, shift, words, starts, text, singles }
    }

    /// All words of the text, also those inside others, by where they end; of those that
    /// end together the longest first.
    pub(super) fn find(&self, text: &str) -> Vec<Hit> {
        let mut hits = Vec::new();
        let mut from = 0;
        while let Some(start) = self.begins(text, from, |hit| hits.push(hit)) {
            from = start + text[start..].chars().next().map_or(1, char::len_utf8);
        }
        hits.sort_by_key(|hit| (hit.end, hit.start));
        hits
    }

    /// The first word that begins at `from` or after it; of several the longest.
    pub(super) fn first(&self, text: &str, from: usize) -> Option<Hit> {
        let mut longest: Option<Hit> = None;
        self.begins(text, from, |hit| {
            longest = longest.filter(|longest| longest.end >= hit.end).or(Some(hit));
        });
        longest
    }

    /// Tells the words that begin at the first place, from `from` on, where any does; returns
    /// the place.
    fn begins(&self, text: &str, from: usize, mut see: impl FnMut(Hit)) -> Option<usize> {
        let mut chars = text[from..].char_indices().peekable();
        while let Some((start, first)) = chars.next() {
            let start = from + start;
            let mut any = false;
            let mut see = |end, word| {
                any = true;
                see(Hit { start, end, word });
            };
            if let Some((_, second)) = chars.peek() {
                let bit = hash(first, *second) >> self.shift;
                if self.filter[bit / 64] >> (bit % 64) & 1 != 0 {
                    self.compare(text, start, bit / BUCKET, &mut see);
                }
            }
            for (_, word) in self.singles.iter().filter(|(single, _)| *single == first) {
                see(start + first.len_utf8(), *word);
            }
            if any {
                return Some(start);
            }
        }
        None
    }

    fn compare(&self, text: &str, start: usize, bucket: usize, see: &mut impl FnMut(usize, usize)) {
        let text = &text.as_bytes()[start..];
        let here = head(text);
        for word in &self.words[self.starts[bucket] as usize..self.starts[bucket + 1] as usize] {
            let length = (word.end - word.start) as usize;
            // Most words are no longer than two characters: they lie in their head.
            let differing = (here ^ word.head) << (64 - 8 * length.min(HEAD));
            let all = || &self.text.as_bytes()[word.start as usize..word.end as usize];
            let fits = length <= text.len() && (length <= HEAD || text.starts_with(all()));
            if differing == 0 && fits {
                see(start + length, word.number);
            }
        }
    }
}

/// Bytes of a head.
const HEAD: usize = 8;

/// The first eight bytes, the first one lowest.
fn head(text: &[u8]) -> u64 {
    let whole = text.first_chunk::<HEAD>().copied();
    u64::from_le_bytes(whole.unwrap_or_else(|| {
        let mut bytes = [0; HEAD];
        bytes[..text.len()].copy_from_slice(text);
        bytes
    }))
}

fn hash(first: char, second: char) -> usize {
    let both = u32::from(first).wrapping_mul(0x9E37_79B1) ^ u32::from(second);
    both.wrapping_mul(0x85EB_CA6B) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance;

    #[test]
    fn the_first_word_is_the_longest_that_begins_first() {
        let words = ["西安", "西安市", "安市", "甲"];
        let dictionary = Dictionary::new(words.into_iter());
        let first =
            |text, from| dictionary.first(text, from).map(|hit| (hit.start, words[hit.word]));
        assert_eq!(first("在西安市区", 0), Some((3, "西安市")));
        assert_eq!(first("在西安城", 0), Some((3, "西安")));
        assert_eq!(first("在西安市区", 6), Some((6, "安市")));
        assert_eq!(first("在西甲", 0), Some((6, "甲")));
        assert_eq!(first("西", 0), None);
        assert_eq!(first("", 0), None);
    }

    #[test]
    fn what_is_found_is_what_stands_there() {
        let letters = ["甲", "乙", "丙", "a"];
        chance::each(200, |chance| {
            let mut words: Vec<String> = (0..chance.below(12))
                .map(|_| (0..1 + chance.below(4)).map(|_| *chance.pick(&letters)).collect())
                .collect();
            words.sort();
            words.dedup();
            let text: String = (0..chance.below(30)).map(|_| *chance.pick(&letters)).collect();
            let dictionary = Dictionary::new(words.iter().map(String::as_str));
            let mut expected = Vec::new();
            for (start, _) in text.char_indices() {
                for (word, found) in words.iter().enumerate() {
                    if text[start..].starts_with(found.as_str()) {
                        expected.push(Hit { start, end: start + found.len(), word });
                    }
                }
            }
            let first = expected.iter().min_by_key(|hit| (hit.start, Reverse(hit.end))).copied();
            assert_eq!(dictionary.first(&text, 0), first, "{words:?} in {text}");
            expected.sort_by_key(|hit| (hit.end, hit.start));
            assert_eq!(dictionary.find(&text), expected, "{words:?} in {text}");
        });
    }

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
