//! Stored entries as lines of JSON: a documented form for scripts and backups.

use crate::model::{Author, Category, EntryNo, Media, StoredEntry};
use crate::store::{Reader, StoreError};
use serde_json::{Value, json};

/// Lines of one page.
const PAGE: usize = 500;

/// The next lines after an entry; empty when there are none.
///
/// # Errors
/// When the store cannot be read; a damaged entry is left out and logged.
pub fn page(reader: &Reader, after: EntryNo) -> Result<Vec<u8>, StoreError> {
    let mut lines = Vec::new();
    for stored in reader.entries_after(after).take(PAGE) {
        serde_json::to_writer(&mut lines, &line(&stored?)).expect("strings and numbers");
        lines.push(b'\n');
    }
    Ok(lines)
}

/// One entry. Dates are RFC 3339 UTC, absent values null; `rights` is there where somebody states any.
pub fn line(stored: &StoredEntry) -> Value {
    let entry = &stored.entry;
    let mut line = json!({
        "no": stored.no.0,
        "id": stored.public_id,
        "key": stored.key().hex(),
        "source": stored.source.as_str(),
        "guid": entry.guid,
        "link": entry.link,
        "title": entry.title,
        "byline": entry.byline,
        "authors": entry.authors.iter().map(author).collect::<Vec<_>>(),
        "credit": entry.credit,
        "published": stored.published.rfc3339(),
        "updated": stored.updated.rfc3339(),
        "first_seen": stored.first_seen.rfc3339(),
        "date_from": entry.date_from.label(),
        "revision": stored.revision,
        "language": entry.language,
        "summary": entry.summary,
        "content": entry.content,
        "media": entry.media.iter().map(media).collect::<Vec<_>>(),
        "categories": entry.categories.iter().map(category).collect::<Vec<_>>(),
        "comments": entry.comments.as_ref().map(|comments| json!({
            "link": comments.link,
            "count": comments.count,
            "feed": comments.feed,
        })),
        "regions": entry.regions.iter().map(|verdict| json!({
            "region": verdict.region.as_str(),
            "kind": verdict.kind.label(),
            "evidence": verdict.evidence,
            "score": verdict.score,
        })).collect::<Vec<_>>(),
        "places": entry.places.iter().map(|code| code.as_str()).collect::<Vec<_>>(),
        "topics": entry.topics.iter().map(|verdict| json!({
            "topic": verdict.topic.as_str(),
            "kind": verdict.kind.label(),
            "evidence": verdict.evidence,
            "score": verdict.score,
        })).collect::<Vec<_>>(),
        "reprint_of": stored.reprint_of.map(|no| no.0),
        "story": stored.story.0,
    });
    if let Some(rights) = &entry.rights {
        line["rights"] = json!(rights);
    }
    line
}

pub fn author(author: &Author) -> Value {
    json!({ "name": author.name, "uri": author.uri, "email": author.email })
}

pub fn category(category: &Category) -> Value {
    json!({ "term": category.term, "scheme": category.scheme, "label": category.label })
}

pub fn media(media: &Media) -> Value {
    json!({
        "url": media.url,
        "type": media.mime,
        "length": media.length,
        "title": media.title,
        "width": media.width,
        "height": media.height,
        "duration": media.duration,
    })
}
