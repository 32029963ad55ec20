//! Names that two other words make by chance: 临清 in 面临清盘.

use crate::tables::{self, Crossing};
use crate::text::script;
use std::collections::HashSet;

/// Surnames that are hardly anything else before a place.
const SURNAMES: &str = "赵孙李吴郑王冯陈蒋沈杨朱吕张曹魏陶姜邹潘葛彭韦俞袁鲍薛倪罗郝邬傅孟尹姚邵汪祁庞屈董杜贾郭徐\
                        邱骆蔡樊胡霍卢莫邓崔龚邢裴翁谭廖侯阎孔黄曾丁柳";

pub(super) struct Crossings {
    before: HashSet<[char; 2]>,
    after: HashSet<[char; 2]>,
}

impl Crossings {
    pub(super) fn new() -> Self {
        let of = |kind| {
            let words = tables::crossing_words().filter(move |(_, crossing)| *crossing == kind);
            words.filter_map(|(word, _)| pair(script::fold(word).chars())).collect()
        };
        Crossings { before: of(Crossing::Before), after: of(Crossing::After) }
    }

    /// Whether a common word ends with the first character of the name that starts there.
    pub(super) fn before(&self, text: &str, start: usize) -> bool {
        let left = text[..start].chars().next_back();
        let word = left.zip(text[start..].chars().next());
        word.is_some_and(|(left, first)| self.before.contains(&[left, first]))
    }

    /// Whether one begins with the last character of the name that ends there.
    pub(super) fn after(&self, text: &str, end: usize) -> bool {
        let last = text[..end].chars().next_back();
        let word = last.zip(text[end..].chars().next());
        word.is_some_and(|(last, right)| self.after.contains(&[last, right]))
    }
}

fn pair(mut chars: impl Iterator<Item = char>) -> Option<[char; 2]> {
    Some([chars.next()?, chars.next()?])
}

/// What stands before the names of those who wrote or pictured it.
const WRITERS: [&str; 6] = ["记者", "作者", "编辑", "通讯员", "制图", "实习生"];
/// What may stand there instead: 记者从西安获悉.
const NO_NAMES: &str = "从在于赴来到对向由自与和及称日";

/// Whether the name that starts there lies in that of a writer, after one or two characters
/// of it: 记者 马飞昌吉利 is not in 昌吉.
pub(super) fn follows_writer(text: &str, start: usize) -> bool {
    let mut before = &text[..start];
    for _ in 0..2 {
        let Some(c) = before.chars().next_back().filter(|&c| c > '\u{2e7f}') else { return false };
        if NO_NAMES.contains(c) {
            return false;
        }
        before = &before[..before.len() - c.len_utf8()];
        let rest = before.trim_end_matches([' ', '\u{3000}', '：', '/']);
        if WRITERS.iter().any(|word| rest.ends_with(word)) {
            return true;
        }
    }
    false
}

/// Whether the name that starts there is the given name of a person: 廖玉林.
pub(super) fn follows_surname(text: &str, start: usize) -> bool {
    text[..start].chars().next_back().is_some_and(|c| SURNAMES.contains(c))
}
