//! Titles that are made by a formula: market reports, weather warnings, quakes, appointments,
//! numbered series, news of counties, notices. Two of them look alike and tell different events.

use super::letters::{BREAK, is_digit, is_wide, letters};
use super::shingles::mixed;
use std::sync::LazyLock;

pub const MARKET: u8 = 1;
pub const POST: u8 = 2;
pub const WEATHER: u8 = 4;
pub const QUAKE: u8 = 8;
pub const LOCAL: u8 = 16;
pub const NOTICE: u8 = 32;

static WORDS: LazyLock<Words> =
    LazyLock::new(|| Words::read(include_str!("../../data/story/formulas.tsv")));

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Formula(u8),
    /// A market by one of its names.
    Market(u16),
}

struct Words {
    /// By their first letters, ascending: each with its kind.
    words: Vec<(Vec<u16>, Kind)>,
    /// A bit for each letter that begins a word: most begin none.
    begins: Box<[u64; 1024]>,
}

impl Words {
    fn read(rows: &str) -> Words {
        let mut found = Words { words: Vec::new(), begins: Box::new([0; 1024]) };
        let rows = rows.lines().filter(|line| !line.starts_with('#'));
        let mut markets = 0;
        for (kind, words) in rows.filter_map(|line| line.split_once('\t')) {
            let kind = match kind {
                "index" => {
                    markets += 1;
                    Kind::Market(1 << (markets - 1))
                }
                "market" => Kind::Formula(MARKET),
                "post" => Kind::Formula(POST),
                "weather" => Kind::Formula(WEATHER),
                "local" => Kind::Formula(LOCAL),
                "notice" => Kind::Formula(NOTICE),
                _ => Kind::Formula(QUAKE),
            };
            for word in words.split(' ').map(|word| without_break(letters(word, 16))) {
                found.begins[usize::from(word[0] / 64)] |= 1 << (word[0] % 64);
                found.words.push((word, kind));
            }
        }
        found.words.sort_unstable();
        found
    }

    /// Places, in the order of words, of those that begin with a letter.
    fn from(&self, letter: u16) -> impl Iterator<Item = usize> {
        let is_one = self.begins[usize::from(letter / 64)] >> (letter % 64) & 1 != 0;
        let start = if is_one {
            self.words.partition_point(|(word, _)| word[0] < letter)
        } else {
            self.words.len()
        };
        (start..self.words.len()).take_while(move |&at| self.words[at].0[0] == letter)
    }
}

fn without_break(mut word: Vec<u16>) -> Vec<u16> {
    word.retain(|&letter| letter != BREAK);
    word
}

/// The formulas that a title follows, and the markets that it names, a bit for each. Two words
/// make a market report: one alone is common.
pub fn formulas(title: &[u16]) -> (u8, u16) {
    // Words of scripts that part them are told by how they begin: window is no Dow.
    let is_begin = |at: usize| at == 0 || is_wide(title[at]) || title[at - 1] == BREAK;
    let (mut found, mut markets) = (0, 0);
    // The last word of a market report, and where it ends.
    let mut last: Option<(&[u16], usize)> = None;
    for (at, &letter) in title.iter().enumerate() {
        for which in WORDS.from(letter) {
            let (word, kind) = &WORDS.words[which];
            if !is_begin(at) || !title[at..].starts_with(word) {
                continue;
            }
            match *kind {
                Kind::Formula(kind) if kind != MARKET => found |= kind,
                kind => {
                    if let Kind::Market(one) = kind {
                        markets |= one;
                    }
                    // 股 in A股 is no word of its own.
                    match last {
                        Some((other, end)) if at >= end && other != word => found |= MARKET,
                        Some((_, end)) if at < end => {}
                        _ => last = Some((word, at + word.len())),
                    }
                }
            }
        }
    }
    (found, markets)
}

/// A hash of the number that a title has in a series (第3期, 第十二批); 0 where it has none.
pub fn ordinal(title: &[u16]) -> u32 {
    const FIRST: u16 = '第' as u16;
    let Some(at) = title.iter().position(|&letter| letter == FIRST) else { return 0 };
    let number = title[at + 1..].iter().take(12).take_while(|&&letter| is_numeral(letter));
    match number
        .fold((0u64, 0), |(hash, count), &letter| (mixed(hash ^ u64::from(letter)), count + 1))
    {
        (_, 0) => 0,
        (hash, _) => hash as u32 | 1,
    }
}

fn is_numeral(letter: u16) -> bool {
    is_digit(letter) || "一二三四五六七八九十百〇零".chars().any(|c| c as u32 == u32::from(letter))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(title: &str) -> (u8, u32) {
        let title = letters(title, 64);
        (formulas(&title).0, ordinal(&title))
    }

    #[test]
    fn formulas_are_told_by_their_words() {
        assert_eq!(of("A股低开，沪指跌0.62％").0, MARKET);
        assert_eq!(of("涨知识").0, 0);
        assert_eq!(of("A股").0, 0);
        assert_eq!(of("纳指跌2%").0, MARKET);
        assert_eq!(of("四川发生4.2级地震").0, QUAKE);
        assert_eq!(of("四川发生4.2级余震").0, QUAKE);
        assert_eq!(of("Aftershocks rattle Humboldt County").0, QUAKE | LOCAL);
        assert_eq!(of("Dow and Nasdaq fall").0, MARKET);
        assert_eq!(of("Shadow in the window: unelected").0, 0);
        assert_eq!(of("Tornado warning for Clay").0, WEATHER);
        assert_eq!(of("张三当选某省省长").0, POST);
        assert_eq!(of("陝西發佈暴雨預警").0, WEATHER);
    }

    #[test]
    fn a_market_is_one_by_any_of_its_names() {
        let markets = |title| formulas(&letters(title, 64)).1;
        assert_eq!(markets("A股低开，沪指跌0.62％"), markets("两市成交放大，创业板指涨1%"));
        assert_eq!(markets("港股收盘：恒指跌0.62％") & markets("A股收盘：沪指跌0.62%"), 0);
        assert_eq!(markets("Dow falls").count_ones(), 1);
        assert_eq!(markets("甘肃地震黄金救援时间"), 0);
    }

    #[test]
    fn numbers_of_a_series_differ() {
        assert_ne!(of("曝光台第3期").1, of("曝光台第4期").1);
        assert_ne!(of("第三批名单").1, of("第十三批名单").1);
        assert_eq!(of("曝光台第3期").1, of("第3期曝光台").1);
        assert!(of("第一时间").1 != 0);
        assert_eq!(of("兴平新闻").1, 0);
        assert_ne!(of("双色球第2026136期").1, of("双色球第2026137期").1);
    }
}
