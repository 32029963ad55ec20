//! What one poll or push found: the message that the journal carries.

use super::{
    Alike, Entry, EntryKey, PollFacts, RegionCode, SourceId, SourceState, Timestamp, TopicVerdict,
};
use encoding_rs::UTF_8;
use minicbor::{Decode, Decoder, Encode};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// Version of the encoding below; a reader refuses a newer one.
pub const REPORT_VERSION: u8 = 1;

/// What an encoded entry takes apart from its texts, what a source state takes, and what
/// an item seen adds to it: about, in bytes.
const ENTRY_BYTES: usize = 1024;
const STATE_BYTES: usize = 1024;
const SEEN_BYTES: usize = 20;

/// `E`: [`Entry`], or [`Written`] where the bytes of the entries are wanted, too. `S`:
/// [`SourceState`], or what else may be read of it.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
pub struct Report<E = Entry, S = SourceState> {
    #[n(0)]
    pub v: u8,
    #[n(1)]
    pub source: SourceId,
    #[n(2)]
    pub polled_at: Timestamp,
    #[n(3)]
    pub outcome: Outcome,
    /// New or changed entries, oldest first, already classified.
    #[n(4)]
    pub entries: Vec<E>,
    /// The source's state after this poll; holds the poll number.
    #[n(5)]
    pub state: S,
    /// How many of a new source's first entries go to `latest`.
    #[n(6)]
    pub first_poll_entries: u32,
    #[n(7)]
    #[cbor(default)]
    pub facts: PollFacts,
}

/// An entry as it was encoded, and what of it decides how it is stored: most of an entry
/// is text that the store only passes on.
#[derive(Debug)]
pub struct Written<'b> {
    pub head: EntryHead<'b>,
    pub bytes: &'b [u8],
}

/// Some of the fields of [`Entry`], under the same numbers.
#[derive(Debug, Decode)]
pub struct EntryHead<'b> {
    #[n(0)]
    pub key: EntryKey,
    #[b(1)]
    guid: Option<&'b str>,
    #[b(2)]
    pub link: Option<&'b str>,
    #[b(3)]
    pub title: &'b str,
    #[n(7)]
    pub published: Option<Timestamp>,
    #[n(8)]
    pub updated: Option<Timestamp>,
    #[b(11)]
    summary: &'b str,
    #[cbor(b(12), decode_with = "long_text")]
    content: &'b str,
    #[n(17)]
    pub topics: Vec<TopicVerdict>,
    #[n(18)]
    pub fingerprint: u64,
    #[n(19)]
    pub places: Vec<RegionCode>,
    #[n(21)]
    pub alias: Option<EntryKey>,
    #[n(22)]
    #[cbor(default)]
    pub link_print: u32,
    #[n(23)]
    #[cbor(default)]
    pub alike: Alike,
    #[n(24)]
    pub was: Option<u64>,
    #[n(25)]
    pub picture: Option<u8>,
    #[b(26)]
    pub outlet: Option<&'b str>,
}

impl EntryHead<'_> {
    /// See [`Entry::origin_id`].
    pub fn origin_id(&self) -> Option<&str> {
        super::entry::origin_id(self.guid)
    }

    /// See [`Entry::text`].
    pub fn text(&self) -> &str {
        if self.content.is_empty() { self.summary } else { self.content }
    }
}

/// A text whose UTF-8 is checked by encoding_rs, at several times the speed.
pub(super) fn long_string<C>(
    decoder: &mut Decoder<'_>,
    context: &mut C,
) -> Result<String, minicbor::decode::Error> {
    long_text(decoder, context).map(str::to_owned)
}

/// The same, borrowed.
fn long_text<'b, C>(
    decoder: &mut Decoder<'b>,
    _: &mut C,
) -> Result<&'b str, minicbor::decode::Error> {
    let input = &decoder.input()[decoder.position()..];
    // RFC 8949 §3: a text of one piece, its length in the first byte or in those after it.
    let header = match input {
        [first @ 0x60..=0x77, ..] => Some((1, usize::from(first & 0x1F))),
        [first @ 0x78..=0x7B, after @ ..] => {
            let digits = after.get(..1 << (first - 0x78));
            digits.map(|digits| {
                (1 + digits.len(), digits.iter().fold(0, |sum, b| sum << 8 | usize::from(*b)))
            })
        }
        _ => None,
    };
    let bytes = header.and_then(|(start, length)| input.get(start..start.checked_add(length)?));
    let text = bytes.and_then(|b| UTF_8.decode_without_bom_handling_and_without_replacement(b));
    match (header, text) {
        (Some((start, _)), Some(Cow::Borrowed(text))) => {
            decoder.set_position(decoder.position() + start + text.len());
            Ok(text)
        }
        // Another form, or an error that minicbor knows to explain.
        _ => decoder.str(),
    }
}

