//! Whether it is worth looking: one pass over a line for characters without which no form stands.
//!
//! Most lines of most entries hold none, and looking for every form in them would cost as much
//! as all the rest of an entry's text.

use crate::text::code_of;
use memchr::memmem;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Signs {
    pub(super) byline: bool,
    pub(super) credit: bool,
    pub(super) dateline: bool,
}

/// The second characters of all forms, Simplified and Traditional.
const SECOND: [char; 24] = [
    '者', '员', '員', '生', '写', '寫', '撰', '笔', '筆', '源', '自', '载', '載', '电', '電', '讯',
    '訊', '息', '记', '記', '图', '圖', '丨', '、',
];
/// One bit for each number of 16 bits: whether its character is one of these.
static MARKED: [u64; 1024] = {
    let mut bits = [0; 1024];
    let mut at = 0;
    while at < SECOND.len() {
        let code = SECOND[at] as u32;
        bits[(code / 64) as usize] |= 1 << (code % 64);
        at += 1;
    }
    bits
};

/// `line`: as written.
pub(super) fn of(line: &str) -> Signs {
    let mut signs = Signs::default();
    let mut before = ' ';
    for c in line.chars() {
        if is_marked(before, c) {
            signs.add(before, c);
        }
        before = c;
    }
    signs
}

/// Whether some line of the text, or of the HTML, may hold any form.
pub(super) fn any(text: &str) -> bool {
    let bytes = text.as_bytes();
    let has = |needle: &str| memmem::find(bytes, needle.as_bytes()).is_some();
    if memchr::memchr(b')', bytes).is_some()
        || has("】")
        || has("y ")
        || has("Y ")
        || has("y: ")
        || has("ource")
    {
        return true;
    }
    // By bytes, for it is every text that is looked through.
    let mut rest = bytes;
    while let &[first, ref after @ ..] = rest {
        rest = match first {
            0..0xC0 => after,
            0xE0..0xF0 => {
                let Some((character, next)) = rest.split_first_chunk() else { break };
                let code = code_of(*character);
                if (bit_of(code) || code == '文' as u16) && is_sign(text, bytes.len() - rest.len())
                {
                    return true;
                }
                next
            }
            0xC0..0xE0 => after.get(1..).unwrap_or_default(),
            0xF0.. => after.get(3..).unwrap_or_default(),
        };
    }
    false
}

/// Whether the character at a place forms a sign with the one before it or after it.
fn is_sign(text: &str, at: usize) -> bool {
    let Some(c) = text[at..].chars().next() else { return false };
    let mut signs = Signs::default();
    signs.add(text[..at].chars().next_back().unwrap_or(' '), c);
    if c == '文'
        && let Some(next) = text[at + c.len_utf8()..].chars().next()
    {
        signs.add(c, next);
    }
    signs != Signs::default()
}

fn is_marked(before: char, c: char) -> bool {
    before == '文' || u16::try_from(u32::from(c)).is_ok_and(bit_of)
}

fn bit_of(code: u16) -> bool {
    MARKED[usize::from(code / 64)] >> (code % 64) & 1 != 0
}

impl Signs {
    fn add(&mut self, before: char, c: char) {
        match (before, c) {
            // 记者, 作者; 通讯员, 特派员; 实习生; 采写; 撰文, 撰稿; 执笔
            ('记' | '記' | '作', '者')
            | ('讯' | '訊' | '派', '员' | '員')
            | ('习' | '習', '生')
            | ('采' | '採', '写' | '寫')
            | (_, '撰')
            | ('执' | '執', '笔' | '筆') => self.byline = true,
            // 文/图, 文丨
            (
                '文',
                '/' | '／' | '|' | '｜' | '丨' | '：' | ':' | ' ' | '、' | '图' | '圖' | '︱' | '∣',
            ) => {
                self.byline = true;
            }
            ('来' | '來' | '稿', '源')
            | ('转' | '轉' | '载' | '載', '自')
            | ('原', '载' | '載') => {
                self.credit = true;
            }
            // 北京9月1日电, 央广网9月1日消息, 现代快报讯, 中央社记者
            (_, '电' | '電' | '讯' | '訊') | ('消', '息') | ('社', '记' | '記') => {
                self.dateline = true;
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_without_any_form_are_passed_over() {
        assert_eq!(of("兴平市的苹果今年又丰收了，果农说年景很好。"), Signs::default());
        assert!(of("（记者 张三）").byline && of("文/张三").byline && of("撰文 | 张三").byline);
        assert!(of("来源：咸阳日报").credit && of("转自：人民日报").credit);
        assert!(of("新华社北京9月1日电").dateline && of("新华社记者 张三").dateline);
    }

    #[test]
    fn a_text_holds_a_sign_where_one_of_its_lines_does() {
        for text in [
            "兴平市的苹果今年又丰收了，果农说年景很好。",
            "<p>（记者 张三）</p>",
            "文/张三",
            "é文 图",
            "电",
            "文",
            "By Jane Doe",
            "😀新华社北京9月1日电",
            "",
        ] {
            let western = text.contains("y ");
            assert_eq!(any(text), western || of(text) != Signs::default(), "{text}");
        }
    }
}
