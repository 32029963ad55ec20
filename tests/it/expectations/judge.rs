//! Our reading of a document, asked with feedparser's names.

use super::python::Expr;
use crate::corpus::NOW;
use chrono::NaiveDate;
use chrono_tz::Tz;
use countywire::model::{
    Author, Category, Entry, Media, ParsedEntry, ParsedFeed, SourceId, Timestamp,
};
use countywire::normalise::{self, Context, identify};
use countywire::text::{dates, html};
use encoding_rs::{Encoding, GB18030, GBK, KOI8_U, UTF_8};
use url::Url;

const TITLE_CHARS: usize = 500;

#[derive(Debug, PartialEq)]
pub enum Verdict {
    Agrees,
    Differs(String),
    /// Why it cannot be asked of us.
    Skipped(String),
}

/// What we have under a name of feedparser's.
#[derive(Debug)]
enum Ours {
    /// Plain text here, HTML there.
    Text(Option<String>),
    /// HTML in both, sanitised differently; any of these.
    Html(Vec<String>),
    /// Any of these.
    Addresses(Vec<String>),
    Words(Option<String>),
    Dates(Vec<Timestamp>),
    Number(Option<u64>),
    Flag(bool),
    Encoding,
    Version,
    Pairs(Vec<(String, String)>),
}

pub struct Reading<'a> {
    feed: &'a ParsedFeed,
    entries: Vec<(&'a ParsedEntry, Entry)>,
    bytes: &'a [u8],
    url: &'a Url,
}

