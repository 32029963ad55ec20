//! JSON Feed 1.0 and 1.1, read with patience: numbers for ids, a string for a list.

mod lenient;
mod strings;
#[cfg(test)]
mod tests;

use super::dates::Dates;
use super::error::Looks;
use super::xml::image_type;
use super::{ParseContext, ParseError, empty_items, resolve};
use crate::model::{Author, Category, Defect, FeedFormat, Media, ParsedEntry, ParsedFeed};
use crate::text::{clean, html};
use serde_json::{Map, Value};
use url::Url;

pub(super) fn parse(
    text: &str,
    url: Option<&Url>,
    context: &ParseContext,
) -> Result<ParsedFeed, ParseError> {
    let mut defects = Vec::new();
    let (value, item_cut) = match strict(text) {
        Ok(value) => (value, false),
        Err(error) => mended(text, &mut defects).ok_or(error)?,
    };
    let not_a_feed = || ParseError::NotAFeed { looks: Looks::Json };
    let Value::Object(mut feed) = value else { return Err(not_a_feed()) };
    let version = string(&mut feed, "version").unwrap_or_default();
    let known = version.contains("jsonfeed")
        || feed.contains_key("home_page_url")
        || feed.contains_key("feed_url");
    let Some(Value::Array(mut items)) = feed.remove("items") else { return Err(not_a_feed()) };
    let is_item = |item: &Value| {
        let names = ["content_html", "content_text", "date_published"];
        names.iter().any(|name| item.get(name).is_some())
    };
    if !known && !feed.contains_key("title") && !items.iter().any(is_item) {
        return Err(not_a_feed());
    }
    let mut ends_within_entry = item_cut && items.len() <= context.limits.items;
    if items.len() > context.limits.items {
        items.truncate(context.limits.items);
        let detail = format!("only the first {} were read", items.len());
        defects.push(Defect { kind: "too-many-items", detail });
    }
    let is_something = |item: &Value| item.as_object().is_some_and(|item| !item.is_empty());
    ends_within_entry &= items.last().is_some_and(is_something);
    let offered = items.len();
    items.retain(Value::is_object);
    if items.len() < offered {
        let detail = format!("items that are no objects: {}", offered - items.len());
        defects.push(Defect { kind: "unreadable-item", detail });
    }
    let before = items.len();
    items.retain(is_something);
    defects.extend(empty_items(before - items.len()));
    let odd_ids = items.iter().filter(|item| item.get("id").is_some_and(|id| !id.is_string()));
    let odd_ids = odd_ids.count();
    if odd_ids > 0 {
        let detail = format!("ids that are no strings: {odd_ids}");
        defects.push(Defect { kind: "bad-type", detail });
    }
    if !feed.contains_key("title") {
        defects.push(Defect { kind: "missing-title", detail: "the feed has no title".to_owned() });
    }
    let dropped = offered - items.len();
    let authors = authors(&mut feed);
    let mut dates = Dates::new(context);
    let entries: Vec<ParsedEntry> = items
        .into_iter()
        .filter_map(|item| match item {
            Value::Object(item) => Some(entry(item, &authors, &mut dates)),
            _ => None,
        })
        .collect();
    defects.append(&mut dates.defects);
    let hubs = list(feed.remove("hubs")).into_iter().filter_map(|hub| match hub {
        Value::Object(mut hub) => string(&mut hub, "url").and_then(|hub| resolve(url, &hub)),
        _ => None,
    });
    let address = |value: Option<String>| value.and_then(|address| resolve(url, &address));
    Ok(ParsedFeed {
        format: if version.contains("1.1") { FeedFormat::Json11 } else { FeedFormat::Json10 },
        encoding: String::new(),
        hubs: hubs.collect(),
        next_link: address(string(&mut feed, "next_url")),
        image: address(string(&mut feed, "icon").or_else(|| string(&mut feed, "favicon"))),
        link: address(string(&mut feed, "home_page_url")),
        self_link: address(string(&mut feed, "feed_url")),
        title: escaped(string(&mut feed, "title")),
        description: escaped(string(&mut feed, "description")),
        language: string(&mut feed, "language"),
        entries,
        ends_within_entry,
        faulty_items: dropped + dates.misses,
        defects,
        ..ParsedFeed::default()
    })
}

fn strict(text: &str) -> Result<Value, ParseError> {
    // What follows the first value is ignored.
    match serde_json::Deserializer::from_str(text).into_iter::<Value>().next() {
        Some(Ok(value)) => Ok(value),
        Some(Err(error)) if error.to_string().contains("recursion limit") => {
            Err(ParseError::TooDeep)
        }
        Some(Err(error)) => Err(ParseError::malformed(&error)),
        None => Err(ParseError::Empty),
    }
}

