//! `本报记者 高依 通讯员 李四`, `（记者张三）`, `作者：张三`, `文/某某报记者 王五`.

use super::super::limits::MOST_BYLINE_CHARS;
use super::{Line, is_han, names};
use crate::text::clean;

/// In Simplified characters, as all that follows.
const ROLES: [&str; 6] = ["记者", "通讯员", "实习生", "特约撰稿人", "特约撰稿", "特派员"];
/// What stands before the author, and a sign behind it.
const LABELS: [&str; 9] =
    ["特约作者", "作者", "采写", "撰文", "撰稿", "执笔", "图文", "文图", "文"];
/// Of these labels a space is sign enough.
const SPACED: [&str; 5] = ["特约作者", "作者", "采写", "撰文", "文/图"];
const SIGNS: [char; 9] = ['：', ':', '/', '／', '|', '｜', '丨', '︱', '∣'];
/// What follows the names in a line of such.
const AFTER: [&str; 29] = [
    "编辑",
    "责编",
    "责任编辑",
    "实习编辑",
    "校对",
    "审核",
    "报道",
    "采写",
    "视频",
    "文",
    "图",
    "发自",
    "来源",
    "制图",
    "统筹",
    "综合",
    "整理",
    "设计",
    "监制",
    "值班",
    "摄影报道",
    "通讯员",
    "报料",
    "运营",
    "出品",
    "海报",
    "综合报道",
    "报导",
    "综合报导",
];
/// Who took a picture has not written the text.
const PICTURES: [&str; 4] = ["摄", "供图", "图源", "配图"];
/// What no outlet's name holds: the words of a sentence.
const SENTENCE: [char; 24] = [
    '向', '对', '的', '据', '从', '被', '把', '让', '，', '。', '！', '？', '：', ':', '；', '“',
    '告', '在', '与', '说', '称', '答', '问', '将',
];
const MOST_PREFIX_CHARS: usize = 18;
const MOST_PREFIX_BYTES: usize = 4 * MOST_PREFIX_CHARS;
/// Bytes of a line in which a label stands.
const LABEL_BYTES: usize = 90;
const MOST_PEN_NAME_CHARS: usize = 16;
/// Of the names before `／台北報導`.
const MOST_RUN_CHARS: usize = 40;
const MOST_PLACE_CHARS: usize = 6;
/// What authors do in sentences.
const SAYING: [&str; 14] = [
    "认为", "表示", "指出", "写道", "介绍", "告诉", "坦言", "觉得", "建议", "强调", "提醒", "透露",
    "回忆", "解释",
];

/// `dateline_end`: where what may hold a byline begins, if the line has a dateline.
pub(super) fn find(line: &Line<'_>, dateline_end: Option<usize>) -> Option<String> {
    let text = &*line.folded;
    let whole = [(0, text.len(), Place::Line)];
    let dateline = dateline_end.map(|end| (end, text.len(), Place::Dateline));
    let brackets = line.brackets().map(|(start, end)| (start, end, Place::Bracket));
    whole.into_iter().chain(brackets).chain(dateline).find_map(|(start, end, place)| {
        let part = &text[start..end];
        // `（摄影 新华社记者 李四）`
        let (from, to) = labelled(part, place).or_else(|| reporters(part, place))?;
        let written = line.written[start + from..start + to].trim();
        (!written.is_empty()).then(|| clean::one_line(written, MOST_BYLINE_CHARS))
    })
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Line,
    Bracket,
    Dateline,
}

