//! Times of day: `7:59`, `7点半`, `7.59 p.m.`, `19h59`.

use super::tokens::{self, Token};
use super::{Fields, zones};

impl Fields {
    /// Which half of the day a word means, if any.
    pub(super) fn take_half(&mut self, lower: &str) -> bool {
        match lower {
            "am" | "上午" | "早" | "早上" | "早晨" | "清晨" | "凌晨" | "午前" | "오전" =>
            {
                self.afternoon = Some(false);
            }
            "pm" | "下午" | "傍晚" | "午後" | "오후" => self.afternoon = Some(true),
            "晚" | "晚上" | "晚间" | "晚間" | "夜" | "夜间" | "夜間" | "夜里" | "夜裡" | "深夜"
            | "半夜" => (self.afternoon, self.night) = (Some(true), true),
            "中午" | "午间" | "午間" => (self.afternoon, self.noon) = (Some(true), true),
            "noon" => {
                (self.afternoon, self.noon) = (Some(true), true);
                self.hour.get_or_insert(12);
            }
            _ => return false,
        }
        true
    }

    /// `7:59`, `7:59:01.5`, `7时59分1秒`, `7点`, `7点半`, `7.59`, `7h59`, `7 pm`.
    pub(super) fn take_time(&mut self, tokens: &[Token<'_>]) -> Option<usize> {
        let is_pointed = tokens.get(1) == Some(&Token::Mark('.'));
        let mut values = [0u32; 3];
        let mut used = 0;
        for slot in &mut values {
            let Some(&Token::Number { value, .. }) = tokens.get(used) else { break };
            *slot = u32::try_from(value).ok()?;
            used += 1;
            match tokens.get(used) {
                Some(Token::Mark(':' | '时' | '点' | '分' | '秒')) => used += 1,
                Some(Token::Mark('.')) if is_pointed && used == 1 => used += 1,
                Some(Token::Word("h" | "H")) if used == 1 => used += 1,
                _ => break,
            }
        }
        // A fraction of a second is dropped.
        if let Some([Token::Mark('.' | ','), Token::Number { .. }]) = tokens.get(used..used + 2) {
            used += 2;
        }
        if tokens.get(used) == Some(&Token::Mark('半')) {
            values[1] = 30;
            used += 1;
        }
        [self.minute, self.second] = [values[1], values[2]];
        self.hour = Some(values[0]);
        // `7:59p`
        let after = tokens.get(used + 1);
        if let Some(Token::Word(half @ ("a" | "p"))) = tokens.get(used)
            && !matches!(after, Some(Token::Number { .. }))
        {
            self.afternoon = Some(*half == "p");
            used += 1;
        }
        Some(used)
    }

    /// The first time counts. With a `T` before it, a second one was an offset, whose plus an
    /// address has made a space.
    pub(super) fn take_second_time(&mut self, tokens: &[Token<'_>]) -> Option<usize> {
        let [
            Token::Number { value, digits: digits @ 2 },
            _,
            Token::Number { value: minutes, digits: 2 },
            rest @ ..,
        ] = tokens
        else {
            return Some(1);
        };
        let is_offset = self.iso && self.zone.is_none() && rest.is_empty() && minutes % 15 == 0;
        if is_offset {
            self.zone = zones::offset(false, *value, *digits, Some(*minutes))?;
        }
        let seconds = matches!(rest, [Token::Mark(':'), Token::Number { .. }, ..]);
        Some(if seconds { 5 } else { 3 })
    }

    /// `7.59pm`, and `19.59` when the day is known.
    pub(super) fn is_pointed_time(&self, tokens: &[Token<'_>]) -> bool {
        let [
            Token::Number { value: hour, digits: 1 | 2 },
            _,
            Token::Number { value: minute, digits: 2 },
            rest @ ..,
        ] = tokens
        else {
            return false;
        };
        let is_half = matches!(rest, [Token::Word(word), ..] if tokens::half(word).is_some());
        let is_over = !matches!(rest, [Token::Mark('.'), Token::Number { .. }, ..]);
        let known = self.has_date() && self.year.is_some();
        *hour < 24 && *minute < 60 && is_over && (is_half || known)
    }
}

/// `7 pm`, and `19h` or `19h59`: a number that the next word makes an hour.
pub(super) fn is_hour(tokens: &[Token<'_>]) -> bool {
    let [Token::Number { value, digits: 1 | 2 }, Token::Word(word), rest @ ..] = tokens else {
        return false;
    };
    // `Sep 1 PM 7:59`
    let is_next = matches!(rest, [Token::Number { .. }, Token::Mark(':'), ..]);
    let is_half = tokens::half(word).is_some() && (1..=12).contains(value) && !is_next;
    is_half
        || (word.eq_ignore_ascii_case("h") && *value < 24)
        || (["noon", "uhr"].iter().any(|known| known.eq_ignore_ascii_case(word)) && *value < 24)
}
