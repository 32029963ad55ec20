//! The short way for simple HTML: paragraphs, headings, lists, links and pictures,
//! well-formed, in lower case.
//!
//! It knows a small grammar and gives up at the first thing outside it, and then
//! ammonia reads the whole. Inside the grammar an HTML parser has nothing to repair:
//! elements end where they say, inline elements hold inline elements only, and text
//! holds neither `<` nor an unclear `&`. So writing the allowed parts down again is
//! what ammonia does, too, byte for byte.

use super::links::{Bases, is_normal};
use super::sanitise::{Image, allows, allows_scheme, image};
use crate::text::html;
use std::borrow::Cow;
use url::Url;

/// Deeper is not simple.
const MOST_DEPTH: usize = 24;
const MOST_ATTRIBUTES: usize = 24;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    /// Holds blocks and inline elements.
    Flow,
    /// Holds inline elements.
    Paragraph,
    /// Holds list items.
    List,
    Inline,
    /// Inline, and not kept: its text is.
    Bare,
    Image,
    Break,
    Rule,
}

/// The elements of the grammar, by the names that are kept.
fn class(name: &str) -> Option<(&'static str, Class)> {
    Some(match name {
        "p" => ("p", Class::Paragraph),
        "h1" => ("h1", Class::Paragraph),
        "h2" => ("h2", Class::Paragraph),
        "h3" => ("h3", Class::Paragraph),
        "h4" => ("h4", Class::Paragraph),
        "h5" => ("h5", Class::Paragraph),
        "h6" => ("h6", Class::Paragraph),
        "div" => ("div", Class::Flow),
        "section" => ("section", Class::Flow),
        "article" => ("article", Class::Flow),
        "blockquote" => ("blockquote", Class::Flow),
        "figure" => ("figure", Class::Flow),
        "figcaption" => ("figcaption", Class::Flow),
        "li" => ("li", Class::Flow),
        "ul" => ("ul", Class::List),
        "ol" => ("ol", Class::List),
        "strong" => ("strong", Class::Inline),
        "b" => ("b", Class::Inline),
        "em" => ("em", Class::Inline),
        "i" => ("i", Class::Inline),
        "u" => ("u", Class::Inline),
        "s" => ("s", Class::Inline),
        "small" => ("small", Class::Inline),
        "sub" => ("sub", Class::Inline),
        "sup" => ("sup", Class::Inline),
        "code" => ("code", Class::Inline),
        "a" => ("a", Class::Inline),
        "span" => ("span", Class::Bare),
        "font" => ("font", Class::Bare),
        "img" => ("img", Class::Image),
        "br" => ("br", Class::Break),
        "hr" => ("hr", Class::Rule),
        _ => return None,
    })
}

/// The safe HTML, or `None` when the HTML is not simple.
pub(super) fn clean(html: &str, bases: &Bases<'_>) -> Option<String> {
    // As an HTML parser does before it looks at anything.
    let html = match memchr::memchr(b'\r', html.as_bytes()) {
        Some(_) => Cow::Owned(html.replace("\r\n", "\n").replace('\r', "\n")),
        None => Cow::Borrowed(html),
    };
    let mut writer = Writer {
        out: String::with_capacity(html.len() + html.len() / 16),
        open: Vec::new(),
        bases,
        may_hold_nbsp: memchr::memchr(0xC2, html.as_bytes()).is_some(),
    };
    let mut rest = &*html;
    while !rest.is_empty() {
        let text_end = memchr::memchr3(b'<', b'&', b'>', rest.as_bytes());
        let (text, after) = rest.split_at(text_end.unwrap_or(rest.len()));
        writer.text(text)?;
        rest = after;
        match rest.as_bytes() {
            [] => break,
            [b'<', ..] => rest = writer.tag(rest)?,
            [b'&', ..] => {
                let (length, first, second) = html::char_ref(rest)?;
                if rest.as_bytes()[length - 1] != b';' {
                    return None;
                }
                writer.character(first)?;
                if let Some(second) = second {
                    writer.character(second)?;
                }
                rest = &rest[length..];
            }
            _ => {
                writer.character('>')?;
                rest = &rest[1..];
            }
        }
    }
    writer.open.is_empty().then_some(writer.out)
}

