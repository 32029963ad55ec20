//! Learns the weights of the topics from headlines: ../README.md tells more.
//!
//! The same material gives the same bytes.

mod documents;
mod figures;
mod learn;
mod material;
mod teach;

use countywire::classify::topics::TopicReader;
use countywire::classify::topics::weights::Weights;
use countywire::tables;
use figures::{Figures, Scored, scored, set_thresholds};
use learn::Shuffle;
use material::{Headline, Material, Origin};
use std::collections::BTreeSet;
use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;
use std::process::ExitCode;
use teach::School;

const USAGE: &str = "\
cargo run --release --example train-topics -- SHARED [OUT]
  SHARED   the folder of yardsticks/topic and archive
  OUT      where weights.bin and weights.toml go (default data/topics)
`train-topics --hash` reads headlines and writes each one's name in labels.tsv.";

/// Labelled headlines are learnt from in all parts but one, and judged in that.
const FOLDS: usize = 5;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let done = match arguments.as_slice() {
        [flag] if flag == "--hash" => hash_lines(),
        [shared] => train(Path::new(shared), Path::new("data/topics")),
        [shared, out] => train(Path::new(shared), Path::new(out)),
        _ => Err(USAGE.into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}

fn hash_lines() -> Result<(), Box<dyn Error>> {
    for line in std::io::stdin().lines() {
        println!("{:016x}", material::title_hash(&line?));
    }
    Ok(())
}

fn train(shared: &Path, out: &Path) -> Result<(), Box<dyn Error>> {
    let topics = tables::default_topics();
    let ids: Vec<String> = topics.iter().map(|topic| topic.id.to_string()).collect();
    let material = Material::read(shared, &topics)?;
    let headlines = &material.headlines;
    let public = material.count(Origin::Public);
    let (documents, rarity) = documents::documents(headlines, headlines.len() - public);
    let school = School { headlines, documents: &documents, rarity: &rarity, topics: &ids };
    let labelled = material.count(Origin::Regional) + material.count(Origin::Ours);
    eprintln!("{} headlines, {labelled} labelled by reading", headlines.len());

    let folds = folds(&headlines[..labelled]);
    let mut weights_of = Vec::new();
    let mut judged: Vec<Option<Scored>> = Vec::new();
    judged.resize_with(labelled, || None);
    for fold in 0..FOLDS {
        let weights = school.teach(|number| folds[number] != fold);
        for number in (0..labelled).filter(|&number| folds[number] == fold) {
            judged[number] = scored(&weights, &headlines[number]);
        }
        weights_of.push(weights);
        eprintln!("fold {} of {FOLDS}", fold + 1);
    }
    let mut table = String::new();
    for (name, origin) in [("regional", Origin::Regional), ("ours", Origin::Ours)] {
        let mut figures = Figures::default();
        for (fold, weights) in weights_of.iter().enumerate() {
            let mut weights = Weights::clone(weights);
            // Thresholds are of the other folds too.
            let others = judged.iter().zip(&folds).filter(|(_, of)| **of != fold);
            let others: Vec<&Scored> = others.filter_map(|(one, _)| one.as_ref()).collect();
            set_thresholds(&mut weights, &others);
            let reader = TopicReader::new(&topics, Some(weights));
            let held_out = headlines[..labelled].iter().zip(&folds);
            for (headline, _) in
                held_out.filter(|(headline, of)| **of == fold && headline.origin == origin)
            {
                figures.add(&reader, &topics, headline);
            }
        }
        writeln!(table, "{name} = {{ {figures} }}")?;
    }
    eprint!("cross-validated, in 1000:\n{table}");

    let mut weights = school.teach(|_| true);
    let all: Vec<&Scored> = judged.iter().flatten().collect();
    set_thresholds(&mut weights, &all);
    write(out, &weights, &material, &table)?;
    Ok(())
}

/// The fold of each headline. Those about the same event are in the same one.
fn folds(headlines: &[Headline]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..headlines.len()).collect();
    Shuffle(42).shuffle(&mut order);
    let threes: Vec<BTreeSet<[char; 3]>> = headlines
        .iter()
        .map(|headline| {
            let chars: Vec<char> = headline.title.chars().collect();
            chars.array_windows::<3>().copied().collect()
        })
        .collect();
    let mut folds = vec![usize::MAX; headlines.len()];
    for (place, &number) in order.iter().enumerate() {
        let alike = |other: &&usize| {
            let shared = threes[number].intersection(&threes[**other]).count();
            shared * 4 > threes[number].len().min(threes[**other].len())
        };
        let like = order[..place].iter().find(alike);
        folds[number] = like.map_or(place % FOLDS, |&other| folds[other]);
    }
    folds
}

fn write(
    out: &Path,
    weights: &Weights,
    material: &Material,
    table: &str,
) -> Result<(), Box<dyn Error>> {
    let bytes = weights.encode();
    let mut told = String::from(
        "# Where weights.bin comes from: written by the program that made it, see README.md.\n\n",
    );
    writeln!(told, "made_on = \"{}\"", chrono::Utc::now().date_naive())?;
    writeln!(told, "sha256 = \"{}\"", sha256(&bytes))?;
    writeln!(told, "floor = {}\n\n[inputs]", weights.floor)?;
    for (file, checksum) in &material.inputs {
        writeln!(told, "\"{file}\" = \"{checksum}\"")?;
    }
    let words = include_str!("../topics.toml");
    writeln!(told, "\"topics.toml\" = \"{}\"", sha256(words.as_bytes()))?;
    told.push_str("\n[headlines]\n");
    for (name, origin) in [
        ("regional", Origin::Regional),
        ("ours", Origin::Ours),
        ("archive", Origin::Archive),
        ("public", Origin::Public),
    ] {
        writeln!(told, "{name} = {}", material.count(origin))?;
    }
    writeln!(told, "\n# In 1000, {FOLDS} folds: no headline was judged by what it taught.")?;
    write!(told, "[cross_validated]\n{table}\n[thresholds]\n")?;
    for topic in &weights.topics {
        writeln!(told, "{} = {}", topic.id, topic.threshold)?;
    }
    std::fs::write(out.join("weights.bin"), bytes)?;
    std::fs::write(out.join("weights.toml"), told)?;
    Ok(())
}

fn sha256(bytes: &[u8]) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, bytes);
    digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}
