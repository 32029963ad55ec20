//! What is noted on the way.

use super::super::base64;
use super::super::extras::{person, point, weekday};
use super::super::kinds::{Field, Kept, Kind, Markup};
use super::super::names;
use super::super::scan::{Attribute, Scanner, Token};
use super::super::sniff::Family;
use super::super::xml::image_type;
use super::{Open, Walker, tags};
use crate::model::{Category, Cloud, Media};
use crate::text::{clean, html};

/// Longer fields are cut.
const MOST_FIELD_BYTES: usize = 8 * 1024;
/// More of one field than this are not noted.
const MOST_REPEATS: usize = 24;

/// What the terms of `itunes:category` belong to.
const ITUNES_SCHEME: &str = "http://www.itunes.com/";

/// The text of an element as a reader sees it: references resolved, CDATA opened,
/// tags left out.
pub(in super::super) fn plain(content: &str) -> String {
    let content = clean::head(content, MOST_FIELD_BYTES);
    if !content.contains(['<', '&']) {
        return content.trim().to_owned();
    }
    let mut out = String::new();
    let mut scanner = Scanner::new(content, 0);
    while let Some((token, range)) = scanner.next() {
        match token {
            Token::Text => out.push_str(&html::decode(&content[range])),
            Token::CData { body } => out.push_str(&content[body]),
            _ => {}
        }
    }
    clean::strip_illegal(out.trim()).into_owned()
}

fn first(slot: &mut Option<String>, value: String) {
    if slot.is_none() && !value.is_empty() {
        *slot = Some(value);
    }
}

fn push<T>(list: &mut Vec<T>, value: T) {
    if list.len() < MOST_REPEATS {
        list.push(value);
    }
}

impl<'a> Walker<'a> {
    /// Notes what a start tag says; whether feed-rs must not see the element.
    pub(super) fn note_attributes(&mut self, kind: Kind, list: &[Attribute]) -> bool {
        if list.is_empty() {
            return false;
        }
        let text = self.text;
        let value = |wanted: &str| {
            let found = list.iter().find(|a| text[a.name.clone()].eq_ignore_ascii_case(wanted))?;
            Some(text[found.value.clone()].trim())
        };
        let language = match kind {
            Kind::Markup(Markup::AtomContent) => self.language(list),
            _ => None,
        };
        if kind == Kind::Cloud {
            let text = |name: &str| value(name).map(plain).unwrap_or_default();
            let port = value("port").and_then(|port| port.parse().ok());
            self.extras.cloud.get_or_insert(Cloud {
                domain: text("domain"),
                port,
                path: text("path"),
                procedure: text("registerProcedure"),
                protocol: text("protocol"),
            });
        }
        let Some(item) = self.extras.items.last_mut() else { return false };
        match kind {
            Kind::InReplyTo => {
                let of = value("ref").or_else(|| value("href")).map(plain);
                item.reply_to = item.reply_to.take().or(of);
            }
            Kind::Field(Field::Guid) => {
                let permanent = value("isPermaLink");
                item.guid_is_opaque = permanent.is_some_and(|p| p.eq_ignore_ascii_case("false"));
                item.guid_is_stated_link =
                    permanent.is_some_and(|p| p.eq_ignore_ascii_case("true"));
            }
            Kind::Field(Field::Link) => {
                if let Some(href) = value("href") {
                    first(&mut item.link, plain(href));
                }
            }
            // feed-rs reads those of Atom, unless the address is the text.
            Kind::AtomLink if value("href").is_none() || self.family != Family::Atom => {
                let rel = value("rel").unwrap_or("alternate").to_ascii_lowercase();
                if rel == "enclosure"
                    && let Some(url) = value("href")
                {
                    let (mime, title) = (value("type").map(plain), value("title").map(plain));
                    let length = value("length").and_then(|digits| digits.parse().ok());
                    push(
                        &mut item.media,
                        Media { url: plain(url), mime, length, title, ..Media::default() },
                    );
                }
                push(&mut item.links, (rel, value("href").map(plain).unwrap_or_default()));
            }
            Kind::Field(Field::Subject) => item.subject_scheme = value("scheme").map(plain),
            Kind::Field(Field::Category) => item.subject_scheme = value("domain").map(plain),
            Kind::AtomCategory => {
                if let Some(term) = value("term").map(plain).filter(|term| !term.is_empty()) {
                    let (scheme, label) = (value("scheme").map(plain), value("label").map(plain));
                    push(&mut item.subjects, Category { term, scheme, label });
                }
            }
            Kind::TextCategory => {
                if let Some(term) = value("text").map(plain).filter(|term| !term.is_empty()) {
                    let scheme = Some(ITUNES_SCHEME.to_owned());
                    push(&mut item.subjects, Category { term, scheme, label: None });
                }
            }
            Kind::Media => {
                let number = |name: &str| value(name).and_then(|digits| digits.parse::<u64>().ok());
                if let Some(url) = value("url").or_else(|| value("href")) {
                    let media = Media {
                        url: plain(url),
                        mime: value("type").map(plain).or_else(|| {
                            let is_image = value("medium") == Some("image");
                            is_image.then(|| image_type(url).to_owned())
                        }),
                        length: number("length").or_else(|| number("fileSize")),
                        width: number("width").and_then(|pixels| u32::try_from(pixels).ok()),
                        height: number("height").and_then(|pixels| u32::try_from(pixels).ok()),
                        duration: number("duration"),
                        title: None,
                    };
                    push(&mut item.media, media);
                }
            }
            Kind::Markup(Markup::AtomContent) => {
                if language.is_some() {
                    item.language = language;
                }
                if let Some(src) = value("src") {
                    item.content_src = Some(plain(src));
                    return true;
                }
                return value("type").is_some_and(|t| tags::text_type(t).is_none());
            }
            _ => {}
        }
        false
    }

