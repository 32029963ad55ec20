//! XML as a sequence of tokens, read without trusting it to be XML.
//!
//! Every byte of the text belongs to exactly one token, no text makes the scanner
//! fail, and the time is linear in its length: what was searched for in vain
//! (`-->`, `]]>`, a closing quote) is not searched for again.

mod sections;
#[cfg(test)]
mod tests;

use sections::Sections;
use std::cell::OnceCell;
use std::collections::HashSet;
use std::ops::Range;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    /// Character data, references unresolved; may hold a `<` that begins nothing.
    Text,
    /// `<![CDATA[…]]>`; one without its end is taken to end where its element does, and
    /// body and token end together.
    CData {
        body: Range<usize>,
    },
    Start {
        name: Range<usize>,
        attributes: Range<usize>,
        empty: bool,
        /// It has no `>` of its own.
        torn: bool,
    },
    End {
        name: Range<usize>,
    },
    Comment,
    /// A declaration, document type or processing instruction.
    Markup,
}

#[derive(Debug)]
pub(super) struct Scanner<'a> {
    text: &'a str,
    at: usize,
    /// What is known not to occur any more.
    no_comment_end: bool,
    no_subset_end: bool,
    /// Asked for only where a value begins: most documents hold no `'`.
    last_quote: [OnceCell<Option<usize>>; 2],
    last_close: Option<usize>,
    sections: Sections,
}

pub(super) fn is_name_start(b: u8) -> bool {
    b.is_ascii_alphabetic() || b == b'_' || b >= 0x80
}

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a str, at: usize) -> Self {
        Scanner {
            text,
            at,
            no_comment_end: false,
            no_subset_end: false,
            last_quote: [OnceCell::new(), OnceCell::new()],
            last_close: memchr::memrchr(b'>', text.as_bytes()),
            sections: Sections::default(),
        }
    }

    /// Where the last token ended.
    pub(super) fn position(&self) -> usize {
        self.at
    }

    pub(super) fn next(&mut self) -> Option<(Token, Range<usize>)> {
        let start = self.at;
        let bytes = self.text.as_bytes();
        if start == bytes.len() {
            return None;
        }
        let mut at = start;
        loop {
            let Some(found) = memchr::memchr(b'<', &bytes[at..]) else {
                self.at = bytes.len();
                return Some((Token::Text, start..self.at));
            };
            at += found;
            match self.markup(at) {
                Some(_) if at > start => {
                    self.at = at;
                    return Some((Token::Text, start..at));
                }
                Some((token, end)) => {
                    self.at = end;
                    return Some((token, start..end));
                }
                // A `<` that begins nothing belongs to the text.
                None => at += 1,
            }
        }
    }

    /// The markup that begins at `at`, and where it ends.
    fn markup(&mut self, at: usize) -> Option<(Token, usize)> {
        let bytes = self.text.as_bytes();
        if self.last_close.is_none_or(|last| last < at)
            && bytes.get(at + 1) != Some(&b'/')
            && !bytes[at..].starts_with(sections::START.as_bytes())
        {
            return None;
        }
        match bytes.get(at + 1)? {
            b'/' => self.end_tag(at),
            b'?' => {
                let end = self.text[at..].find('>')?;
                Some((Token::Markup, at + end + 1))
            }
            b'!' if self.text[at..].starts_with("<!--") => {
                if self.no_comment_end {
                    return None;
                }
                match self.text[at + 4..].find("-->") {
                    Some(end) => Some((Token::Comment, at + 4 + end + 3)),
                    None => {
                        self.no_comment_end = true;
                        None
                    }
                }
            }
            b'!' if self.text[at..].starts_with(sections::START) => {
                let (body, end) = self.sections.read(self.text, at);
                Some((Token::CData { body }, end))
            }
            b'!' if bytes.get(at + 2).is_some_and(u8::is_ascii_alphabetic) => self.doctype(at),
            &b if is_name_start(b) => self.start_tag(at),
            _ => None,
        }
    }

    /// A document type, its internal subset included.
    fn doctype(&mut self, at: usize) -> Option<(Token, usize)> {
        let end = self.text[at..].find(['>', '['])?;
        if self.no_subset_end || !self.text[at + end..].starts_with('[') {
            let end = self.text[at..].find('>')?;
            return Some((Token::Markup, at + end + 1));
        }
        let mut subset = false;
        for (offset, b) in self.text.as_bytes()[at..].iter().enumerate() {
            match b {
                b'[' => subset = true,
                b']' => subset = false,
                b'>' if !subset => return Some((Token::Markup, at + offset + 1)),
                _ => {}
            }
        }
        self.no_subset_end = true;
        let end = self.text[at..].find('>')?;
        Some((Token::Markup, at + end + 1))
    }

    fn name_end(&self, from: usize) -> usize {
        let bytes = self.text.as_bytes();
        let stops = |b: &u8| {
            b.is_ascii_whitespace() || matches!(b, b'/' | b'>' | b'<' | b'=' | b'"' | b'\'')
        };
        bytes[from..].iter().position(stops).map_or(bytes.len(), |length| from + length)
    }

    fn end_tag(&self, at: usize) -> Option<(Token, usize)> {
        let bytes = self.text.as_bytes();
        let name = at + 2..self.name_end(at + 2);
        if !bytes.get(name.start).copied().is_some_and(is_name_start) {
            return None;
        }
        let stop = bytes[name.end..].iter().position(|b| matches!(b, b'>' | b'<'))?;
        let end = name.end + stop;
        Some((Token::End { name }, if bytes[end] == b'>' { end + 1 } else { end }))
    }

    fn start_tag(&self, at: usize) -> Option<(Token, usize)> {
        let bytes = self.text.as_bytes();
        let name = at + 1..self.name_end(at + 1);
        let mut cursor = name.end;
        let mut after_equals = false;
        let end = loop {
            match *bytes.get(cursor)? {
                b'>' => break cursor,
                b'<' => {
                    let attributes = name.end..cursor;
                    return Some((
                        Token::Start { name, attributes, empty: false, torn: true },
                        cursor,
                    ));
                }
                quote @ (b'"' | b'\'') if after_equals => {
                    after_equals = false;
                    cursor = self.quote_end(cursor, quote).unwrap_or(cursor);
                }
                b'=' => after_equals = true,
                b if b.is_ascii_whitespace() => {}
                _ => after_equals = false,
            }
            cursor += 1;
        };
        let empty = end > name.end && bytes[end - 1] == b'/';
        let attributes = name.end..end - usize::from(empty);
        Some((Token::Start { name, attributes, empty, torn: false }, end + 1))
    }

    /// The quote that closes the one at `at`, when what follows it can follow a value.
    /// A value that holds a `<` and is not followed so lacks its quote.
    fn quote_end(&self, at: usize, quote: u8) -> Option<usize> {
        let last = &self.last_quote[usize::from(quote == b'\'')];
        let last = (*last.get_or_init(|| memchr::memrchr(quote, self.text.as_bytes())))?;
        if last <= at {
            return None;
        }
        let bytes = self.text.as_bytes();
        let end = at + 1 + memchr::memchr(quote, &bytes[at + 1..])?;
        let value = &self.text[at + 1..end];
        let follows = matches!(bytes.get(end + 1), Some(b'>' | b'/' | b'?'))
            || bytes.get(end + 1).is_some_and(u8::is_ascii_whitespace);
        (follows || !value.contains(['<', '>'])).then_some(end)
    }
}

