//! What a document says that feed-rs does not pass on.

use super::kinds::Kept;
use crate::model::{Author, Category, Cloud, FeedFormat, Location, Media};

#[derive(Debug, Default)]
pub(super) struct Extras {
    pub format: FeedFormat,
    pub language: Option<String>,
    /// Dates of the feed as written, the best first.
    pub updated: Vec<String>,
    pub skip_hours: Vec<u8>,
    pub skip_days: Vec<u8>,
    pub update_period: Option<String>,
    pub update_frequency: Option<String>,
    pub cloud: Option<Cloud>,
    pub image: Option<String>,
    /// The `xml:base` of what holds the items.
    pub base: Option<String>,
    /// It has a title: the first one counts, feed-rs takes the last.
    pub titled: bool,
    /// HTML that feed-rs does not pass on.
    pub texts: Vec<(Kept, String)>,
    /// In document order, as many as feed-rs makes entries.
    pub items: Vec<ItemExtras>,
}

#[derive(Debug, Default)]
pub(super) struct ItemExtras {
    /// There is nothing in it, or elements without anything in them.
    pub is_empty: bool,
    /// The document was cut off within it.
    pub is_cut: bool,
    pub titled: bool,
    pub guid: Option<String>,
    /// `isPermaLink="false"`.
    pub guid_is_opaque: bool,
    /// `isPermaLink="true"`, in so many words.
    pub guid_is_stated_link: bool,
    /// RSS 1.0 `rdf:about`.
    pub about: Option<String>,
    /// RSS `<link>`: its text, or its `href` when it is written as Atom's.
    pub link: Option<String>,
    /// The text of its link stands in markup, where feed-rs does not find it.
    pub link_is_hidden: bool,
    /// `atom:link` in an RSS item: relation and address.
    pub links: Vec<(String, String)>,
    /// Dates as written, in document order.
    pub dates: Vec<(DateField, String)>,
    pub authors: Vec<Author>,
    /// RSS `category`, whose text may stand in markup.
    pub categories: Vec<Category>,
    /// `dc:subject`, `media:category`, `itunes:category`.
    pub subjects: Vec<Category>,
    /// `scheme` of the subject, `domain` of the category, whose text comes next.
    pub subject_scheme: Option<String>,
    /// Enclosures and MediaRSS objects: feed-rs drops those with a relative address, and
    /// pictures that stand alone.
    pub media: Vec<Media>,
    /// HTML that feed-rs does not pass on, in document order.
    pub texts: Vec<(Kept, String)>,
    pub comments_count: Option<u64>,
    pub comments_feed: Option<String>,
    pub point: Option<Location>,
    pub latitude: Option<f64>,
    pub longitude: Option<f64>,
    pub reply_to: Option<String>,
    pub source_title: Option<String>,
    pub language: Option<String>,
    pub base: Option<String>,
    /// Of its summary and of its content, where these have their own.
    pub text_bases: [Option<String>; 2],
    /// Atom `content src`.
    pub content_src: Option<String>,
}

/// Which date an element gives; of several, the first in this order counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum DateField {
    Published,
    /// `dc:date`, which feeds without another date use for publication.
    Date,
    Created,
    Updated,
}

impl Extras {
    /// How often the feed says that it is updated (RSS 1.0 module `syndication`).
    pub(super) fn update_minutes(&self) -> Option<u64> {
        let minutes = match self.update_period.as_deref()?.to_ascii_lowercase().as_str() {
            "hourly" => 60,
            "daily" => 24 * 60,
            "weekly" => 7 * 24 * 60,
            "monthly" => 30 * 24 * 60,
            "yearly" => 365 * 24 * 60,
            _ => return None,
        };
        let times = self.update_frequency.as_deref().and_then(|times| times.parse::<u64>().ok());
        Some((minutes / times.unwrap_or(1).max(1)).max(1))
    }
}

/// `lat long`, parted by a space or a comma.
pub(super) fn point(text: &str) -> Option<Location> {
    let mut numbers = text.split([' ', ',', '\t', '\n']).filter(|part| !part.is_empty());
    let mut number = || numbers.next()?.parse::<f64>().ok();
    let (latitude, longitude) = (number()?, number()?);
    on_earth(latitude, longitude)
}

pub(super) fn on_earth(latitude: f64, longitude: f64) -> Option<Location> {
    let is_there = latitude.abs() <= 90.0 && longitude.abs() <= 180.0;
    is_there.then_some(Location { latitude, longitude })
}

/// 1 Monday to 7 Sunday.
pub(super) fn weekday(name: &str) -> Option<u8> {
    let day = name.parse::<chrono::Weekday>().ok()?;
    u8::try_from(day.number_from_monday()).ok()
}

impl ItemExtras {
    pub(super) fn dates_of(&self, wanted: &[DateField]) -> Vec<&str> {
        let mut found: Vec<_> = self.dates.iter().filter(|(f, _)| wanted.contains(f)).collect();
        found.sort_by_key(|(field, _)| *field);
        found.into_iter().map(|(_, text)| text.as_str()).collect()
    }
}

/// Reads a person as RSS writes one: `a@b.example (张三)`, `张三 <a@b.example>`, `张三`.
pub(super) fn person(text: &str) -> Option<Author> {
    let text = crate::text::clean::one_line(text, MOST_AUTHOR_CHARS);
    let is_part = |c: char| c.is_ascii_alphanumeric() || "._%+-".contains(c);
    let email = text.match_indices('@').find_map(|(at, _)| {
        let start = text[..at]
            .rfind(|c| !is_part(c))
            .map_or(0, |p| p + text[p..].chars().next().map_or(1, char::len_utf8));
        let end = text[at + 1..].find(|c| !is_part(c)).map_or(text.len(), |p| at + 1 + p);
        let domain = text[at + 1..end].trim_end_matches('.');
        (start < at && domain.contains('.')).then(|| (start, at + 1 + domain.len()))
    });
    let Some((start, end)) = email else {
        return (!text.is_empty()).then(|| Author { name: text, ..Author::default() });
    };
    let trim = |part: &str| {
        let part = part.trim().trim_end_matches("mailto:");
        part.trim_matches(|c: char| c.is_whitespace() || "()（）<>[]\",:;，".contains(c)).to_owned()
    };
    let [before, after] = [trim(&text[..start]), trim(&text[end..])];
    let name = if after.chars().count() > before.chars().count() { after } else { before };
    Some(Author { name, uri: None, email: Some(text[start..end].to_owned()) })
}

const MOST_AUTHOR_CHARS: usize = 200;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn persons_are_read_as_rss_writes_them() {
        let cases = [
            ("a@b.cn（张三）", "张三", Some("a@b.cn")),
            ("张三a@b.cn", "张三", Some("a@b.cn")),
            ("张三 <a@b.cn>", "张三", Some("a@b.cn")),
            ("noreply@example.com (Jo Doe)", "Jo Doe", Some("noreply@example.com")),
            ("a@b.cn", "", Some("a@b.cn")),
            ("@张三", "@张三", None),
            ("记者 张三", "记者 张三", None),
        ];
        for (text, name, email) in cases {
            let author = person(text).expect("someone");
            assert_eq!((author.name.as_str(), author.email.as_deref()), (name, email), "{text}");
        }
        assert_eq!(person("  "), None);
    }
}
