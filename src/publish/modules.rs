//! What Atom and RSS both say in elements of other vocabularies, before either is written: places
//! (GeoRSS), media (Media RSS) and how many comments there are (RFC 4685).

use super::view::{Item, media_type, web_url};
use crate::model::{Entry, Location, Media};
use crate::text::html;
use std::collections::BTreeMap;

/// Media RSS (<https://www.rssboard.org/media-rss>).
pub(super) const MEDIA: &str = "http://search.yahoo.com/mrss/";
/// GeoRSS Simple (<https://www.ogc.org/standards/georss>).
pub(super) const GEORSS: &str = "http://www.georss.org/georss";
pub(super) const THREADING: &str = "http://purl.org/syndication/thread/1.0";

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Element {
    /// With its prefix: `media:content`.
    pub name: &'static str,
    /// Values as they are meant, not escaped.
    pub attrs: BTreeMap<String, String>,
    pub text: Option<String>,
    pub children: Vec<Element>,
}

impl Element {
    pub(super) fn of_text(name: &'static str, text: impl Into<String>) -> Self {
        Element { name, text: Some(text.into()), ..Element::default() }
    }

    /// Prefix and local name.
    pub(super) fn split_name(&self) -> (&'static str, &'static str) {
        self.name.split_once(':').unwrap_or(("", self.name))
    }
}

/// All of them that an entry has.
pub(super) fn of_entry(item: &Item<'_>) -> Vec<Element> {
    let entry = &item.stored.entry;
    let mut all = contents(entry);
    let place = item.regions.iter().find_map(|label| label.region.point);
    all.extend(place.map(point));
    let count = entry.comments.as_ref().and_then(|comments| comments.count);
    all.extend(count.map(|count| Element::of_text("thr:total", count.to_string())));
    all
}

/// Four digits behind the point are eleven metres.
pub(super) fn point(point: Location) -> Element {
    let Location { latitude, longitude } = point;
    Element::of_text("georss:point", format!("{latitude:.4} {longitude:.4}"))
}

/// The picture that was chosen, then what the content does not show already.
fn contents(entry: &Entry) -> Vec<Element> {
    let chosen = entry.picture();
    let is_other = |media: &&Media| chosen.is_none_or(|chosen| chosen.url != media.url);
    let is_shown = |media: &Media| entry.content.contains(html::escape(&media.url).as_ref());
    let others = entry.media.iter().filter(is_other).filter(|media| !is_shown(media));
    chosen.into_iter().chain(others).filter_map(content).collect()
}

fn content(media: &Media) -> Option<Element> {
    let number = |number: Option<u64>| number.map(|number| number.to_string());
    let kind = media_type(media);
    let attributes = [
        ("url", Some(web_url(&media.url)?.to_owned())),
        ("medium", medium(kind).map(str::to_owned)),
        ("type", Some(kind.to_owned())),
        ("fileSize", number(media.length.filter(|&bytes| bytes > 0))),
        ("width", number(media.width.map(u64::from).filter(|&pixels| pixels > 0))),
        ("height", number(media.height.map(u64::from).filter(|&pixels| pixels > 0))),
        ("duration", number(media.duration.filter(|&seconds| seconds > 0))),
    ];
    let stated = attributes.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    let title = media.title.as_ref().map(|title| Element {
        attrs: [("type".to_owned(), "plain".to_owned())].into(),
        ..Element::of_text("media:title", title.as_str())
    });
    let children = title.into_iter().collect();
    Some(Element { name: "media:content", attrs: stated.collect(), text: None, children })
}

fn medium(kind: &str) -> Option<&'static str> {
    match kind.split('/').next()? {
        "image" => Some("image"),
        "audio" => Some("audio"),
        "video" => Some("video"),
        "text" => Some("document"),
        _ => (kind == "application/pdf").then_some("document"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::publish::{picture, sample};

    #[test]
    fn media_are_told_once_with_their_sizes_the_chosen_picture_first() {
        let mut entry = Entry::clone(&sample::entries()[0].entry);
        let named = |url: &str| Media { url: url.to_owned(), ..Media::default() };
        entry.media.push(named("https://xianyang-daily.example.cn/i/1.jpg?w=1&h=2"));
        entry.media.push(named("ftp://a/1.jpg"));
        entry.media.push(Media { width: Some(0), length: Some(7), ..named("https://a/1.pdf") });
        entry.media.push(named("https://a/1"));
        entry.media.swap(0, 1);
        entry.picture = Some(1);
        assert!(picture::is_in_content(&entry));
        let told: Vec<Vec<(String, String)>> = contents(&entry)
            .into_iter()
            .map(|element| element.attrs.into_iter().collect())
            .collect();
        let pairs = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
        };
        let expected = [
            pairs(&[
                ("fileSize", "48211"),
                ("height", "533"),
                ("medium", "image"),
                ("type", "image/jpeg"),
                ("url", "https://xianyang-daily.example.cn/i/cover.jpg"),
                ("width", "800"),
            ]),
            pairs(&[
                ("duration", "95"),
                ("medium", "audio"),
                ("type", "audio/mpeg"),
                ("url", "https://xianyang-daily.example.cn/v/1.mp3"),
            ]),
            pairs(&[
                ("fileSize", "7"),
                ("medium", "document"),
                ("type", "application/pdf"),
                ("url", "https://a/1.pdf"),
            ]),
            pairs(&[("type", "application/octet-stream"), ("url", "https://a/1")]),
        ];
        assert_eq!(told, expected, "what the content shows and what is not of the web is left out");
        assert_eq!(contents(&entry)[0].children[0].text.as_deref(), Some("教室"));
    }

    #[test]
    fn a_point_has_latitude_and_longitude_in_decimals() {
        let at = point(Location { latitude: -34.0, longitude: 108.490_56 });
        assert_eq!(at.text.as_deref(), Some("-34.0000 108.4906"));
    }
}
