//! What was learnt of the topics: for each run of characters, how much it speaks for each.
//!
//! The file: magic (8 bytes), version (1), topics (1), scale (4), floor (4); for each topic the
//! length of its id (1), the id, bias (4), threshold (4); rows of [`WIDTH`] signed bytes; XXH3 of
//! all before (8). Numbers are little-endian.

use super::grams::{Gram, ROWS, Rows, grams};
use crate::tables;
use std::borrow::Cow;
use xxhash_rust::xxh3::xxh3_64;

const MAGIC: &[u8; 8] = b"cwtopics";
pub const VERSION: u8 = 1;
/// Topics at most: bytes of a row, of which those behind the last topic's are 0.
pub const WIDTH: usize = 20;
/// What is read of a lead. Bytes: 300 Chinese characters.
pub const MAX_LEAD: usize = 900;
/// A run in the title counts twice as much as one in the lead.
pub const TITLE: i32 = 2;

/// Scores are thousandths of the distance by which learning set the topics apart: 1000 is
/// clearly of the topic, -1000 clearly not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Weights {
    pub topics: Vec<LearntTopic>,
    /// 65,536ths of a thousandth for each unit of a sum that is divided by the root of its length.
    pub scale: u32,
    /// Below it the best topic is no topic.
    pub floor: i32,
    rows: Cow<'static, [u8]>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LearntTopic {
    pub id: String,
    pub bias: i32,
    /// From it the topic may stand beside the best.
    pub threshold: i32,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WeightsError {
    #[error("these are no weights of topics")]
    Magic,
    #[error("weights of version {found}, and this program reads version {VERSION}: make them anew")]
    Version { found: u8 },
    #[error("the weights are cut off or too long")]
    Length,
    #[error("the weights are damaged: their checksum is another")]
    Checksum,
}

impl Weights {
    /// `rows`: [`ROWS`] of [`WIDTH`] signed bytes.
    pub fn new(topics: Vec<LearntTopic>, scale: u32, floor: i32, rows: Vec<u8>) -> Weights {
        assert!(rows.len() == ROWS * WIDTH && topics.len() <= WIDTH, "another shape");
        Weights { topics, scale, floor, rows: Cow::Owned(rows) }
    }