impl<'a> Reading<'a> {
    pub fn new(feed: &'a ParsedFeed, url: &'a Url, bytes: &'a [u8]) -> Self {
        let source = SourceId::new("expectations");
        let context =
            Context { source: &source, base: Some(url), language: None, rung: 0, zone: Tz::UTC };
        // One by one: repeats count here.
        let entry = |parsed: &'a ParsedEntry| {
            let alone = ParsedFeed { entries: vec![parsed.clone()], ..feed.clone() };
            let id = identify(&alone, &context).items[0];
            (parsed, normalise::entry(&alone, &id, &context))
        };
        Reading { feed, entries: feed.entries.iter().map(entry).collect(), bytes, url }
    }

    pub fn judge(&self, expected: &Expr) -> Verdict {
        match expected {
            Expr::And(sides) => {
                let mut verdict = None;
                for side in sides {
                    match (self.judge(side), &verdict) {
                        (Verdict::Differs(how), _) => return Verdict::Differs(how),
                        (Verdict::Agrees, _) => verdict = Some(Verdict::Agrees),
                        (Verdict::Skipped(why), None) => verdict = Some(Verdict::Skipped(why)),
                        // What feedparser thinks of the syntax is the poorest reason.
                        (Verdict::Skipped(why), Some(Verdict::Skipped(old)))
                            if old == OWN_VERDICT =>
                        {
                            verdict = Some(Verdict::Skipped(why));
                        }
                        (Verdict::Skipped(_), Some(_)) => {}
                    }
                }
                verdict.unwrap_or_else(|| skipped("nothing"))
            }
            Expr::Not(of) => match of.as_ref() {
                Expr::Path(keys) => self.ask(keys, &Expr::None),
                _ => skipped("an expression of another kind"),
            },
            Expr::Path(keys) => self.ask(keys, &Expr::Bool(true)),
            Expr::Number(_) => skipped(OWN_VERDICT),
            Expr::Same(sides) => match sides.as_slice() {
                [Expr::Path(keys), value] => self.ask(keys, value),
                [Expr::Path(a), Expr::Path(b), value] => {
                    match (self.ask(a, value), self.ask(b, value)) {
                        (Verdict::Agrees, other) => other,
                        (other, _) => other,
                    }
                }
                [Expr::Len(of), Expr::Number(count)] => match of.as_ref() {
                    Expr::Path(keys) => self.count(keys, *count),
                    _ => skipped("an expression of another kind"),
                },
                _ => skipped("an expression of another kind"),
            },
            _ => skipped("an expression of another kind"),
        }
    }

    fn count(&self, keys: &[String], wanted: f64) -> Verdict {
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        let found = match keys.as_slice() {
            ["entries"] => self.entries.len(),
            ["entries", index, "tags"] => match self.entry(index) {
                Some((_, entry)) => entry.categories.len(),
                None => return Verdict::Differs("no such entry".to_owned()),
            },
            _ => return skipped(&format!("no field: {}", field_name(&keys))),
        };
        match found as f64 == wanted {
            true => Verdict::Agrees,
            false => Verdict::Differs(format!("{found} of them")),
        }
    }

    fn ask(&self, keys: &[String], value: &Expr) -> Verdict {
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        let ours = match keys.as_slice() {
            ["bozo"] => return skipped(OWN_VERDICT),
            ["encoding"] => Some(Ours::Encoding),
            ["version"] => Some(Ours::Version),
            ["feed", name @ ..] => self.of_feed(name),
            ["entries", index, name @ ..] => {
                let Some((parsed, entry)) = self.entry(index) else {
                    return Verdict::Differs("no such entry".to_owned());
                };
                self.of_entry(name, parsed, entry)
            }
            _ => None,
        };
        match ours {
            Some(ours) => self.compare(&ours, value),
            None => skipped(&format!("no field: {}", field_name(&keys))),
        }
    }

    fn entry(&self, index: &str) -> Option<&(&'a ParsedEntry, Entry)> {
        self.entries.get(index.parse::<usize>().ok()?)
    }

    fn of_feed(&self, name: &[&str]) -> Option<Ours> {
        let feed = self.feed;
        let addresses = || {
            let all = feed.link.iter().chain(&feed.self_link).chain(&feed.hubs);
            Ours::Addresses(all.cloned().collect())
        };
        Some(match name {
            ["title"] | ["title_detail", "value"] => Ours::Text(normalise::feed_title(feed)),
            ["subtitle" | "tagline" | "description"]
            | ["subtitle_detail" | "tagline_detail" | "description_detail", "value"] => {
                let text = |html: &str| html::to_title(html, TITLE_CHARS);
                Ours::Text(feed.description.as_deref().map(text))
            }
            ["link"] => Ours::Addresses(feed.link.iter().cloned().collect()),
            ["links", "0", "href"] => addresses(),
            ["language"] => Ours::Words(feed.language.clone()),
            ["id" | "guid"] => Ours::Words(feed.id.clone()),
            ["updated" | "modified" | "date" | "published" | "pubDate"]
            | ["updated_parsed" | "modified_parsed" | "date_parsed" | "published_parsed"] => {
                Ours::Dates(feed.updated.into_iter().collect())
            }
            ["ttl"] => Ours::Number(feed.ttl_minutes),
            _ => return None,
        })
    }

    fn of_entry(&self, name: &[&str], parsed: &ParsedEntry, entry: &Entry) -> Option<Ours> {
        let dates =
            |list: &[Option<Timestamp>]| Ours::Dates(list.iter().flatten().copied().collect());
        let published = parsed.published.map(|date| date.at);
        let updated = parsed.updated.map(|date| date.at);
        let person = |index: &str| entry.authors.get(index.parse::<usize>().ok()?);
        let tag = |index: &str| entry.categories.get(index.parse::<usize>().ok()?);
        let media = |index: &str| entry.media.get(index.parse::<usize>().ok()?);
        Some(match name {
            ["title"] | ["title_detail", "value"] => {
                let title = parsed.title.as_deref().map(|title| html::to_title(title, TITLE_CHARS));
                Ours::Text(title)
            }
            ["summary" | "description"] | ["summary_detail" | "description_detail", "value"] => {
                let mut all = vec![html::escape(&entry.summary).into_owned()];
                if parsed.content.is_none() || parsed.summary.is_none() {
                    all.push(entry.content.clone());
                }
                all.retain(|html| !html.is_empty());
                Ours::Html(all)
            }
            ["content", "0", "value"] => {
                let mut all = vec![entry.content.clone()];
                if parsed.content.is_none() {
                    all.push(html::escape(&entry.summary).into_owned());
                }
                Ours::Html(all)
            }
            ["link"] => Ours::Addresses(entry.link.iter().cloned().collect()),
            ["links", "0", "href"] => {
                let comments = entry.comments.as_ref().and_then(|comments| comments.link.clone());
                let media = entry.media.iter().map(|media| media.url.clone());
                Ours::Addresses(entry.link.iter().cloned().chain(media).chain(comments).collect())
            }
            ["id" | "guid"] => Ours::Words(parsed.guid.clone()),
            // Of use only where there is no link.
            ["guidislink"] => Ours::Flag(parsed.guid_is_link && parsed.link.is_none()),
            ["author"] => Ours::Words(entry.authors.first().map(written)),
            ["author_detail", part] => person_part(person("0"), part)?,
            ["authors", index, part] => person_part(person(index), part)?,
            ["updated" | "modified" | "date"]
            | ["updated_parsed" | "modified_parsed" | "date_parsed"] => {
                // dc:date is when it was published here.
                dates(&[updated, published])
            }
            ["published" | "pubDate" | "issued"] | ["published_parsed" | "issued_parsed"] => {
                dates(&[published])
            }
            ["category"] => Ours::Words(tag("0").map(|tag| tag.term.clone())),
            ["categories", index] => {
                let pair =
                    |tag: &Category| (tag.scheme.clone().unwrap_or_default(), tag.term.clone());
                Ours::Pairs(tag(index).map(pair).into_iter().collect())
            }
            ["tags", index, "term"] => Ours::Words(tag(index).map(|tag| tag.term.clone())),
            ["tags", index, "scheme"] => Ours::Words(tag(index).and_then(|tag| tag.scheme.clone())),
            ["tags", index, "label"] => Ours::Words(tag(index).and_then(|tag| tag.label.clone())),
            ["enclosures", _, "url" | "href"] | ["media_content" | "media_thumbnail", _, "url"] => {
                Ours::Addresses(entry.media.iter().map(|media| media.url.clone()).collect())
            }
            ["enclosures" | "media_content", index, "type"] => {
                Ours::Words(media(index).and_then(|media| media.mime.clone()))
            }
            ["enclosures", index, "length"] => Ours::Number(media(index).and_then(|m| m.length)),
            ["media_content" | "media_thumbnail", index, "width"] => {
                Ours::Number(media(index).and_then(|m: &Media| m.width).map(u64::from))
            }
            ["media_content" | "media_thumbnail", index, "height"] => {
                Ours::Number(media(index).and_then(|m: &Media| m.height).map(u64::from))
            }
            ["comments"] => {
                let link = entry.comments.as_ref().and_then(|comments| comments.link.clone());
                Ours::Addresses(link.into_iter().collect())
            }
            ["slash_comments" | "thr_total"] => {
                Ours::Number(entry.comments.as_ref().and_then(|comments| comments.count))
            }
            ["source", "title"] | ["source", "title_detail", "value"] => {
                let title = parsed.source_title.as_deref();
                let ways = title.map(|title| [title.to_owned(), html::escape(title).into_owned()]);
                Ours::Html(ways.into_iter().flatten().collect())
            }
            _ => return None,
        })
    }

    fn compare(&self, ours: &Ours, value: &Expr) -> Verdict {
        let agrees = match (ours, value) {
            (Ours::Flag(flag), Expr::Bool(wanted)) => flag == wanted,
            (Ours::Flag(flag), Expr::None) => !flag,
            (ours, Expr::None) => ours.is_absent(),
            (ours, Expr::Text(text)) if text.is_empty() => ours.is_absent(),
            (ours, Expr::Bool(true)) => !ours.is_absent(),
            (Ours::Text(ours), Expr::Text(text)) => {
                let ours = ours.as_deref().unwrap_or("");
                ours == html::to_title(text, TITLE_CHARS) || ours == text.trim()
            }
            (Ours::Html(list), Expr::Text(text)) => {
                let wanted = self.essence(text);
                let says = |html: &String| html::to_text(html, usize::MAX) == text.trim();
                list.iter().any(|html| self.essence(html) == wanted || says(html))
                    || (list.is_empty() && wanted == self.essence(""))
            }
            (Ours::Addresses(list), Expr::Text(text)) => {
                let wanted = address(text);
                list.iter().any(|own| address(own) == wanted)
            }
            (Ours::Words(words), Expr::Text(text)) => {
                words.as_deref().unwrap_or("").trim() == text.trim()
            }
            (Ours::Number(number), Expr::Text(text)) => {
                number.map(|n| n.to_string()).unwrap_or_default() == *text
            }
            (Ours::Number(number), Expr::Number(wanted)) => {
                number.map(|n| n as f64) == Some(*wanted)
            }
            (Ours::Dates(list), Expr::Text(text)) => {
                // The words of a date: what they mean.
                let wanted = dates::parse(text, Tz::UTC, NOW).map(|date| date.at);
                match wanted {
                    Some(wanted) => list.contains(&wanted),
                    None => return skipped("a date that is none"),
                }
            }
            (Ours::Dates(list), Expr::List(parts)) => {
                instant(parts).is_some_and(|wanted| list.contains(&wanted))
            }
            (Ours::Pairs(pairs), Expr::List(wanted)) => {
                let text = |expr: Option<&Expr>| match expr {
                    Some(Expr::Text(text)) => text.clone(),
                    _ => String::new(),
                };
                pairs.first() == Some(&(text(wanted.first()), text(wanted.get(1))))
            }
            (Ours::Encoding, Expr::Text(label)) => self.is_encoding(label),
            (Ours::Version, Expr::Text(version)) => self.is_version(version),
            _ => return skipped("an expression of another kind"),
        };
        if agrees {
            return Verdict::Agrees;
        }
        Verdict::Differs(match ours {
            Ours::Encoding => self.feed.encoding.clone(),
            Ours::Version => self.feed.format.label().to_owned(),
            ours => format!("{ours:?}"),
        })
    }

    /// What HTML says, whatever tags a sanitiser leaves: its text, its links and pictures.
    fn essence(&self, text: &str) -> (String, Vec<String>) {
        let mut links: Vec<String> = html::pieces(text)
            .filter_map(|piece| {
                let html::Piece::Open { name, attributes, .. } = piece else { return None };
                let wanted = match name.to_ascii_lowercase().as_str() {
                    "a" => "href",
                    "img" => "src",
                    _ => return None,
                };
                let link = html::attribute(attributes, wanted)?;
                let url = self.url.join(link.trim()).ok()?;
                url.has_host().then(|| url.into())
            })
            .collect();
        links.sort();
        // Tags that HTML does not know are text to `to_text`.
        let untagged: String = html::pieces(text)
            .map(|piece| match piece {
                html::Piece::Text(text) => text,
                _ => " ",
            })
            .collect();
        (html::decode(&untagged).split_whitespace().collect(), links)
    }

    fn is_encoding(&self, label: &str) -> bool {
        if label == self.feed.encoding {
            return true;
        }
        let known = |label: &str| {
            let found = Encoding::for_label(label.as_bytes())?;
            Some(if found == GBK { GB18030 } else { found })
        };
        let (Some(ours), Some(theirs)) = (known(&self.feed.encoding), known(label)) else {
            return false;
        };
        // Bytes of ASCII are the same text in both.
        ours == theirs
            || (ours == UTF_8 && self.bytes.is_ascii())
            // One holds the other.
            || (ours == KOI8_U && label.eq_ignore_ascii_case("koi8-r"))
    }

    fn is_version(&self, version: &str) -> bool {
        let ours = match self.feed.format.label() {
            "rss0.90" => "rss090",
            "rss0.91" => "rss091u",
            "rss0.92" => "rss092",
            "rss0.93" => "rss093",
            "rss0.94" => "rss094",
            "rss1.0" => "rss10",
            "rss2.0" => "rss20",
            "atom0.3" => "atom03",
            "atom1.0" => "atom10",
            "json1.0" => "json1",
            "json1.1" => "json11",
            other => other,
        };
        ours == version || (ours == "rss091u" && version == "rss091n")
    }
}

