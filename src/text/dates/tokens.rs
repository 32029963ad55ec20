//! A date as numbers, words and marks.

/// More tokens than this make no date.
const MOST_TOKENS: usize = 40;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token<'a> {
    Number {
        value: u64,
        digits: usize,
    },
    /// Letters; for Chinese one of the words below.
    Word(&'a str),
    Mark(char),
}

/// Words that say something of the time of day and stand close to what follows.
pub(super) const DAY_PARTS: [&str; 23] = [
    "上午", "早上", "早晨", "清晨", "凌晨", "中午", "午间", "午間", "下午", "傍晚", "晚上", "晚间",
    "晚間", "夜间", "夜間", "夜里", "夜裡", "深夜", "半夜", "午前", "午後", "오전", "오후",
];
/// The same in short: only right before a number, for they are also parts of names.
const SHORT_PARTS: [&str; 3] = ["早", "晚", "夜"];

/// The part of the day that a text begins with, and what follows.
pub(super) fn day_part(text: &str) -> Option<(&'static str, &str)> {
    let after = |part: &&'static str| Some((*part, text.strip_prefix(*part)?));
    DAY_PARTS.iter().find_map(after).or_else(|| {
        let is_number =
            |rest: &str| numeral(rest).is_some() || rest.chars().next().is_some_and(is_digit);
        SHORT_PARTS.iter().find_map(after).filter(|(_, rest)| is_number(rest))
    })
}

/// White space separates and is dropped, except that a letter follows no letter.
pub(super) fn read(text: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::with_capacity(16);
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if tokens.len() == MOST_TOKENS {
            break;
        }
        let digits = rest.chars().take_while(|&c| digit(c).is_some());
        let (value, count, bytes) = digits.fold((0u64, 0, 0), |(value, count, bytes), c| {
            let next = value.saturating_mul(10).saturating_add(digit(c).unwrap_or(0));
            (next, count + 1, bytes + c.len_utf8())
        });
        if count > 0 {
            push_number(&mut tokens, value, count);
            rest = &rest[bytes..];
            continue;
        }
        if let Some((value, bytes)) = numeral(rest) {
            push_number(&mut tokens, value, if value >= 1000 { 4 } else { 2 });
            rest = &rest[bytes..];
            continue;
        }
        if let Some((word, after)) = day_part(rest) {
            tokens.push(Token::Word(word));
            rest = after;
            continue;
        }
        if c.is_alphabetic() && !is_east_asian(c) {
            let end = rest.find(|c: char| !c.is_alphabetic() || is_east_asian(c));
            let (word, after) = rest.split_at(end.unwrap_or(rest.len()));
            tokens.push(Token::Word(word));
            rest = after;
            continue;
        }
        if !c.is_whitespace() {
            tokens.push(Token::Mark(match c {
                '：' => ':',
                '／' => '/',
                '－' | '–' => '-',
                '（' => '(',
                '）' => ')',
                '時' => '时',
                '點' => '点',
                '號' => '号',
                '년' => '年',
                '월' => '月',
                '일' => '日',
                '시' => '时',
                '분' => '分',
                '초' => '秒',
                other => other,
            }));
        }
        rest = &rest[c.len_utf8()..];
    }
    join_halves(&mut tokens);
    tokens
}

/// Whether a word says in Latin letters which half of the day is meant, and which.
pub(super) fn half(word: &str) -> Option<&'static str> {
    ["am", "pm"].into_iter().find(|half| half.eq_ignore_ascii_case(word))
}

/// `p.m.` and `p. m.` are one word.
fn join_halves(tokens: &mut Vec<Token<'_>>) {
    let is = |token: Option<&Token<'_>>, letter: &str| matches!(token, Some(Token::Word(word)) if word.eq_ignore_ascii_case(letter));
    for at in 0..tokens.len() {
        let half = match tokens.get(at) {
            first if is(first, "a") => "am",
            first if is(first, "p") => "pm",
            _ => continue,
        };
        let point = |at: usize| usize::from(tokens.get(at) == Some(&Token::Mark('.')));
        let second = at + 1 + point(at + 1);
        if is(tokens.get(second), "m") {
            let end = second + 1 + point(second + 1);
            tokens.splice(at..end, [Token::Word(half)]);
        }
    }
}

fn is_digit(c: char) -> bool {
    digit(c).is_some()
}

