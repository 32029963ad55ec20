//! What a configuration amounts to, in one line.

use super::Config;
use std::fmt;

/// Counts for `countywire check`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
pub struct Summary {
    pub sources: usize,
    /// Polled.
    pub active: usize,
    /// Waiting for `[poll] rsshub`.
    pub idle: usize,
    /// `enabled = false`.
    pub disabled: usize,
    pub regions: usize,
    pub published_regions: usize,
    pub topics: usize,
    /// What we publish: everything, each published region, each topic, each topic in
    /// each published region, each source.
    pub channels: usize,
    /// Hubs of sources are asked to push.
    pub push: bool,
}

impl Config {
    pub fn summary(&self) -> Summary {
        let count = |test: fn(&crate::model::Source) -> bool| {
            self.sources.iter().filter(|source| test(source)).count()
        };
        let published = match self.publish.as_slice() {
            [] => self.regions.len(),
            _ => self.regions.iter().filter(|region| self.is_published(&region.code)).count(),
        };
        let (sources, topics) = (self.sources.len(), self.topics.len());
        Summary {
            sources,
            active: count(|source| source.is_active()),
            idle: count(|source| source.enabled && source.url.is_none()),
            disabled: count(|source| !source.enabled),
            regions: self.regions.len(),
            published_regions: published,
            topics,
            channels: 1 + published + topics + published * topics + sources,
            push: self.poll.push,
        }
    }
}

impl Summary {
    pub fn to_json(&self) -> serde_json::Value {
        serde_json::to_value(self).expect("counts are JSON")
    }
}

/// `123 sources (80 active, 43 idle), 3,240 regions (3,240 published), 19 topics, …`
impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let n = grouped;
        write!(f, "{} sources ({} active, {} idle", n(self.sources), n(self.active), n(self.idle))?;
        if self.disabled > 0 {
            write!(f, ", {} disabled", n(self.disabled))?;
        }
        write!(
            f,
            "), {} regions ({} published), {} topics, {} channels, push {}",
            n(self.regions),
            n(self.published_regions),
            n(self.topics),
            n(self.channels),
            if self.push { "on" } else { "off" }
        )
    }
}

/// Thousands apart: `3,240`.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::grouped;

    #[test]
    fn thousands_stand_apart() {
        for (number, text) in [(0, "0"), (999, "999"), (3_240, "3,240"), (1_234_567, "1,234,567")] {
            assert_eq!(grouped(number), text);
        }
    }
}
