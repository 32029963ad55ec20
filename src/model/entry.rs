//! One normalised item, as it crosses the journal.

use super::report::long_string;
use super::{EntryKey, RegionCode, Relation, Rule, Timestamp, TopicId};
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Default, Encode, Decode, Serialize, Deserialize)]
pub struct Entry {
    #[n(0)]
    pub key: EntryKey,
    /// The origin's guid, `atom:id` or JSON Feed id, trimmed.
    #[n(1)]
    pub guid: Option<String>,
    /// Absolute address of the original.
    #[n(2)]
    pub link: Option<String>,
    /// Plain text, one line.
    #[n(3)]
    pub title: String,
    /// As printed: `本报记者 高依`.
    #[n(4)]
    pub byline: Option<String>,
    #[n(5)]
    pub authors: Vec<Author>,
    /// The outlet that the text credits: `来源: 咸阳日报`.
    #[n(6)]
    pub credit: Option<String>,
    /// Proposed by the origin; `store` keeps the first and clamps the future.
    #[n(7)]
    pub published: Option<Timestamp>,
    #[n(8)]
    pub updated: Option<Timestamp>,
    #[n(9)]
    pub date_from: DateFrom,
    /// BCP 47.
    #[n(10)]
    pub language: Option<String>,
    /// Plain text.
    #[n(11)]
    pub summary: String,
    /// Sanitised HTML with absolute links; empty when the origin gave none.
    #[cbor(n(12), decode_with = "long_string")]
    pub content: String,
    #[n(13)]
    pub media: Vec<Media>,
    #[n(14)]
    pub categories: Vec<Category>,
    #[n(15)]
    pub comments: Option<Comments>,
    #[n(16)]
    pub regions: Vec<RegionVerdict>,
    #[n(17)]
    pub topics: Vec<TopicVerdict>,
    /// Hash of what the origin said of the item, its dates left out:
    /// equal fingerprints mean an unchanged item.
    #[n(18)]
    #[serde(with = "super::hex")]
    pub fingerprint: u64,
    /// The regions of the verdicts and all their ancestors, so that what comes after
    /// the journal needs no tree.
    #[n(19)]
    pub places: Vec<RegionCode>,
    /// The source's site, as its feed gave it when the entry came.
    #[n(20)]
    pub site: Option<String>,
    /// What names the item besides its key: title and date. An item that comes under
    /// another guid or link is known by it.
    #[n(21)]
    pub alias: Option<EntryKey>,
    /// Hash of the link; 0 for none, and where links change by themselves.
    #[n(22)]
    #[cbor(default)]
    pub link_print: u32,
    #[n(23)]
    #[cbor(default)]
    pub alike: Alike,
    /// How the key began that the item had in the source's last document, if not so.
    #[n(24)]
    #[serde(with = "super::hex::option")]
    pub was: Option<u64>,
    /// Place in `media` of the picture that can be shown for the entry; none, and in entries of
    /// older programs: there is no such picture.
    #[n(25)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub picture: Option<u8>,
    /// Whose news it is: the sources of one outlet count once; none in entries of older programs.
    #[n(26)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outlet: Option<String>,
    /// Who holds the rights, as the item or else its feed says; none in entries of older programs.
    #[n(27)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rights: Option<String>,
}

/// What a stored entry with the title and date of an item must share with it, too, to be
/// it: titles such as "Weather" are those of many articles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Encode, Decode, Serialize, Deserialize)]
#[cbor(index_only)]
#[serde(rename_all = "snake_case")]
pub enum Alike {
    /// Nothing that it could share is enough.
    #[n(0)]
    #[default]
    Never,
    #[n(1)]
    ByLink,
    /// All that the origin says of it.
    #[n(2)]
    ByText,
    /// They are its name.
    #[n(3)]
    Always,
    /// Link, and all that the origin says.
    #[n(4)]
    ByBoth,
}

impl Entry {
    /// The picture that can be shown for it.
    pub fn picture(&self) -> Option<&Media> {
        self.media.get(usize::from(self.picture?))
    }

    /// The id that is published unless another source owns it.
    pub fn public_id(&self) -> String {
        self.origin_id().map_or_else(|| self.key.urn(), str::to_owned)
    }

    /// What tells whether another entry has the same text: the content, else the summary.
    pub fn text(&self) -> &str {
        if self.content.is_empty() { &self.summary } else { &self.content }
    }

    /// The origin's id, where RFC 4287 §4.2.6 lets a republisher keep it: an absolute IRI, and
    /// of a scheme that runs nothing and names nothing of one machine.
    pub fn origin_id(&self) -> Option<&str> {
        origin_id(self.guid.as_deref())
    }
}

pub(super) fn origin_id(guid: Option<&str>) -> Option<&str> {
    guid.filter(|guid| is_absolute_iri(guid))
}

/// The schemes that ids are made of; `yt` is YouTube's own. Readers may follow an id as a link.
const ID_SCHEMES: [&str; 16] = [
    "http", "https", "urn", "tag", "doi", "hdl", "info", "ni", "oid", "at", "did", "ipfs", "ipns",
    "mid", "cid", "yt",
];

