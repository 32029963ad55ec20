//! Traditional and Simplified Chinese, character by character.
//!
//! The tables of `data/script` hold only characters of three bytes in UTF-8, so a
//! place in the text is the same place in what becomes of it.

use super::code_of;
use std::borrow::Cow;
use std::sync::LazyLock;

/// The Han characters of three bytes, which the tables are about.
const FIRST: u32 = 0x3400;
const LAST: u32 = 0x9FFF;

static SIMPLIFIED: LazyLock<Table> =
    LazyLock::new(|| Table::new(&[include_str!("../../data/script/simplified.tsv")]));
static TRADITIONAL: LazyLock<Table> =
    LazyLock::new(|| Table::new(&[include_str!("../../data/script/traditional.tsv")]));
static FOLDED: LazyLock<Table> = LazyLock::new(|| {
    Table::new(&[
        include_str!("../../data/script/simplified.tsv"),
        include_str!("../../data/script/variants.tsv"),
    ])
});

/// The text in Simplified characters, for showing.
pub fn to_simplified(text: &str) -> Cow<'_, str> {
    SIMPLIFIED.apply(text)
}

/// The text in Traditional characters, for showing: each becomes the one that is most common for
/// it, whatever the word (`头发` becomes `頭發`). A text that is Traditional already would be spoilt:
/// see [`is_traditional`].
pub fn to_traditional(text: &str) -> Cow<'_, str> {
    TRADITIONAL.apply(text)
}

/// Whether more characters of the texts are Traditional alone than are Simplified, where `皇后` and
/// `公里` count for Simplified.
pub fn is_traditional(texts: &[&str]) -> bool {
    let count = |table: &Table, text: &&str| {
        let codes = text.chars().filter_map(|c| u16::try_from(u32::from(c)).ok());
        codes.filter(|code| table.changes(*code)).count()
    };
    let all = |table: &Table| texts.iter().map(|text| count(table, text)).sum::<usize>();
    all(&SIMPLIFIED) > all(&TRADITIONAL)
}

/// The text for comparing with another folded one: whether it was printed in Simplified or
/// in Traditional characters is lost. Byte offsets stay what they were.
pub fn fold(text: &str) -> Cow<'_, str> {
    FOLDED.apply(text)
}

/// [`fold`] of one character at a time, for those that go through a text anyhow.
#[derive(Clone, Copy)]
pub struct Folder(&'static Table);

pub fn folder() -> Folder {
    Folder(&FOLDED)
}

impl Folder {
    pub fn get(self, c: char) -> char {
        self.0.get(c)
    }

    /// Whether the character of this number becomes another.
    pub fn changes(self, code: u16) -> bool {
        self.0.changes(code)
    }
}

/// What each character becomes, by its number.
struct Table {
    characters: Vec<u16>,
    /// One bit for each number of 16 bits: whether its character becomes another. Fits the
    /// nearest cache, and most texts never need more.
    changed: Box<[u64; 1024]>,
}

impl Table {
    /// Lines of a character, a tab, and what it becomes; later tables apply to what earlier ones give.
    fn new(tables: &[&str]) -> Table {
        let count = (LAST - FIRST + 1) as usize;
        let mut characters: Vec<u16> = (FIRST..=LAST).filter_map(|c| c.try_into().ok()).collect();
        for table in tables {
            let mut step: Vec<Option<u16>> = vec![None; count];
            for line in table.lines().filter(|line| !line.starts_with('#')) {
                let mut chars = line.chars();
                let (Some(from), Some('\t'), Some(to)) = (chars.next(), chars.next(), chars.next())
                else {
                    continue;
                };
                if let (Some(from), Some(_)) = (index(from), index(to)) {
                    step[from] = u32::from(to).try_into().ok();
                }
            }
            for becomes in &mut characters {
                let at = (u32::from(*becomes) - FIRST) as usize;
                *becomes = step[at].unwrap_or(*becomes);
            }
        }
        let mut changed = Box::new([0; 1024]);
        for c in (FIRST..=LAST).filter_map(|c| u16::try_from(c).ok()) {
            if characters[usize::from(c) - FIRST as usize] != c {
                changed[usize::from(c / 64)] |= 1 << (c % 64);
            }
        }
        Table { characters, changed }
    }

    fn changes(&self, code: u16) -> bool {
        self.changed[usize::from(code / 64)] >> (code % 64) & 1 != 0
    }

    fn get(&self, c: char) -> char {
        match (index(c), u16::try_from(u32::from(c))) {
            (Some(at), Ok(code)) if self.changes(code) => {
                char::from_u32(u32::from(self.characters[at])).unwrap_or(c)
            }
            _ => c,
        }
    }

    /// Where in UTF-8 the first character stands that becomes another. Most texts hold none:
    /// going by bytes takes a third of the time that decoding takes.
    fn first_changed(&self, text: &[u8]) -> Option<usize> {
        let mut at = 0;
        while let Some(&first) = text.get(at) {
            at += match first {
                0..0xC0 => 1,
                0xC0..0xE0 => 2,
                0xE0..0xF0 => {
                    if self.changes(code_of(*text[at..].first_chunk()?)) {
                        return Some(at);
                    }
                    3
                }
                _ => 4,
            };
        }
        None
    }

    fn apply<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let Some(first) = self.first_changed(text.as_bytes()) else { return Cow::Borrowed(text) };
        let mut out = String::with_capacity(text.len());
        out.push_str(&text[..first]);
        out.extend(text[first..].chars().map(|c| self.get(c)));
        Cow::Owned(out)
    }
}

