//! What is learnt from: headlines with their topics, as far as these are known.

use countywire::classify::topics::TopicReader;
use countywire::model::Topic;
use countywire::text::script;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::path::Path;
use xxhash_rust::xxh3::xxh3_64;

/// Topics of archive headlines, told by reading them: ours.
pub const LABELS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/data/topics/labels.tsv");

/// Characters of an archive article that make its lead: as many as the yardsticks have.
const LEAD_CHARS: usize = 300;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// Labelled by reading: the regional yardstick.
    Regional,
    /// Labelled by reading: of the archive.
    Ours,
    /// Not labelled.
    Archive,
    /// Labelled by the sections of other sites.
    Public,
}

pub struct Headline {
    pub origin: Origin,
    /// Title and lead in Simplified characters.
    pub title: String,
    pub lead: String,
    /// Topic numbers, the first one first. Empty when nobody has said.
    pub gold: Vec<usize>,
    /// What the words of `topics.toml` say for each topic.
    pub words: Vec<u32>,
}

pub struct Material {
    /// By origin, in its order.
    pub headlines: Vec<Headline>,
    /// The files that were read, with their checksums.
    pub inputs: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct Article {
    title: String,
    text: String,
}

impl Material {
    /// # Errors
    /// When a file is not there or not what it should be.
    pub fn read(shared: &Path, topics: &[Topic]) -> Result<Material, Box<dyn Error>> {
        let reader = TopicReader::new(topics, None);
        let mut reading = Reading { shared, topics, reader, inputs: BTreeMap::new() };
        let mut headlines = Vec::new();
        for row in reading.rows("yardsticks/topic/regional_dev.tsv")? {
            let gold = reading.numbers(&row["topics"])?;
            headlines.push(reading.headline(Origin::Regional, &row["title"], &row["text"], gold));
        }
        let known: BTreeSet<String> = headlines.iter().map(|one| one.title.clone()).collect();
        let mut labels = BTreeMap::new();
        let told = reading.file("labels.tsv", Path::new(LABELS))?;
        for line in String::from_utf8(told)?.lines().filter(|line| !line.starts_with('#')) {
            let (hash, slugs) = line.split_once('\t').ok_or("labels.tsv: no tab in a line")?;
            labels.insert(u64::from_str_radix(hash, 16)?, reading.numbers(slugs)?);
        }
        let (mut ours, mut archive) = (Vec::new(), Vec::new());
        let packed = reading.bytes("archive/articles-2023h2.jsonl.zst")?;
        for line in String::from_utf8(zstd::decode_all(packed.as_slice())?)?.lines() {
            let article: Article = serde_json::from_str(line)?;
            let lead: String = article.text.chars().take(LEAD_CHARS).collect();
            // A title counts once.
            let gold = labels.remove(&title_hash(&article.title));
            let origin = if gold.is_some() { Origin::Ours } else { Origin::Archive };
            let headline =
                reading.headline(origin, &article.title, &lead, gold.unwrap_or_default());
            if known.contains(&headline.title) {
                continue;
            }
            if origin == Origin::Ours { &mut ours } else { &mut archive }.push(headline);
        }
        headlines.append(&mut ours);
        headlines.append(&mut archive);
        for row in reading.rows("yardsticks/topic/train.tsv")? {
            let gold = reading.numbers(&row["topic"])?;
            headlines.push(reading.headline(Origin::Public, &row["title"], "", gold));
        }
        Ok(Material { headlines, inputs: reading.inputs })
    }

    pub fn count(&self, origin: Origin) -> usize {
        self.headlines.iter().filter(|headline| headline.origin == origin).count()
    }
}

/// Names a headline in `labels.tsv`.
pub fn title_hash(title: &str) -> u64 {
    xxh3_64(title.trim().as_bytes())
}

struct Reading<'a> {
    shared: &'a Path,
    topics: &'a [Topic],
    reader: TopicReader,
    inputs: BTreeMap<String, String>,
}

impl Reading<'_> {
    fn bytes(&mut self, file: &str) -> Result<Vec<u8>, Box<dyn Error>> {
        self.file(file, &self.shared.join(file))
    }

    fn file(&mut self, file: &str, path: &Path) -> Result<Vec<u8>, Box<dyn Error>> {
        let bytes = std::fs::read(path).map_err(|why| format!("{}: {why}", path.display()))?;
        self.inputs.insert(file.to_owned(), crate::sha256(&bytes));
        Ok(bytes)
    }

    /// Rows by column name.
    fn rows(&mut self, file: &str) -> Result<Vec<BTreeMap<String, String>>, Box<dyn Error>> {
        let text = String::from_utf8(self.bytes(file)?)?;
        let mut lines = text.lines().map(|line| line.split('\t').map(str::to_owned));
        let header: Vec<String> = lines.next().ok_or("no header")?.collect();
        Ok(lines.map(|fields| header.iter().cloned().zip(fields).collect()).collect())
    }

    fn numbers(&self, slugs: &str) -> Result<Vec<usize>, Box<dyn Error>> {
        let number = |slug: &str| {
            let place = self.topics.iter().position(|topic| topic.id.as_str() == slug);
            place.ok_or_else(|| format!("{slug} is no topic").into())
        };
        slugs.split('|').map(number).collect()
    }

    fn headline(&self, origin: Origin, title: &str, lead: &str, gold: Vec<usize>) -> Headline {
        Headline {
            origin,
            title: script::fold(title).into_owned(),
            lead: script::fold(lead).into_owned(),
            gold,
            words: self.reader.word_weights(title, lead),
        }
    }
}