/// RFC 3987 §2.2 as far as it matters: a scheme, something after it, no spaces or quotes.
fn is_absolute_iri(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else { return false };
    let is_scheme = ID_SCHEMES.iter().any(|known| known.eq_ignore_ascii_case(scheme));
    let is_part = |c: char| !c.is_whitespace() && !c.is_control() && !"<>\"{}|\\^`".contains(c);
    is_scheme && !rest.is_empty() && rest.chars().all(is_part)
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Encode, Decode, Serialize, Deserialize)]
pub struct Author {
    #[n(0)]
    pub name: String,
    #[n(1)]
    pub uri: Option<String>,
    #[n(2)]
    pub email: Option<String>,
}

/// How the proposed `published` was obtained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Encode, Decode, Serialize, Deserialize)]
#[cbor(index_only)]
#[serde(rename_all = "snake_case")]
pub enum DateFrom {
    #[n(0)]
    #[default]
    None,
    #[n(1)]
    Published,
    #[n(2)]
    Updated,
    #[n(3)]
    Url,
    #[n(4)]
    Text,
}

impl DateFrom {
    pub fn label(self) -> Option<&'static str> {
        match self {
            DateFrom::None => None,
            DateFrom::Published => Some("published"),
            DateFrom::Updated => Some("updated"),
            DateFrom::Url => Some("url"),
            DateFrom::Text => Some("text"),
        }
    }
}

/// An enclosure or a MediaRSS object.
#[derive(Debug, Clone, PartialEq, Eq, Default, Encode, Decode, Serialize, Deserialize)]
pub struct Media {
    #[n(0)]
    pub url: String,
    /// Media type (RFC 9110 §8.3.1), such as `image/jpeg`.
    #[n(1)]
    pub mime: Option<String>,
    /// Bytes.
    #[n(2)]
    pub length: Option<u64>,
    #[n(3)]
    pub title: Option<String>,
    /// Pixels.
    #[n(4)]
    pub width: Option<u32>,
    #[n(5)]
    pub height: Option<u32>,
    /// Seconds.
    #[n(6)]
    pub duration: Option<u64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Encode, Decode, Serialize, Deserialize)]
pub struct Category {
    #[n(0)]
    pub term: String,
    #[n(1)]
    pub scheme: Option<String>,
    #[n(2)]
    pub label: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Encode, Decode, Serialize, Deserialize)]
pub struct Comments {
    #[n(0)]
    pub link: Option<String>,
    #[n(1)]
    pub count: Option<u64>,
    /// Their feed: `wfw:commentRss`, or Atom's replies of a feed's type.
    #[n(2)]
    pub feed: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
pub struct RegionVerdict {
    #[n(0)]
    pub region: RegionCode,
    #[n(1)]
    pub kind: EvidenceKind,
    /// The matched words, or the source's setting.
    #[n(2)]
    pub evidence: String,
    /// 0–1000.
    #[n(3)]
    pub score: u16,
    #[n(4)]
    #[cbor(default)]
    #[serde(default)]
    pub relation: Relation,
    #[n(5)]
    #[cbor(default)]
    #[serde(default)]
    pub rule: Rule,
    /// Where the matched words stand in title or lead, in characters.
    #[n(6)]
    #[cbor(default)]
    #[serde(default)]
    pub start: u32,
    #[n(7)]
    #[cbor(default)]
    #[serde(default)]
    pub end: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
pub struct TopicVerdict {
    #[n(0)]
    pub topic: TopicId,
    #[n(1)]
    pub kind: EvidenceKind,
    #[n(2)]
    pub evidence: String,
    /// 0–1000.
    #[n(3)]
    pub score: u16,
}

/// Where the evidence for a verdict was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cbor(index_only)]
#[serde(rename_all = "snake_case")]
pub enum EvidenceKind {
    /// The source's setting in `feeds.toml`.
    #[n(0)]
    Source,
    #[n(1)]
    Title,
    #[n(2)]
    Lead,
}

impl EvidenceKind {
    pub fn label(self) -> &'static str {
        match self {
            EvidenceKind::Source => "source",
            EvidenceKind::Title => "title",
            EvidenceKind::Lead => "lead",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_that_name_are_kept_and_those_that_could_run_are_not() {
        for id in [
            "http://a.cn/1",
            "HTTPS://a.cn/1",
            "urn:uuid:1",
            "tag:a.cn,2021:1",
            "doi:10.1000/1",
            "ni:///sha-256;f4",
            "at://did:plc:a/app.bsky.feed.post/3k",
            "ipfs://b",
            "yt:video:8XW9LWPlAFc",
            "http://a.cn/果园",
        ] {
            assert_eq!(origin_id(Some(id)), Some(id));
        }
        for id in [
            "javascript:alert(2)",
            "JavaScript:alert(2)",
            "vbscript:x",
            "data:text/html,x",
            "file:///etc/passwd",
            "blob:http://a.cn/1",
            "view-source:http://a.cn/1",
            "about:blank",
            "intent://a#Intent;end",
            "chrome://settings",
            "ms-word:ofe|u|x",
            "shell:x",
            "weibo:1",
            "urn:",
            "http://a.cn/ 1",
            "1",
            "",
        ] {
            assert_eq!(origin_id(Some(id)), None, "{id}");
        }
    }
}
