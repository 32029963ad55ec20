//! "Did you mean": the nearest of the known names.

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
        if let Some(distance) = distance(&given, name, limit)
            && best.is_none_or(|(least, _)| distance < least)
        {
            best = Some((distance, name));
            limit = distance;
        }
    }
    best.map(|(_, name)| name)
}

/// Edit distance with swaps of neighbours (optimal string alignment); `None` above `limit`.
fn distance(a: &[char], b: &str, limit: usize) -> Option<usize> {
    let b: Vec<char> = b.chars().collect();
    let mut before = vec![0; b.len() + 1];
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let change = above[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            row[j] = change.min(above[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(before[j - 2] + 1);
            }
        }
        if row.iter().min().is_some_and(|least| *least > limit) {
            return None;
        }
        before = std::mem::replace(&mut above, row);
    }
    above.last().copied().filter(|distance| *distance <= limit)
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
