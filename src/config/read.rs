//! Reads tables of a TOML document key by key, and reports what does not belong there.

use super::problem::{Problems, name as shown};
use super::suggest::nearest;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A value and the byte offset at which it is written.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct At<T> {
    pub value: T,
    pub at: usize,
}

/// A key as found.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Raw<T> {
    Absent,
    /// There, with the wrong type; already reported.
    Wrong,
    Given(At<T>),
}

impl<T> Raw<T> {
    pub fn given(&self) -> Option<&At<T>> {
        match self {
            Raw::Given(given) => Some(given),
            Raw::Absent | Raw::Wrong => None,
        }
    }
}

/// One table: hands out its keys, remembers which it was asked for.
pub(super) struct Reader<'a, 't> {
    /// `poll`, `source[3]`; empty for the document.
    path: String,
    at: usize,
    table: Option<&'a DeTable<'a>>,
    known: Vec<&'static str>,
    problems: &'a mut Problems<'t>,
}

impl<'a, 't> Reader<'a, 't> {
    pub fn document(table: &'a DeTable<'a>, problems: &'a mut Problems<'t>) -> Self {
        Reader { path: String::new(), at: 0, table: Some(table), known: Vec::new(), problems }
    }

    /// Where the table is: its key path and the byte offset of its header.
    pub fn place(&self) -> At<String> {
        At { value: self.path.clone(), at: self.at }
    }

    fn key(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }

    fn find(&mut self, name: &'static str) -> Option<&'a Spanned<DeValue<'a>>> {
        self.known.push(name);
        self.table?.get(name)
    }

    fn wrong_type(&mut self, key: &str, value: &Spanned<DeValue<'a>>, example: &str) {
        let wrong = match value.get_ref() {
            DeValue::String(_) => "a string",
            DeValue::Integer(_) => "an integer",
            DeValue::Float(_) => "a number with a fraction",
            DeValue::Boolean(_) => "true or false",
            DeValue::Datetime(_) => "a date",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a table",
        };
        let wrong = format!("{wrong} does not fit here");
        self.problems.add(value.span().start, key, wrong, format!("write {example}"));
    }