impl<'b, C> Decode<'b, C> for Written<'b> {
    fn decode(decoder: &mut Decoder<'b>, context: &mut C) -> Result<Self, minicbor::decode::Error> {
        let start = decoder.position();
        let head = EntryHead::decode(decoder, context)?;
        Ok(Written { head, bytes: &decoder.input()[start..decoder.position()] })
    }
}

#[derive(Debug, Clone, PartialEq, Encode, Decode, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// 200 with a document that could be read.
    #[n(0)]
    Fetched {
        #[n(0)]
        items: u32,
        #[n(1)]
        defects: u32,
    },
    /// 304: a success.
    #[n(1)]
    NotModified,
    /// 410: polling stops.
    #[n(2)]
    Gone,
    #[n(3)]
    Failed {
        /// A short fixed label, such as `timeout`.
        #[n(0)]
        kind: String,
        #[n(1)]
        error: String,
    },
    /// No poll: a hub has delivered what is new.
    #[n(4)]
    Pushed {
        #[n(0)]
        items: u32,
        #[n(1)]
        defects: u32,
    },
    /// No poll: a subscription has changed, and nothing else.
    #[n(5)]
    Subscription,
}

impl Outcome {
    pub fn label(&self) -> &'static str {
        match self {
            Outcome::Fetched { .. } => "fetched",
            Outcome::NotModified => "not_modified",
            Outcome::Gone => "gone",
            Outcome::Failed { .. } => "failed",
            Outcome::Pushed { .. } => "pushed",
            Outcome::Subscription => "subscription",
        }
    }
}

impl Report {
    pub fn to_bytes(&self) -> Vec<u8> {
        // Room at once: a report with many entries would grow, and be copied, ten times.
        let texts = self.entries.iter().map(|e| e.content.len() + e.summary.len() + ENTRY_BYTES);
        let room = texts.sum::<usize>() + self.state.seen.len() * SEEN_BYTES + STATE_BYTES;
        let mut bytes = Vec::with_capacity(room);
        minicbor::encode(self, &mut bytes).expect("writing to a vector cannot fail");
        bytes
    }
}

impl<'b, E: Decode<'b, ()>, S: Decode<'b, ()>> Report<E, S> {
    /// # Errors
    /// When the bytes are no report, or one of a newer version.
    pub fn from_bytes(bytes: &'b [u8]) -> Result<Self, minicbor::decode::Error> {
        let report: Self = minicbor::decode(bytes)?;
        if report.v > REPORT_VERSION {
            return Err(minicbor::decode::Error::message(format!(
                "report version {} is newer than {REPORT_VERSION}",
                report.v
            )));
        }
        Ok(report)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_say_what_their_entries_say() {
        for length in [0, 1, 23, 24, 255, 256, 70_000] {
            let entry = Entry {
                guid: Some("tag:a.cn,2026:1".to_owned()),
                link: Some("http://a.cn/1".to_owned()),
                summary: "摘要".to_owned(),
                content: "平".repeat(length),
                fingerprint: 7,
                places: vec![RegionCode::new("cn610481")],
                ..Entry::default()
            };
            let bytes = minicbor::to_vec(&entry).expect("encoded");
            let written: Written<'_> = minicbor::decode(&bytes).expect("decoded");
            let head = written.head;
            assert_eq!(written.bytes, bytes);
            assert_eq!(head.text(), if length == 0 { &entry.summary } else { &entry.content });
            assert_eq!(head.origin_id(), entry.origin_id());
            assert_eq!((head.link, head.fingerprint), (entry.link.as_deref(), 7));
            assert_eq!((head.key, head.alias, head.places), (entry.key, None, entry.places));
        }
    }

    #[test]
    fn faulty_texts_are_refused() {
        for bytes in [
            &b"\x63\xe5\x85"[..],
            b"\x62\xe5\x85",
            b"\x7b\xff\xff\xff\xff\xff\xff\xff\xff",
            b"\x01",
            b"",
        ] {
            assert!(long_text(&mut Decoder::new(bytes), &mut ()).is_err(), "{bytes:x?}");
        }
        let pieces = b"\x7f\x61a\x61b\xff";
        assert!(long_text(&mut Decoder::new(pieces), &mut ()).is_err());
    }
}
