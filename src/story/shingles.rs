//! Which passages a text is made of: winnowed hashes of its runs of letters.

use super::letters::{BREAK, POINT};

/// Letters of a shingle. Measured on `yardsticks/reprint`: 6 finds more summaries than 8.
const LENGTH: usize = 6;
/// Of so many shingles in a row the one with the least hash is kept, so that any passage of
/// `LENGTH + WINDOW - 1` letters that two texts share gives them a hash in common.
const WINDOW: usize = 6;
const BASE: u64 = 0x9E37_79B9_7F4A_7C15;

/// Hashes of `letters`, ascending, each once; none where there are fewer than one shingle.
///
/// # Source
/// Schleimer, Wilkerson, Aiken: *Winnowing: local algorithms for document fingerprinting* (2003).
pub fn shingles(letters: &[u16]) -> Vec<u32> {
    let text: Vec<u16> =
        letters.iter().copied().filter(|&letter| letter != BREAK && letter != POINT).collect();
    let hashes = rolling(&text);
    let mut kept = Vec::with_capacity(hashes.len() * 2 / (WINDOW + 1) + 2);
    let mut last = usize::MAX;
    for start in 0..=hashes.len().saturating_sub(WINDOW) {
        let window = &hashes[start..hashes.len().min(start + WINDOW)];
        // The least of the last window is still within this one, and nothing less has come.
        if last != usize::MAX && last >= start {
            if let Some(&newest) = window.last()
                && newest < hashes[last]
            {
                last = start + window.len() - 1;
                kept.push(newest);
            }
            continue;
        }
        if let Some((at, &least)) = window.iter().enumerate().min_by_key(|(_, hash)| **hash) {
            last = start + at;
            kept.push(least);
        }
    }
    kept.sort_unstable();
    kept.dedup();
    kept
}

/// The hash of each shingle, by a polynomial whose first term is taken off as the next is added.
fn rolling(text: &[u16]) -> Vec<u32> {
    let highest = (1..LENGTH).fold(1u64, |power, _| power.wrapping_mul(BASE));
    let mut hash = 0u64;
    let mut hashes = Vec::with_capacity(text.len());
    for (at, &letter) in text.iter().enumerate() {
        if at >= LENGTH {
            hash = hash.wrapping_sub(u64::from(text[at - LENGTH]).wrapping_mul(highest));
        }
        hash = hash.wrapping_mul(BASE).wrapping_add(u64::from(letter));
        if at + 1 >= LENGTH {
            hashes.push((mixed(hash) >> 32) as u32);
        }
    }
    hashes
}

/// Spreads what differs in some bits over all of them.
pub fn mixed(hash: u64) -> u64 {
    let hash = (hash ^ (hash >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let hash = (hash ^ (hash >> 32)).wrapping_mul(0x94D0_49BB_1331_11EB);
    hash ^ (hash >> 29)
}

/// How many hashes two texts have in common.
pub fn common(a: &[u32], b: &[u32]) -> usize {
    let (mut i, mut j, mut count) = (0, 0, 0);
    while let (Some(x), Some(y)) = (a.get(i), b.get(j)) {
        count += usize::from(x == y);
        i += usize::from(x <= y);
        j += usize::from(y <= x);
    }
    count
}

#[cfg(test)]
mod tests {
    use super::super::letters::letters;
    use super::*;

    fn of(text: &str) -> Vec<u32> {
        shingles(&letters(text, 1000))
    }

    #[test]
    fn a_shared_passage_gives_a_shared_hash() {
        let passage = "秋粮产量达到三十二万吨";
        let one = of(&format!("兴平市今年丰收，{passage}，比去年多。"));
        let other = of(&format!("本报讯：据统计局消息，全市{passage}。"));
        assert!(common(&one, &other) >= 1);
        assert_eq!(common(&one, &of("完全不同的另外一篇文章，讲的是别的事情，没有一句相同。")), 0);
        assert_eq!(common(&one, &one), one.len());
    }

    #[test]
    fn texts_shorter_than_a_shingle_have_none() {
        assert!(of("停水通知").is_empty());
        assert_eq!(of("今日停水通知").len(), 1);
        assert!(of("今日停水通知今").len() == 1);
    }

    #[test]
    fn each_window_keeps_its_least_hash() {
        let text: Vec<u16> = (0..200u16).map(|at| 0x4E00 + at * 7 % 97).collect();
        let hashes = rolling(&text);
        let kept = shingles(&text);
        for window in hashes.windows(WINDOW) {
            let least = window.iter().min().expect("not empty");
            assert!(kept.binary_search(least).is_ok());
        }
    }
}
