//! Which passages a text is made of: winnowed hashes of its runs of letters.

use super::letters::{BREAK, POINT};
use super::lookup::Marks;

/// Letters of a shingle. Measured on `yardsticks/reprint`: 6 finds more summaries than 8.
const LENGTH: usize = 6;
/// Of so many shingles in a row the one with the least hash is kept, so that any passage of
/// `LENGTH + WINDOW - 1` letters that two texts share gives them a hash in common.
const WINDOW: usize = 6;
const BASE: u64 = 0x9E37_79B9_7F4A_7C15;
/// By which the lower bits of a hash, of which its last letter makes some only, become higher ones.
const SPREAD: u64 = 0xD6E8_FEB8_6659_FD93;

/// Adds the hashes of `letters` to `found`, each once, the `least` of them first and ascending;
/// none where there are fewer letters than one shingle has. None is 0.
///
/// # Source
/// Schleimer, Wilkerson, Aiken: *Winnowing: local algorithms for document fingerprinting* (2003).
pub fn shingles(letters: &[u16], least: usize, found: &mut Vec<u32>) {
    let from = found.len();
    let mut marks = Marks::default();
    for hash in winnowed(rolling(letters)) {
        if !marks.mark(hash) || !found[from..].contains(&hash) {
            found.push(hash);
        }
    }
    let kept = &mut found[from..];
    if kept.len() > least {
        kept.select_nth_unstable(least);
    }
    let many = kept.len().min(least);
    kept[..many].sort_unstable();
}

/// The least of each window, where it is not that of the window before. Goes through all hashes
/// four times, and without a branch that nobody can foresee.
fn winnowed(mut hashes: Vec<u32>) -> Vec<u32> {
    const { assert!(WINDOW == 6) };
    if hashes.len() < WINDOW {
        return hashes.into_iter().min().into_iter().collect();
    }
    for ahead in [1, 2] {
        for at in 0..hashes.len() - ahead {
            hashes[at] = hashes[at].min(hashes[at + ahead]);
        }
        hashes.truncate(hashes.len() - ahead);
    }
    // Now the least of four each: two of those make six.
    for at in 0..hashes.len() - 2 {
        hashes[at] = hashes[at].min(hashes[at + 2]);
    }
    hashes.truncate(hashes.len() - 2);
    let (mut kept, mut before) = (0, 0);
    for at in 0..hashes.len() {
        let least = hashes[at];
        hashes[kept] = least;
        kept += usize::from(least != before);
        before = least;
    }
    hashes.truncate(kept);
    hashes
}

/// The hash of each shingle, by a polynomial whose first term is taken off as the next is added.
/// Each waits for the one before, so the parts of a text go side by side.
fn rolling(letters: &[u16]) -> Vec<u32> {
    const PARTS: usize = 4;
    let mut text = vec![0; letters.len()];
    let mut kept = 0;
    for &letter in letters {
        text[kept] = letter;
        kept += usize::from(letter != BREAK && letter != POINT);
    }
    text.truncate(kept);
    let many = (text.len() + 1).saturating_sub(LENGTH);
    let part = many / PARTS;
    let mut hashes = vec![0; many];
    let mut rolls = [0, 1, 2, 3].map(|which| Roll::new(&text[(which * part).min(text.len())..]));
    for at in 0..part {
        for (which, roll) in rolls.iter_mut().enumerate() {
            let at = which * part + at;
            hashes[at] = roll.next(text[at], text[at + LENGTH - 1]);
        }
    }
    let [.., last] = &mut rolls;
    for at in PARTS * part..many {
        hashes[at] = last.next(text[at], text[at + LENGTH - 1]);
    }
    hashes
}

struct Roll(u64);

impl Roll {
    const HIGHEST: u64 = BASE.wrapping_pow(LENGTH as u32 - 1);

    fn new(text: &[u16]) -> Roll {
        let add = |hash: u64, &letter: &u16| Roll::add(hash, letter);
        Roll(text.iter().take(LENGTH - 1).fold(0, add))
    }

    fn next(&mut self, first: u16, last: u16) -> u32 {
        let whole = Roll::add(self.0, last);
        self.0 = whole.wrapping_sub(u64::from(first).wrapping_mul(Roll::HIGHEST));
        ((whole.wrapping_mul(SPREAD) >> 32) as u32).max(1)
    }

    fn add(hash: u64, letter: u16) -> u64 {
        hash.wrapping_mul(BASE).wrapping_add(u64::from(letter))
    }
}

/// Spreads what differs in some bits over all of them.
pub fn mixed(hash: u64) -> u64 {
    let hash = (hash ^ (hash >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let hash = (hash ^ (hash >> 32)).wrapping_mul(0x94D0_49BB_1331_11EB);
    hash ^ (hash >> 29)
}

#[cfg(test)]
mod tests {
    use super::super::letters::letters;
    use super::*;

    fn of(text: &str) -> Vec<u32> {
        let mut found = Vec::new();
        shingles(&letters(text, 1000), 80, &mut found);
        found
    }

    fn common(a: &[u32], b: &[u32]) -> usize {
        a.iter().filter(|hash| b.contains(hash)).count()
    }

    #[test]
    fn a_shared_passage_gives_a_shared_hash() {
        let passage = "秋粮产量达到三十二万吨";
        let one = of(&format!("兴平市今年丰收，{passage}，比去年多。"));
        let other = of(&format!("本报讯：据统计局消息，全市{passage}。"));
        assert!(common(&one, &other) >= 1);
        assert_eq!(common(&one, &of("完全不同的另外一篇文章，讲的是别的事情，没有一句相同。")), 0);
    }

    #[test]
    fn texts_shorter_than_a_shingle_have_none() {
        assert!(of("停水通知").is_empty());
        assert_eq!(of("今日停水通知").len(), 1);
        assert!(of("今日停水通知今").len() == 1);
    }

    #[test]
    fn each_window_keeps_its_least_hash_and_each_is_kept_once() {
        let text: Vec<u16> = (0..900u16).map(|at| 0x4E00 + at * 7 % 450).collect();
        let hashes = rolling(&text);
        let mut kept = Vec::new();
        shingles(&text, 20, &mut kept);
        for window in hashes.windows(WINDOW) {
            assert!(kept.contains(window.iter().min().expect("not empty")));
        }
        assert!(kept[..20].is_sorted() && kept[20..].iter().all(|hash| hash > &kept[19]));
        kept.sort_unstable();
        let many = kept.len();
        kept.dedup();
        assert_eq!(many, kept.len(), "the text says all twice");
    }
}