const OWN_VERDICT: &str = "feedparser's own verdict";

fn skipped(why: &str) -> Verdict {
    Verdict::Skipped(why.to_owned())
}

/// The name without indices.
fn field_name(keys: &[&str]) -> String {
    let names = keys.iter().filter(|key| key.parse::<usize>().is_err());
    names.copied().collect::<Vec<_>>().join(".")
}

fn address(text: &str) -> String {
    Url::parse(text).map_or_else(|_| text.to_owned(), String::from)
}

/// A person as feedparser writes one.
fn written(author: &Author) -> String {
    match (&author.email, author.name.as_str()) {
        (Some(email), "") => email.clone(),
        (Some(email), name) => format!("{name} ({email})"),
        (None, name) => name.to_owned(),
    }
}

fn person_part(person: Option<&Author>, part: &str) -> Option<Ours> {
    Some(match part {
        "name" => Ours::Words(person.map(|person| person.name.clone())),
        "email" => Ours::Words(person.and_then(|person| person.email.clone())),
        "href" | "url" => Ours::Addresses(person.and_then(|p| p.uri.clone()).into_iter().collect()),
        _ => return None,
    })
}

/// A `struct_time` in UTC.
fn instant(parts: &[Expr]) -> Option<Timestamp> {
    let part = |at: usize| match parts.get(at) {
        Some(Expr::Number(number)) => Some(*number as u32),
        _ => None,
    };
    let date = NaiveDate::from_ymd_opt(i32::try_from(part(0)?).ok()?, part(1)?, part(2)?)?;
    Some(Timestamp(date.and_hms_opt(part(3)?, part(4)?, part(5)?)?.and_utc().timestamp()))
}

impl Ours {
    fn is_absent(&self) -> bool {
        match self {
            Ours::Text(text) | Ours::Words(text) => text.as_deref().unwrap_or("").is_empty(),
            Ours::Html(list) => list.iter().all(|html| html::to_text(html, 9).is_empty()),
            Ours::Addresses(list) => list.is_empty(),
            Ours::Dates(list) => list.is_empty(),
            Ours::Number(number) => number.is_none(),
            Ours::Pairs(pairs) => pairs.is_empty(),
            Ours::Flag(flag) => !flag,
            Ours::Encoding | Ours::Version => false,
        }
    }
}
