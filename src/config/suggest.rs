//! "Did you mean": the nearest of the known names.

use crate::text::slips;

/// The known name nearest to `given`, when it is near enough to be a slip: at most a
/// third of its characters inserted, left out, changed or swapped with a neighbour.
pub(super) fn nearest<'a>(
    given: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let given: Vec<char> = given.chars().take(100).collect();
    let mut best: Option<(usize, &str)> = None;
    let mut limit = (given.len() / 3).max(1);
    for name in known {
        let length = name.chars().count();
        if length.abs_diff(given.len()) > limit {
            continue;
        }
        let letters: Vec<char> = name.chars().collect();
        if let Some(distance) = slips::between(&given, &letters, limit)
            && best.is_none_or(|(least, _)| distance < least)
        {
            best = Some((distance, name));
            limit = distance;
        }
    }
    best.map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_find_their_name_and_strangers_none() {
        let known = ["region", "regions", "schedule", "url", "title", "zone"];
        for (given, expected) in [
            ("regoin", Some("region")),
            ("shedule", Some("schedule")),
            ("titel", Some("title")),
            ("ulr", Some("url")),
            ("regions", Some("regions")),
            ("interval", None),
            ("", None),
            ("兴平", None),
        ] {
            assert_eq!(nearest(given, known), expected, "{given}");
        }
    }
}
