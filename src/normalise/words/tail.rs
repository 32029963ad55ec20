//! What follows the people in a byline and says nothing of them: when it was written, and
//! where to write to.

/// In small letters, as far as they tell months apart.
const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const LONGEST_MONTH: usize = "september,".len();

/// `Jane Doe, Staff Writer | Sept. 1, 2021` without the day, the time and the address.
pub(super) fn without(byline: &str) -> &str {
    let mut rest = byline;
    // `3 min read`, `Updated 7:59 p.m.`
    while let Some((head, tail)) = rest.rsplit_once(['|', '•', '·'])
        && tail.contains(|c: char| c.is_ascii_digit() || c == '@')
    {
        rest = head.trim_end();
    }
    if let Some(at) = date_at(rest) {
        rest = rest[..at].trim_end_matches([' ', ',', '-', '–', '—', '|']);
        rest = rest.strip_suffix(" on").unwrap_or(rest);
    }
    match rest.rsplit_once([' ', ',']) {
        Some((head, last)) if last.contains('@') => head.trim_end_matches([' ', ',', '-', '|']),
        _ => rest,
    }
}

/// Where a day of a month begins: a month, and a number after it.
fn date_at(text: &str) -> Option<usize> {
    text.match_indices(' ').find_map(|(at, _)| {
        let (word, after) = text[at + 1..].split_once(' ')?;
        let is_month = word.len() <= LONGEST_MONTH
            && MONTHS
                .iter()
                .any(|month| word.get(..3).is_some_and(|start| start.eq_ignore_ascii_case(month)));
        (is_month && after.starts_with(|c: char| c.is_ascii_digit())).then_some(at)
    })
}
