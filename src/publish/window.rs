//! The query of a feed or page: which part of its channel it shows, and how.

use crate::model::Cursor;

/// Which part of a channel a document shows: `?limit=`, `?before=` and `?editions=`; and
/// in which characters: `?script=`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Window {
    /// `None`: [`Window::DEFAULT_LIMIT`].
    pub limit: Option<u32>,
    /// Entries after this place in the order, which are older. `None`: the newest.
    pub before: Option<Cursor>,
    /// `?editions=all`: reprints too, instead of one entry per text.
    pub all_editions: bool,
    /// `?script=hans`: entries in Simplified characters, instead of as their origin wrote them.
    pub simplified: bool,
}

impl Window {
    pub const DEFAULT_LIMIT: u32 = 50;
    pub const MAX_LIMIT: u32 = 200;

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
    use crate::model::{EntryNo, Timestamp};

    #[test]
    fn a_window_reads_back_and_bounds_its_size() {
        let cursor = Cursor { sort_at: Timestamp(1_795_500_000), no: EntryNo(7) };
        let window =
            Window { limit: Some(20), before: Some(cursor), all_editions: true, simplified: true };
        assert_eq!(Window::parse(Some(&window.query()[1..])), Some(window));
        assert_eq!(Window::parse(Some("limit=9999&utm=x")).map(Window::entries), Some(200));
        assert_eq!(Window::parse(None).map(Window::query), Some(String::new()));
        assert_eq!(Window::parse(Some("limit=50")).map(Window::query), Some(String::new()));
        for bad in ["limit=0", "limit=x", "limit=", "before=", "before=zz-1", "script=hant"] {
            assert_eq!(Window::parse(Some(bad)), None, "{bad}");
        }
    }
}
