//! `countywire inspect`: what the parser makes of one document.

mod view;

use crate::model::{DateFrom, Entry, ParsedFeed, SourceId, Timestamp};
use crate::normalise::{self, Context, Identity, identify};
use crate::parse::{Document, Limits, ParseContext, ParseError, parse};
use chrono_tz::Tz;
use std::io::{self, Write};
use url::Url;
use view::{FeedView, present};

/// A feed was made of the document.
pub const EXIT_FEED: u8 = 0;
/// The output could not be written.
pub const EXIT_FAILED: u8 = 1;
/// The document is no feed (`EX_DATAERR` of sysexits).
pub const EXIT_NO_FEED: u8 = 65;

#[derive(Debug, Clone, clap::Args)]
pub struct InspectArgs {
    /// A file, `-` for standard input, or an address to fetch
    #[arg(value_name = "FILE|-|URL")]
    pub document: String,
    /// Content-Type that the document came with, such as `text/xml; charset=gbk`
    #[arg(long, value_name = "CT")]
    pub content_type: Option<String>,
    /// Address that relative links are resolved against
    #[arg(long, value_name = "BASE")]
    pub url: Option<Url>,
    /// Time zone of dates without one; by default China's for a Chinese feed, else UTC
    #[arg(long, value_name = "ZONE")]
    pub zone: Option<Tz>,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
    /// With --json: also what is read and not published, such as skipHours and places
    #[arg(long, requires = "json")]
    pub all: bool,
}

/// A document as it came, and what it is read with.
#[derive(Debug, Clone, Copy)]
pub struct Given<'a> {
    /// What the arguments say of it goes before this.
    pub document: Document<'a>,
    pub limits: Limits,
    pub now: Timestamp,
}

/// Reads a document and prints what was made of it.
///
/// Returns the exit code; why a document is no feed goes to `err`.
///
/// # Errors
/// When `out` or `err` cannot be written.
pub fn run(
    args: &InspectArgs,
    given: Given<'_>,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> io::Result<u8> {
    let url = args.url.as_ref().or(given.document.url);
    let content_type = args.content_type.as_deref().or(given.document.content_type);
    let document = Document { url, content_type, ..given.document };
    let feed = match read(&Given { document, ..given }, args.zone) {
        Ok(feed) => feed,
        Err(error) => {
            explain(&error, err)?;
            return Ok(EXIT_NO_FEED);
        }
    };
    let zone = args.zone.unwrap_or_else(|| zone_of(&feed));
    let entries = entries(&feed, url, zone);
    if args.json {
        serde_json::to_writer_pretty(&mut *out, &FeedView::new(&feed, &entries, args.all))?;
        writeln!(out)?;
    } else {
        print(&feed, &entries, out)?;
    }
    Ok(EXIT_FEED)
}

/// A source has a zone; a document by itself only its language.
fn read(given: &Given<'_>, zone: Option<Tz>) -> Result<ParsedFeed, ParseError> {
    let in_zone = |zone| {
        let context = ParseContext { zone, polled_at: given.now, limits: given.limits };
        parse(&given.document, &context)
    };
    let feed = in_zone(zone.unwrap_or(Tz::UTC))?;
    match zone_of(&feed) {
        Tz::UTC => Ok(feed),
        _ if zone.is_some() => Ok(feed),
        zone => in_zone(zone),
    }
}

fn zone_of(feed: &ParsedFeed) -> Tz {
    if is_chinese(feed) { Tz::Asia__Shanghai } else { Tz::UTC }
}

fn is_chinese(feed: &ParsedFeed) -> bool {
    if let Some(language) = &feed.language {
        return language.to_ascii_lowercase().starts_with("zh");
    }
    let titles = feed.entries.iter().filter_map(|entry| entry.title.as_deref());
    let text: String = feed.title.as_deref().into_iter().chain(titles.take(20)).collect();
    let any = |from, to| text.chars().any(|c| (from..=to).contains(&c));
    // Japanese has kana between its characters.
    any('\u{4E00}', '\u{9FFF}') && !any('\u{3040}', '\u{30FF}')
}

