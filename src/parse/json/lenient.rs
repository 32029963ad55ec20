//! JSON as people and scripts write it wrong: read as far as it goes, in one pass.
//!
//! What is missing is taken as written (a bracket, a comma, the end of a text), what
//! means nothing is passed over, and what lies too deep is left out. Only what
//! `serde_json` refuses comes here.

use super::strings::{self, Within};
use serde_json::{Map, Number, Value};
use std::str::FromStr;

/// Values within each other; a feed has five.
const DEEPEST: usize = 48;
/// Where the items stand: in a list that the root holds.
const OF_ITEMS: usize = 2;

/// What was read, and what was wrong with it.
#[derive(Debug, Default)]
pub(super) struct Read {
    pub value: Value,
    /// Commas, brackets, literals and characters that were mended.
    pub mended: usize,
    /// Values that lay too deep.
    pub too_deep: usize,
    /// The text ends before its value does.
    pub truncated: bool,
    /// The text ends within the last of the items.
    pub item_cut: bool,
}

/// Reads the value that `text` begins with.
pub(super) fn read(text: &str) -> Read {
    let mut reader = Reader {
        text,
        at: 0,
        no_comment_end: false,
        no_text_end: false,
        single: false,
        strays: Vec::new(),
        read: Read::default(),
    };
    let mut value = reader.value(0, Within::Nothing);
    if let Some(Value::Array(items)) = value.get_mut("items") {
        reader.items_behind(items);
        reader.read.mended += reader.strays.len();
        reader.read.item_cut &= reader.strays.is_empty();
        items.append(&mut reader.strays);
    }
    Read { value, ..reader.read }
}

/// Whether an object is an item, wherever it stands: no other has these.
fn is_item(value: &Value) -> bool {
    let has = |name: &str| value.get(name).is_some();
    has("content_html") || has("content_text") || has("date_published") || has("id") && has("title")
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    /// No comment ends any more.
    no_comment_end: bool,
    /// No text without its first quote ends any more.
    no_text_end: bool,
    /// Names stand in single quotes.
    single: bool,
    /// Items that came to stand in another, whose end is missing.
    strays: Vec<Value>,
    read: Read,
}