/// `20210901` and `20210901075900` are taken apart here.
fn push_number(tokens: &mut Vec<Token<'_>>, value: u64, digits: usize) {
    let number = |value: u64, digits: usize| Token::Number { value, digits };
    let year = |ymd: u64| (1900..2200).contains(&(ymd / 10_000));
    let (date, clock) = match digits {
        8 if year(value) => (value, None),
        12 if year(value / 10_000) => (value / 10_000, Some(value % 10_000 * 100)),
        14 if year(value / 1_000_000) => (value / 1_000_000, Some(value % 1_000_000)),
        _ => return tokens.push(number(value, digits)),
    };
    tokens.extend([
        number(date / 10_000, 4),
        Token::Mark('-'),
        number(date / 100 % 100, 2),
        Token::Mark('-'),
        number(date % 100, 2),
    ]);
    if let Some(clock) = clock {
        tokens.extend([
            number(clock / 10_000, 2),
            Token::Mark(':'),
            number(clock / 100 % 100, 2),
            Token::Mark(':'),
            number(clock % 100, 2),
        ]);
    }
}

/// Full-width digits count too.
fn digit(c: char) -> Option<u64> {
    match c {
        '0'..='9' => Some(c as u64 - '0' as u64),
        '０'..='９' => Some(c as u64 - '０' as u64),
        _ => None,
    }
}

/// Chinese characters and Korean syllables.
fn is_east_asian(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{9FFF}' | '\u{AC00}'..='\u{D7A3}')
}

/// A number in Chinese before a unit of time, such as `二〇二一年`, `十二月`, `二十三日`:
/// its value and length in bytes.
fn numeral(text: &str) -> Option<(u64, usize)> {
    const DIGITS: &str = "〇一二三四五六七八九";
    let digit = |c: char| match c {
        '零' => Some(0),
        '元' => Some(1),
        c => DIGITS.chars().position(|d| d == c).map(|d| d as u64),
    };
    let (mut value, mut tens, mut bytes) = (0u64, 0u64, 0);
    for c in text.chars() {
        match (c, digit(c)) {
            (_, Some(d)) => value = value.saturating_mul(10).saturating_add(d),
            ('十' | '廿' | '卅', None) => {
                let count = match c {
                    '廿' => 2,
                    '卅' => 3,
                    _ => value.max(1),
                };
                (tens, value) = (count.saturating_mul(10), 0);
            }
            (unit, None) => {
                let is_unit = "年月日号號时時点點分秒".contains(unit);
                return (is_unit && bytes > 0).then_some((tens.saturating_add(value), bytes));
            }
        }
        bytes += c.len_utf8();
        if bytes > 5 * 3 {
            return None;
        }
    }
    None
}

/// The month that a word names, in the languages of the feeds that were seen;
/// a word is told by its beginning.
pub(super) fn month(lower: &str) -> Option<u32> {
    const MONTHS: [(&str, u32); 40] = [
        ("jan", 1),
        ("ene", 1),
        ("gen", 1),
        ("янв", 1),
        ("feb", 2),
        ("fev", 2),
        ("fév", 2),
        ("фев", 2),
        ("mar", 3),
        ("mär", 3),
        ("mrt", 3),
        ("мар", 3),
        ("apr", 4),
        ("abr", 4),
        ("avr", 4),
        ("апр", 4),
        ("may", 5),
        ("mai", 5),
        ("mag", 5),
        ("мая", 5),
        ("mei", 5),
        ("jun", 6),
        ("juin", 6),
        ("giu", 6),
        ("июн", 6),
        ("jul", 7),
        ("juil", 7),
        ("lug", 7),
        ("июл", 7),
        ("aug", 8),
        ("ago", 8),
        ("aoû", 8),
        ("авг", 8),
        ("sep", 9),
        ("set", 9),
        ("сен", 9),
        ("oct", 10),
        ("okt", 10),
        ("nov", 11),
        ("dec", 12),
    ];
    const MORE: [(&str, u32); 8] = [
        ("out", 10),
        ("ott", 10),
        ("окт", 10),
        ("ноя", 11),
        ("dez", 12),
        ("dic", 12),
        ("déc", 12),
        ("дек", 12),
    ];
    // Weekdays that begin like a month: Marte(di)s, mardi, martedì.
    if ["mardi", "marte", "martes"].contains(&lower) || lower.starts_with("martedì") {
        return None;
    }
    MONTHS.iter().chain(&MORE).find(|(start, _)| lower.starts_with(start)).map(|(_, month)| *month)
}
