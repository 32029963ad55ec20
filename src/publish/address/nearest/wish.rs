//! What a path that is no address asks for: which page, and in what format.

use super::super::{Format, MAX_PATH_BYTES, OPML_SEGMENT, TOPIC_SEGMENT};
use super::decode_segment;

/// Parts of a path that are looked at.
const MOST_PARTS: usize = 8;
/// What others' feeds and pages end with.
const SUFFIXES: [&str; 12] = [
    ".xml", ".html", ".htm", ".xhtml", ".shtml", ".feed", ".php", ".rdf", ".rss2", ".asp", ".aspx",
    ".jsp",
];
/// What follows the address of a page where others have its feed, or the page itself.
const GUESSES: [(&str, Option<Format>); 9] = [
    ("feed", None),
    ("feeds", None),
    ("rss", Some(Format::Rss)),
    ("rss2", Some(Format::Rss)),
    ("atom", Some(Format::Atom)),
    ("json", Some(Format::Json)),
    ("rdf", None),
    ("xml", None),
    ("index", None),
];
/// A name follows them, whatever it is.
const HEADS: [&str; 4] = ["r", TOPIC_SEGMENT, "s", "e"];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    One(Format),
    /// It ends as no address of ours does: in that format before others.
    Any(Option<Format>),
}

/// The decoded parts of the page's path, in small letters; `None`: it can be no address of ours.
pub fn read(path: &str) -> Option<(Vec<String>, Wish)> {
    if path.len() > MAX_PATH_BYTES {
        return None;
    }
    let lower = path.to_ascii_lowercase();
    let mut parts: Vec<&str> = lower.split('/').filter(|part| !part.is_empty()).collect();
    let mut ending = Ending::default();
    while let Some(last) = parts.pop() {
        let stem = ending.cut(last);
        let is_name = parts.last().is_some_and(|part| HEADS.contains(part));
        if is_name || !ending.is_guess(stem) {
            parts.push(stem);
            break;
        }
    }
    if ending.is_opml {
        parts.push(OPML_SEGMENT);
    }
    let parts = parts.into_iter().take(MOST_PARTS);
    let parts = parts.map(|part| Some(decode_segment(part)?.to_ascii_lowercase()));
    Some((parts.collect::<Option<_>>()?, ending.wish()))
}

/// What was taken off the end of a path.
#[derive(Default)]
struct Ending {
    formats: Vec<Format>,
    is_foreign: bool,
    is_opml: bool,
}

impl Ending {
    fn cut<'p>(&mut self, mut name: &'p str) -> &'p str {
        loop {
            let (stem, format) = Format::split(name);
            if format != Format::Html {
                self.formats.push(format);
                name = stem;
            } else if let Some(stem) = name.strip_suffix(".opml") {
                self.is_opml = true;
                name = stem;
            } else if let Some(stem) = SUFFIXES.iter().find_map(|end| name.strip_suffix(end)) {
                self.is_foreign = true;
                name = stem;
            } else {
                return name;
            }
        }
    }

    fn is_guess(&mut self, stem: &str) -> bool {
        let guess = GUESSES.iter().find(|(guess, _)| *guess == stem);
        self.formats.extend(guess.and_then(|(_, format)| *format));
        self.is_foreign |= guess.is_some();
        stem.is_empty() || guess.is_some()
    }

    fn wish(&self) -> Wish {
        match self.formats.as_slice() {
            _ if self.is_opml => Wish::One(Format::Html),
            formats if self.is_foreign => Wish::Any(formats.first().copied()),
            [] => Wish::One(Format::Html),
            [one] => Wish::One(*one),
            [first, ..] => Wish::Any(Some(*first)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endings_that_are_none_of_ours_leave_the_page() {
        use Format::{Atom, Html, Json, Rss};
        for (path, page, wish) in [
            ("/r/a/b", "r/a/b", Wish::One(Html)),
            ("/r//A/b.rss/", "r/a/b", Wish::One(Rss)),
            ("/r/a.xml", "r/a", Wish::Any(None)),
            ("/r/a.PHP", "r/a", Wish::Any(None)),
            ("/r/a.atom.atom", "r/a", Wish::Any(Some(Atom))),
            ("/r/a.rss.xml", "r/a", Wish::Any(Some(Rss))),
            ("/r/a/feed/", "r/a", Wish::Any(None)),
            ("/r/a/feed/atom/", "r/a", Wish::Any(Some(Atom))),
            ("/r/a/rss.xml", "r/a", Wish::Any(Some(Rss))),
            ("/r/a/.atom", "r/a", Wish::One(Atom)),
            ("/feed.json", "", Wish::Any(Some(Json))),
            ("/index.xml", "", Wish::Any(None)),
            ("/", "", Wish::One(Html)),
            ("/s/feed", "s/feed", Wish::One(Html)),
            ("/t/rss.rss", "t/rss", Wish::One(Rss)),
            ("/r/a.opml", "r/a/opml", Wish::One(Html)),
            ("/feeds.opml", "opml", Wish::One(Html)),
            ("/opml.xml", "opml", Wish::Any(None)),
            ("/e/%41%2e", "e/a.", Wish::One(Html)),
        ] {
            let (parts, wished) = read(path).expect(path);
            assert_eq!((parts.join("/").as_str(), wished), (page, wish), "{path}");
        }
        for none in ["/r/%FF", "/r/a%2Fb", "/r/../a", &"/a".repeat(600)] {
            assert_eq!(read(none), None, "{none}");
        }
    }
}