/// An attribute: name and value as written, quotes left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Attribute {
    pub name: Range<usize>,
    pub value: Range<usize>,
    /// With the space before it.
    pub whole: Range<usize>,
}

/// The attributes of a tag.
#[derive(Debug, Default)]
pub(super) struct Attributes {
    pub list: Vec<Attribute>,
    /// Otherwise XML would not read them so.
    pub well_formed: bool,
    /// Beyond the most that there may be.
    pub dropped: usize,
}

/// The first attributes in `range`, `most` of them.
pub(super) fn attributes(text: &str, range: Range<usize>, most: usize) -> Attributes {
    let bytes = text.as_bytes();
    let mut list: Vec<Attribute> = Vec::new();
    let mut names = HashSet::new();
    let mut dropped = 0;
    let mut well_formed = true;
    let mut at = range.start;
    let skip = |mut at: usize, test: fn(u8) -> bool| {
        while at < range.end && test(bytes[at]) {
            at += 1;
        }
        at
    };
    let is_space = |b: u8| b.is_ascii_whitespace();
    while at < range.end {
        let before = at;
        at = skip(at, is_space);
        if at == range.end {
            break;
        }
        if at == before || !is_name_start(bytes[at]) {
            well_formed = false;
            if !is_name_start(bytes[at]) {
                at += 1;
                continue;
            }
        }
        let name =
            at..skip(at, |b| !b.is_ascii_whitespace() && !matches!(b, b'=' | b'"' | b'\'' | b'/'));
        at = skip(name.end, is_space);
        if bytes.get(at) != Some(&b'=') || at >= range.end {
            well_formed = false;
            continue;
        }
        at = skip(at + 1, is_space);
        let quote = bytes.get(at).copied().filter(|b| at < range.end && matches!(b, b'"' | b'\''));
        let value = match quote {
            Some(quote) => {
                let start = at + 1;
                let length = bytes[start..range.end].iter().position(|b| *b == quote);
                well_formed &= length.is_some();
                let end = length.map_or(range.end, |length| start + length);
                at = (end + 1).min(range.end);
                start..end
            }
            None => {
                well_formed = false;
                let start = at;
                at = skip(at, |b| !b.is_ascii_whitespace());
                start..at
            }
        };
        if list.len() >= most {
            dropped += 1;
            continue;
        }
        let own = &text[name.clone()];
        // Few are compared with each other, many by their hashes.
        let is_taken = match list.len() {
            ..FEW_ATTRIBUTES => list.iter().any(|a| &text[a.name.clone()] == own),
            FEW_ATTRIBUTES => {
                names.extend(list.iter().map(|a| &text[a.name.clone()]));
                !names.insert(own)
            }
            _ => !names.insert(own),
        };
        if is_taken {
            well_formed = false;
            continue;
        }
        list.push(Attribute { name, value, whole: before..at });
    }
    Attributes { list, well_formed, dropped }
}

const FEW_ATTRIBUTES: usize = 16;