/// Roles with their names, from the beginning: its outlet to the last name.
fn reporters(text: &str, place: Place) -> Option<(usize, usize)> {
    let start = text.len() - text.trim_start_matches([' ', '·', '—', '-', '●', '■']).len();
    let mut at = start;
    let mut end = None;
    while let Some(next) = reporter(&text[at..], place) {
        end = Some(at + next);
        let rest = text[at + next..].trim_start_matches([' ', '、', '，', ',', ';', '；', '/']);
        at = text.len() - rest.len();
    }
    let end = end?;
    let rest = text[end..].trim_start();
    // `记者张涛摄`
    if PICTURES.iter().any(|word| rest.starts_with(word)) || text[..end].ends_with('摄') {
        // `摄影报道`, `摄/文`
        return rest.starts_with("摄影报道").then_some((start, end));
    }
    let done = rest.is_empty()
        || is_placed_report(&text[end..])
        || (text.starts_with("中央社") && rest.ends_with('电'))
        || rest.starts_with(['（', '(', '|', '｜', '丨'])
        || AFTER.iter().any(|word| rest.starts_with(word));
    let parted = text[end..].starts_with([' ', '\u{3000}', '，']) && place != Place::Bracket;
    // A name that runs on into a sentence may be none: there must be a space before it, too.
    let clear = parted && spaced_role(&text[start..end]);
    (done || clear).then_some((start, end))
}

/// Whether the first role and its name stand apart.
fn spaced_role(text: &str) -> bool {
    ROLES
        .iter()
        .filter_map(|role| text.find(role).map(|at| at + role.len()))
        .min()
        .is_some_and(|after| text[after..].starts_with(|c: char| c == ' ' || SIGNS.contains(&c)))
}

/// Length of one role with what stands before it and the names behind it.
fn reporter(text: &str, place: Place) -> Option<usize> {
    // No further than an outlet's name reaches.
    let near = clean::head(text, MOST_PREFIX_BYTES);
    let (at, role) = ROLES
        .iter()
        .filter_map(|role| Some((near.find(role)?, *role)))
        .min_by_key(|(at, _)| *at)?;
    let prefix = &text[..at];
    // `视频编辑 张三 实习生 李四`
    let other = AFTER.iter().any(|word| prefix.starts_with(word)) || prefix.contains("摄影/");
    let outlet = !other
        && prefix.chars().count() <= MOST_PREFIX_CHARS
        && !prefix.contains(SENTENCE)
        && prefix.chars().all(|c| is_han(c) || c.is_alphanumeric() || " ·-—/.《》@".contains(c));
    if !outlet {
        return None;
    }
    let mut after = at + role.len();
    // `记者/通讯员 张三`
    while let Some(another) = text[after..].strip_prefix(['/', '、', ' '])
        && let Some(next) = ROLES.iter().find(|role| another.starts_with(**role))
    {
        after = text.len() - another.len() + next.len();
    }
    let names_at = text.len() - text[after..].trim_start_matches([' ', '\u{3000}']).len();
    let names_at =
        text.len() - text[names_at..].trim_start_matches(SIGNS).trim_start_matches(' ').len();
    // `记者张三报道` is the whole line.
    let is_part = |c: char| is_han(c) || "、·，, ／/∕".contains(c);
    let report = text[names_at..]
        .char_indices()
        .take(MOST_RUN_CHARS)
        .take_while(|&(_, c)| is_part(c))
        .find_map(|(at, _)| is_placed_report(&text[names_at + at..]).then_some(at));
    let reports = || ["报道", "报导"].iter().any(|end| text.ends_with(end));
    let is_line = || report.is_some() || (reports() && text.chars().count() <= MOST_PREFIX_CHARS);
    if names_at == after && prefix.is_empty() && place == Place::Line && !is_line() {
        return None;
    }
    let rest = &text[names_at..report.map_or(text.len(), |at| names_at + at)];
    let length = match placed(prefix, rest) {
        Some(name) => names::leading(&rest[..name]),
        None => names::leading(rest),
    };
    (length > 0).then_some(names_at + length)
}

/// `／台北報導`: where and that it was reported, and nothing after it that goes on.
fn is_placed_report(text: &str) -> bool {
    let Some(place) = text.strip_prefix(['／', '/', '∕', ' ']) else { return false };
    let end = place
        .char_indices()
        .take(MOST_PLACE_CHARS + 1)
        .find(|&(at, c)| !is_han(c) || ["报导", "报道"].iter().any(|r| place[at..].starts_with(r)));
    let Some((at, _)) = end.filter(|(at, _)| *at > 0) else { return false };
    let after = ["报导", "报道"].iter().find_map(|report| place[at..].strip_prefix(report));
    after.is_some_and(|after| !after.starts_with(is_han))
}