struct Writer<'a, 'b> {
    out: String,
    open: Vec<(&'static str, Class)>,
    bases: &'a Bases<'b>,
    may_hold_nbsp: bool,
}

impl Writer<'_, '_> {
    fn parent(&self) -> Class {
        self.open.last().map_or(Class::Flow, |(_, class)| *class)
    }

    fn text(&mut self, text: &str) -> Option<()> {
        if self.parent() == Class::List && !text.trim_ascii().is_empty() {
            return None;
        }
        if self.may_hold_nbsp && text.contains('\u{A0}') {
            self.out.push_str(&text.replace('\u{A0}', "&nbsp;"));
        } else {
            self.out.push_str(text);
        }
        Some(())
    }

    fn character(&mut self, c: char) -> Option<()> {
        if self.parent() == Class::List || c == '\u{FFFD}' || c == '\r' || c == '\u{C}' {
            return None;
        }
        push_escaped(&mut self.out, c);
        Some(())
    }

    /// Reads the tag that `rest` begins with; returns what follows.
    fn tag<'t>(&mut self, rest: &'t str) -> Option<&'t str> {
        if let Some(closing) = rest.strip_prefix("</") {
            let (name, after) = closing.split_once('>')?;
            let (opened, class) = self.open.pop()?;
            if name != opened {
                return None;
            }
            if class != Class::Bare {
                self.out.push_str("</");
                self.out.push_str(opened);
                self.out.push('>');
            }
            return Some(after);
        }
        let name_end = 1 + rest[1..].bytes().position(|b| !b.is_ascii_alphanumeric())?;
        let (name, class) = class(&rest[1..name_end])?;
        self.fits(name, class)?;
        let (list, length) = attributes(&rest[name_end..])?;
        let end = name_end + length;
        // Hidden elements go with all they hold, which is not for here.
        if list.iter().any(|(name, value)| html::hides_by(name, value)) {
            return None;
        }
        let self_closed = rest.as_bytes()[end - 2] == b'/';
        let void = matches!(class, Class::Image | Class::Break | Class::Rule);
        if self_closed && !void {
            return None;
        }
        if class == Class::Image {
            match image(&rest[name_end..end - 1]) {
                Image::Keep => {}
                Image::Drop => return Some(&rest[end..]),
                Image::At(_) => return None,
            }
        }
        if class != Class::Bare {
            self.write(name, &list)?;
        }
        if !void {
            self.open.push((name, class));
        }
        Some(&rest[end..])
    }

    /// Whether a parser would put the element where it stands.
    fn fits(&self, name: &str, class: Class) -> Option<()> {
        let parent = self.parent();
        let fits = match class {
            Class::Flow if name == "li" => parent == Class::List,
            Class::Flow | Class::Paragraph | Class::List | Class::Rule => parent == Class::Flow,
            Class::Inline | Class::Bare | Class::Image | Class::Break => parent != Class::List,
        };
        // Formatting inside itself has rules of its own.
        let nested = matches!(class, Class::Inline | Class::Bare)
            && name != "span"
            && self.open.iter().any(|(open, _)| *open == name);
        (fits && !nested && self.open.len() < MOST_DEPTH).then_some(())
    }

    fn write(&mut self, name: &str, list: &[(&str, &str)]) -> Option<()> {
        let start = self.out.len();
        let mut has_address = false;
        self.out.push('<');
        self.out.push_str(name);
        for (attribute, value) in list {
            if !allows(name, attribute) {
                continue;
            }
            let value = decoded(value)?;
            let value = match *attribute {
                "href" | "src" => match self.address(&value)? {
                    Some(address) => {
                        has_address = true;
                        address
                    }
                    None => continue,
                },
                _ => value,
            };
            self.out.push(' ');
            self.out.push_str(attribute);
            self.out.push_str("=\"");
            for c in value.chars() {
                match c {
                    '"' => self.out.push_str("&quot;"),
                    c => push_escaped(&mut self.out, c),
                }
            }
            self.out.push('"');
        }
        // A picture whose address is not allowed shows nothing.
        if name == "img" && !has_address {
            self.out.truncate(start);
            return Some(());
        }
        if name == "a" {
            self.out.push_str(" rel=\"noopener noreferrer\"");
        }
        self.out.push('>');
        Some(())
    }

    /// `Some(None)`: the address is not allowed.
    fn address<'v>(&self, value: &'v str) -> Option<Option<Cow<'v, str>>> {
        if value.bytes().any(|b| b <= b' ') {
            return None;
        }
        if is_normal(value) {
            return Some(Some(Cow::Borrowed(value)));
        }
        Some(match Url::parse(value) {
            Ok(url) => allows_scheme(url.scheme()).then_some(Cow::Borrowed(value)),
            Err(url::ParseError::RelativeUrlWithoutBase) => {
                let base = self.bases.base();
                base.and_then(|base| base.join(value).ok()).map(|url| Cow::Owned(url.into()))
            }
            Err(_) => None,
        })
    }
}

