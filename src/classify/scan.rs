//! Finds the names in title and lead and weighs each by where it stands.

use super::crossing::{follows_surname, follows_writer};
use super::names::{Guard, Hit, Meaning, Name, Names};
use super::{EARLY_LEAD, Text, states};
use crate::model::EvidenceKind;
use crate::tables::Cue;

/// Names in one entry beyond these are not read: a list of counties is about none of them.
const MAX_MENTIONS: usize = 48;

const TITLE: u32 = 300;
const EARLY: u32 = 180;
const LATER: u32 = 45;
/// What is left, in percent, of a place that is part of an organisation's name.
const ORGANISATION: u32 = 45;
/// The same of a ship or a street, of a town (several have its name), of another place or institution.
const BY_NAME: u32 = 15;
const TOWN: u32 = 50;
const LANDMARK: u32 = 60;

/// What streets are named: 西安路 is in any city.
const STREETS: [&str; 3] = ["路", "街", "大道"];
/// What follows 路 where it is no name's end: 成都路边.
const NO_STREETS: [&str; 7] = ["路边", "路面", "路人", "路口", "路上", "路遇", "街头"];
/// What a division has, and hardly any common word: 南山分局.
const OFFICES: [&str; 11] =
    ["分局", "公安", "警方", "法院", "检察院", "区委", "县委", "市委", "城管", "交警", "消防"];
/// What makes an organisation of the place before it: 长安汽车.
#[rustfmt::skip]
const ORGANISATIONS: [&str; 31] = [
    "大学", "学院", "银行", "证券", "汽车", "队", "俱乐部", "日报", "晚报", "晨报", "早报", "商报", "都市报", "青年报",
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
    /// That of the name, or what its neighbours make it.
    pub(super) guard: Guard,
    pub(super) weight: u32,
    /// It is where something happens, and not part of another name or a comparison.
    pub(super) is_scene: bool,
    /// An office of a division's bears it.
    pub(super) is_office: bool,
}

#[derive(Debug, Default)]
pub(super) struct Findings<'n> {
    pub(super) mentions: Vec<Mention<'n>>,
    /// What the title is about, if not about a place.
    pub(super) abroad: bool,
    pub(super) national: bool,
    pub(super) market: bool,
    /// The title says that it goes round many places.
    pub(super) several: bool,
    /// The first word that means the source's own region: 我市.
    pub(super) here: Option<(EvidenceKind, usize, usize)>,
}

pub(super) fn scan<'n>(names: &'n Names, text: &Text<'_>) -> Findings<'n> {
    let mut found = Findings::default();
    for part in &text.parts {
        let (part, text) = (part.kind, &*part.folded);
        for hit in names.find(text) {
            match hit.meaning {
                Meaning::Name(name) if matches!(name.guard, Guard::State | Guard::StateWord) => {
                    found.state(names, part, text, &hit, name);
                }
                Meaning::Name(name) => {
                    if name.is_high {
                        found.shouted(names, part, text, (hit.start, hit.end));
                    }
                    found.mention(part, text, (hit.start, hit.end, hit.is_doubtful), name);
                    // 中方 is hardly ever the county.
                    if let (Guard::Trap, Some(cue)) = (name.guard, name.cue) {
                        found.cue(cue, part, hit.start, hit.end);
                    }
                }
                Meaning::Cue(cue) => found.cue(*cue, part, hit.start, hit.end),
            }
        }
    }
    found
}

impl<'n> Findings<'n> {
    /// `is_doubtful`: as in [`Hit`].
    fn mention(
        &mut self,
        part: EvidenceKind,
        text: &str,
        (start, end, is_doubtful): (usize, usize, bool),
        name: &'n Name,
    ) {
        if self.mentions.len() >= MAX_MENTIONS || !is_whole(text, start, end, name.guard) {
            return;
        }
        let last = self.mentions.last();
        let is_behind_name = last.is_some_and(|last| last.part == part && last.end == start);
        let is_person = !is_behind_name
            && end - start == 6
            && (follows_surname(text, start) || follows_writer(text, start));
        let guard = match name.guard {
            Guard::None if is_doubtful || is_person => Guard::Trap,
            guard => guard,
        };
        let (weight, is_scene) = weigh(part, text, start, end);
        let weight = match guard {
            Guard::Town => weight * TOWN / 100,
            Guard::Landmark => weight * LANDMARK / 100,
            _ => weight,
        };
        let is_office = OFFICES.iter().any(|word| text[end..].starts_with(word));
        let mention = Mention { part, start, end, name, guard, weight, is_scene, is_office };
        self.mentions.push(mention);
    }

    /// A state behind a town: `Springfield, Ill.`, or with the town in capitals, as agencies begin.
    fn state(
        &mut self,
        names: &'n Names,
        part: EvidenceKind,
        text: &str,
        hit: &Hit<'n>,
        name: &'n Name,
    ) {
        let place = (hit.start, hit.end);
        let Some(before) = states::before_state(text, place) else { return };
        let last = self.mentions.last();
        let last = last.filter(|last| last.part == part && last.end == before.len());
        let is_known = match last {
            Some(last) => is_plain(last.guard, last.name),
            None => shouted(names, before).is_some(),
        };
        let is_state = match name.guard {
            Guard::StateWord => {
                is_known || (states::ends_in_name(before) && states::goes_on(&text[hit.end..]))
            }
            _ => is_known || states::ends_in_name(before),
        };
        if !is_state {
            return;
        }
        self.shouted(names, part, text, place);
        self.mention(part, text, (hit.start, hit.end, false), name);
    }