    /// Those that the program carries. Checks 1.3 MB: call it once.
    ///
    /// # Panics
    /// When they are not of this program, so that it does not start.
    pub fn shipped() -> Weights {
        Weights::decode(tables::TOPIC_WEIGHTS)
            .unwrap_or_else(|why| panic!("data/topics/weights.bin: {why}"))
    }

    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend([VERSION, self.topics.len() as u8]);
        bytes.extend(self.scale.to_le_bytes());
        bytes.extend(self.floor.to_le_bytes());
        for topic in &self.topics {
            bytes.push(topic.id.len() as u8);
            bytes.extend(topic.id.as_bytes());
            bytes.extend(topic.bias.to_le_bytes());
            bytes.extend(topic.threshold.to_le_bytes());
        }
        bytes.extend_from_slice(&self.rows);
        let checksum = xxh3_64(&bytes);
        bytes.extend(checksum.to_le_bytes());
        bytes
    }

    /// # Errors
    /// Of whatever is not what [`Weights::encode`] gave.
    pub fn decode(bytes: &'static [u8]) -> Result<Weights, WeightsError> {
        let mut rest = bytes.strip_prefix(MAGIC).ok_or(WeightsError::Magic)?;
        let [found] = take(&mut rest)?;
        if found != VERSION {
            return Err(WeightsError::Version { found });
        }
        let (body, checksum) = bytes.split_last_chunk().ok_or(WeightsError::Length)?;
        if xxh3_64(body) != u64::from_le_bytes(*checksum) {
            return Err(WeightsError::Checksum);
        }
        let [count] = take(&mut rest)?;
        let scale = u32::from_le_bytes(take(&mut rest)?);
        let floor = i32::from_le_bytes(take(&mut rest)?);
        let mut topics = Vec::new();
        for _ in 0..count {
            let [length] = take(&mut rest)?;
            let (id, behind) =
                rest.split_at_checked(usize::from(length)).ok_or(WeightsError::Length)?;
            rest = behind;
            topics.push(LearntTopic {
                id: String::from_utf8_lossy(id).into_owned(),
                bias: i32::from_le_bytes(take(&mut rest)?),
                threshold: i32::from_le_bytes(take(&mut rest)?),
            });
        }
        let (rows, rest) = rest.split_at_checked(ROWS * WIDTH).ok_or(WeightsError::Length)?;
        if rest.len() != checksum.len() || topics.len() > WIDTH {
            return Err(WeightsError::Length);
        }
        Ok(Weights { topics, scale, floor, rows: Cow::Borrowed(rows) })
    }

    /// What title and lead, in Simplified characters, say for each topic. `None` unless most of
    /// the title is Chinese: nothing else was learnt from.
    pub fn scores(&self, title: &str, lead: &str) -> Option<[i32; WIDTH]> {
        if !is_chinese(title) {
            return None;
        }
        let (rows, _) = self.rows.as_chunks::<WIDTH>();
        let mut seen = Rows::none();
        let mut of_title = Total::default();
        of_title.add(rows, title, &mut seen);
        let mut of_lead = Total::default();
        of_lead.add(rows, &lead[..lead.floor_char_boundary(MAX_LEAD)], &mut seen);
        let mut sums = of_lead.sums;
        sums.iter_mut().zip(of_title.sums).for_each(|(sum, of_title)| *sum += TITLE * of_title);
        let length = of_lead.length + TITLE * TITLE * of_title.length;
        // The root of the length in 64ths.
        let root = (i64::from(length.max(1)) * 4096).isqrt();
        for (sum, topic) in sums.iter_mut().zip(&self.topics) {
            let scaled = (i64::from(*sum) * i64::from(self.scale) * 64 / root) >> 16;
            *sum = i32::try_from(scaled).unwrap_or(0).saturating_add(topic.bias);
        }
        Some(sums)
    }

    /// The run of two or three characters that says most for a topic, if any does that a reader
    /// would take for a word: 地铁, not 0号 or 的地.
    pub fn strongest(&self, topic: usize, text: &str) -> Option<(usize, usize)> {
        let (rows, _) = self.rows.as_chunks::<WIDTH>();
        let mut best: Option<(i8, Gram)> = None;
        grams(text, |gram| {
            let weight = rows[usize::from(gram.row)][topic] as i8;
            let reads = || is_readable(&text[gram.start..gram.end]);
            if gram.chars > 1 && weight > 0 && reads() && best.is_none_or(|(most, _)| weight > most)
            {
                best = Some((weight, gram));
            }
        });
        best.map(|(_, gram)| (gram.start, gram.end))
    }
}

/// What the runs of a text say together, each counted once.
#[derive(Default)]
struct Total {
    sums: [i32; WIDTH],
    length: i32,
}

impl Total {
    /// So many weights, as bytes that are not negative, add up to no more than 16 bits.
    const RUNS: usize = 256;
    const POSITIVE: u8 = 0x80;

    fn add(&mut self, rows: &[[u8; WIDTH]], text: &str, seen: &mut Rows) {
        // Rows are far from each other in memory: added together, they are fetched together.
        let (mut met, mut count) = ([0; Total::RUNS], 0);
        grams(text, |gram| {
            if seen.add(gram.row) {
                met[count] = gram.row;
                count += 1;
                if count == Total::RUNS {
                    self.add_rows(rows, &met);
                    count = 0;
                }
            }
        });
        self.add_rows(rows, &met[..count]);
    }

    fn add_rows(&mut self, rows: &[[u8; WIDTH]], met: &[u16]) {
        let mut lanes = [0_u16; WIDTH];
        for &row in met {
            for (lane, weight) in lanes.iter_mut().zip(rows[usize::from(row)]) {
                *lane += u16::from(weight ^ Total::POSITIVE);
            }
        }
        let runs = met.len() as i32;
        self.length += runs;
        for (sum, lane) in self.sums.iter_mut().zip(lanes) {
            *sum += i32::from(lane) - runs * i32::from(Total::POSITIVE);
        }
    }
}

fn take<const N: usize>(rest: &mut &[u8]) -> Result<[u8; N], WeightsError> {
    let (taken, behind) = rest.split_first_chunk().ok_or(WeightsError::Length)?;
    *rest = behind;
    Ok(*taken)
}

/// Whether a run can be a word: Chinese characters alone, none of which only joins words or counts.
fn is_readable(run: &str) -> bool {
    const JOINING: &str = "的了着过是在有和与及或而被把将已对为从到至向这那其之也都又就才不没等个们\
                           一二三四五六七八九十百千万亿";
    run.chars().all(|c| ('\u{4e00}'..='\u{9fff}').contains(&c) && !JOINING.contains(c))
}

