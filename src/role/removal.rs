//! What an admin means who wants something gone.

use crate::model::{Channel, Cursor, EntryKey, SourceId, StoredEntry};
use crate::store::{Editions, Reader, StoreError};
use serde::{Deserialize, Serialize};
use url::form_urlencoded;

/// Entries that are told one by one.
const TOLD: usize = 20;
/// Of a source, entries that are read at once.
const READ: usize = 500;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Meant {
    Entry(EntryKey),
    /// Entries whose link or public id it is.
    Link(String),
    Source(SourceId),
}

/// Stored entries that are meant.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Matches {
    pub total: u64,
    /// Of a source the newest of them; else all.
    pub entries: Vec<Match>,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct Match {
    /// As the address of its page has it.
    pub key: String,
    pub source: String,
    pub title: String,
    pub published: String,
}

impl Meant {
    /// `text`: a key, the address of an entry's page, or a link.
    pub fn of(text: &str) -> Meant {
        let path = text.trim().split(['?', '#']).next().unwrap_or_default();
        let last = path.trim_end_matches('/').trim_end_matches("/related");
        let (before, last) = last.rsplit_once('/').unwrap_or(("", last));
        let key = EntryKey::from_hex(last.split('.').next().unwrap_or_default());
        match key.filter(|_| before.is_empty() || before.ends_with("/e")) {
            Some(key) => Meant::Entry(key),
            None => Meant::Link(text.trim().to_owned()),
        }
    }

    pub fn query(&self) -> String {
        let (name, value) = match self {
            Meant::Entry(key) => ("entry", key.hex()),
            Meant::Link(link) => ("link", link.clone()),
            Meant::Source(source) => ("source", source.to_string()),
        };
        form_urlencoded::Serializer::new(String::new()).append_pair(name, &value).finish()
    }

    pub fn parse(query: &str) -> Option<Meant> {
        let (name, value) = form_urlencoded::parse(query.as_bytes()).next()?;
        match &*name {
            "entry" => EntryKey::from_hex(&value).map(Meant::Entry),
            "link" => Some(Meant::Link(value.into_owned())),
            "source" => Some(Meant::Source(SourceId::new(&value))),
            _ => None,
        }
    }
}

/// # Errors
/// When the index cannot be read.
pub fn matches(reader: &Reader, meant: &Meant) -> Result<Matches, StoreError> {
    let all = |entries: Vec<StoredEntry>| Matches {
        total: entries.len() as u64,
        entries: entries.iter().map(told).collect(),
    };
    match meant {
        Meant::Entry(key) => Ok(all(Vec::from_iter(reader.entry_by_key(*key)?))),
        Meant::Link(link) => Ok(all(reader.linked(link)?)),
        Meant::Source(source) => {
            let channel = Channel::Source(source.clone()).key();
            let (mut matches, mut before) = (Matches::default(), None::<Cursor>);
            loop {
                let page = reader.list(channel, before, READ, Editions::All)?;
                let own = page.entries.iter().filter(|stored| stored.source == *source);
                for stored in own {
                    matches.total += 1;
                    if matches.entries.len() < TOLD {
                        matches.entries.push(told(stored));
                    }
                }
                before = page.next;
                if before.is_none() {
                    return Ok(matches);
                }
            }
        }
    }
}

fn told(stored: &StoredEntry) -> Match {
    Match {
        key: stored.key().hex(),
        source: stored.source.to_string(),
        title: stored.entry.title.clone(),
        published: stored.published.rfc3339(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_may_stand_in_the_address_of_a_page_and_is_nothing_else() {
        let key = "0123456789abcdef0123456789abcdef";
        for text in [
            key.to_owned(),
            format!("/e/{key}.json"),
            format!("https://wire.example/news/e/{key}/?x=1"),
            format!("https://wire.example/e/{key}/related"),
        ] {
            assert_eq!(Meant::of(&text), Meant::Entry(EntryKey::from_hex(key).expect("a key")));
        }
        let links = ["http://a.example/1.html".to_owned(), format!("http://a.example/{key}")];
        for link in links {
            assert_eq!(Meant::of(&link), Meant::Link(link));
        }
    }

    #[test]
    fn what_is_meant_can_be_asked_for() {
        for meant in [
            Meant::Entry(EntryKey([7; 16])),
            Meant::Link("http://a.example/?a=1&b=县#x".to_owned()),
            Meant::Source(SourceId::new("paper")),
        ] {
            assert_eq!(Meant::parse(&meant.query()), Some(meant));
        }
        assert_eq!(Meant::parse("all=1"), None);
    }
}