fn push_escaped(out: &mut String, c: char) {
    match c {
        '&' => out.push_str("&amp;"),
        '<' => out.push_str("&lt;"),
        '>' => out.push_str("&gt;"),
        '\u{A0}' => out.push_str("&nbsp;"),
        c => out.push(c),
    }
}

/// An attribute's value with its references resolved; `None` when one is unclear.
fn decoded(value: &str) -> Option<Cow<'_, str>> {
    if value.contains('\u{C}') {
        return None;
    }
    for (at, _) in value.match_indices('&') {
        let rest = &value[at + 1..];
        let name = rest.bytes().take_while(u8::is_ascii_alphanumeric).count();
        match rest.as_bytes().get(name) {
            // `&b=1` of an address.
            Some(b'=') if name > 0 && html::char_ref(&value[at..]).is_none() => {}
            _ => {
                let (length, first, _) = html::char_ref(&value[at..])?;
                if value.as_bytes()[at + length - 1] != b';' || first == '\u{FFFD}' {
                    return None;
                }
            }
        }
    }
    Some(html::decode(value))
}

/// Name and value pairs.
type Pairs<'t> = Vec<(&'t str, &'t str)>;

/// The attributes up to the tag's end, and the length with its `>`; quoted values and
/// names in lower case only, none twice.
fn attributes(text: &str) -> Option<(Pairs<'_>, usize)> {
    let bytes = text.as_bytes();
    let mut list: Pairs<'_> = Vec::new();
    let mut at = 0;
    loop {
        let spaces = bytes[at..].iter().position(|b| !matches!(b, b' ' | b'\n' | b'\t'))?;
        match bytes.get(at + spaces..)? {
            [b'>', ..] => return Some((list, at + spaces + 1)),
            [b'/', b'>', ..] => return Some((list, at + spaces + 2)),
            _ if spaces == 0 => return None,
            _ => {}
        }
        at += spaces;
        let is_name = |b: &u8| {
            b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_' | b':')
        };
        let length = bytes[at..].iter().position(|b| !is_name(b))?;
        let name = &text[at..at + length];
        at += length;
        let [b'=', quote @ (b'"' | b'\''), ..] = *bytes.get(at..)? else { return None };
        at += 2;
        let length = bytes[at..].iter().position(|b| *b == quote)?;
        if name.is_empty()
            || list.len() == MOST_ATTRIBUTES
            || list.iter().any(|(known, _)| *known == name)
        {
            return None;
        }
        list.push((name, &text[at..at + length]));
        at += length + 1;
    }
}
