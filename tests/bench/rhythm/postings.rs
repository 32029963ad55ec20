//! Posting times laid over daily counts: where only dates are known, clock times are drawn
//! from a model of the day that is fitted to feeds with clock times.
//!
//! The model: a source posts in batches; the hour of a batch follows a distribution of the
//! source's own, which is drawn from a Dirichlet distribution around the mean of all feeds;
//! within the hour any second is as likely; each further entry of a day comes within ten
//! minutes of the one before with the probability that feeds show, else by itself. Weekly
//! rhythm, bursts of days and silences are those of the counts.

use crate::series::Series;
use crate::simulate::Source;
use chrono::{DateTime, Datelike, NaiveDate, Timelike};
use chrono_tz::Tz;
use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::io::{BufRead, BufReader};
use std::path::Path;

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;
const BATCH: i64 = 900;

/// What real feeds show of their days.
pub struct Model {
    /// Share of the batches in each hour, mean over feeds.
    pub day: [f64; 24],
    /// Mean share of each weekday, Monday first.
    pub week: [f64; 7],
    /// How alike feeds are: the sum of the Dirichlet distribution's parameters.
    pub likeness: f64,
    /// Share of entries that come within a quarter of an hour of the one before.
    pub batched: f64,
    pub feeds: usize,
}

impl Model {
    /// Fits the model to feeds that span three days, of known zone; 60 newest items of each.
    pub fn fit(series: &[Series]) -> Model {
        let span = |s: &Series| s.times.last().unwrap_or(&0) - s.times.first().unwrap_or(&0);
        let mut days: Vec<[u32; 24]> = Vec::new();
        let mut week = [0.0; 7];
        let (mut close, mut gaps) = (0_usize, 0_usize);
        for feed in series.iter().filter(|feed| span(feed) > 3 * DAY) {
            if (feed.times.len() as i64) * DAY < 12 * span(feed) {
                gaps += feed.times.len() - 1;
                close += feed.times.windows(2).filter(|pair| pair[1] - pair[0] <= BATCH).count();
            }
            let Some(zone) = feed.zone else { continue };
            let newest = &feed.times[feed.times.len().saturating_sub(60)..];
            let local =
                |at: &i64| DateTime::from_timestamp(*at, 0).map(|at| at.with_timezone(&zone));
            let local: Vec<DateTime<Tz>> = newest.iter().filter_map(local).collect();
            let batches: BTreeSet<(NaiveDate, u32)> =
                local.iter().map(|at| (at.date_naive(), at.hour())).collect();
            let mut day = [0; 24];
            batches.iter().for_each(|(_, hour)| day[*hour as usize] += 1);
            days.push(day);
            if span(feed) > 14 * DAY {
                let share = 1.0 / local.len() as f64;
                local
                    .iter()
                    .for_each(|at| week[at.weekday().num_days_from_monday() as usize] += share);
            }
        }
        let total: f64 = week.iter().sum();
        let mean = |hour: usize| {
            let shares =
                days.iter().map(|day| f64::from(day[hour]) / f64::from(day.iter().sum::<u32>()));
            shares.sum::<f64>() / days.len() as f64
        };
        let day = std::array::from_fn(mean);
        Model {
            day,
            week: week.map(|share| share / total),
            likeness: likeness(&day, &days),
            batched: close as f64 / gaps as f64,
            feeds: days.len(),
        }
    }
}

/// The likeness under which the counts are most likely (Pólya's distribution), of a few.
fn likeness(mean: &[f64; 24], days: &[[u32; 24]]) -> f64 {
    let rising =
        |from: f64, times: u32| (0..times).map(|n| (from + f64::from(n)).ln()).sum::<f64>();
    let likelihood = |alpha: f64| {
        let feed = |day: &[u32; 24]| {
            let hours = day.iter().zip(mean).map(|(count, share)| rising(alpha * share, *count));
            hours.sum::<f64>() - rising(alpha, day.iter().sum())
        };
        days.iter().map(feed).sum::<f64>()
    };
    let candidates = [2.0, 4.0, 8.0, 12.0, 16.0, 20.0, 25.0, 30.0, 40.0, 60.0, 100.0];
    let best = candidates.into_iter().max_by(|a, b| likelihood(*a).total_cmp(&likelihood(*b)));
    best.expect("there are candidates")
}