/// `中央社記者王小明台北1日電`: length of the name before the place, mostly three characters.
fn placed(prefix: &str, rest: &str) -> Option<usize> {
    let (name, date) = rest.split_at(rest.find(|c| !is_han(c))?);
    let chars = name.chars().count().checked_sub(2).filter(|count| *count >= 2)?;
    let is_dated = date.starts_with(|c: char| c.is_ascii_digit()) && rest.ends_with('电');
    (prefix == "中央社" && is_dated)
        .then(|| name.chars().take(chars.min(3)).map(char::len_utf8).sum())
}

/// What a label says of who wrote it.
fn labelled(text: &str, place: Place) -> Option<(usize, usize)> {
    let short = text.chars().nth(48).is_none();
    let near = clean::head(text, LABEL_BYTES);
    LABELS.iter().find_map(|label| {
        near.match_indices(label).take(2).find_map(|(at, _)| {
            let before = text[..at].chars().next_back();
            let begins =
                before.is_none() || (short && before.is_some_and(|c| " |｜丨》】）·".contains(c)));
            if !begins || at > 60 {
                return None;
            }
            let mut after = at + label.len();
            let rest = &text[after..];
            // `文/图 张三`, `文/摄 张三`
            for both in ["/图", "、图", "/摄", "/摄影"] {
                if rest.starts_with(both) && !rest[both.len()..].starts_with(is_han) {
                    after = at + label.len() + both.len();
                }
            }
            let rest = &text[after..];
            let value = rest.trim_start().trim_start_matches(SIGNS).trim_start();
            let signed = rest.trim_start().starts_with(SIGNS);
            let spaced = (SPACED.contains(label) || after > at + label.len())
                && rest.starts_with(' ')
                && short;
            if !(signed || spaced) {
                return None;
            }
            let start = text.len() - value.len();
            let whole = || reporters(value, place).map(|(from, to)| (start + from, start + to));
            whole().or_else(|| pen_names(value).map(|length| (start, start + length)))
        })
    })
}

/// Length of the names that people write under: up to the next label, or the first word.
fn pen_names(text: &str) -> Option<usize> {
    const NOBODY: [&str; 6] = ["匿名", "佚名", "不详", "网络", "http", "www."];
    if NOBODY.iter().any(|nobody| text.starts_with(nobody)) {
        return None;
    }
    let part_end = text
        .find(|c: char| "（(【[）)】]|｜丨。，,；;！？?!：:“”\"".contains(c))
        .unwrap_or(text.len());
    let stop = |word: &str| {
        AFTER
            .iter()
            .chain(&PICTURES)
            .chain(&["作者", "摄影", "日期", "时间"])
            .any(|after| word.starts_with(after))
    };
    let mut end = 0;
    let mut clean_end = true;
    let words = text[..part_end].split(' ').filter(|word| !word.is_empty());
    for (count, word) in words.enumerate() {
        let at = word.as_ptr() as usize - text.as_ptr() as usize;
        if stop(word) {
            break;
        }
        let embedded = ["编辑", "责编", "来源"].iter().filter_map(|label| word.find(label)).min();
        let length = embedded.unwrap_or(word.len());
        let named = &word[..length];
        let is_name = named.chars().all(|c| c.is_alphanumeric() || "·.-、_&@".contains(c))
            && named.chars().count() <= MOST_PEN_NAME_CHARS
            && named.chars().any(char::is_alphabetic);
        if !is_name || count == 4 {
            clean_end = false;
            break;
        }
        end = at + length;
        if embedded.is_some() {
            break;
        }
    }
    // `作者：张三认为，今年会下雨。`
    let goes_on = text[part_end..].strip_prefix(['，', '。', '；', '！', '？', ',', ';']);
    let is_sentence = goes_on.is_some_and(|rest| rest.contains(char::is_alphanumeric))
        && end == part_end
        && names::leading(&text[..end]) != end;
    if is_sentence || SAYING.iter().any(|word| text[..end].contains(word)) {
        return None;
    }
    let first = text[..end].find(' ').unwrap_or(end);
    let end = if clean_end { end } else { first };
    let count = text[..end].chars().count();
    (2..=24).contains(&count).then_some(end)
}
