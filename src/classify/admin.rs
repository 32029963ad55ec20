//! What the admin's `region_words` say of a text.

use super::Text;
use super::places::{Place, Places};
use super::regions::Piece;
use super::scan::is_bounded;
use crate::model::{RegionWords, Rule};
use crate::text::script;

/// What the rules that apply ask for.
#[derive(Debug, Default)]
pub(super) struct Orders {
    /// Regions that the entry is about, in the order of the rules, with the words.
    pub(super) about: Vec<(Place, Piece)>,
    /// Regions that it is not about, nor about any below them.
    pub(super) not: Vec<Place>,
}

/// `rules`: the source's before those for all.
pub(super) fn orders<'r>(
    places: &Places,
    rules: impl Iterator<Item = &'r RegionWords>,
    text: &Text<'_>,
) -> Orders {
    let mut orders = Orders::default();
    for rule in rules {
        let Some(place) = places.of_code(&rule.region) else { continue };
        if find(text, &rule.not_words).is_some() {
            orders.not.push(place);
        } else if let Some(piece) = find(text, &rule.words)
            && !orders.about.iter().any(|(known, _)| *known == place)
        {
            orders.about.push((place, piece));
        }
    }
    orders
}

/// The first of the words that title or lead has.
fn find(text: &Text<'_>, words: &[String]) -> Option<Piece> {
    words.iter().filter(|word| !word.trim().is_empty()).find_map(|word| {
        let word = script::fold(word);
        text.parts.iter().find_map(|part| {
            let mut hits = part.folded.match_indices(&*word);
            let (start, _) = hits.find(|(at, _)| is_bounded(&part.folded, *at, at + word.len()))?;
            Some(Piece { part: part.kind, start, end: start + word.len(), rule: Rule::Words })
        })
    })
}