    /// Notes what an element held; whether feed-rs may see it.
    pub(super) fn note(&mut self, open: &Open<'a>, content: &str) -> bool {
        if open.kind == Kind::AtomLink {
            self.note_link_text(content);
            return true;
        }
        let Kind::Field(field) = open.kind else {
            // An empty one makes feed-rs fail.
            if open.kind != Kind::Markup(Markup::Media) || open.raw.is_some() {
                return true;
            }
            let text = plain(content);
            let of_item = self.stack.last().is_some_and(|parent| parent.kind == Kind::Item);
            if of_item
                && open.name.ends_with("title")
                && let Some(item) = self.extras.items.last_mut()
            {
                push(&mut item.texts, (Kept::Title, html::escape(&text).into_owned()));
            }
            return !text.is_empty();
        };
        if field == Field::Link
            && let Some(item) = self.extras.items.last_mut()
        {
            item.link_is_hidden |= content.contains('<');
        }
        let mut text = plain(content);
        if open.base64 {
            text = base64::text(&text).unwrap_or(text);
        }
        match field {
            Field::FeedUpdated => push(&mut self.extras.updated, text),
            Field::Language => first(&mut self.extras.language, text),
            Field::SkipHour => {
                // Some count from 1 to 24.
                if let Ok(hour @ 0..=24) = text.parse::<u8>() {
                    push(&mut self.extras.skip_hours, hour % 24);
                }
            }
            Field::SkipDay => self.extras.skip_days.extend(weekday(&text)),
            Field::UpdatePeriod => first(&mut self.extras.update_period, text),
            Field::UpdateFrequency => first(&mut self.extras.update_frequency, text),
            // The logo says more than an icon that stands before it.
            Field::ImageUrl if names::split(open.name).1 == "logo" && !text.is_empty() => {
                self.extras.image = Some(text);
            }
            Field::ImageUrl => first(&mut self.extras.image, text),
            // feed-rs splits between bytes of a character.
            Field::Contact => return text.is_ascii() || !text.contains('@'),
            Field::Duration if tags::has_long_number(&text) => {
                self.faults.numbers += 1;
                return false;
            }
            Field::Duration => {}
            _ => return self.note_of_item(field, text),
        }
        true
    }

    /// A link without `href` may have its address for text.
    fn note_link_text(&mut self, content: &str) {
        let item = self.extras.items.last_mut();
        if let Some((_, address)) = item.and_then(|item| item.links.last_mut())
            && address.is_empty()
        {
            *address = plain(content);
        }
    }

    fn note_of_item(&mut self, field: Field, text: String) -> bool {
        let Some(item) = self.extras.items.last_mut() else { return true };
        match field {
            Field::Guid => first(&mut item.guid, text),
            Field::Link => first(&mut item.link, text),
            Field::SourceTitle => first(&mut item.source_title, text),
            Field::Subject | Field::Category if text.is_empty() => item.subject_scheme = None,
            Field::Category => {
                let scheme = std::mem::take(&mut item.subject_scheme);
                push(&mut item.categories, Category { term: text, scheme, label: None });
            }
            Field::Subject => {
                let scheme = std::mem::take(&mut item.subject_scheme);
                push(&mut item.subjects, Category { term: text, scheme, label: None });
            }
            Field::Date(field) => push(&mut item.dates, (field, text)),
            Field::PersonEmail => {
                if let Some(author) = item.authors.last_mut() {
                    first(&mut author.email, text);
                }
            }
            Field::Keywords => {
                for term in text.split(',').filter_map(clean::non_empty) {
                    let term = term.to_owned();
                    push(&mut item.subjects, Category { term, ..Category::default() });
                }
            }
            Field::CommentsFeed => first(&mut item.comments_feed, text),
            Field::Point => item.point = item.point.or_else(|| point(&text)),
            Field::Latitude => item.latitude = text.parse().ok(),
            Field::Longitude => item.longitude = text.parse().ok(),
            Field::CommentsCount => item.comments_count = item.comments_count.or(text.parse().ok()),
            Field::Author => {
                let safe = text.is_ascii() || !text.contains('@');
                if let Some(author) = person(&text)
                    && !item.authors.contains(&author)
                {
                    push(&mut item.authors, author);
                }
                return safe || self.family == Family::Atom;
            }
            _ => {}
        }
        true
    }
}