fn index(c: char) -> Option<usize> {
    let at = u32::from(c).wrapping_sub(FIRST);
    (at <= LAST - FIRST).then_some(at as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn traditional_texts_become_simplified_ones() {
        let cases = [
            ("陝西省興平市", "陕西省兴平市"),
            ("臺灣、颱風、檯面", "台湾、台风、台面"),
            ("後來與皇后", "后来与皇后"),
            ("頭髮發現", "头发发现"),
            ("沿著", "沿著"),
        ];
        for (written, simplified) in cases {
            assert_eq!(to_simplified(written), simplified);
        }
        for unchanged in ["兴平市新闻 ASCII ｶﾅ 한국", "", "𠮷野家", "〇"] {
            assert!(matches!(to_simplified(unchanged), Cow::Borrowed(_)), "{unchanged}");
        }
    }

    #[test]
    fn simplified_texts_become_traditional_ones() {
        let cases = [
            ("陕西省兴平市苹果丰收", "陝西省興平市蘋果豐收"),
            ("国务院办公厅关于里程的规定", "國務院辦公廳關於裡程的規定"),
            ("3分钟后，他说", "3分鐘後，他說"),
            // Words are not told apart.
            ("头发", "頭發"),
        ];
        for (written, traditional) in cases {
            assert_eq!(to_traditional(written), traditional);
            assert_eq!(to_traditional(traditional), traditional, "twice is once");
            assert!(is_traditional(&[traditional]) && !is_traditional(&[written]));
        }
        for unchanged in ["ASCII ｶﾅ 한국", "", "𠮷野家", "〇", "上下左右"] {
            assert!(matches!(to_traditional(unchanged), Cow::Borrowed(_)), "{unchanged}");
            assert!(!is_traditional(&[unchanged]), "{unchanged}");
        }
        assert!(is_traditional(&["慈禧太后", "離宮十里，陳列開放"]));
    }

    #[test]
    fn folded_texts_are_equal_in_either_script_and_keep_their_offsets() {
        let pairs = [
            ("陝西省興平市蘋果豐收", "陕西省兴平市苹果丰收"),
            ("沿著這裡的衞生間", "沿着这里的卫生间"),
            ("乾縣與幹部、乾淨", "乾县与干部、干净"),
            ("著名作家為什麼", "著名作家为什么"),
            ("瞭解後回覆", "了解后回复"),
        ];
        for (traditional, simplified) in pairs {
            assert_eq!(fold(traditional), fold(simplified));
            assert_eq!(fold(traditional).len(), traditional.len());
        }
        let folder = folder();
        let one_by_one: String = pairs[0].0.chars().map(|c| folder.get(c)).collect();
        assert_eq!(one_by_one, pairs[0].1);
    }

    #[test]
    fn doing_it_twice_changes_nothing_and_no_length_changes() {
        let mut changed = 0;
        for c in (FIRST..=LAST).filter_map(char::from_u32) {
            let once = folder().get(c);
            assert_eq!(folder().get(once), once, "{c}");
            assert_eq!((once.len_utf8(), SIMPLIFIED.get(c).len_utf8()), (3, 3), "{c}");
            changed += usize::from(once != c);
            let traditional = TRADITIONAL.get(c);
            assert_eq!((TRADITIONAL.get(traditional), traditional.len_utf8()), (traditional, 3));
        }
        assert!((2_900..3_100).contains(&changed), "{changed}");
    }
}
