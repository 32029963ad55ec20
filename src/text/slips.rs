//! How many slips of the pen make one word another.

/// Letters that were inserted, left out, changed, or swapped with a neighbour (optimal string
/// alignment); `None` above `limit`. O(|a|·|b|).
pub fn between<T: PartialEq>(a: &[T], b: &[T], limit: usize) -> Option<usize> {
    if a.len().abs_diff(b.len()) > limit {
        return None;
    }
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
    above.last().copied().filter(|slips| *slips <= limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_more_less_another_or_swapped_is_one_slip() {
        let slips = |a: &str, b: &str, limit: usize| {
            let [a, b] = [a, b].map(|text| text.chars().collect::<Vec<_>>());
            between(&a, &b, limit)
        };
        for other in ["xinping", "xiingping", "xingpang", "xingpnig", "xingpingg"] {
            assert_eq!(slips("xingping", other, 2), Some(1), "{other}");
            assert_eq!(slips(other, "xingping", 1), Some(1), "{other}");
        }
        assert_eq!(slips("兴平", "兴平", 0), Some(0));
        assert_eq!(slips("兴平", "平兴", 2), Some(1));
        assert_eq!(slips("xingping", "xiping", 2), Some(2));
        assert_eq!(slips("xingping", "xiping", 1), None);
        assert_eq!(slips("", "ab", 2), Some(2));
        assert_eq!(slips("", "abc", 2), None);
    }
}