fn is_chinese(text: &str) -> bool {
    let (mut chinese, mut letters) = (0, 0);
    for c in text.chars().filter(|c| c.is_alphabetic()) {
        letters += 1;
        chinese += usize::from(('\u{4e00}'..='\u{9fff}').contains(&c));
    }
    chinese > 0 && chinese * 2 >= letters
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made() -> Weights {
        let topic = |id: &str, bias| LearntTopic { id: id.to_owned(), bias, threshold: -50 };
        let mut rows = vec![0; ROWS * WIDTH];
        grams("地铁", |gram| rows[usize::from(gram.row) * WIDTH] = 100);
        Weights::new(vec![topic("rail", -10), topic("school", -20)], 10 << 16, -300, rows)
    }

    fn decode(bytes: Vec<u8>) -> Result<Weights, WeightsError> {
        Weights::decode(bytes.leak())
    }

    #[test]
    fn what_was_written_is_read() {
        let weights = made();
        assert_eq!(decode(weights.encode()), Ok(weights));
        assert_eq!(Weights::shipped().topics.len(), tables::default_topics().len());
        for topic in tables::default_topics() {
            assert!(Weights::shipped().topics.iter().any(|known| known.id == topic.id.as_str()));
        }
        assert!(tables::TOPIC_WEIGHTS.len() <= 1_500_000);
    }

    #[test]
    fn what_is_not_whole_is_refused() {
        let bytes = made().encode();
        assert_eq!(decode(b"another file".to_vec()), Err(WeightsError::Magic));
        assert_eq!(decode(bytes[..8].to_vec()), Err(WeightsError::Length));
        assert_eq!(decode(bytes[..5000].to_vec()), Err(WeightsError::Checksum));
        let mut changed = bytes.clone();
        changed[8] = 9;
        let error = decode(changed).expect_err("another version");
        assert_eq!(error, WeightsError::Version { found: 9 });
        assert_eq!(
            error.to_string(),
            "weights of version 9, and this program reads version 1: make them anew"
        );
        let mut changed = bytes.clone();
        changed[70_000] ^= 1;
        assert_eq!(decode(changed), Err(WeightsError::Checksum));
        let mut longer = bytes[..bytes.len() - 8].to_vec();
        longer.push(0);
        longer.extend(xxh3_64(&longer).to_le_bytes());
        assert_eq!(decode(longer), Err(WeightsError::Length));
    }

    #[test]
    fn runs_in_the_title_count_twice_and_each_once() {
        let weights = made();
        let rail = |title, lead| weights.scores(title, lead).expect("Chinese")[0];
        let (title, lead) = (rail("地铁", ""), rail("新闻", "地铁"));
        assert!(title > lead && lead > -10, "{title} {lead}");
        assert_eq!(rail("地铁", "地铁"), title);
        // Seven runs of weight 100, twice, over the root of their length, and the bias.
        assert_eq!(title, 2 * 700 * 10 * 64 / (64.0 * 28_f64.sqrt()) as i32 - 10);
        assert_eq!(rail("新闻", ""), -10);
    }

    #[test]
    fn what_is_not_chinese_is_not_judged() {
        for title in ["", "123", "Subway opens 地铁", "地下鉄はこちらです"] {
            assert_eq!(made().scores(title, "地铁"), None, "{title}");
        }
    }

    #[test]
    fn the_strongest_run_is_told_by_its_place() {
        assert_eq!(made().strongest(0, "乘地铁去"), Some((3, 9)));
        assert_eq!(made().strongest(1, "乘地铁去"), None);
        let mut rows = vec![0; ROWS * WIDTH];
        for text in ["10号线", "地铁的"] {
            grams(text, |gram| rows[usize::from(gram.row) * WIDTH] = 100);
        }
        for run in ["地铁", "号线"] {
            grams(run, |gram| rows[usize::from(gram.row) * WIDTH] = 50);
        }
        let topic = LearntTopic { id: "rail".to_owned(), bias: 0, threshold: 0 };
        let weights = Weights::new(vec![topic], 1, 0, rows);
        assert_eq!(weights.strongest(0, "10号线"), Some((2, 8)));
        assert_eq!(weights.strongest(0, "地铁的"), Some((0, 6)));
        assert_eq!(weights.strongest(0, "10号，的地，3日"), None);
    }
}
