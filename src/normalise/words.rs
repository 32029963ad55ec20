//! Who wrote it and who published it first, as Chinese news print it in the text.

use super::limits::MOST_BYLINE_CHARS;
use crate::text::clean;

/// Where in a text bylines and credits stand: at its beginning and at its end.
const HEAD_BYTES: usize = 900;
const TAIL_BYTES: usize = 600;
/// Names in one byline.
const MOST_NAMES: usize = 6;
/// Characters of an outlet's name.
const MOST_CREDIT_CHARS: usize = 24;

const ROLES: [&str; 3] = ["记者", "通讯员", "特约撰稿人"];
/// What stands before `记者`.
const PREFIXES: [&str; 20] = [
    "本报",
    "本台",
    "本网",
    "本刊",
    "本社",
    "融媒体",
    "融媒",
    "全媒体",
    "新媒体",
    "首席",
    "见习",
    "实习",
    "特约",
    "驻站",
    "文字",
    "摄影",
    "新华社",
    "中新社",
    "中心",
    "报社",
];
/// What follows `记者` and is no name.
const NO_NAMES: [&str; 14] = [
    "获悉",
    "报道",
    "采访",
    "了解到",
    "了解",
    "日前",
    "近日",
    "今日",
    "今天",
    "昨日",
    "从",
    "看到",
    "在",
    "走进",
];
const CREDITS: [&str; 6] = ["来源：", "来源:", "稿源：", "稿源:", "信息来源：", "转自："];
/// What ends an outlet's name.
const CREDIT_ENDS: [&str; 9] =
    ["作者", "编辑", "责任", "责编", "发布", "时间", "日期", "浏览", "记者"];

#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Found {
    pub byline: Option<String>,
    pub credit: Option<String>,
}

/// Whether it is worth looking.
pub(super) fn may_be_in(text: &str) -> bool {
    text.contains("记者")
        || text.contains("通讯员")
        || text.contains("来源")
        || text.contains("稿源")
}

/// Looks at the beginning and the end of a plain text.
pub(super) fn find(text: &str) -> Found {
    if text.is_empty() {
        return Found::default();
    }
    let head = clean::head(text, HEAD_BYTES);
    let tail_at = text.len().saturating_sub(TAIL_BYTES).max(head.len());
    let tail = &text[text.ceil_char_boundary(tail_at)..];
    Found {
        byline: byline(head).or_else(|| byline(tail)),
        credit: credit(head).or_else(|| credit(tail)),
    }
}

fn is_chinese(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{9FFF}' | '·')
}

fn byline(text: &str) -> Option<String> {
    let (start, mut end) = ROLES.iter().filter_map(|role| first_named(text, role)).min()?;
    // Reporters and correspondents often share a line.
    while let Some((next, next_end)) =
        ROLES.iter().filter_map(|role| first_named(&text[end..], role)).min()
        && text[end..end + next].chars().all(|c| c.is_whitespace() || "、，,/;；".contains(c))
    {
        end += next_end;
    }
    Some(clean::one_line(&text[start..end], MOST_BYLINE_CHARS))
}

/// The first place where a name follows `role`: from its prefixes to the last name.
fn first_named(text: &str, role: &str) -> Option<(usize, usize)> {
    text.match_indices(role).find_map(|(at, _)| {
        let start = with_prefixes(&text[..at]);
        let after = at + role.len();
        let length = names(&text[after..], start < at || text[..at].ends_with(['（', '(']))?;
        Some((start, after + length))
    })
}

fn with_prefixes(before: &str) -> usize {
    let mut start = before.len();
    while let Some(prefix) = PREFIXES.iter().find(|prefix| before[..start].ends_with(**prefix)) {
        start -= prefix.len();
    }
    start
}

/// Length of the names that a text begins with. Without a mark between, only a
/// prefix or a bracket before `记者` tells that a name follows.
fn names(text: &str, marked: bool) -> Option<usize> {
    let is_mark = |c: char| c.is_whitespace() || "：:丨|/".contains(c);
    let mut at = text.len() - text.trim_start_matches(is_mark).len();
    if at == 0 && !marked {
        return None;
    }
    let mut end = None;
    for _ in 0..MOST_NAMES {
        let name_end = text[at..].find(|c| !is_chinese(c)).map_or(text.len(), |length| at + length);
        let name = &text[at..name_end];
        let is_name = (2..=4).contains(&name.chars().count())
            && !NO_NAMES.iter().any(|no| name.starts_with(no))
            && !ROLES.iter().any(|role| name.contains(role));
        if !is_name {
            break;
        }
        end = Some(name_end);
        let next = text[name_end..].trim_start_matches(['、', ' ', '，']);
        if next.len() == text.len() - name_end {
            break;
        }
        at = text.len() - next.len();
    }
    end
}

fn credit(text: &str) -> Option<String> {
    CREDITS.iter().find_map(|mark| {
        let at = text.find(mark)? + mark.len();
        let rest = text[at..].trim_start();
        let ends = |c: char| c.is_whitespace() || "）)】]丨|。，,；;/《<".contains(c);
        let name = &rest[..rest.find(ends).unwrap_or(rest.len())];
        let cut = CREDIT_ENDS.iter().filter_map(|end| name.find(end)).min().unwrap_or(name.len());
        let name = name[..cut].trim();
        let length = name.chars().count();
        ((2..=MOST_CREDIT_CHARS).contains(&length))
            .then(|| clean::one_line(name, MOST_CREDIT_CHARS))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bylines_are_found_as_printed() {
        let cases = [
            ("本报讯（记者 高依）9月1日，兴平市", Some("记者 高依")),
            ("本报记者 高依 通讯员 李四 王五\n兴平", Some("本报记者 高依 通讯员 李四 王五")),
            ("讯（记者张三）近日", Some("记者张三")),
            ("全媒体记者：张三、李四 报道", Some("全媒体记者：张三、李四")),
            ("记者从县政府获悉，今年", None),
            ("记者 日前获悉", None),
            ("记者了解到", None),
            ("一位记者说", None),
            ("（通讯员 欧阳建国）", Some("通讯员 欧阳建国")),
        ];
        for (text, expected) in cases {
            assert_eq!(find(text).byline.as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn credits_are_found() {
        let cases = [
            ("来源：咸阳日报 作者：张三", Some("咸阳日报")),
            ("正文。（来源:兴平市融媒体中心）", Some("兴平市融媒体中心")),
            ("来源：咸阳日报编辑：李", Some("咸阳日报")),
            ("收入来源主要是苹果", None),
        ];
        for (text, expected) in cases {
            assert_eq!(find(text).credit.as_deref(), expected, "{text}");
        }
    }
}
