//! Texts as the learner sees them: runs of characters with their weight.

use crate::material::Headline;
use countywire::classify::topics::grams::{ROWS, Rows, grams};
use countywire::classify::topics::weights::MAX_LEAD;

/// A text, its values scaled so that texts are of length 1 on average.
pub struct Document {
    pub runs: Vec<(u16, f32)>,
    /// Of its length.
    pub square: f32,
}

/// How rare each run is, over the length of an average text.
pub struct Rarity(pub Vec<f32>);

/// `counted`: the headlines whose runs tell what is rare, from the first on.
pub fn documents(headlines: &[Headline], counted: usize) -> (Vec<Document>, Rarity) {
    let mut documents: Vec<Document> = headlines.iter().map(plain).collect();
    let mut counts = vec![0_u32; ROWS];
    for (row, _) in documents[..counted].iter().flat_map(|document| &document.runs) {
        counts[usize::from(*row)] += 1;
    }
    let all = counted as f32 + 1.0;
    let mut rarity: Vec<f32> =
        counts.iter().map(|&count| (all / (count as f32 + 1.0)).ln()).collect();
    weigh(&mut documents, &rarity);
    let mean: f32 = documents[..counted].iter().map(|one| one.square).sum::<f32>() / counted as f32;
    rarity.iter_mut().for_each(|one| *one /= mean.sqrt());
    for document in &mut documents {
        document.runs.iter_mut().for_each(|(_, value)| *value /= mean.sqrt());
        document.square /= mean;
    }
    (documents, Rarity(rarity))
}

/// Each run once, 1 in the title and a half in the lead, over the root of the length: as
/// `Weights::scores` counts them.
fn plain(headline: &Headline) -> Document {
    let mut seen = Rows::none();
    let mut runs = Vec::new();
    let lead = &headline.lead[..headline.lead.floor_char_boundary(MAX_LEAD)];
    for (text, value) in [(headline.title.as_str(), 1.0_f32), (lead, 0.5)] {
        grams(text, |gram| {
            if seen.add(gram.row) {
                runs.push((gram.row, value));
            }
        });
    }
    let length: f32 = runs.iter().map(|(_, value)| value * value).sum();
    runs.iter_mut().for_each(|(_, value)| *value /= length.sqrt());
    runs.sort_unstable_by_key(|(row, _)| *row);
    Document { runs, square: 0.0 }
}

fn weigh(documents: &mut [Document], rarity: &[f32]) {
    for document in documents {
        for (row, value) in &mut document.runs {
            *value *= rarity[usize::from(*row)];
        }
        document.square = document.runs.iter().map(|(_, value)| value * value).sum();
    }
}
