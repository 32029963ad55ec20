//! Whether two entries tell of different places.

use super::places::places;
use super::sketch::Sketch;

/// Whether titles name places, and none of the one's lies in, or holds, one of the other's: news of
/// Shaanxi may be of Xingping.
pub fn titles_name_others(a: &Sketch, b: &Sketch) -> bool {
    both_name_places(a, b) && are_others(&numbers(a, None), &numbers(b, None))
}

/// Whether each title names a place that the other entry does not speak of, neither of it nor of
/// what is in it or round it: Clay County, Florida, and Polk County, Florida; not Clay County and
/// Clay County, Florida.
pub fn each_names_another(a: &Sketch, b: &Sketch) -> bool {
    both_name_places(a, b) && are_others(&numbers(a, Some(b)), &numbers(b, Some(a)))
}

fn both_name_places(a: &Sketch, b: &Sketch) -> bool {
    a.measures.title_places > 0 && b.measures.title_places > 0
}

fn are_others(of_a: &[u16], of_b: &[u16]) -> bool {
    let is_apart = |&one: &u16| of_b.iter().all(|&other| !places().are_related(one, other));
    !of_a.is_empty() && !of_b.is_empty() && of_a.iter().all(is_apart)
}

/// Of the places in the title, without those that the other one speaks of.
fn numbers(sketch: &Sketch, other: Option<&Sketch>) -> Vec<u16> {
    let is_told = |term| other.is_some_and(|other| other.terms().any(|said| said.term() == term));
    let terms = sketch.title_places().filter(|&term| !is_told(term));
    terms.filter_map(|term| term.place_number()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Timestamp;

    #[test]
    fn places_are_others_unless_one_lies_in_the_other_or_both_are_told() {
        let of = |title: &str, text: &str| Sketch::new(title, text, Timestamp(0));
        let each =
            |a: [&str; 2], b: [&str; 2]| each_names_another(&of(a[0], a[1]), &of(b[0], b[1]));
        assert!(each(["陕西兴平通车", ""], ["陕西泾阳通车", ""]));
        assert!(each(["兴平通车", ""], ["泾阳通车", ""]));
        assert!(!each(["兴平通车", ""], ["泾阳通车", "兴平也通车"]));
        assert!(!each(["兴平通车", ""], ["陕西通车", ""]));
        assert!(!each(["兴平通车", ""], ["通车", ""]));
        let titles = |a: &str, b: &str| titles_name_others(&of(a, ""), &of(b, a));
        assert!(titles("兴平通车", "泾阳通车") && !titles("兴平通车", "咸阳通车"));
        assert!(!titles("陕西兴平通车", "陕西泾阳通车") && !titles("通车", "兴平通车"));
    }
}