/// The value that faulty JSON stands for, when there are items in it, and whether the
/// document ends within the last of them.
fn mended(text: &str, defects: &mut Vec<Defect>) -> Option<(Value, bool)> {
    let read = lenient::read(text);
    let items = read.value.get("items")?.as_array()?;
    items.iter().any(Value::is_object).then_some(())?;
    if read.truncated {
        let detail = "the document ends before its last bracket".to_owned();
        defects.push(Defect { kind: "truncated", detail });
    }
    for (count, kind, what) in [
        (read.mended, "ill-formed", "places that are no JSON were mended"),
        (read.too_deep, "too-deep", "values that nest too deep were dropped"),
    ] {
        if count > 0 {
            defects.push(Defect { kind, detail: format!("{what}: {count}") });
        }
    }
    Some((read.value, read.item_cut))
}

fn entry(
    mut item: Map<String, Value>,
    feed_authors: &[Author],
    dates: &mut Dates<'_>,
) -> ParsedEntry {
    let mut date = |item: &mut Map<String, Value>, name: &str| {
        let text = string(item, name);
        dates.first(text.as_deref())
    };
    let published = date(&mut item, "date_published");
    let updated = date(&mut item, "date_modified");
    let guid = string(&mut item, "id");
    let link = string(&mut item, "url").or_else(|| string(&mut item, "external_url"));
    let text = string(&mut item, "content_text");
    let summary = escaped(string(&mut item, "summary"));
    let content = string(&mut item, "content_html");
    let content = content.or_else(|| text.as_deref().map(paragraphs));
    let mut media: Vec<Media> =
        list(item.remove("attachments")).into_iter().filter_map(attachment).collect();
    if let Some(url) = string(&mut item, "image").or_else(|| string(&mut item, "banner_image"))
        && !media.iter().any(|m| m.url == url)
    {
        let mime = Some(image_type(&url).to_owned());
        media.push(Media { url, mime, ..Media::default() });
    }
    let mut authors = authors(&mut item);
    if authors.is_empty() {
        authors = feed_authors.to_vec();
    }
    let tags = list(item.remove("tags")).into_iter().filter_map(text_of);
    ParsedEntry {
        guid_is_link: guid.as_deref().is_some_and(|guid| guid.starts_with("http")),
        guid,
        link,
        title: escaped(string(&mut item, "title")),
        authors,
        published,
        updated,
        summary,
        content,
        language: string(&mut item, "language"),
        categories: tags.map(|term| Category { term, scheme: None, label: None }).collect(),
        media,
        ..ParsedEntry::default()
    }
}

/// A text, or a number as text; nothing when empty.
fn string(map: &mut Map<String, Value>, name: &str) -> Option<String> {
    map.remove(name).and_then(text_of)
}

fn text_of(value: Value) -> Option<String> {
    match value {
        Value::String(text) if text.trim().is_empty() => None,
        Value::String(text) if clean::has_illegal(&text) => {
            Some(clean::strip_illegal(&text).into_owned())
        }
        Value::String(text) => Some(text),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A list; a single value as a list of one.
fn list(value: Option<Value>) -> Vec<Value> {
    match value {
        Some(Value::Array(values)) => values,
        None | Some(Value::Null) => Vec::new(),
        Some(value) => vec![value],
    }
}

fn escaped(text: Option<String>) -> Option<String> {
    text.map(|text| html::escape(&text).into_owned())
}

/// Plain text as HTML: empty lines part paragraphs.
fn paragraphs(text: &str) -> String {
    let escaped = html::escape(text);
    let lines = escaped.split("\n\n").filter_map(clean::non_empty);
    lines.map(|part| format!("<p>{}</p>", part.replace('\n', "<br>"))).collect()
}

fn authors(map: &mut Map<String, Value>) -> Vec<Author> {
    let mut found: Vec<Author> = Vec::new();
    for value in list(map.remove("authors")).into_iter().chain(list(map.remove("author"))) {
        let author = match value {
            Value::Object(mut author) => {
                let uri = string(&mut author, "url");
                string(&mut author, "name").map(|name| Author { name, uri, email: None })
            }
            other => text_of(other).map(|name| Author { name, ..Author::default() }),
        };
        if let Some(author) = author
            && !found.iter().any(|known| known.name == author.name)
        {
            found.push(author);
        }
    }
    found
}

fn attachment(value: Value) -> Option<Media> {
    let Value::Object(mut attachment) = value else { return None };
    let number = |value: Option<Value>| {
        let value = value?;
        value.as_u64().or_else(|| value.as_f64().filter(|n| *n >= 0.0).map(|n| n as u64))
    };
    Some(Media {
        url: string(&mut attachment, "url")?,
        mime: string(&mut attachment, "mime_type"),
        length: number(attachment.remove("size_in_bytes")),
        title: string(&mut attachment, "title"),
        duration: number(attachment.remove("duration_in_seconds")),
        ..Media::default()
    })
}