impl Reader<'_> {
    /// The next byte that is neither white space nor within a comment.
    fn peek(&mut self) -> Option<u8> {
        loop {
            let rest = &self.text[self.at..];
            let trimmed = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{FEFF}');
            self.at += rest.len() - trimmed.len();
            let end = match trimmed.as_bytes() {
                [b'/', b'*', ..] if !self.no_comment_end => {
                    let end = trimmed.find("*/");
                    self.no_comment_end = end.is_none();
                    end.map_or(2, |end| end + 2)
                }
                // Not that of an address whose quote is missing.
                [b'/', b'/', ..] if !self.text[..self.at].ends_with(':') => {
                    trimmed.find('\n').unwrap_or(trimmed.len())
                }
                [] => {
                    self.read.truncated = true;
                    return None;
                }
                [first, ..] => return Some(*first),
            };
            self.read.mended += 1;
            self.at += end;
        }
    }

    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    /// Passes over one character that has no place here.
    fn skip(&mut self) {
        self.read.mended += 1;
        self.at += self.rest().chars().next().map_or(0, char::len_utf8);
    }

    fn value(&mut self, depth: usize, within: Within) -> Value {
        match self.peek() {
            Some(b'{' | b'[') if depth >= DEEPEST => {
                self.read.too_deep += 1;
                self.skip_nested();
                Value::Null
            }
            Some(b'{') => self.object(depth + 1),
            Some(b'[') => self.array(depth + 1),
            Some(b'"') => Value::String(self.string(b'"', within)),
            Some(b'\'') if self.single => Value::String(self.string(b'\'', within)),
            Some(b',' | b'}' | b']' | b':') | None => {
                self.read.mended += 1;
                Value::Null
            }
            Some(_) => self.literal(within),
        }
    }

    fn string(&mut self, quote: u8, within: Within) -> String {
        let found = strings::read(self.text, self.at + 1, quote, within);
        self.read.mended += found.mended + usize::from(quote != b'"');
        self.read.truncated |= found.truncated;
        self.at = found.end;
        found.text
    }

    fn object(&mut self, depth: usize) -> Value {
        self.at += 1;
        let mut map = Map::new();
        let mut wants_comma = false;
        while let Some(next) = self.peek() {
            let name = match next {
                b'}' => {
                    self.at += 1;
                    self.read.mended += usize::from(!wants_comma && !map.is_empty());
                    break;
                }
                b',' => {
                    self.at += 1;
                    self.read.mended += usize::from(!wants_comma);
                    wants_comma = false;
                    continue;
                }
                // The object's own end is missing.
                b'{' if depth > 1 => break,
                b']' if depth > OF_ITEMS + 1 => break,
                b']' if depth > 1 && !strings::object_goes_on(self.text, self.at + 1) => break,
                b'"' => self.string(b'"', Within::Name),
                b'\'' if strings::name_ends(self.text.as_bytes(), self.at + 1, b'\'') => {
                    self.single = true;
                    self.string(b'\'', Within::Name)
                }
                b'_' | b'$' | b'a'..=b'z' | b'A'..=b'Z' => {
                    let name = self.word().to_owned();
                    let quoted = self.rest().starts_with(['"', '\'']);
                    self.at += usize::from(quoted);
                    name
                }
                _ => {
                    self.skip();
                    continue;
                }
            };
            self.read.mended += usize::from(wants_comma || next != b'"');
            wants_comma = true;
            match self.peek() {
                Some(b':') => self.at += 1,
                Some(b'"' | b'0'..=b'9') => self.read.mended += 1,
                // It stands where the colon should.
                Some(b)
                    if b != b'}' && b != b']' && strings::text_follows(self.text, self.at + 1) =>
                {
                    self.skip()
                }
                _ => {
                    self.read.mended += 1;
                    continue;
                }
            }
            let value = self.value(depth, Within::Object);
            if depth == 1 && name != "items" {
                self.read.item_cut = false;
            }
            map.insert(name, value);
        }
        Value::Object(map)
    }

    fn array(&mut self, depth: usize) -> Value {
        self.at += 1;
        let mut values: Vec<Value> = Vec::new();
        let mut wants_comma = false;
        while let Some(next) = self.peek() {
            match next {
                b']' => {
                    self.at += 1;
                    self.read.mended += usize::from(!wants_comma && !values.is_empty());
                    break;
                }
                b',' => {
                    self.at += 1;
                    self.read.mended += usize::from(!wants_comma);
                    wants_comma = false;
                }
                // One too many behind an item, or the list's own end is missing.
                b'}' if depth > 1 => {
                    self.read.mended += 1;
                    let one_too_many = values.last().is_some_and(Value::is_object)
                        && match depth {
                            OF_ITEMS => strings::item_follows(self.text, self.at + 1),
                            _ => strings::list_ends(self.text, self.at + 1),
                        };
                    if !one_too_many {
                        break;
                    }
                    self.at += 1;
                }
                b'}' | b':' => self.skip(),
                _ => {
                    self.read.mended += usize::from(wants_comma);
                    wants_comma = true;
                    let value = self.value(depth, Within::Array);
                    if depth > OF_ITEMS && is_item(&value) {
                        self.strays.push(value);
                        continue;
                    }
                    values.push(value);
                    if self.read.truncated && depth == OF_ITEMS {
                        self.read.item_cut = true;
                    }
                }
            }
        }
        Value::Array(values)
    }

    /// A name or a number, as far as it goes.
    fn word(&mut self) -> &str {
        let start = self.at;
        let stops = |c: char| c.is_whitespace() || ",:{}[]\"'/".contains(c);
        let end = self.rest().find(stops).unwrap_or(self.rest().len());
        self.at += end;
        &self.text[start..self.at]
    }

    fn literal(&mut self, within: Within) -> Value {
        let start = self.at;
        let word = self.word();
        let value = match word {
            "true" => return Value::Bool(true),
            "false" => return Value::Bool(false),
            "null" => return Value::Null,
            "" => {
                self.skip();
                return Value::Null;
            }
            "True" => Value::Bool(true),
            "False" => Value::Bool(false),
            "NaN" | "Infinity" | "-Infinity" | "None" | "undefined" => Value::Null,
            word => match Number::from_str(word) {
                Ok(number) => {
                    let value = Value::Number(number);
                    self.read.truncated |= self.at == self.text.len();
                    return value;
                }
                Err(_) => Value::String(self.unopened(start, within)),
            },
        };
        self.read.mended += 1;
        value
    }

    /// Items behind a bracket that ended the document too early.
    fn items_behind(&mut self, items: &mut Vec<Value>) {
        while let Some(start) = memchr::memchr(b'{', self.rest().as_bytes()) {
            self.at += start;
            let value = self.object(OF_ITEMS + 1);
            if is_item(&value) {
                self.read.mended += 1;
                self.read.item_cut = self.read.truncated;
                items.push(value);
            }
        }
    }

    /// The text that began at `start` without a quote, when one ends it, else the word there.
    fn unopened(&mut self, start: usize, within: Within) -> String {
        let word = &self.text[start..self.at];
        if self.no_text_end || !word.starts_with(char::is_alphabetic) {
            return word.to_owned();
        }
        let found = strings::read(self.text, start, b'"', within);
        self.no_text_end = found.truncated;
        if found.truncated {
            return word.to_owned();
        }
        self.at = found.end;
        found.text
    }

    /// Passes over a value with all that it holds.
    fn skip_nested(&mut self) {
        let bytes = self.text.as_bytes();
        let mut depth = 0usize;
        let mut quoted = false;
        while let Some(b) = bytes.get(self.at) {
            match b {
                b'\\' if quoted => self.at += 1,
                b'"' => quoted = !quoted,
                b'{' | b'[' if !quoted => depth += 1,
                b'}' | b']' if !quoted => depth -= 1,
                _ => {}
            }
            self.at += 1;
            if depth == 0 {
                return;
            }
        }
        self.at = self.text.len();
        self.read.truncated = true;
    }
}
