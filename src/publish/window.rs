//! The query of a feed or page: which part of its channel it shows, and how.

use super::script::Script;
use crate::model::{Cursor, EntryNo};
use std::borrow::Cow;
use url::form_urlencoded;

/// Which part of a channel a document shows: `?limit=`, `?before=` and `?editions=`, of an archive
/// `?until=`; and how: `?script=` and `?content=`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Window {
    /// `None`: [`Window::DEFAULT_LIMIT`].
    pub limit: Option<u32>,
    /// Entries after this place in the order, which are older. `None`: the newest.
    pub before: Option<Cursor>,
    /// `?editions=all`: reprints too, instead of one entry per text.
    pub all_editions: bool,
    /// Of an archive: the page up to this entry. `None`: its first.
    pub until: Option<EntryNo>,
    /// In which characters. `None`: as their origin wrote them.
    pub script: Option<Script>,
    /// `?content=summary`: entries without their bodies.
    pub is_brief: bool,
}

/// A parameter has a value that cannot be read: its name, and what it takes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadParameter(pub Cow<'static, str>);

impl BadParameter {
    pub fn new(name: &str, takes: &str) -> Self {
        BadParameter(format!("{name} {takes}").into())
    }
}

impl Window {
    pub const DEFAULT_LIMIT: u32 = 50;
    pub const MAX_LIMIT: u32 = 200;
    /// `until=end`: the last page of an archive.
    pub const END: EntryNo = EntryNo(u64::MAX);

    /// Reads a query. A limit above the highest counts as the highest; of a parameter that is there
    /// twice the last counts; others are somebody else's and mean nothing here.
    ///
    /// # Errors
    /// A value that cannot be read.
    pub fn parse(query: Option<&str>) -> Result<Self, BadParameter> {
        let mut window = Window::default();
        for (name, value) in form_urlencoded::parse(query.unwrap_or("").as_bytes()) {
            window.take(&name, &value)?;
        }
        window.limit = window.limit.filter(|&limit| limit != Self::DEFAULT_LIMIT);
        Ok(window)
    }

    fn take(&mut self, name: &str, value: &str) -> Result<(), BadParameter> {
        match (name, value) {
            ("limit", value) => {
                let limit: Option<u32> = value.parse().ok().filter(|&limit| limit > 0);
                let limit = limit.ok_or_else(|| {
                    BadParameter(format!("limit is a number from 1 to {}", Self::MAX_LIMIT).into())
                })?;
                self.limit = Some(limit.min(Self::MAX_LIMIT));
            }
            ("before", value) => {
                let bad =
                    || BadParameter::new("before", "is a place as next links of feeds have it");
                self.before = Some(Cursor::decode(value).ok_or_else(bad)?);
            }
            ("until", "end") => self.until = Some(Self::END),
            ("until", value) => {
                let bad = |_| BadParameter::new("until", "is end, or as links of archives have it");
                self.until = Some(EntryNo(u64::from_str_radix(value, 16).map_err(bad)?));
            }
            ("editions", "one") => self.all_editions = false,
            ("editions", "all") => self.all_editions = true,
            ("editions", _) => return Err(BadParameter::new("editions", "is one or all")),
            ("script", "hans") => self.script = Some(Script::Hans),
            ("script", "hant") => self.script = Some(Script::Hant),
            ("script", _) => return Err(BadParameter::new("script", "is hans or hant")),
            ("content", "full") => self.is_brief = false,
            ("content", "summary") => self.is_brief = true,
            ("content", _) => return Err(BadParameter::new("content", "is full or summary")),
            _ => {}
        }
        Ok(())
    }

    pub fn entries(self) -> u32 {
        self.limit.unwrap_or(Self::DEFAULT_LIMIT)
    }

    /// What of it is of use to a channel as it is now.
    pub fn of_channels(self) -> Self {
        Window { until: None, ..self }
    }

    /// What of it is of use to an archive, which has all entries.
    pub fn of_archives(self) -> Self {
        let Window { until, script, is_brief, .. } = self;
        Window { until, script, is_brief, ..Window::default() }
    }

    /// The window of the same size that starts after `cursor`.
    pub fn after(self, cursor: Cursor) -> Self {
        Window { before: Some(cursor), ..self }
    }

    /// The window of the same size on the newest entries.
    pub fn newest(self) -> Self {
        Window { before: None, ..self }
    }

    /// What the same in another format has of it: all but its size and place.
    pub fn elsewhere(self) -> Self {
        Window { limit: None, before: None, until: None, ..self }
    }

    /// The query with its question mark; empty for the default window.
    pub fn query(self) -> String {
        let mut query = String::new();
        let mut add = |name: &str, value: &str| {
            query.push(if query.is_empty() { '?' } else { '&' });
            query.push_str(name);
            query.push('=');
            query.push_str(value);
        };
        if let Some(limit) = self.limit {
            add("limit", &limit.to_string());
        }
        if let Some(before) = self.before {
            add("before", &before.encode());
        }
        match self.until {
            Some(Self::END) => add("until", "end"),
            Some(until) => add("until", &format!("{:x}", until.0)),
            None => {}
        }
        if self.all_editions {
            add("editions", "all");
        }
        if let Some(script) = self.script {
            add("script", script.label());
        }
        if self.is_brief {
            add("content", "summary");
        }
        query
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Timestamp;

    #[test]
    fn a_window_reads_back_and_bounds_its_size() {
        let cursor = Cursor { sort_at: Timestamp(1_795_500_000), no: EntryNo(7) };
        let window = Window {
            limit: Some(20),
            before: Some(cursor),
            until: Some(EntryNo(0x70_0003)),
            all_editions: true,
            script: Some(Script::Hant),
            is_brief: true,
        };
        let query = |text: &str| Window::parse(Some(text)).map(Window::query);
        assert_eq!(Window::parse(Some(&window.query()[1..])), Ok(window));
        assert_eq!(Window::parse(Some("limit=9999&utm=x")).map(Window::entries), Ok(200));
        assert_eq!(Window::parse(None).map(Window::query), Ok(String::new()));
        for same in ["limit=50", "limit=%350", "limit=3&limit=50", "content=full&editions=one"] {
            assert_eq!(query(same), Ok(String::new()), "{same}");
        }
        assert_eq!(window.of_archives().query(), "?until=700003&script=hant&content=summary");
        assert_eq!(window.of_channels().until, None);
        let elsewhere = "?editions=all&script=hant&content=summary";
        assert_eq!(window.elsewhere().query(), elsewhere);
        let last = Window { until: Some(Window::END), ..Window::default() };
        assert_eq!(Window::parse(Some("until=end")), Ok(last));
        assert_eq!(last.query(), "?until=end");
        assert_eq!(query("script=hant&script=hans"), Ok("?script=hans".to_owned()));
    }

    #[test]
    fn what_a_parameter_takes_is_told() {
        for (bad, told) in [
            ("limit=0", "limit is a number from 1 to 200"),
            ("limit=x", "limit is a number"),
            ("limit=", "limit is a number"),
            ("before=", "before is a place as next links"),
            ("before=zz-1", "before is a place"),
            ("until=x", "until is end, or"),
            ("editions=some", "editions is one or all"),
            ("script=latn", "script is hans or hant"),
            ("content=", "content is full or summary"),
        ] {
            let error = Window::parse(Some(bad)).expect_err(bad).to_string();
            assert!(error.starts_with(told), "{bad}: {error}");
        }
    }
}
