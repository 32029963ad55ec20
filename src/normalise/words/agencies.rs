//! Datelines: `新华社北京9月1日电`, `现代快报讯`, `【ソウル聯合ニュース】`, `(서울=연합뉴스)`.

use super::{Found, Line, is_han, names};
use crate::text::clean;

/// In Simplified characters. A place may stand between them and the date.
const AGENCIES: [&str; 22] = [
    "新华社",
    "新华网",
    "中新社",
    "中新网",
    "中新经纬",
    "中国新闻网",
    "中国新闻社",
    "人民网",
    "央视网",
    "央广网",
    "光明网",
    "中央社",
    "法新社",
    "美联社",
    "路透社",
    "韩联社",
    "共同社",
    "塔斯社",
    "俄新社",
    "财联社",
    "国际在线",
    "科技日报",
];
/// How the name of an outlet ends that may put `讯` right behind it.
const OUTLETS: [&str; 8] = ["报", "新闻", "网", "社", "周刊", "客户端", "广播", "电视台"];
const MOST_PLACE_CHARS: usize = 14;
const MOST_OUTLET_CHARS: usize = 10;
const EAST_ASIAN: [&str; 8] =
    ["聯合ニュース", "時事通信", "共同通信", "ロイター", "共同", "時事", "연합뉴스", "뉴시스"];

pub(super) struct Agency {
    pub(super) name: String,
    /// Where in the line the dateline has ended.
    pub(super) end: usize,
}

/// The outlet of the dateline that a line begins with, or that ends in its first brackets.
pub(super) fn find(line: &Line<'_>) -> Option<Agency> {
    let text = &*line.folded;
    let begins = text.len() - text.trim_start_matches(['（', '(', '【', '[', '●']).len();
    // `【headline】财联社8月25日电`
    let after = text.find('】').map(|at| at + '】'.len_utf8());
    [Some(begins), after].into_iter().flatten().find_map(|start| {
        let (length, end) = dateline(&text[start..])?;
        let name = clean::one_line(line.written.get(start..start + length)?, MOST_OUTLET_CHARS);
        Some(Agency { name, end: start + end })
    })
}

/// Lengths of the outlet and of the whole dateline.
fn dateline(text: &str) -> Option<(usize, usize)> {
    if let Some(agency) = AGENCIES.iter().find(|agency| text.starts_with(**agency)) {
        let after = agency.len();
        let rest = &text[after..];
        // `中央社記者王小明台北1日電`, but not `路透社记者提问`
        if let Some(name) = rest.strip_prefix("记者") {
            let named = names::leading(name.trim_start()) > 0 || *agency == "中央社";
            let ours = ["新华社", "中新社", "中央社"].contains(agency);
            return (named && ours).then_some((after, after));
        }
        let place = rest
            .char_indices()
            .take(MOST_PLACE_CHARS + 1)
            .find(|&(_, c)| !is_han(c) && !matches!(c, '、' | '·' | ' '))?
            .0;
        let date = date(&rest[place..], &["电", "讯", "消息", "专电"])?;
        return Some((after, after + place + date));
    }
    // `现代快报讯（记者`, `南方都市报9月1日讯`
    let name = text
        .char_indices()
        .take(MOST_OUTLET_CHARS + 1)
        .find(|&(at, c)| !is_han(c) || text[at..].starts_with('讯'))?
        .0;
    let rest = &text[name..];
    let ends =
        rest.strip_prefix('讯').map(|_| '讯'.len_utf8()).or_else(|| date(rest, &["电", "讯"]))?;
    let outlet = OUTLETS.iter().any(|end| text[..name].ends_with(end));
    // `据某某网9月1日电` cites.
    let other = ["本报", "本社", "本网", "本台"].contains(&&text[..name]) || text.starts_with('据');
    (outlet && !other).then_some((name, name + ends))
}

/// Length of `9月1日电`, `17日讯`.
fn date(text: &str, ends: &[&str]) -> Option<usize> {
    let mut rest = text;
    let mut day = false;
    for unit in ['月', '日'] {
        let number = rest.trim_start_matches(|c: char| c.is_ascii_digit());
        if (1..=2).contains(&(rest.len() - number.len()))
            && let Some(after) = number.strip_prefix(unit)
        {
            rest = after;
            day = unit == '日';
        }
    }
    let rest = rest.trim_start();
    let end = ends.iter().find(|end| day && rest.starts_with(**end))?;
    Some(text.len() - rest.len() + end.len())
}

/// `(서울=연합뉴스) 홍길동 기자 =`, `【ソウル聯合ニュース】`.
pub(super) fn korean_or_japanese(line: &str) -> Found {
    let Some((inside, after)) = line
        .strip_prefix(['(', '（', '【', '['])
        .and_then(|rest| rest.split_once([')', '）', '】', ']']))
        .filter(|(inside, _)| inside.len() <= 60)
    else {
        return Found::default();
    };
    let outlet = EAST_ASIAN.iter().find(|outlet| inside.trim().ends_with(**outlet));
    let byline = after.split_once("기자").map(|(name, _)| name.trim()).filter(|name| {
        let letters = name.chars().all(|c| matches!(c, '가'..='힣' | ' ' | '·' | ','));
        outlet.is_some() && letters && (2..=12).contains(&name.chars().count())
    });
    Found {
        byline: byline.map(|name| format!("{name} 기자")),
        credit: outlet.map(|outlet| (*outlet).to_owned()),
    }
}