    /// A town in capitals before a state that begins there: `COEUR D'ALENE, Idaho (AP)`.
    fn shouted(&mut self, names: &'n Names, part: EvidenceKind, text: &str, state: (usize, usize)) {
        let Some(before) = states::before_state(text, state) else { return };
        let last = self.mentions.last();
        if last.is_some_and(|last| last.part == part && last.end == before.len()) {
            return;
        }
        if let Some((start, town)) = shouted(names, before) {
            self.mention(part, text, (start, before.len(), false), town);
        }
    }

    fn cue(&mut self, cue: Cue, part: EvidenceKind, start: usize, end: usize) {
        let in_title = part == EvidenceKind::Title;
        match cue {
            Cue::Abroad => self.abroad |= in_title,
            Cue::National => self.national |= in_title,
            Cue::Market => self.market |= in_title,
            Cue::Several => self.several |= in_title,
            Cue::Here => {
                if self.here.is_none() && (in_title || start < EARLY_LEAD) {
                    self.here = Some((part, start, end));
                }
            }
            Cue::Stop => {}
        }
    }
}

/// The place in capitals that a text ends in, and where it begins.
fn shouted<'n>(names: &'n Names, before: &str) -> Option<(usize, &'n Name)> {
    let capitals = states::capitals(before)?;
    let town = names.named(capitals).filter(|town| is_plain(town.guard, town))?;
    Some((before.len() - capitals.len(), town))
}

/// Iron is a county, and mostly none; Lincoln is a town, too.
fn is_plain(guard: Guard, name: &Name) -> bool {
    matches!(guard, Guard::None | Guard::Town | Guard::Landmark) || !name.towns.is_empty()
}

/// The weight of a name by where and beside what it stands; whether it is a scene.
fn weigh(part: EvidenceKind, text: &str, start: usize, end: usize) -> (u32, bool) {
    let (before, after) = (&text[..start], &text[end..]);
    let in_title = part == EvidenceKind::Title;
    let base = match part {
        EvidenceKind::Title => TITLE,
        _ if start < EARLY_LEAD => EARLY,
        _ => LATER,
    };
    let follows = |words: &[&str]| words.iter().any(|word| after.starts_with(word));
    if is_dateline(after) {
        (base / 5, true)
    } else if is_listed(after) {
        (base / 4, true)
    } else if is_ship(after) || is_street(after) {
        (base * BY_NAME / 100, false)
    } else if follows(&ORGANISATIONS) || (!in_title && follows(&OUTLETS)) {
        (base * ORGANISATION / 100, false)
    } else if in_title && before.ends_with(['比', '超', '如', '似']) {
        (base / 3, false)
    } else {
        (base, true)
    }
}

fn is_street(after: &str) -> bool {
    STREETS.iter().any(|word| after.starts_with(word))
        && !NO_STREETS.iter().any(|word| after.starts_with(word))
}

/// `“拉萨”号`.
fn is_ship(after: &str) -> bool {
    after.trim_start_matches(['”', '"', '』']).starts_with(['号', '舰'])
}

/// `广州、深圳等地有震感`: named beside the place that it is about.
fn is_listed(after: &str) -> bool {
    let mut rest = &after[..after.floor_char_boundary(90)];
    for _ in 0..6 {
        if rest.starts_with("等") {
            return true;
        }
        let Some((_, next)) = rest.split_once('、').filter(|(word, _)| word.len() <= 12) else {
            return rest.char_indices().take(5).any(|(at, _)| is_et_cetera(&rest[at..]));
        };
        rest = next;
    }
    false
}

/// 等地, 等五省.
fn is_et_cetera(text: &str) -> bool {
    let next = text.strip_prefix('等').and_then(|rest| rest.chars().next());
    next.is_some_and(|c| {
        c.is_ascii_digit() || "地省市区县国多几两数一二三四五六七八九十".contains(c)
    })
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
pub(super) fn is_bounded(text: &str, start: usize, end: usize) -> bool {
    let (before, name, after) = (&text[..start], &text[start..end], &text[end..]);
    let joins = |left: Option<char>, right: Option<char>| {
        left.is_some_and(is_word_letter) && right.is_some_and(is_word_letter)
    };
    !joins(before.chars().next_back(), name.chars().next())
        && !joins(name.chars().next_back(), after.chars().next())
}

fn is_whole(text: &str, start: usize, end: usize, guard: Guard) -> bool {
    let after = &text[end..];
    if !is_bounded(text, start, end) {
        return false;
    }
    // 西城街道 is a township of its own, in any county.
    if after.starts_with("街道") {
        return false;
    }
    guard != Guard::Abbreviation
        || states::before_state(text, (start, end)).is_some_and(ends_capitalised)
}

/// `near Seattle`: a word such as a town has, neither `said` nor `NOW`.
fn ends_capitalised(text: &str) -> bool {
    let word = text.rsplit(' ').next().unwrap_or(text);
    word.starts_with(|c: char| c.is_uppercase()) && word.ends_with(|c: char| c.is_lowercase())
}

fn is_word_letter(c: char) -> bool {
    c.is_ascii_alphanumeric() || (c.is_alphanumeric() && !('\u{2e80}'..='\u{fa6d}').contains(&c))
}
