//! What a filter of a channel means: its sources looked up, and entries put through it.

use super::live::Live;
use crate::model::{EntryNo, SourceId};
use crate::publish::{BadParameter, Filter};
use crate::search::Words;
use crate::store::{Reader, StoreError};

/// Of a name that is told back.
const SHOWN_CHARACTERS: usize = 40;
/// Letters by which a name may differ from that which is meant; and one in so many of its own.
const MOST_APART: usize = 3;
const ONE_IN: usize = 3;

/// A filter that can be used.
pub(super) struct Sieve {
    /// With the ids that sources have now, and words in one form.
    pub filter: Filter,
    words: Option<Words>,
}

impl Sieve {
    /// The second error: what is wrong with it, and what to write instead.
    pub fn of(
        live: &Live,
        reader: &Reader,
        mut filter: Filter,
    ) -> Result<Result<Sieve, BadParameter>, StoreError> {
        let lists = [("source", &mut filter.sources), ("not_source", &mut filter.not_sources)];
        for (name, ids) in lists {
            for id in ids {
                match present_id(live, reader, id)? {
                    Some(present) => *id = present,
                    None => return Ok(Err(unknown(live, name, id))),
                }
            }
        }
        Ok(filter.tidied().and_then(Sieve::with_words))
    }

    fn with_words(mut filter: Filter) -> Result<Sieve, BadParameter> {
        if filter.q.is_empty() {
            return Ok(Sieve { filter, words: None });
        }
        let words = Words::parse(&filter.q);
        let words = words.map_err(|error| BadParameter(error.to_string().into()))?;
        filter.q = words.text().to_owned();
        Ok(Sieve { filter, words: Some(words) })
    }

    /// Whether an entry is shown. Reads it where its source does not tell.
    ///
    /// # Errors
    /// When the store cannot be read; damage costs the entry it is in.
    pub fn lets_through(
        &self,
        live: &Live,
        reader: &Reader,
        no: EntryNo,
    ) -> Result<bool, StoreError> {
        let Sieve { filter, words } = self;
        let Some(stored_as) = reader.source_of(no)? else { return Ok(false) };
        if !self.may_have_let_through(live, &stored_as) {
            return Ok(false);
        }
        let source = live.successor(&stored_as).unwrap_or(&stored_as);
        if filter.languages.is_empty() && words.is_none() {
            return Ok(true);
        }
        let entry = match reader.entry(no) {
            Ok(Some(stored)) => stored.entry,
            Ok(None) => return Ok(false),
            Err(error) if error.is_damaged_entry() => return Ok(false),
            Err(error) => return Err(error),
        };
        let of_source = || live.source(source)?.language.as_deref();
        let language = entry.language.as_deref().or_else(of_source);
        Ok(filter.has_language(language)
            && words.as_ref().is_none_or(|words| words.stand_in(&entry)))
    }

    /// The same of an entry of which only its source is known.
    pub fn may_have_let_through(&self, live: &Live, stored_as: &SourceId) -> bool {
        let Filter { sources, not_sources, .. } = &self.filter;
        let source = live.successor(stored_as).unwrap_or(stored_as);
        (sources.is_empty() || sources.contains(source)) && !not_sources.contains(source)
    }
}

/// The id that a source has now which has, or had, this one; `None`: there is, and was, no such source.
pub(super) fn present_id(
    live: &Live,
    reader: &Reader,
    id: &SourceId,
) -> Result<Option<SourceId>, StoreError> {
    if live.source(id).is_some() {
        return Ok(Some(id.clone()));
    }
    let successor = match live.successor(id) {
        Some(successor) => Some(successor.clone()),
        None => reader.successor(id)?,
    };
    if successor.is_some() {
        return Ok(successor);
    }
    // One that is not polled any more.
    Ok(reader.state(id)?.map(|_| id.clone()))
}

fn unknown(live: &Live, name: &'static str, id: &SourceId) -> BadParameter {
    let known = live.config.sources.iter().map(|source| source.id.as_str());
    let meant = match nearest(id.as_str(), known) {
        Some(near) => format!("; is {near} meant?"),
        None => String::new(),
    };
    let shown: String = id.as_str().chars().take(SHOWN_CHARACTERS).collect();
    let takes = format!("takes ids of sources, as in /s/{{id}}, and {shown} is none here{meant}");
    BadParameter::new(name, &takes)
}

/// The name that is most like one, the first of several; `None`: none is.
fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let most = (name.len() / ONE_IN).min(MOST_APART);
    let near = known.filter(|other| other.len().abs_diff(name.len()) <= most);
    let near = near.map(|other| (distance(name.as_bytes(), other.as_bytes()), other));
    near.filter(|(apart, _)| *apart <= most).min().map(|(_, other)| other)
}

/// Letters to add, take away or change (Levenshtein, 1966).
fn distance(one: &[u8], other: &[u8]) -> usize {
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (at, letter) in one.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = at + 1;
        for (place, known) in other.iter().enumerate() {
            let changed = diagonal + usize::from(letter != known);
            diagonal = row[place + 1];
            row[place + 1] = changed.min(diagonal + 1).min(row[place] + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_few_letters_away() {
        let known = ["xingping-news", "xianyang-daily", "bjnews", "bjnewt", "a1"];
        for (name, near) in [
            ("bjnewz", Some("bjnews")),
            ("bjnew", Some("bjnews")),
            ("xinping-newz", Some("xingping-news")),
            ("xianyangdaily", Some("xianyang-daily")),
            ("a2", None),
            ("xinyang", None),
            ("", None),
        ] {
            assert_eq!(nearest(name, known.into_iter()), near, "{name}");
        }
        assert_eq!(distance(b"kitten", b"sitting"), 3);
        assert_eq!(distance(b"", b"abc"), 3);
    }
}
