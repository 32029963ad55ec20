//! Made-up inputs for property tests: the same in every run, others when COUNTYWIRE_SEED
//! is set. A failure names the seed that repeats it first.

use std::ops::Range;

pub struct Chance(u64);

/// Tries a property on `rounds` inputs.
pub fn each(rounds: u64, mut property: impl FnMut(&mut Chance)) {
    let first = std::env::var("COUNTYWIRE_SEED").ok().map(|seed| seed.parse().expect("a number"));
    let first = first.unwrap_or(20_261_124_u64);
    for seed in first..first + rounds {
        let _named = Named(seed);
        property(&mut Chance(seed));
    }
}

/// Names the seed when the round fails.
struct Named(u64);

impl Drop for Named {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("COUNTYWIRE_SEED={} repeats it", self.0);
        }
    }
}

impl Chance {
    /// SplitMix64 (Steele, Lea and Flood, 2014): any seed will do, also the next one.
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    pub fn within(&mut self, range: Range<i64>) -> i64 {
        let width = range.end.abs_diff(range.start).max(1);
        range.start.wrapping_add_unsigned(self.next() % width)
    }

    pub fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound.max(1) as u64).expect("below a usize")
    }

    pub fn one_in(&mut self, many: usize) -> bool {
        self.below(many) == 0
    }

    pub fn pick<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.below(list.len())]
    }

    pub fn shuffle<T>(&mut self, list: &mut [T]) {
        for at in (1..list.len()).rev() {
            list.swap(at, self.below(at + 1));
        }
    }

    /// Any character, those that make trouble more often.
    pub fn character(&mut self) -> char {
        const TROUBLE: [char; 22] = [
            '\0', '\u{1}', '\t', '\n', '\r', '\u{B}', '\u{C}', ' ', '\u{7F}', '\u{85}', '\u{A0}',
            '\u{AD}', '\u{200B}', '\u{202E}', '\u{3000}', '\u{FEFF}', '\u{FFFD}', '\u{FFFE}',
            '\u{FFFF}', '&', '<', '>',
        ];
        match self.below(6) {
            0 => *self.pick(&TROUBLE),
            1 => char::from_u32(self.below(0x11_0000) as u32).unwrap_or('\u{D7FF}'),
            2 => char::from_u32(0x4E00 + self.below(0x5200) as u32).unwrap_or('一'),
            _ => char::from(b' ' + self.below(95) as u8),
        }
    }

    /// Up to `most` characters, any or out of the pieces.
    pub fn text(&mut self, pieces: &[&str], most: usize) -> String {
        let mut text = String::new();
        for _ in 0..self.below(most + 1) {
            if pieces.is_empty() || self.one_in(3) {
                text.push(self.character());
            } else {
                let piece: &str = self.pick::<&str>(pieces);
                text.push_str(piece);
            }
        }
        text
    }

    /// A few words without anything special.
    pub fn words(&mut self) -> String {
        const WORDS: [&str; 12] = [
            "兴平", "苹果", "通车", "县城", "今日", "news", "road", "a", "market", "2026", "新闻",
            "雨",
        ];
        let count = 1 + self.below(5);
        (0..count).map(|_| *self.pick(&WORDS)).collect::<Vec<_>>().join(" ")
    }
}
