//! What ammonia would drop or leave broken, put right before it reads the HTML: pictures that
//! wait for a script, players without controls, frames and plug-ins.
//!
//! One pass over the tags. Whatever it writes goes through ammonia afterwards, so nothing here
//! decides what is safe.

mod seen;
#[cfg(test)]
mod tests;

use super::images::{Image, image};
use super::players::{link, mobile_link, quoted};
use super::sight::is_unwanted;
use super::srcset::best_of;
use crate::text::html::{self, Piece};
use seen::{Seen, Shown};
use std::borrow::Cow;

/// The elements that are looked at.
const NAMES: [&str; 11] = [
    "img", "amp-", "mip-", "picture", "source", "video", "audio", "noscript", "iframe", "embed",
    "object",
];

/// The HTML with its pictures and players as they can be shown. Linear.
pub(super) fn prepare_images(html: &str) -> Cow<'_, str> {
    let is_named = |at: usize| {
        NAMES.iter().any(|name| {
            let start = html.as_bytes().get(at + 1..at + 1 + name.len());
            start.is_some_and(|start| start.eq_ignore_ascii_case(name.as_bytes()))
        })
    };
    if !html.match_indices('<').any(|(at, _)| is_named(at)) && !html::may_hide(html) {
        return Cow::Borrowed(html);
    }
    let mut writer = Writer { html, ..Writer::default() };
    let mut pieces = html::visible(html);
    while let Some(piece) = pieces.next() {
        match pieces.take_hidden() {
            Some(element) => writer.replace(element, ""),
            None => writer.read(piece),
        }
    }
    writer.finish()
}

#[derive(Debug, Default)]
struct Writer<'h> {
    html: &'h str,
    out: String,
    /// How far the HTML was copied.
    copied: usize,
    object: Option<Object<'h>>,
    in_noscript: bool,
    in_player: bool,
    in_paragraph: bool,
    /// What the sources of an open `picture` offer, while it has no picture.
    picture: Option<Option<String>>,
    seen: Seen,
}

/// A plug-in: ammonia drops it with all it holds.
#[derive(Debug)]
struct Object<'h> {
    name: &'h str,
    depth: usize,
    /// Where in what was written its link goes, while it has none.
    link_at: Option<usize>,
}

impl<'h> Writer<'h> {
    fn read(&mut self, piece: Piece<'h>) {
        match piece {
            Piece::Text(text) => {
                if !self.in_noscript && !text.trim().is_empty() {
                    self.seen.text();
                }
            }
            Piece::Hidden => {}
            Piece::Open { name, attributes, tag } => self.open(name, attributes, tag),
            Piece::Close { name } => self.close(name),
        }
    }

    fn open(&mut self, name: &'h str, attributes: &'h str, tag: &'h str) {
        let is = |known: &str| name.eq_ignore_ascii_case(known);
        if is("noscript") {
            // There are no scripts, so what it holds is markup; to ammonia it would be text.
            self.in_noscript = true;
            self.replace(tag, "");
        } else if let Some(object) = &mut self.object {
            object.depth += usize::from(object.name.eq_ignore_ascii_case(name));
            // A plug-in for one browser often holds that for the others.
            if is("embed") || is("iframe") {
                self.link_object(link(attributes, "src"));
            } else if is("param") && is_movie(attributes) {
                self.link_object(link(attributes, "value"));
            }
        } else if is("img") {
            self.image(tag, attributes);
        } else if is("picture") {
            self.picture = Some(None);
        } else if is("source") {
            self.source(tag, attributes);
        } else if is("video") || is("audio") {
            self.player(name, tag, attributes);
        } else if is("embed") {
            let link = self.paragraph(link(attributes, "src"));
            self.replace(tag, &link);
        } else if is("iframe") {
            let link = self.paragraph(link(attributes, "src"));
            self.replace(&tag[..0], &link);
        } else if is("object") {
            self.replace(&tag[..0], "");
            self.object = Some(Object { name, depth: 1, link_at: Some(self.out.len()) });
            self.link_object(link(attributes, "data"));
        } else if is("p") {
            self.in_paragraph = true;
        } else if let Some(kind) = mobile(name) {
            match kind {
                "img" | "anim" => self.image(tag, attributes),
                "video" => self.player("video", tag, attributes),
                "audio" => self.player("audio", tag, attributes),
                _ => {
                    let link = self.paragraph(mobile_link(kind, attributes));
                    self.replace(&tag[..0], &link);
                }
            }
        } else if ["div", "li", "td", "section", "figure"].iter().any(|block| is(block)) {
            self.in_paragraph = false;
        }
    }

    fn close(&mut self, name: &'h str) {
        let is = |known: &str| name.eq_ignore_ascii_case(known);
        let at = self.start_of_close(name);
        if is("noscript") {
            self.in_noscript = false;
            self.replace_close(at, "");
        } else if let Some(object) = &mut self.object {
            object.depth -= usize::from(object.name.eq_ignore_ascii_case(name));
            if object.depth == 0 {
                self.object = None;
            }
        } else if is("picture") {
            if let Some(Some(address)) = self.picture.take() {
                let picture = format!("<img src=\"{}\" alt=\"\">", quoted(&address));
                self.replace(&self.html[at..at], &picture);
            }
        } else if is("video") || is("audio") {
            self.in_player = false;
        } else if is("p") {
            self.in_paragraph = false;
        } else if let Some(player @ ("video" | "audio")) = mobile(name) {
            self.in_player = false;
            self.replace_close(at, &format!("</{player}>"));
        }
    }