/// The outlets of the archive with times drawn for their dates; all in China.
pub fn archive(file: &Path, model: &Model, seed: u64) -> Result<Vec<Source>, Box<dyn Error>> {
    let lines = BufReader::new(zstd::Decoder::new(std::fs::File::open(file)?)?).lines();
    let mut outlets: BTreeMap<String, BTreeMap<NaiveDate, u32>> = BTreeMap::new();
    for line in lines {
        let article: serde_json::Value = serde_json::from_str(&line?)?;
        let text = |key: &str| article[key].as_str().unwrap_or_default().to_owned();
        let date: NaiveDate = text("date").parse()?;
        *outlets.entry(text("outlet")).or_default().entry(date).or_default() += 1;
    }
    let dates = || outlets.values().flat_map(|days| days.keys().copied());
    let (first, last) = (dates().min().ok_or("no article")?, dates().max().ok_or("no article")?);
    let midnight = |date: NaiveDate| i64::from(date.num_days_from_ce() - 719_163) * DAY - 8 * HOUR;
    let sources = outlets.iter().map(|(name, days)| {
        let mut draw = Draw::new(name, seed);
        let shares = model.day.map(|share| draw.gamma(model.likeness * share));
        let mut times: Vec<i64> = Vec::new();
        for (date, count) in days {
            for nth in 0..*count {
                let before = times.last().copied().filter(|_| nth > 0);
                let at = match before.filter(|_| draw.share() < model.batched) {
                    Some(before) => before + (draw.share() * 600.0) as i64,
                    None => {
                        midnight(*date) + draw.hour(&shares) * HOUR + (draw.share() * 3600.0) as i64
                    }
                };
                times.push(at);
            }
        }
        times.sort_unstable();
        // A week of the past for the first document.
        let from = midnight(first) + 7 * DAY + (draw.share() * DAY as f64) as i64;
        let until = midnight(last) + DAY;
        Source::new(name, Tz::Asia__Shanghai, times, from..until)
    });
    Ok(sources.collect())
}

/// Chance by name: the same for the same seed, whatever else is drawn.
pub struct Draw(u64);

impl Draw {
    pub fn new(name: &str, seed: u64) -> Draw {
        Draw(xxhash_rust::xxh3::xxh3_64_with_seed(name.as_bytes(), seed))
    }

    /// 0 up to 1. SplitMix64 (Steele, Lea and Flood, 2014).
    pub fn share(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn hour(&mut self, shares: &[f64; 24]) -> i64 {
        let mut rest = self.share() * shares.iter().sum::<f64>();
        let hour = shares.iter().position(|share| {
            rest -= share;
            rest < 0.0
        });
        hour.unwrap_or(23) as i64
    }

    fn normal(&mut self) -> f64 {
        let (radius, angle) = (self.share().max(1e-300), self.share());
        (-2.0 * radius.ln()).sqrt() * (std::f64::consts::TAU * angle).cos()
    }

    /// Marsaglia and Tsang, *A simple method for generating gamma variables*, 2000.
    fn gamma(&mut self, shape: f64) -> f64 {
        if shape < 1.0 {
            let boost = self.share().max(1e-300).powf(1.0 / shape);
            return self.gamma(shape + 1.0) * boost;
        }
        let d = shape - 1.0 / 3.0;
        loop {
            let x = self.normal();
            let v = (1.0 + x / (9.0 * d).sqrt()).powi(3);
            if v > 0.0 && self.share().max(1e-300).ln() < x * x / 2.0 + d - d * v + d * v.ln() {
                return d * v;
            }
        }
    }
}
