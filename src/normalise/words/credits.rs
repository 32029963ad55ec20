//! The outlet that a text says it comes from: `来源：咸阳日报`.

use super::super::limits::MOST_CREDIT_CHARS;
use super::Line;
use crate::text::clean;

/// In Simplified characters.
const MARKS: [&str; 5] = ["来源", "稿源", "转自", "转载自", "原载"];
/// What may stand right before a mark. Of pictures and figures (图片来源, 数据来源), or of income
/// (收入来源), it is another matter.
const BEFORE: [&str; 10] =
    ["本文", "文章", "消息", "信息", "新闻", "内容", "稿件", "资讯", "文字", "原文"];
/// What ends an outlet's name.
const ENDS: [&str; 17] = [
    "作者",
    "编辑",
    "责任",
    "责编",
    "发布时间",
    "时间",
    "日期",
    "浏览",
    "记者",
    "监制",
    "校对",
    "审核",
    "值班",
    "统筹",
    "原标题",
    "点击",
    "阅读",
];
/// Banks of pictures, and nobody.
const NO_OUTLETS: [&str; 16] = [
    "网络",
    "互联网",
    "视觉",
    "东方IC",
    "图虫",
    "VCG",
    "综合",
    "资料",
    "受访",
    "网友",
    "见水印",
    "不明",
    "公开",
    "摄图",
    "当事",
    "视频截",
];

/// What a sentence says and no outlet is called.
const SAYS: [&str; 9] = ["来自", "由于", "因为", "没有", "可以", "是", "被", "很", "了"];
/// How the names of outlets and of authorities end.
const OUTLETS: [&str; 37] = [
    "报",
    "网",
    "社",
    "台",
    "新闻",
    "发布",
    "视频",
    "客户端",
    "公众号",
    "周刊",
    "杂志",
    "中心",
    "频道",
    "传媒",
    "在线",
    "微博",
    "微信",
    "融媒",
    "广播",
    "政府",
    "部",
    "局",
    "委",
    "办",
    "院",
    "会",
    "馆",
    "署",
    "厅",
    "大学",
    "公安",
    "集团",
    "财经",
    "资讯",
    "快讯",
    "日历",
    "号",
];

pub(super) fn find(line: &Line<'_>) -> Option<String> {
    MARKS
        .iter()
        .find_map(|mark| line.folded.match_indices(mark).find_map(|(at, _)| named(line, at, mark)))
}

fn named(line: &Line<'_>, at: usize, mark: &str) -> Option<String> {
    let text = &*line.folded;
    let before = &text[..at];
    let before = BEFORE.iter().find_map(|word| before.strip_suffix(word)).unwrap_or(before);
    let apart = |c: char| !c.is_alphanumeric() && !matches!(c, '、' | '“' | '的');
    if !before.chars().next_back().is_none_or(apart) {
        return None;
    }
    let after = &text[at + mark.len()..];
    let name = after.trim_start_matches([' ', '：', ':', '丨', '|', '｜', '/', '︱', '∣']);
    // Without a sign only at the beginning of a short line, and with a space.
    let signed = after.trim_start().starts_with(['：', ':', '丨', '|', '｜', '/', '︱', '∣']);
    let spaced = after.starts_with(' ') && before.is_empty() && text.chars().count() <= 40;
    let direct = mark.ends_with('自') && before.is_empty();
    if !(signed || spaced || direct) {
        return None;
    }
    let name = name.strip_prefix("据").unwrap_or(name);
    let name = name.trim_start_matches(['@', '＠', '《', '“', '"', ' ', '#']);
    let start = text.len() - name.len();
    let ends =
        |c: char| c.is_whitespace() || "）)】]［[（(丨|｜。，,；;/《》<”\"；！!？?#".contains(c);
    let end = name.find(ends).unwrap_or(name.len());
    // `微信公众号“兴平发布”`
    let quoted = name[..end].contains('“') && name[end..].starts_with('”');
    let (name, after) = name.split_at(end + if quoted { '”'.len_utf8() } else { 0 });
    // `来源：九派新闻综合大众网`: the one that put it together.
    let together = name.find("综合").filter(|&at| at > 0 && !name[at..].starts_with("综合频道"));
    let cut = ENDS.iter().filter_map(|end| name.find(end)).chain(together).min();
    let cut = cut.unwrap_or(name.len());
    let is_cut = cut < name.len();
    let name = name[..cut].trim_end_matches(['等', '、', ':', '：']);
    // `来源：河水来自上游。居民说`: a sentence that goes on.
    let goes_on = after.strip_prefix(['。', '，', '；', '！', '？', ',', ';', '!', '?']);
    let is_sentence = !is_cut
        && goes_on.is_some_and(|rest| rest.contains(char::is_alphanumeric))
        && !OUTLETS.iter().any(|end| name.ends_with(end));
    if is_sentence || SAYS.iter().any(|word| name.contains(word)) {
        return None;
    }
    let length = name.chars().count();
    let outlet = (2..=MOST_CREDIT_CHARS).contains(&length)
        && name.chars().any(char::is_alphabetic)
        && !name.ends_with("截图")
        && !NO_OUTLETS.iter().any(|nobody| name.starts_with(nobody));
    outlet.then(|| clean::one_line(&line.written[start..start + name.len()], MOST_CREDIT_CHARS))
}
