//! How strong a quake was, as a title or the opening of a text tells it.

use super::letters::{BREAK, POINT, is_digit};

/// In tenths, of the first quake that is told there: `3.2级`, `magnitude 3.2`, `M3.2`, `3.2 quake`.
/// 0 where none is.
pub fn strength(text: &[u16]) -> u8 {
    let mut at = 0;
    while at < text.len() {
        if !is_digit(text[at]) {
            at += 1;
            continue;
        }
        let belongs = |&&letter: &&u16| is_digit(letter) || letter == POINT;
        let end = at + text[at..].iter().take_while(belongs).count();
        if let Some(tenths) = tenths(&text[at..end])
            && is_strength(&text[..at], &text[end..])
        {
            return tenths;
        }
        at = end;
    }
    0
}

/// Of `3.2` or `3`, and of no greater number than quakes have.
fn tenths(number: &[u16]) -> Option<u8> {
    let digit = |letter: u16| is_digit(letter).then(|| (letter - u16::from(b'0')) as u8);
    let tenths = match *number {
        [whole] => digit(whole)? * 10,
        [whole, POINT, part] => digit(whole)? * 10 + digit(part)?,
        _ => return None,
    };
    Some(tenths).filter(|&tenths| tenths > 0)
}

fn is_strength(before: &[u16], after: &[u16]) -> bool {
    const GRADE: u16 = '级' as u16;
    // 3.0级以上余震 are many.
    if let Some(after) = after.strip_prefix(&[GRADE]) {
        return !["以上", "及以上"].iter().any(|word| begins_with(after, word));
    }
    let after = after.strip_prefix(&[BREAK]).unwrap_or(after);
    let words = ["magnitude", "earthquake", "quake", "aftershock", "temblor"];
    if words.iter().any(|word| begins_with(after, word)) {
        return true;
    }
    let before = before.strip_suffix(&[BREAK]).unwrap_or(before);
    let is_word = |word: &str| ends_with_word(before, word);
    ["magnitude", "m", "震级"].iter().any(|word| is_word(word))
}

fn begins_with(text: &[u16], word: &str) -> bool {
    let mut letters = word.encode_utf16();
    text.len() >= letters.clone().count() && text.iter().zip(&mut letters).all(|(a, b)| *a == b)
}

/// A word of a script that parts words stands by itself: the `m` of `from 3` is none.
fn ends_with_word(text: &[u16], word: &str) -> bool {
    let letters: Vec<u16> = word.encode_utf16().collect();
    let Some(rest) = text.strip_suffix(letters.as_slice()) else { return false };
    !word.is_ascii() || rest.last().is_none_or(|&letter| letter == BREAK)
}

#[cfg(test)]
mod tests {
    use super::super::letters::letters;
    use super::*;

    #[test]
    fn the_strength_of_a_quake_is_read_as_it_is_written() {
        for (text, tenths) in [
            ("四川泸定发生4.2级余震 震源深度10千米", 42),
            ("陕西兴平发生３．２級地震", 32),
            ("9月5日发生6级地震", 60),
            ("震级6.8，深度16公里", 68),
            ("A magnitude 5.1 earthquake near Eureka", 51),
            ("5.1-magnitude quake hits Humboldt County", 51),
            ("M4.7 quake", 47),
            ("M 4.7 - Humboldt County", 47),
            ("A 4.7 aftershock", 47),
            ("已记录到3.0级以上余震13次", 0),
            ("泸定6.8级地震：已记录到3.0级及以上余震13次", 68),
            ("地震已致46人遇难", 0),
            ("12级大风", 0),
            ("from 3 to 5 km", 0),
            ("0级", 0),
            ("", 0),
        ] {
            assert_eq!(strength(&letters(text, 64)), tenths, "{text}");
        }
    }
}
