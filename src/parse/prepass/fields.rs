//! What is noted on the way.

use super::super::extras::person;
use super::super::kinds::{Field, Kind, Markup};
use super::super::scan::{Attribute, Scanner, Token};
use super::super::sniff::Family;
use super::{Open, Walker, tags};
use crate::model::Media;
use crate::text::{clean, html};

/// Longer fields are cut.
const MOST_FIELD_BYTES: usize = 8 * 1024;
/// More of one field than this are not noted.
const MOST_REPEATS: usize = 16;

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
        let Some(item) = self.extras.items.last_mut() else { return false };
        match kind {
            Kind::Field(Field::Guid) => {
                let permanent = value("isPermaLink");
                item.guid_is_opaque = permanent.is_some_and(|p| p.eq_ignore_ascii_case("false"));
            }
            Kind::Field(Field::Link) => {
                if let Some(href) = value("href") {
                    first(&mut item.link, plain(href));
                }
            }
            Kind::AtomLink => {
                if let Some(href) = value("href") {
                    let rel = value("rel").unwrap_or("alternate").to_ascii_lowercase();
                    push(&mut item.links, (rel, plain(href)));
                }
            }
            Kind::Media => {
                let number = |name: &str| value(name).and_then(|digits| digits.parse::<u64>().ok());
                if let Some(url) = value("url").or_else(|| value("href")) {
                    let media = Media {
                        url: plain(url),
                        mime: value("type").map(plain),
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
        let Kind::Field(field) = open.kind else {
            // An empty one makes feed-rs fail.
            let needs_text = open.kind == Kind::Markup(Markup::Media) && open.raw.is_none();
            return !needs_text || !plain(content).is_empty();
        };
        let text = plain(content);
        match field {
            Field::FeedUpdated => push(&mut self.extras.updated, text),
            Field::Language => first(&mut self.extras.language, text),
            // feed-rs splits between bytes of a character.
            Field::Contact => return text.is_ascii() || !text.contains('@'),
            Field::Duration => return !tags::has_long_number(&text),
            _ => return self.note_of_item(field, text),
        }
        true
    }

    fn note_of_item(&mut self, field: Field, text: String) -> bool {
        let Some(item) = self.extras.items.last_mut() else { return true };
        match field {
            Field::Guid => first(&mut item.guid, text),
            Field::Link => first(&mut item.link, text),
            Field::SourceTitle => first(&mut item.source_title, text),
            Field::Subject => push(&mut item.subjects, text),
            Field::Date(field) => push(&mut item.dates, (field, text)),
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
