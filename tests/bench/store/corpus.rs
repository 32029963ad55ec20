//! Real articles, recombined into as many different ones as are wanted.

use flate2::Compression;
use flate2::write::GzEncoder;
use serde::Deserialize;
use std::error::Error;
use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufRead, BufReader, Write as _};
use std::ops::Range;

/// Bytes of HTML after which a text ends: with its last paragraph, some 3 KB.
const CONTENT_BYTES: usize = 2900;
/// Longer paragraphs are left out, so that texts are about as long as each other.
const PARAGRAPH_BYTES: usize = 1200;
/// Bytes after which a run of paragraphs ends: a text is of two articles at least, and so
/// differs from all others.
const RUN_BYTES: usize = 1000;
/// Bytes of a summary at most.
const SUMMARY_BYTES: usize = 240;

#[derive(Deserialize)]
struct Article {
    title: String,
    text: String,
    images: Vec<String>,
}

/// The articles of the shared archive.
pub struct Corpus {
    titles: Vec<String>,
    paragraphs: Vec<String>,
    /// Of each article, where its paragraphs lie.
    articles: Vec<Range<usize>>,
    images: Vec<String>,
}

/// A text made of them.
pub struct Text {
    pub title: String,
    pub summary: String,
    pub content: String,
    pub image: Option<String>,
}

impl Corpus {
    /// Reads `archive/` of the folder that `COUNTYWIRE_SHARED` names, else of `../shared`.
    ///
    /// # Errors
    /// It is not there, or no such archive.
    pub fn read() -> Result<Corpus, Box<dyn Error>> {
        let shared = std::env::var("COUNTYWIRE_SHARED").unwrap_or_else(|_| "../shared".to_owned());
        let path = format!("{shared}/archive/articles-2023h2.jsonl.zst");
        let file = File::open(&path).map_err(|error| format!("cannot open {path}: {error}"))?;
        let mut corpus = Corpus {
            titles: Vec::new(),
            paragraphs: Vec::new(),
            articles: Vec::new(),
            images: Vec::new(),
        };
        for line in BufReader::new(zstd::Decoder::new(file)?).lines() {
            let article: Article = serde_json::from_str(&line?)?;
            let start = corpus.paragraphs.len();
            let paragraphs = article.text.lines().map(str::trim);
            let paragraphs = paragraphs.filter(|text| (1..PARAGRAPH_BYTES).contains(&text.len()));
            corpus.paragraphs.extend(paragraphs.map(escaped));
            if corpus.paragraphs.len() > start {
                corpus.articles.push(start..corpus.paragraphs.len());
                corpus.titles.push(article.title);
            }
            corpus.images.extend(article.images);
        }
        if corpus.articles.is_empty() || corpus.images.is_empty() {
            return Err(format!("{path} holds no articles").into());
        }
        Ok(corpus)
    }

    /// A text by its number: always the same, and another for each number. Runs of two to
    /// four paragraphs of several articles follow each other.
    pub fn text(&self, number: u64) -> Text {
        let mut chance = Chance::new(number);
        let first = chance.below(self.articles.len());
        let (mut content, mut article) = (String::with_capacity(CONTENT_BYTES * 3 / 2), first);
        let image = (chance.below(2) == 0).then(|| &self.images[chance.below(self.images.len())]);
        if let Some(address) = image {
            let _ = write!(content, "<p><img src=\"{}\" alt=\"\"></p>", escaped(address));
        }
        let mut summary = "";
        while content.len() < CONTENT_BYTES {
            let paragraphs = &self.paragraphs[self.articles[article].clone()];
            let start = chance.below(paragraphs.len());
            let end = content.len() + RUN_BYTES;
            for paragraph in paragraphs[start..].iter().take(2 + chance.below(3)) {
                if content.len() >= end {
                    break;
                }
                let _ = write!(content, "<p>{paragraph}</p>");
                summary = if summary.is_empty() { paragraph } else { summary };
            }
            article = chance.below(self.articles.len());
        }
        let end = summary.floor_char_boundary(SUMMARY_BYTES);
        Text {
            title: self.titles[first].clone(),
            summary: summary[..end].to_owned(),
            content,
            image: image.cloned(),
        }
    }

    /// Mean bytes of title and content of some of the first `count` texts, plain and after
    /// gzip -6, each by itself.
    pub fn mean_bytes(&self, count: u64) -> Result<(f64, f64), Box<dyn Error>> {
        let step = (count / 2000).max(1);
        let (mut texts, mut plain, mut packed) = (0.0, 0.0, 0.0);
        for number in (0..count).step_by(step as usize) {
            let text = self.text(number);
            let mut encoder = GzEncoder::new(Vec::new(), Compression::new(6));
            encoder.write_all(text.title.as_bytes())?;
            encoder.write_all(text.content.as_bytes())?;
            texts += 1.0;
            plain += (text.title.len() + text.content.len()) as f64;
            packed += encoder.finish()?.len() as f64;
        }
        Ok((plain / texts, packed / texts))
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Numbers by chance, the same for the same seed: the hash of a counter.
pub struct Chance {
    seed: u64,
    drawn: u64,
}

impl Chance {
    pub fn new(seed: u64) -> Chance {
        Chance { seed, drawn: 0 }
    }

    /// Below `n`, which is not 0.
    pub fn below(&mut self, n: usize) -> usize {
        self.drawn += 1;
        let bytes = [self.seed.to_le_bytes(), self.drawn.to_le_bytes()].concat();
        (xxhash_rust::xxh3::xxh3_64(&bytes) % n as u64) as usize
    }
}
