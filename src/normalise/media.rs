//! Enclosures, MediaRSS objects and the first pictures of the text.

use super::limits::{MOST_MEDIA, MOST_MEDIA_TITLE_CHARS};
use super::links::Bases;
use crate::model::{Media, ParsedEntry};
use crate::text::{clean, html};

pub(super) fn collect(item: &ParsedEntry, content: &str, bases: &Bases<'_>) -> Vec<Media> {
    let mut found: Vec<Media> = Vec::new();
    for media in &item.media {
        let Some(url) = bases.absolute(&media.url) else { continue };
        let title =
            media.title.as_deref().map(|title| html::to_title(title, MOST_MEDIA_TITLE_CHARS));
        let mime =
            media.mime.as_deref().and_then(mime).or_else(|| mime_of(&url).map(str::to_owned));
        add(
            &mut found,
            Media { url, mime, title: title.filter(|t| !t.is_empty()), ..media.clone() },
        );
    }
    if content.contains("<img") {
        for piece in html::pieces(content) {
            let html::Piece::Open { name: "img", attributes, .. } = piece else { continue };
            let src = html::attribute(attributes, "src");
            let Some(url) = src.and_then(|src| bases.absolute(&src)) else { continue };
            let pixels =
                |name| html::attribute(attributes, name).and_then(|value| value.parse().ok());
            let alt = html::attribute(attributes, "alt");
            let title = alt.map(|alt| clean::one_line(&alt, MOST_MEDIA_TITLE_CHARS));
            let media = Media {
                mime: Some(mime_of(&url).unwrap_or("image/jpeg").to_owned()),
                title: title.filter(|title| !title.is_empty()),
                width: pixels("width"),
                height: pixels("height"),
                url,
                ..Media::default()
            };
            add(&mut found, media);
            if found.len() == MOST_MEDIA {
                break;
            }
        }
    }
    found
}

fn add(found: &mut Vec<Media>, media: Media) {
    if found.len() < MOST_MEDIA && !found.iter().any(|known| known.url == media.url) {
        found.push(media);
    }
}

/// `type/subtype` in lower case, parameters dropped.
fn mime(stated: &str) -> Option<String> {
    let essence = stated.split(';').next()?.trim().to_ascii_lowercase();
    let (kind, subtype) = essence.split_once('/')?;
    let is_token = |part: &str| {
        !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b".+-_".contains(&b))
    };
    (is_token(kind) && is_token(subtype) && essence.len() <= 100).then_some(essence)
}

/// What the address's ending says.
fn mime_of(url: &str) -> Option<&'static str> {
    let path = url.split(['?', '#']).next()?;
    let (_, extension) = path.rsplit_once('/')?.1.rsplit_once('.')?;
    Some(match extension.to_ascii_lowercase().as_str() {
        "jpg" | "jpeg" => "image/jpeg",
        "png" => "image/png",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "svg" => "image/svg+xml",
        "avif" => "image/avif",
        "mp3" => "audio/mpeg",
        "m4a" => "audio/mp4",
        "mp4" => "video/mp4",
        "webm" => "video/webm",
        "pdf" => "application/pdf",
        _ => return None,
    })
}