    fn read<T>(
        &mut self,
        name: &'static str,
        example: &str,
        take: impl FnOnce(&DeValue<'a>) -> Option<T>,
    ) -> Raw<T> {
        let Some(found) = self.find(name) else { return Raw::Absent };
        match take(found.get_ref()) {
            Some(value) => Raw::Given(At { value, at: found.span().start }),
            None => {
                let key = self.key(name);
                self.wrong_type(&key, found, example);
                Raw::Wrong
            }
        }
    }

    /// `example`: what to write instead of another type.
    pub fn string(&mut self, name: &'static str, example: &str) -> Raw<String> {
        self.read(name, example, |value| value.as_str().map(str::to_owned))
    }

    pub fn boolean(&mut self, name: &'static str) -> Raw<bool> {
        self.read(name, "true or false", DeValue::as_bool)
    }

    /// Numbers beyond 64 bits become the nearest that fits.
    pub fn integer(&mut self, name: &'static str, example: &str) -> Raw<i64> {
        self.read(name, example, |value| {
            let integer = value.as_integer()?;
            let sign = if integer.as_str().starts_with('-') { i64::MIN } else { i64::MAX };
            Some(i64::from_str_radix(integer.as_str(), integer.radix()).unwrap_or(sign))
        })
    }

    /// A list of strings; members of another type are reported and left out.
    pub fn strings(&mut self, name: &'static str, example: &str) -> Raw<Vec<At<String>>> {
        let Some(found) = self.find(name) else { return Raw::Absent };
        let key = self.key(name);
        let DeValue::Array(array) = found.get_ref() else {
            self.wrong_type(&key, found, example);
            return Raw::Wrong;
        };
        let mut list = Vec::new();
        for (index, member) in array.iter().enumerate() {
            match member.get_ref().as_str() {
                Some(text) => list.push(At { value: text.to_owned(), at: member.span().start }),
                None => self.wrong_type(&format!("{key}[{index}]"), member, "a string"),
            }
        }
        Raw::Given(At { value: list, at: found.span().start })
    }

    /// One string, or a list of them.
    pub fn string_or_strings(&mut self, name: &'static str, example: &str) -> Raw<Vec<At<String>>> {
        match self.table.and_then(|table| table.get(name)) {
            Some(found) if found.get_ref().is_str() => {
                let at = found.span().start;
                let value = self.string(name, example);
                Raw::Given(At { value: value.given().cloned().into_iter().collect(), at })
            }
            _ => self.strings(name, example),
        }
    }

    /// A table of strings with keys of the admin's choice, in the order of the file.
    pub fn string_map(
        &mut self,
        name: &'static str,
        example: &str,
    ) -> Vec<(At<String>, At<String>)> {
        let Some(found) = self.find(name) else { return Vec::new() };
        let path = self.key(name);
        let DeValue::Table(table) = found.get_ref() else {
            self.wrong_type(&path, found, example);
            return Vec::new();
        };
        let mut list = Vec::new();
        for (key, value) in table {
            match value.get_ref().as_str() {
                Some(text) => list.push((
                    At { value: key.get_ref().to_string(), at: key.span().start },
                    At { value: text.to_owned(), at: value.span().start },
                )),
                None => {
                    let key = format!("{path}.{}", shown(key.get_ref()));
                    self.wrong_type(&key, value, "a string");
                }
            }
        }
        list.sort_by_key(|(key, _)| key.at);
        list
    }

    /// The table `[name]`; an absent one is read as empty.
    pub fn table<R>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&mut Reader<'_, 't>) -> R,
    ) -> R {
        let found = self.find(name);
        let path = self.key(name);
        let table = match found.map(|found| (found, found.get_ref())) {
            Some((_, DeValue::Table(table))) => Some(table),
            Some((found, _)) => {
                let wanted = match path.contains('.') {
                    true => format!("{name} = {{ … }}, or [{path}] once"),
                    false => format!("[{path}] once"),
                };
                self.wrong_type(&path, found, &wanted);
                None
            }
            None => None,
        };
        self.inner(path, found.map_or(self.at, |found| found.span().start), table, read)
    }

    /// The tables `[[name]]`.
    pub fn tables<R>(
        &mut self,
        name: &'static str,
        mut read: impl FnMut(&mut Reader<'_, 't>) -> R,
    ) -> Vec<R> {
        let Some(found) = self.find(name) else { return Vec::new() };
        let path = self.key(name);
        let DeValue::Array(array) = found.get_ref() else {
            self.wrong_type(&path, found, &format!("[[{path}]]"));
            return Vec::new();
        };
        let mut list = Vec::new();
        for (index, member) in array.iter().enumerate() {
            let path = format!("{path}[{index}]");
            match member.get_ref() {
                DeValue::Table(table) => {
                    list.push(self.inner(path, member.span().start, Some(table), &mut read));
                }
                _ => self.wrong_type(&path, member, &format!("[[{name}]] tables")),
            }
        }
        list
    }

    fn inner<R>(
        &mut self,
        path: String,
        at: usize,
        table: Option<&DeTable<'_>>,
        read: impl FnOnce(&mut Reader<'_, 't>) -> R,
    ) -> R {
        let mut reader =
            Reader { path, at, table, known: Vec::new(), problems: &mut *self.problems };
        let value = read(&mut reader);
        reader.finish();
        value
    }

    /// Reports the keys that nobody asked for.
    pub fn finish(self) {
        let Reader { path, table, known, problems, .. } = self;
        for key in table.into_iter().flat_map(|table| table.keys()) {
            let name = key.get_ref().as_ref();
            if known.contains(&name) {
                continue;
            }
            let advice = match nearest(name, known.iter().copied()) {
                Some(near) => format!("did you mean {near}?"),
                None => format!("known here: {}", known.join(", ")),
            };
            let name = shown(name);
            let key_path = if path.is_empty() { name.into() } else { format!("{path}.{name}") };
            let wrong = if path.is_empty() { "unknown table or key" } else { "unknown key" };
            problems.add(key.span().start, &key_path, wrong, advice);
        }
    }
}
