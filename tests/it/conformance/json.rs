//! JSON Feed 1.1 (<https://www.jsonfeed.org/version/1.1/>).

use super::addresses::{self, Form};
use super::log::{Finding, Log, Place};
use super::{markup, values};
use serde_json::{Map, Value};

const OF_FEED: &str = "version title home_page_url feed_url description user_comment next_url icon favicon authors \
    language expired hubs items";
const OF_ITEM: &str = "id url external_url title content_html content_text summary image banner_image date_published \
    date_modified authors tags language attachments";
const OF_AUTHOR: &str = "name url avatar";
const OF_ATTACHMENT: &str = "url mime_type title size_in_bytes duration_in_seconds";
const OF_HUB: &str = "type url";

type Object = Map<String, Value>;

/// What a document breaks.
pub fn findings(bytes: &[u8], address: Option<&str>) -> Vec<Finding> {
    let mut log = Log::default();
    let place = Place { parent: "", element: "feed" };
    match serde_json::from_slice(bytes) {
        Ok(Value::Object(document)) => feed(&mut log, &document, address),
        Ok(_) => log.note("NoObject", place),
        Err(error) => log.note_with("NotJson", place, &[("value", &error.to_string())]),
    }
    log.findings
}

fn feed(log: &mut Log, feed: &Object, address: Option<&str>) {
    let place = Place { parent: "", element: "feed" };
    members(log, place, feed, OF_FEED);
    if feed.get("version").and_then(Value::as_str) != Some("https://jsonfeed.org/version/1.1") {
        log.note("InvalidVersion", place);
    }
    text(log, place, feed, "title", true);
    text(log, place, feed, "description", false);
    for name in ["home_page_url", "feed_url", "next_url"] {
        url(log, place, feed, name);
    }
    let own = feed.get("feed_url").and_then(Value::as_str);
    if let (Some(address), Some(own)) = (address, own)
        && address != own
    {
        log.note_with("SelfDoesntMatchLocation", place, &[("value", own)]);
    }
    if own.is_some() && own == feed.get("next_url").and_then(Value::as_str) {
        log.note("NextIsSelf", place);
    }
    language(log, place, feed);
    authors(log, place, feed);
    for hub in objects(log, place, feed, "hubs") {
        let place = Place { parent: "feed", element: "hub" };
        members(log, place, hub, OF_HUB);
        text(log, place, hub, "type", true);
        url(log, place, hub, "url");
    }
    let mut ids: Vec<&str> = Vec::new();
    if !feed.get("items").is_some_and(Value::is_array) {
        log.note("MissingElement", Place { parent: "feed", element: "items" });
    }
    for item in objects(log, place, feed, "items") {
        self::item(log, item);
        let id = item.get("id").and_then(Value::as_str).unwrap_or("");
        if ids.contains(&id) {
            log.note_with(
                "DuplicateValue",
                Place { parent: "item", element: "id" },
                &[("value", id)],
            );
        }
        ids.push(id);
    }
}

fn item(log: &mut Log, item: &Object) {
    let place = Place { parent: "feed", element: "item" };
    members(log, place, item, OF_ITEM);
    text(log, place, item, "id", true);
    for name in ["title", "summary"] {
        text(log, place, item, name, false);
    }
    for name in ["url", "external_url", "image", "banner_image"] {
        url(log, place, item, name);
    }
    for name in ["date_published", "date_modified"] {
        if let Some(date) = item.get(name) {
            values::rfc3339(
                log,
                Place { parent: "item", element: name },
                date.as_str().unwrap_or(""),
            );
        }
    }
    match (item.get("content_html"), item.get("content_text")) {
        (None, None) => log.note("MissingContent", place),
        (Some(html), _) => {
            let place = Place { parent: "item", element: "content_html" };
            markup::html(log, place, html.as_str().unwrap_or(""));
        }
        (None, Some(text)) if !text.is_string() => log.note("NotText", place),
        _ => {}
    }
    language(log, place, item);
    authors(log, place, item);
    let tags = item.get("tags").and_then(Value::as_array);
    if tags.is_some_and(|tags| tags.iter().any(|tag| tag.as_str().is_none_or(str::is_empty))) {
        log.note("NotBlank", Place { parent: "item", element: "tags" });
    }
    for attachment in objects(log, place, item, "attachments") {
        let place = Place { parent: "item", element: "attachment" };
        members(log, place, attachment, OF_ATTACHMENT);
        url(log, place, attachment, "url");
        text(log, place, attachment, "title", false);
        let kind = attachment.get("mime_type").and_then(Value::as_str);
        if !attachment.contains_key("url") || !kind.is_some_and(values::is_media_type) {
            log.note("InvalidMIMEType", place);
        }
        for name in ["size_in_bytes", "duration_in_seconds"] {
            if attachment.get(name).is_some_and(|number| number.as_f64().is_none_or(|n| n < 0.0)) {
                log.note(
                    "InvalidNonNegativeInteger",
                    Place { parent: "attachment", element: name },
                );
            }
        }
    }
}

/// Members that the format does not know begin with an underscore, and hold objects.
fn members(log: &mut Log, place: Place<'_>, object: &Object, known: &str) {
    for (name, value) in object {
        let is_extension = name.starts_with('_') && value.is_object();
        if !is_extension && !known.split_whitespace().any(|known| known == name) {
            log.note("UndefinedElement", Place { parent: place.element, element: name });
        }
    }
}

/// Text that says something, where it is there.
fn text(log: &mut Log, place: Place<'_>, object: &Object, name: &str, required: bool) {
    let inner = Place { parent: place.element, element: name };
    match object.get(name) {
        Some(Value::String(text)) if text.is_empty() => log.note("NotBlank", inner),
        Some(Value::String(text)) => markup::characters(log, inner, text),
        Some(_) => log.note("NotText", inner),
        None if required => log.note("MissingElement", inner),
        None => {}
    }
}

fn url(log: &mut Log, place: Place<'_>, object: &Object, name: &str) {
    if let Some(url) = object.get(name) {
        let place = Place { parent: place.element, element: name };
        addresses::check(log, place, Form::Iri, "InvalidFullLink", url.as_str().unwrap_or(""), &[]);
    }
}

fn language(log: &mut Log, place: Place<'_>, object: &Object) {
    if let Some(language) = object.get("language") {
        let place = Place { parent: place.element, element: "language" };
        values::language(log, place, language.as_str().unwrap_or(""));
    }
}

/// Each is known by something.
fn authors(log: &mut Log, place: Place<'_>, object: &Object) {
    for author in objects(log, place, object, "authors") {
        let place = Place { parent: place.element, element: "author" };
        members(log, place, author, OF_AUTHOR);
        text(log, place, author, "name", false);
        url(log, place, author, "url");
        if author.is_empty() {
            log.note("NotBlank", place);
        }
    }
}

fn objects<'a>(log: &mut Log, place: Place<'_>, object: &'a Object, name: &str) -> Vec<&'a Object> {
    let list = match object.get(name) {
        None => return Vec::new(),
        Some(Value::Array(list)) => list,
        Some(_) => {
            log.note("NoList", Place { parent: place.element, element: name });
            return Vec::new();
        }
    };
    let found: Vec<&Object> = list.iter().filter_map(Value::as_object).collect();
    if found.len() != list.len() {
        log.note("NoObject", Place { parent: place.element, element: name });
    }
    found
}
