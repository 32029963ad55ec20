//! Finds the names in title and lead and weighs each by where it stands.

use super::names::{Guard, Meaning, Name, Names};
use super::{EARLY_LEAD, Text};
use crate::model::EvidenceKind;
use crate::tables::Cue;

/// Names in one entry beyond these are not read: a list of counties is about none of them.
const MAX_MENTIONS: usize = 48;

const TITLE: u32 = 300;
const EARLY: u32 = 180;
const LATER: u32 = 45;
/// What is left, in percent, of a place that is part of an organisation's name.
const ORGANISATION: u32 = 45;

/// What makes an organisation of the place before it: 山东舰, 北京路, 长安汽车.
#[rustfmt::skip]
const ORGANISATIONS: [&str; 35] = [
    "大学", "学院", "银行", "证券", "汽车", "舰", "路", "街", "大道",
    "队", "俱乐部", "日报", "晚报", "晨报", "早报", "商报", "都市报", "青年报",
    "时报", "新闻网", "卫视", "电视台", "网警", "菜", "啤酒", "航空", "石化",
    "师范", "籍", "人寿", "法制报", "股份", "集团", "城投", "医科大学",
];
/// The same where an item names its outlet: 来源：潮安发布. In a title it may be a verb.
const OUTLETS: [&str; 6] = ["发布", "新闻", "观察", "头条", "时间", "广播"];

/// A name in the text.
#[derive(Debug)]
pub(super) struct Mention<'n> {
    pub(super) part: EvidenceKind,
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) name: &'n Name,
    pub(super) weight: u32,
}

#[derive(Debug, Default)]
pub(super) struct Findings<'n> {
    pub(super) mentions: Vec<Mention<'n>>,
    /// The title is about another country.
    pub(super) abroad: bool,
    /// The first word that means the source's own region: 我市.
    pub(super) here: Option<(EvidenceKind, usize, usize)>,
}

pub(super) fn scan<'n>(names: &'n Names, text: &Text<'_>) -> Findings<'n> {
    let mut found = Findings::default();
    for part in &text.parts {
        let (part, text) = (part.kind, &*part.folded);
        for (start, end, meaning) in names.find(text) {
            match meaning {
                Meaning::Name(name) => {
                    if found.mentions.len() < MAX_MENTIONS && is_whole(text, start, end, name.guard)
                    {
                        let weight = weight_of(part, start, &text[end..]);
                        found.mentions.push(Mention { part, start, end, name, weight });
                    }
                }
                Meaning::Cue(Cue::Abroad) => found.abroad |= part == EvidenceKind::Title,
                Meaning::Cue(Cue::Here) => {
                    if found.here.is_none() && (part == EvidenceKind::Title || start < EARLY_LEAD) {
                        found.here = Some((part, start, end));
                    }
                }
                Meaning::Cue(Cue::Stop) => {}
            }
        }
    }
    found
}

fn weight_of(part: EvidenceKind, start: usize, after: &str) -> u32 {
    let base = match part {
        EvidenceKind::Title => TITLE,
        _ if start < EARLY_LEAD => EARLY,
        _ => LATER,
    };
    let follows = |words: &[&str]| words.iter().any(|word| after.starts_with(word));
    if is_dateline(after) {
        base / 5
    } else if is_listed(after) {
        base / 4
    } else if follows(&ORGANISATIONS) || (part != EvidenceKind::Title && follows(&OUTLETS)) {
        base * ORGANISATION / 100
    } else {
        base
    }
}

/// `广州、深圳等地有震感`: named beside the place that it is about.
fn is_listed(after: &str) -> bool {
    let mut rest = &after[..after.floor_char_boundary(90)];
    for _ in 0..6 {
        if rest.starts_with("等") {
            return true;
        }
        let Some((_, next)) = rest.split_once('、').filter(|(word, _)| word.len() <= 12) else {
            return rest.char_indices().take(5).any(|(at, _)| rest[at..].starts_with("等地"));
        };
        rest = next;
    }
    false
}

/// `5月8日电`: the agency's place, not the story's.
fn is_dateline(after: &str) -> bool {
    let digits =
        |text: &str| text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (month, rest) = after.split_at(digits(after));
    let Some(rest) = rest.strip_prefix('月') else { return false };
    let (day, rest) = rest.split_at(digits(rest));
    let Some(rest) = rest.strip_prefix('日') else { return false };
    let ends = ["电", "讯", "消息", " 电", "专电", "报道"];
    !month.is_empty() && !day.is_empty() && ends.iter().any(|end| rest.starts_with(end))
}

/// Letters of other scripts than Chinese stand in words: `Maine` is not in `Mainely`.
fn is_whole(text: &str, start: usize, end: usize, guard: Guard) -> bool {
    let (before, name, after) = (&text[..start], &text[start..end], &text[end..]);
    let joins = |left: Option<char>, right: Option<char>| {
        left.is_some_and(is_word_letter) && right.is_some_and(is_word_letter)
    };
    if joins(before.chars().next_back(), name.chars().next())
        || joins(name.chars().next_back(), after.chars().next())
    {
        return false;
    }
    // 西城街道 is a township of its own, in any county.
    if after.starts_with("街道") {
        return false;
    }
    guard != Guard::Abbreviation || before.strip_suffix(", ").is_some_and(ends_capitalised)
}

/// `near Seattle`: a word such as a town has, neither `said` nor `NOW`.
fn ends_capitalised(text: &str) -> bool {
    let word = text.rsplit(' ').next().unwrap_or(text);
    word.starts_with(|c: char| c.is_uppercase()) && word.ends_with(|c: char| c.is_lowercase())
}

fn is_word_letter(c: char) -> bool {
    c.is_ascii_alphanumeric() || (c.is_alphanumeric() && !('\u{2e80}'..='\u{fa6d}').contains(&c))
}
