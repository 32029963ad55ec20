//! The picture of a `srcset` that is shown.

use super::images::is_address;

/// Wider pictures cost readers more than they show. Pixels.
const WIDEST: u32 = 1600;
/// In thousandths of the usual density.
const DENSEST: u32 = 2000;
/// Candidates of one `srcset` that are looked at.
const MOST_CANDIDATES: usize = 32;

/// The address in a `srcset` (HTML §4.8.4.3.9) that is the largest of a reasonable size.
pub(super) fn best_of(set: &str) -> Option<String> {
    let mut best: Option<(u64, &str)> = None;
    let mut rest = set;
    for _ in 0..MOST_CANDIDATES {
        rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == ',');
        if rest.is_empty() {
            break;
        }
        let end = rest.find(|c: char| c.is_ascii_whitespace()).unwrap_or(rest.len());
        let (address, after) = rest.split_at(end);
        let bare = address.trim_end_matches(',');
        let descriptor = if bare.len() < address.len() {
            rest = after;
            ""
        } else {
            let (descriptor, after) = after.split_once(',').unwrap_or((after, ""));
            rest = after;
            descriptor
        };
        let rank = rank(descriptor.trim());
        if is_address(bare) && best.is_none_or(|(known, _)| rank > known) {
            best = Some((rank, bare));
        }
    }
    best.map(|(_, address)| address.to_owned())
}

/// Larger is better, up to what is reasonable; beyond it smaller is.
fn rank(descriptor: &str) -> u64 {
    let (size, most) = match descriptor.as_bytes().last() {
        Some(b'w') => (descriptor[..descriptor.len() - 1].parse().unwrap_or(0), WIDEST),
        Some(b'x') => {
            let density: f64 = descriptor[..descriptor.len() - 1].parse().unwrap_or(1.0);
            // A density that is none becomes 0 or the largest number.
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
            let density = (density * 1000.0).clamp(0.0, 1e6) as u32;
            (density, DENSEST)
        }
        _ => (1000, DENSEST),
    };
    if size <= most { (1 << 32) | u64::from(size) } else { u64::from(u32::MAX - size) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_of_a_set_is_large_but_not_huge() {
        let cases = [
            ("a.jpg 300w, b.jpg 1600w, c.jpg 1601w", Some("b.jpg")),
            ("a.jpg 5000w, b.jpg 3000w", Some("b.jpg")),
            ("a.jpg", Some("a.jpg")),
            ("a.jpg, b.jpg 1.5x", Some("b.jpg")),
            ("a.jpg NaNx, b.jpg -1x, c.jpg 99999999999w", Some("a.jpg")),
            (
                "http://a.cn/w_300,h_2/1.jpg 300w,http://a.cn/w_600,h_4/1.jpg 600w",
                Some("http://a.cn/w_600,h_4/1.jpg"),
            ),
            ("data:image/png;base64,x 1x", None),
            (" , ,, ", None),
            ("", None),
        ];
        for (set, expected) in cases {
            assert_eq!(best_of(set).as_deref(), expected, "{set}");
        }
    }
}
