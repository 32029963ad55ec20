//! Whether it is worth looking: one pass over a line for characters without which no form stands.
//!
//! Most lines of most entries hold none, and looking for every form in them would cost as much
//! as all the rest of an entry's text.

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
const FIRST_HAN: u32 = 0x4E00;
/// One bit for each Han character: whether it is one of these.
const MARKED: [u64; 330] = {
    let mut bits = [0; 330];
    let mut at = 0;
    while at < SECOND.len() {
        let c = SECOND[at] as u32;
        if c >= FIRST_HAN {
            bits[((c - FIRST_HAN) / 64) as usize] |= 1 << ((c - FIRST_HAN) % 64);
        }
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
    if memchr::memchr(b')', bytes).is_some() || has("】") || has("y ") || has("Y ") || has("ource")
    {
        return true;
    }
    let mut before = ' ';
    text.chars().any(|c| {
        let mut signs = Signs::default();
        if is_marked(before, c) {
            signs.add(before, c);
        }
        before = c;
        signs != Signs::default()
    })
}

fn is_marked(before: char, c: char) -> bool {
    let han = u32::from(c).wrapping_sub(FIRST_HAN);
    match MARKED.get((han / 64) as usize) {
        Some(bits) => bits >> (han % 64) & 1 != 0,
        None => before == '文',
    }
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
}