fn explain(error: &ParseError, err: &mut dyn Write) -> io::Result<()> {
    writeln!(err, "countywire: {error}")
}

/// The entries, each with its place among the feed's items.
fn entries(feed: &ParsedFeed, url: Option<&Url>, zone: Tz) -> Vec<(usize, Entry)> {
    let source = SourceId::new("inspect");
    let context = Context { source: &source, base: url, language: None, rung: 0, zone };
    let identities = identify(feed, &context);
    let entry = |identity: &Identity| (identity.index, normalise::entry(feed, identity, &context));
    identities.items.iter().map(entry).collect()
}

/// When the feed wishes to be asked.
fn rhythm(feed: &ParsedFeed) -> Option<String> {
    const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    let every = feed.ttl_minutes.or(feed.update_minutes);
    let every = every.map(|minutes| format!("every {minutes} min"));
    let hours: Vec<String> = feed.skip_hours.iter().map(u8::to_string).collect();
    let day = |day: &u8| DAYS.get(usize::from(day.checked_sub(1)?)).copied();
    let days: Vec<&str> = feed.skip_days.iter().filter_map(day).collect();
    let not = |what: &str, list: String| (!list.is_empty()).then(|| format!("not {what} {list}"));
    let parts = [every, not("at", hours.join(", ")), not("on", days.join(", "))];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join("; ") + " (UTC)")
}

fn print(feed: &ParsedFeed, entries: &[(usize, Entry)], out: &mut dyn Write) -> io::Result<()> {
    let title = normalise::feed_title(feed);
    writeln!(out, "{}", title.as_deref().unwrap_or("(no title)"))?;
    writeln!(out, "  format    {} in {}", feed.format.label(), feed.encoding)?;
    let updated = feed.updated.map(Timestamp::rfc3339);
    let rhythm = rhythm(feed);
    let cloud = feed.cloud.as_ref().map(|cloud| format!("{} at {}", cloud.protocol, cloud.domain));
    let facts = [
        ("link", feed.link.as_deref()),
        ("feed", feed.self_link.as_deref()),
        ("hub", feed.hubs.first().map(String::as_str)),
        ("language", feed.language.as_deref()),
        ("updated", updated.as_deref()),
        ("rhythm", rhythm.as_deref()),
        ("older", feed.next_link.as_deref()),
        ("image", feed.image.as_deref()),
        ("cloud", cloud.as_deref()),
    ];
    for (name, value) in facts {
        if let Some(value) = value {
            writeln!(out, "  {name:<9} {value}")?;
        }
    }
    let repeats = feed.entries.len() - entries.len();
    write!(out, "  entries   {}", entries.len())?;
    writeln!(
        out,
        "{}",
        if repeats > 0 { format!(" ({repeats} repeats left out)") } else { String::new() }
    )?;
    for (_, entry) in entries {
        let date = match (entry.published, entry.date_from) {
            (Some(at), DateFrom::Published) => at.rfc3339(),
            (Some(at), from) => format!("{} (from {})", at.rfc3339(), from.label().unwrap_or("?")),
            (None, _) => "no date".to_owned(),
        };
        writeln!(out, "\n{date}  {}", present(&entry.title).unwrap_or("(no title)"))?;
        let by = [entry.byline.as_deref(), entry.credit.as_deref()];
        for line in [entry.link.as_deref()].into_iter().chain(by).flatten() {
            writeln!(out, "  {line}")?;
        }
        if !entry.summary.is_empty() {
            writeln!(out, "  {}", crate::text::clean::one_line(&entry.summary, 160))?;
        }
    }
    if !feed.defects.is_empty() {
        writeln!(out, "\ndefects")?;
    }
    for defect in &feed.defects {
        writeln!(out, "  {}: {}", defect.kind, defect.detail)?;
    }
    Ok(())
}
