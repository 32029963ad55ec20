//! Pictures of an entry, and how pages load them.

use super::view::{media_type, web_url};
use crate::model::{Entry, Media};
use std::borrow::Cow;

/// Smaller pictures are icons and counters.
const SMALLEST_PIXELS: u32 = 120;

/// The picture that stands beside an entry in a list: the one that was chosen for it, else the first
/// usable one among its media, else in its content. Returns its address as plain text.
pub fn lead(entry: &Entry) -> Option<Cow<'_, str>> {
    if let Some(url) = entry.picture().and_then(|picture| web_url(&picture.url)) {
        return Some(Cow::Borrowed(url));
    }
    let media = entry.media.iter().find(|media| is_usable(media));
    if let Some(url) = media.and_then(|media| web_url(&media.url)) {
        return Some(Cow::Borrowed(url));
    }
    let tag = Tags { html: &entry.content, at: 0 }
        .filter(|tag| tag.is("img"))
        .find(|tag| large_enough(tag.pixels("width"), tag.pixels("height")))?;
    let url = unescape(tag.attribute("src")?);
    web_url(&url).is_some().then_some(url)
}

/// Whether the picture that stands beside the entry is already in its content.
pub fn is_in_content(entry: &Entry) -> bool {
    Tags { html: &entry.content, at: 0 }.any(|tag| tag.is("img"))
}

fn is_usable(media: &Media) -> bool {
    media_type(media).starts_with("image/")
        && web_url(&media.url).is_some()
        && large_enough(media.width, media.height)
}

fn large_enough(width: Option<u32>, height: Option<u32>) -> bool {
    [width, height].into_iter().flatten().all(|pixels| pixels >= SMALLEST_PIXELS)
}

/// Makes the pictures of sanitised HTML load late and without telling where from.
pub fn load_lazily(html: &str) -> Cow<'_, str> {
    let mut changed: Option<String> = None;
    let mut copied = 0;
    for tag in (Tags { html, at: 0 }).filter(|tag| tag.is("img")) {
        let after_name = tag.start + "<img".len();
        let out = changed.get_or_insert_with(|| String::with_capacity(html.len() + 256));
        out.push_str(&html[copied..after_name]);
        // The first of two equal attributes counts, so ours overrule.
        out.push_str(r#" loading="lazy" referrerpolicy="no-referrer""#);
        copied = after_name;
    }
    match changed {
        None => Cow::Borrowed(html),
        Some(mut out) => {
            out.push_str(&html[copied..]);
            Cow::Owned(out)
        }
    }
}

/// Start tags of serialised HTML. Knows quotes, so that an `<img` inside an attribute's
/// value is none.
struct Tags<'h> {
    html: &'h str,
    at: usize,
}

struct Tag<'h> {
    /// Where its `<` is.
    start: usize,
    /// Between `<` and `>`.
    inside: &'h str,
}

impl<'h> Iterator for Tags<'h> {
    type Item = Tag<'h>;

    fn next(&mut self) -> Option<Tag<'h>> {
        let html = self.html;
        loop {
            let start = self.at + html[self.at..].find('<')?;
            let inside = &html[start + 1..];
            let end = end_of_tag(inside)?;
            self.at = start + 1 + end + 1;
            if inside.starts_with(|first: char| first.is_ascii_alphabetic()) {
                return Some(Tag { start, inside: &inside[..end] });
            }
        }
    }
}

/// Where the `>` is that ends a tag.
fn end_of_tag(inside: &str) -> Option<usize> {
    let mut quote = None;
    inside.bytes().position(|byte| {
        match (quote, byte) {
            (None, b'>') => return true,
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), _) if open == byte => quote = None,
            _ => {}
        }
        false
    })
}

impl<'h> Tag<'h> {
    fn is(&self, name: &str) -> bool {
        self.inside.strip_prefix(name).is_some_and(|rest| {
            rest.is_empty() || rest.starts_with(|c: char| c.is_ascii_whitespace() || c == '/')
        })
    }

    /// The value of a double-quoted attribute, as written.
    fn attribute(&self, name: &str) -> Option<&'h str> {
        let mut rest = self.inside;
        while let Some((before, after)) = rest.split_once("=\"") {
            let (value, next) = after.split_once('"')?;
            if before.rsplit(|c: char| c.is_ascii_whitespace()).next() == Some(name) {
                return Some(value);
            }
            rest = next;
        }
        None
    }

    fn pixels(&self, name: &str) -> Option<u32> {
        self.attribute(name)?.trim_end_matches("px").parse().ok()
    }
}

/// Undoes the escapes that an HTML serialiser makes in an attribute's value.
fn unescape(value: &str) -> Cow<'_, str> {
    if !value.contains('&') {
        return Cow::Borrowed(value);
    }
    let plain = value
        .replace("&quot;", "\"")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&nbsp;", "\u{a0}")
        .replace("&amp;", "&");
    Cow::Owned(plain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::publish::sample;

    #[test]
    fn pictures_load_late_and_attribute_values_stay_as_they_are() {
        let html = r#"<p title="<img src=x onerror=y>">a</p><img src="https://a/b.jpg"><imgx>"#;
        assert_eq!(
            load_lazily(html),
            concat!(
                r#"<p title="<img src=x onerror=y>">a</p>"#,
                r#"<img loading="lazy" referrerpolicy="no-referrer" src="https://a/b.jpg"><imgx>"#,
            )
        );
        for same in ["", "县里", "1 < 2", "<img", "<p title=\"<img", "</img>", "<"] {
            assert_eq!(load_lazily(same), same);
        }
    }

    #[test]
    fn the_lead_picture_comes_from_media_then_from_content() {
        let mut entry = Entry::clone(&sample::entries()[0].entry);
        entry.media.clear();
        entry.picture = None;
        entry.content = concat!(
            r#"<img src="https://a/icon.png" width="16" height="16">"#,
            r#"<p><img alt="图" src="https://a/b.jpg?x=1&amp;y=2"></p>"#,
        )
        .to_owned();
        assert_eq!(lead(&entry).as_deref(), Some("https://a/b.jpg?x=1&y=2"));
        entry.media = vec![
            Media { url: "https://a/c.mp3".to_owned(), ..Media::default() },
            Media { url: "https://a/tiny.png".to_owned(), width: Some(1), ..Media::default() },
            Media { url: "https://a/d.png".to_owned(), width: Some(640), ..Media::default() },
        ];
        assert_eq!(lead(&entry).as_deref(), Some("https://a/d.png"));
        entry.media.push(Media { url: "https://a/e".to_owned(), ..Media::default() });
        entry.picture = Some(3);
        assert_eq!(lead(&entry).as_deref(), Some("https://a/e"), "the one that was chosen");
        entry.media.clear();
        entry.content = r#"<img src="data:image/png;base64,AA">"#.to_owned();
        assert_eq!(lead(&entry), None);
    }
}
