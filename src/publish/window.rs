//! The query of a feed or page: which part of its channel it shows, and how.

use crate::model::{Cursor, EntryNo};

/// Which part of a channel a document shows: `?limit=`, `?before=` and `?editions=`, of an archive
/// `?until=`; and in which characters: `?script=`.
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
    /// `?script=hans`: entries in Simplified characters, instead of as their origin wrote them.
    pub simplified: bool,
}

impl Window {
    pub const DEFAULT_LIMIT: u32 = 50;
    pub const MAX_LIMIT: u32 = 200;
    /// `until=end`: the last page of an archive.
    pub const END: EntryNo = EntryNo(u64::MAX);

    /// Reads a query. A limit above the highest counts as the highest; other parameters
    /// are somebody else's and mean nothing here. `None`: a value that cannot be read.
    pub fn parse(query: Option<&str>) -> Option<Self> {
        let mut window = Window::default();
        for pair in query.unwrap_or("").split('&') {
            match pair.split_once('=') {
                Some(("limit", value)) => {
                    let limit: u32 = value.parse().ok().filter(|&limit| limit > 0)?;
                    window.limit = Some(limit.min(Self::MAX_LIMIT));
                }
                Some(("before", value)) => window.before = Some(Cursor::decode(value)?),
                Some(("until", "end")) => window.until = Some(Self::END),
                Some(("until", value)) => {
                    window.until = Some(EntryNo(u64::from_str_radix(value, 16).ok()?));
                }
                Some(("editions", "one")) => window.all_editions = false,
                Some(("editions", "all")) => window.all_editions = true,
                Some(("script", "hans")) => window.simplified = true,
                Some(("editions" | "script", _)) => return None,
                _ => {}
            }
        }
        window.limit = window.limit.filter(|&limit| limit != Self::DEFAULT_LIMIT);
        Some(window)
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
        Window { until: self.until, simplified: self.simplified, ..Window::default() }
    }

    /// The window of the same size that starts after `cursor`.
    pub fn after(self, cursor: Cursor) -> Self {
        Window { before: Some(cursor), ..self }
    }

    /// The window of the same size on the newest entries.
    pub fn newest(self) -> Self {
        Window { before: None, ..self }
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
        if self.simplified {
            add("script", "hans");
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
            simplified: true,
        };
        assert_eq!(Window::parse(Some(&window.query()[1..])), Some(window));
        assert_eq!(Window::parse(Some("limit=9999&utm=x")).map(Window::entries), Some(200));
        assert_eq!(Window::parse(None).map(Window::query), Some(String::new()));
        assert_eq!(Window::parse(Some("limit=50")).map(Window::query), Some(String::new()));
        assert_eq!(window.of_archives().query(), "?until=700003&script=hans");
        assert_eq!(window.of_channels().until, None);
        let last = Window { until: Some(Window::END), ..Window::default() };
        assert_eq!(Window::parse(Some("until=end")), Some(last));
        assert_eq!(last.query(), "?until=end");
        for bad in
            ["until=x", "limit=0", "limit=x", "limit=", "before=", "before=zz-1", "script=hant"]
        {
            assert_eq!(Window::parse(Some(bad)), None, "{bad}");
        }
    }
}
