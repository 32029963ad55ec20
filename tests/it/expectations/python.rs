//! The expressions in which feedparser's test documents say what they expect: a small
//! part of Python, read and not run.

use std::iter::Peekable;
use std::str::Chars;

#[derive(Debug, Clone, PartialEq)]
pub enum Expr {
    And(Vec<Expr>),
    Or(Vec<Expr>),
    Not(Box<Expr>),
    /// Sides of `==` or `is`.
    Same(Vec<Expr>),
    Len(Box<Expr>),
    /// `entries[0]['title']` as `["entries", "0", "title"]`.
    Path(Vec<String>),
    Text(String),
    Number(f64),
    /// A tuple or a list.
    List(Vec<Expr>),
    Dict(Vec<(Expr, Expr)>),
    Bool(bool),
    None,
}

/// `None`: an expression of another kind.
pub fn parse(text: &str) -> Option<Expr> {
    let mut reader = Reader { chars: text.chars().peekable() };
    let expr = reader.or()?;
    reader.space();
    reader.chars.peek().is_none().then_some(expr)
}

struct Reader<'a> {
    chars: Peekable<Chars<'a>>,
}

impl Reader<'_> {
    fn space(&mut self) {
        while self.chars.next_if(|c| c.is_whitespace()).is_some() {}
    }

    fn mark(&mut self, wanted: char) -> bool {
        self.space();
        self.chars.next_if_eq(&wanted).is_some()
    }

    fn operator(&mut self, wanted: &str) -> bool {
        self.space();
        let mut ahead = self.chars.clone();
        if !wanted.chars().all(|c| ahead.next() == Some(c)) {
            return false;
        }
        let is_word = wanted.chars().all(char::is_alphabetic);
        if is_word && ahead.peek().is_some_and(|c| c.is_alphanumeric() || *c == '_') {
            return false;
        }
        self.chars = ahead;
        true
    }

    fn or(&mut self) -> Option<Expr> {
        let mut sides = vec![self.and()?];
        while self.operator("or") {
            sides.push(self.and()?);
        }
        if sides.len() == 1 { sides.pop() } else { Some(Expr::Or(sides)) }
    }

    fn and(&mut self) -> Option<Expr> {
        let mut sides = vec![self.not()?];
        while self.operator("and") {
            sides.push(self.not()?);
        }
        if sides.len() == 1 { sides.pop() } else { Some(Expr::And(sides)) }
    }

    fn not(&mut self) -> Option<Expr> {
        if self.operator("not") {
            return Some(Expr::Not(Box::new(self.not()?)));
        }
        let mut sides = vec![self.sum()?];
        while self.operator("==") || self.operator("is") {
            sides.push(self.sum()?);
        }
        if sides.len() == 1 { sides.pop() } else { Some(Expr::Same(sides)) }
    }

    fn sum(&mut self) -> Option<Expr> {
        let mut value = self.value()?;
        while self.mark('+') {
            match (value, self.value()?) {
                (Expr::Text(a), Expr::Text(b)) => value = Expr::Text(a + &b),
                _ => return None,
            }
        }
        Some(value)
    }

    fn value(&mut self) -> Option<Expr> {
        self.space();
        match *self.chars.peek()? {
            '\'' | '"' => self.text().map(Expr::Text),
            '(' => {
                self.chars.next();
                let (mut list, comma) = self.list(')')?;
                if list.len() == 1 && !comma { list.pop() } else { Some(Expr::List(list)) }
            }
            '[' => {
                self.chars.next();
                self.list(']').map(|(list, _)| Expr::List(list))
            }
            '{' => {
                self.chars.next();
                self.dict()
            }
            c if c.is_ascii_digit() || c == '-' => {
                self.chars.next();
                let mut digits = String::from(c);
                while let Some(c) = self.chars.next_if(|c| c.is_ascii_digit() || *c == '.') {
                    digits.push(c);
                }
                digits.parse().ok().map(Expr::Number)
            }
            c if c.is_alphabetic() || c == '_' => self.path(),
            _ => None,
        }
    }

    fn word(&mut self) -> String {
        let mut word = String::new();
        while let Some(c) = self.chars.next_if(|c| c.is_alphanumeric() || *c == '_') {
            word.push(c);
        }
        word
    }

    fn path(&mut self) -> Option<Expr> {
        let name = self.word();
        match (name.as_str(), self.chars.peek()) {
            ("True", _) => return Some(Expr::Bool(true)),
            ("False", _) => return Some(Expr::Bool(false)),
            ("None", _) => return Some(Expr::None),
            ("u", Some('\'' | '"')) => return self.text().map(Expr::Text),
            ("len", Some('(')) => {
                self.chars.next();
                let of = self.sum()?;
                return self.mark(')').then(|| Expr::Len(Box::new(of)));
            }
            _ => {}
        }
        let mut keys = vec![name];
        loop {
            if self.chars.next_if_eq(&'[').is_some() {
                match self.sum()? {
                    Expr::Text(key) => keys.push(key),
                    Expr::Number(index) => keys.push(index.to_string()),
                    _ => return None,
                }
                if !self.mark(']') {
                    return None;
                }
            } else if self.chars.next_if_eq(&'.').is_some() {
                match self.word().as_str() {
                    // What is not there is absent all the same.
                    "get" | "has_key" => {
                        let (list, _) = self.mark('(').then(|| self.list(')'))??;
                        let [Expr::Text(key)] = list.as_slice() else { return None };
                        keys.push(key.clone());
                    }
                    word => keys.push(word.to_owned()),
                }
            } else {
                return Some(Expr::Path(keys));
            }
        }
    }

    fn list(&mut self, end: char) -> Option<(Vec<Expr>, bool)> {
        let mut list = Vec::new();
        let mut comma = false;
        while !self.mark(end) {
            list.push(self.or()?);
            if self.mark(',') {
                comma = true;
            } else {
                return self.mark(end).then_some((list, comma));
            }
        }
        Some((list, comma))
    }

    fn dict(&mut self) -> Option<Expr> {
        let mut pairs = Vec::new();
        while !self.mark('}') {
            let key = self.sum()?;
            if !self.mark(':') {
                return None;
            }
            pairs.push((key, self.sum()?));
            self.mark(',');
        }
        Some(Expr::Dict(pairs))
    }

    fn text(&mut self) -> Option<String> {
        let quote = self.chars.next()?;
        let mut text = String::new();
        loop {
            match self.chars.next()? {
                c if c == quote => return Some(text),
                '\\' => {
                    let digits = match self.chars.next()? {
                        'n' => {
                            text.push('\n');
                            continue;
                        }
                        't' => {
                            text.push('\t');
                            continue;
                        }
                        'r' => {
                            text.push('\r');
                            continue;
                        }
                        'x' => 2,
                        'u' => 4,
                        'U' => 8,
                        other => {
                            text.push(other);
                            continue;
                        }
                    };
                    let digits: String = self.chars.by_ref().take(digits).collect();
                    text.push(char::from_u32(u32::from_str_radix(&digits, 16).ok()?)?);
                }
                c => text.push(c),
            }
        }
    }
}

#[test]
fn expressions_are_read() {
    let read = parse("not bozo and entries[0]['links'][1].href == u'a\\u2014' + 'b'");
    let path = |keys: &[&str]| Expr::Path(keys.iter().map(|key| (*key).to_owned()).collect());
    let expected = Expr::And(vec![
        Expr::Not(Box::new(path(&["bozo"]))),
        Expr::Same(vec![path(&["entries", "0", "links", "1", "href"]), Expr::Text("a—b".into())]),
    ]);
    assert_eq!(read, Some(expected));
    let read = parse("(feed['x'] == (1, 2)) and len(feed['tags']) == 1 and not feed.has_key('y')");
    assert!(matches!(read, Some(Expr::And(sides)) if sides.len() == 3));
    assert_eq!(parse("isinstance(a, b)"), None);
}
