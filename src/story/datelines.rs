//! Where a dateline ends that a text begins with: who reports, where, on which day.

use super::boilerplate::past_marks;
use crate::text::clean;

/// Letters in brackets, and before what makes a dateline.
const BRACKETS: usize = 48;
const LEAD: usize = 40;
/// Letters of the outlet in `据某某报道，`.
const SOURCE: usize = 16;
const LATIN_BYTES: usize = 60;
/// In brackets: `（记者 张三）`.
const CREDITS: [&str; 9] =
    ["记者", "通讯员", "来源", "作者", "编辑", "特派员", "实习生", "文/", "综合报道"];
/// Outlets that need no day and no reporter.
const OURS: [&str; 12] = [
    "本报",
    "本台",
    "本网",
    "本刊",
    "本站",
    "新华社",
    "新华网",
    "中新社",
    "中新网",
    "中央社",
    "央视",
    "人民网",
];
/// In the name of an outlet.
const OUTLET: [char; 8] = ['社', '网', '报', '台', '刊', '端', '闻', '号'];
const AGENCIES: [&str; 17] = [
    "Reuters",
    "AP",
    "AFP",
    "UPI",
    "CNN",
    "dpa",
    "DPA",
    "EFE",
    "ANSA",
    "TASS",
    "Xinhua",
    "XINHUA",
    "Bloomberg",
    "Kyodo",
    "Yonhap",
    "CNA",
    "BERNAMA",
];

/// `line`: the beginning of a text, folded.
pub fn end(line: &str) -> Option<usize> {
    let text = past_marks(line);
    let length = match text.chars().next()? {
        '（' | '(' | '【' | '[' => in_brackets(text).or_else(|| latin(text)),
        c if c.is_ascii_uppercase() => latin(text),
        _ => None,
    };
    let lead = lead(text);
    let length = length
        .or_else(|| of_agency(text, lead))
        .or_else(|| of_reporter(text, lead))
        .or_else(|| of_source(lead))?;
    let rest = text[length..].trim_start_matches([' ', '\u{3000}', '：', ':', '，', '—', '-', '–']);
    Some(line.len() - rest.len())
}

/// Length of `（记者 张三）`.
fn in_brackets(text: &str) -> Option<usize> {
    if !text.starts_with(['（', '(', '【', '[']) {
        return None;
    }
    let (close, c) =
        text.char_indices().take(BRACKETS).find(|(_, c)| matches!(c, '）' | ')' | '】' | ']'))?;
    let inner = &text[..close];
    CREDITS.iter().any(|word| inner.contains(word)).then_some(close + c.len_utf8())
}

/// Length of `新华社北京4月12日电`, `兴平日报讯（记者 张三）`.
fn of_agency(text: &str, lead: &str) -> Option<usize> {
    lead.char_indices().find_map(|(at, c)| {
        let before = &lead[..at];
        // And what it begins in other words.
        let (before, others) = match c {
            '讯' => (before, "问息号"),
            '电' => (before, "力话影视动商池网梯子厂器源费"),
            '息' => (before.strip_suffix('消')?, "称"),
            _ => return None,
        };
        let end = at + c.len_utf8();
        let after = &text[end..];
        if before.is_empty() || after.starts_with(|c| others.contains(c)) {
            return None;
        }
        let is_dated = || before.ends_with('日') && before.contains(OUTLET);
        let is_told =
            OURS.contains(&before) || is_dated() || in_brackets(after.trim_start()).is_some();
        is_told.then_some(end)
    })
}

/// Length of `兴平日报记者 张三 报道`.
fn of_reporter(text: &str, lead: &str) -> Option<usize> {
    let is_role = |&(at, c): &(usize, char)| match c {
        '者' => lead[..at].ends_with('记'),
        '员' => lead[..at].ends_with("通讯"),
        _ => false,
    };
    let (role, _) = lead.char_indices().find(is_role)?;
    let reported = lead[role..].find("报道").or_else(|| lead[role..].find("报导"))?;
    let end = role + reported + "报道".len();
    text[end..].starts_with(['：', ':', ' ', '，']).then_some(end)
}

/// Length of `据兴平日报报道，`.
fn of_source(lead: &str) -> Option<usize> {
    let source = lead.strip_prefix('据')?;
    let is_source = ["报道", "报导", "消息"].iter().any(|end| source.ends_with(end));
    let is_short = source.chars().nth(SOURCE).is_none();
    (is_source && is_short && source.contains(OUTLET)).then_some(lead.len())
}

/// Length of `LONDON (Reuters) -`, `PHOENIX, Ariz. —`.
fn latin(text: &str) -> Option<usize> {
    let near = clean::head(text, LATIN_BYTES);
    let dashes = [" - ", " — ", " – ", " -- "];
    let place = |dash: &&str| near.find(*dash).map(|at| (at, at + dash.len()));
    let (before, end) = dashes.iter().filter_map(place).min()?;
    let before = &near[..before];
    let agency = before.strip_suffix(')').and_then(|before| before.rsplit_once('('));
    let is_agency = agency.is_some_and(|(_, name)| AGENCIES.contains(&name));
    let first = before.split([' ', ',', '/']).next()?;
    let is_city = first.len() >= 3
        && first.bytes().all(|b| b.is_ascii_uppercase() || b == b'.')
        && before.chars().all(|c| c.is_alphabetic() || " ,.'/-()".contains(c));
    (is_agency || is_city).then_some(end)
}

/// Up to the first sign of a sentence, and not far.
fn lead(text: &str) -> &str {
    let ends = |c: char| {
        matches!(c, '，' | '。' | '！' | '？' | '；' | '：' | ',' | ':' | '“' | '《' | '\n' | '<')
    };
    let end = text.char_indices().enumerate().find(|(count, (_, c))| *count == LEAD || ends(*c));
    end.map_or(text, |(_, (at, _))| &text[..at])
}
