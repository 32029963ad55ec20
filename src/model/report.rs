//! What one poll found: the message that the journal carries.

use super::{Entry, SourceId, SourceState, Timestamp};
use minicbor::{Decode, Decoder, Encode};

/// Version of the encoding below; a reader refuses a newer one.
pub const REPORT_VERSION: u8 = 1;

/// What an encoded entry takes apart from its texts, what a source state takes, and what
/// an item seen adds to it: about, in bytes.
const ENTRY_BYTES: usize = 1024;
const STATE_BYTES: usize = 1024;
const SEEN_BYTES: usize = 20;

/// `E`: [`Entry`], or [`Written`] where the bytes of the entries are wanted, too.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
pub struct Report<E = Entry> {
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
    pub state: SourceState,
    /// How many of a new source's first entries go to `latest`.
    #[n(6)]
    pub first_poll_entries: u32,
}

/// An entry and how it was encoded.
#[derive(Debug)]
pub struct Written<'b> {
    pub entry: Entry,
    pub bytes: &'b [u8],
}

impl<'b, C> Decode<'b, C> for Written<'b> {
    fn decode(decoder: &mut Decoder<'b>, context: &mut C) -> Result<Self, minicbor::decode::Error> {
        let start = decoder.position();
        let entry = Entry::decode(decoder, context)?;
        Ok(Written { entry, bytes: &decoder.input()[start..decoder.position()] })
    }
}

#[derive(Debug, Clone, PartialEq, Encode, Decode)]
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
}

impl Outcome {
    pub fn label(&self) -> &'static str {
        match self {
            Outcome::Fetched { .. } => "fetched",
            Outcome::NotModified => "not_modified",
            Outcome::Gone => "gone",
            Outcome::Failed { .. } => "failed",
        }
    }
}

/// Why a poll takes place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PollReason {
    Scheduled,
    Requested,
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

impl<'b, E: Decode<'b, ()>> Report<E> {
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