    fn paragraph(&self, link: Option<String>) -> String {
        match link {
            Some(link) if self.in_paragraph => link,
            Some(link) => format!("<p>{link}</p>"),
            None => String::new(),
        }
    }

    fn link_object(&mut self, link: Option<String>) {
        if link.is_none() {
            return;
        }
        let link = self.paragraph(link);
        if let Some(at) = self.object.as_mut().and_then(|object| object.link_at.take()) {
            self.out.insert_str(at, &link);
        }
    }

    fn image(&mut self, tag: &'h str, attributes: &'h str) {
        let offered = self.picture.take().flatten();
        let found = match (image(attributes), offered) {
            (Image::Drop, Some(offered)) if !is_unwanted(attributes) => Image::At(offered.into()),
            (found, _) => found,
        };
        let is_img = tag.as_bytes().get(1).is_some_and(|first| first.eq_ignore_ascii_case(&b'i'));
        let (address, lazy) = match found {
            Image::Drop => return self.replace(tag, ""),
            Image::Keep => (html::attribute(attributes, "src").unwrap_or_default(), !is_img),
            Image::At(address) => (address, true),
        };
        let address = address.trim();
        if self.seen.repeats(address, self.in_noscript) {
            return self.replace(tag, "");
        }
        if lazy {
            let alt = html::attribute(attributes, "alt").unwrap_or_default();
            let others = ["title", "width", "height"].iter().filter_map(|name| {
                let value = html::attribute(attributes, name)?;
                Some(format!(" {name}=\"{}\"", quoted(&value)))
            });
            let others: String = others.collect();
            let picture =
                format!("<img src=\"{}\" alt=\"{}\"{others}>", quoted(address), quoted(&alt));
            self.replace(tag, &picture);
        }
        let shown = match (self.in_noscript, lazy) {
            (true, _) => Shown::Noscript,
            (false, true) => Shown::Lazy,
            (false, false) => Shown::Plain,
        };
        self.seen.add(address, shown);
    }

    /// One of the sizes of a `picture`, or one of the forms of a video.
    fn source(&mut self, tag: &'h str, attributes: &'h str) {
        let value = |name| html::attribute(attributes, name);
        if !self.in_player {
            if let Some(offered @ None) = &mut self.picture {
                *offered = ["srcset", "data-srcset"].iter().find_map(|name| best_of(&value(name)?));
            }
            self.replace(tag, "");
        } else if value("src").is_none_or(|src| src.is_empty())
            && let Some(src) = value("data-src")
        {
            self.replace(tag, &format!("<source src=\"{}\">", quoted(&src)));
        }
    }

    /// `name`: of the element that plays it.
    fn player(&mut self, name: &str, tag: &'h str, attributes: &'h str) {
        self.in_player = true;
        if !tag.ends_with('>') {
            return;
        }
        let value = |name| html::attribute(attributes, name);
        let controls = if value("controls").is_none() { " controls" } else { "" };
        let waiting = value("src").is_none_or(|src| src.is_empty());
        let lazy = value("data-src").filter(|src| waiting && !src.is_empty());
        let src = lazy.map_or_else(String::new, |src| format!(" src=\"{}\"", quoted(&src)));
        let renamed = !tag[1..].starts_with(name);
        if !controls.is_empty() || !src.is_empty() || renamed {
            self.replace(tag, &format!("<{name}{controls}{src}{attributes}>"));
        }
    }

    /// `part`: of the HTML, not before what was copied.
    fn replace(&mut self, part: &str, instead: &str) {
        let at = part.as_ptr() as usize - self.html.as_ptr() as usize;
        self.out.push_str(self.html.get(self.copied..at).unwrap_or_default());
        self.out.push_str(instead);
        self.copied = at + part.len();
    }

    /// `at`: where an end tag begins.
    fn replace_close(&mut self, at: usize, instead: &str) {
        let end = self.html[at..].find('>').map_or(self.html.len(), |length| at + length + 1);
        self.replace(&self.html[at..end], instead);
    }

    /// Where the end tag of this name begins.
    fn start_of_close(&self, name: &str) -> usize {
        (name.as_ptr() as usize - self.html.as_ptr() as usize).saturating_sub(2)
    }

    fn finish(mut self) -> Cow<'h, str> {
        if self.copied == 0 && self.out.is_empty() {
            return Cow::Borrowed(self.html);
        }
        self.out.push_str(self.html.get(self.copied..).unwrap_or_default());
        Cow::Owned(self.out)
    }
}

/// Whether a parameter of a plug-in names what it plays.
fn is_movie(attributes: &str) -> bool {
    let name = html::attribute(attributes, "name").unwrap_or_default();
    ["movie", "src", "url", "filename"].iter().any(|known| known.eq_ignore_ascii_case(&name))
}

/// The rest of the name of an element of AMP, or of Baidu's MIP.
fn mobile(name: &str) -> Option<&'static str> {
    const KINDS: [&str; 9] =
        ["img", "anim", "video", "audio", "iframe", "youtube", "vimeo", "dailymotion", "youku"];
    let start = name.get(..4)?;
    let is_mobile = ["amp-", "mip-"].iter().any(|known| known.eq_ignore_ascii_case(start));
    KINDS.into_iter().find(|kind| is_mobile && kind.eq_ignore_ascii_case(&name[4..]))
}
