//! What a report changes of its source's state. Most polls find nothing and move a few
//! numbers of it, so a commit holds these alone; each source's first commit in a segment
//! holds the state whole, so that a segment is understood without those before it.

use super::record;
use super::segment::Location;
use crate::model::SourceState;
use crate::model::cbor::end_of;
use minicbor::data::Type;
use minicbor::encode::{self, Write};
use minicbor::{Decode, Decoder, Encode, Encoder, decode};
use xxhash_rust::xxh3::xxh3_64;

/// Fields of [`SourceState`] that a commit decides: `entries`, `last_entry_at`.
pub const ENTRIES: usize = 16;
pub const LAST_ENTRY_AT: usize = 17;
/// What tells one report of a source from the next: `poll_number`.
pub const POLL_NUMBER: usize = 0;
/// `naming`.
pub const NAMING: usize = 63;
/// Fields that every commit tells, changed or not, since the history of polls shows them:
/// `next_poll_at`, `next_reason`, `last_status`.
const TOLD: [usize; 3] = [5, 6, 7];

/// No state has more fields: a number beyond is damage.
const MOST_FIELDS: usize = 256;

const NULL: &[u8] = &[0xF6];

/// An encoded [`SourceState`], cut into the values of its fields.
#[derive(Debug, Clone, Default)]
pub struct Fields<'b>(Vec<&'b [u8]>);

impl<'b> Fields<'b> {
    /// # Errors
    /// In words: the bytes are no state.
    pub fn of(state: &'b [u8]) -> Result<Self, &'static str> {
        let mut decoder = Decoder::new(state);
        let count = decoder.array().ok().flatten().ok_or("a state is an array")?;
        let count = usize::try_from(count).ok().filter(|count| *count <= MOST_FIELDS);
        let count = count.ok_or("no state has so many fields")?;
        let mut fields = Vec::with_capacity(count);
        let mut at = decoder.position();
        for _ in 0..count {
            let end = end_of(state, at).ok_or("a state is cut off")?;
            fields.push(&state[at..end]);
            at = end;
        }
        Ok(Fields(fields))
    }

    /// The value of a field; `None`: it is missing, null or of another type.
    pub fn get<T: Decode<'b, ()>>(&self, number: usize) -> Option<T> {
        minicbor::decode(self.0.get(number)?).ok()
    }

    pub fn set(&mut self, number: usize, value: &'b [u8]) {
        self.0.resize(self.0.len().max(number + 1), NULL);
        self.0[number] = value;
    }

    pub fn encode(&self) -> Vec<u8> {
        let bytes = self.0.iter().map(|field| field.len()).sum::<usize>() + 9;
        let mut state = Vec::with_capacity(bytes);
        let _ = Encoder::new(&mut state).array(self.0.len() as u64);
        for field in &self.0 {
            state.extend_from_slice(field);
        }
        state
    }

    fn at(&self, number: usize) -> &'b [u8] {
        self.0.get(number).unwrap_or(&NULL)
    }
}

impl<'b, C> Decode<'b, C> for Fields<'b> {
    fn decode(decoder: &mut Decoder<'b>, _: &mut C) -> Result<Self, decode::Error> {
        let (bytes, start) = (decoder.input(), decoder.position());
        let end = end_of(bytes, start).ok_or(decode::Error::message("a state is cut off"))?;
        decoder.set_position(end);
        Fields::of(&bytes[start..end]).map_err(decode::Error::message)
    }
}

/// What the index knows of a source.
#[derive(Debug, Default)]
pub struct Known<'b> {
    state: &'b [u8],
    pub fields: Fields<'b>,
    /// Of its last poll.
    pub commit: Option<Location>,
}

impl<'b> Known<'b> {
    /// From an encoded `StateRecord`, if there is one.
    ///
    /// # Errors
    /// In words: damage.
    pub fn of(record: Option<&'b [u8]>) -> Result<Self, String> {
        let Some(record) = record else { return Ok(Known::default()) };
        let (state, commit) = record::split_state(record)?;
        Ok(Known { state, fields: Fields::of(state)?, commit })
    }

    /// How a commit in `segment` holds the state after this one.
    pub fn change(&self, segment: u64, new: &Fields<'_>) -> StateChange {
        match self.commit {
            Some(at) if at.segment == segment => {
                StateChange::between(self.state, &self.fields, new)
            }
            _ => StateChange::Whole(new.encode()),
        }
    }
}

/// How a commit holds its source's state.
#[derive(Debug, Clone, PartialEq)]
pub enum StateChange {
    /// The encoded state.
    Whole(Vec<u8>),
    /// The mark of the encoded state that it changes, then number and value of each field,
    /// all as CBOR.
    Fields(Vec<u8>),
}

impl StateChange {
    /// `before`: the encoded state that is changed.
    fn between(before: &[u8], old: &Fields<'_>, new: &Fields<'_>) -> StateChange {
        let mut bytes = Vec::with_capacity(512);
        let mut encoder = Encoder::new(&mut bytes);
        let _ = encoder.u32(mark(before));
        for number in 0..old.0.len().max(new.0.len()) {
            let value = new.at(number);
            if value != old.at(number) || TOLD.contains(&number) {
                let _ = encoder.u32(number as u32);
                encoder.writer_mut().extend_from_slice(value);
            }
        }
        StateChange::Fields(bytes)
    }

    /// The encoded state that it makes of the encoded state `before`.
    ///
    /// # Errors
    /// In words: it belongs to another state.
    pub fn apply(&self, before: Option<&[u8]>) -> Result<Vec<u8>, &'static str> {
        match self {
            StateChange::Whole(state) => Ok(state.clone()),
            StateChange::Fields(change) => {
                let before = before.ok_or("the state that it changes is not known")?;
                patched(before, change, true)
            }
        }
    }

    /// The state as far as the commit tells it by itself.
    ///
    /// # Errors
    /// In words: damage.
    pub fn told(&self) -> Result<SourceState, String> {
        let state = match self {
            StateChange::Whole(state) => state,
            StateChange::Fields(change) => {
                let unknown = minicbor::to_vec(SourceState::default());
                &patched(&unknown.expect("writing to a vector cannot fail"), change, false)?
            }
        };
        minicbor::decode(state).map_err(|error| error.to_string())
    }
}

/// Tells one encoded state from another.
fn mark(state: &[u8]) -> u32 {
    xxh3_64(state) as u32
}

/// `strictly`: `state` must be the one that is changed.
fn patched(state: &[u8], change: &[u8], strictly: bool) -> Result<Vec<u8>, &'static str> {
    let mut decoder = Decoder::new(change);
    let mut number = |at: usize| -> Result<(u32, usize), &'static str> {
        decoder.set_position(at);
        let number = decoder.u32().map_err(|_| "a change of a state is damaged")?;
        Ok((number, decoder.position()))
    };
    let (of, mut at) = number(0)?;
    if strictly && of != mark(state) {
        return Err("it changes another state");
    }
    let mut fields = Fields::of(state)?;
    while at < change.len() {
        let (field, start) = number(at)?;
        let field = usize::try_from(field).ok().filter(|field| *field < MOST_FIELDS);
        let field = field.ok_or("no state has so many fields")?;
        at = end_of(change, start).ok_or("a change of a state is cut off")?;
        fields.set(field, &change[start..at]);
    }
    Ok(fields.encode())
}

impl<C> Encode<C> for StateChange {
    fn encode<W: Write>(
        &self,
        encoder: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), encode::Error<W::Error>> {
        match self {
            StateChange::Whole(state) => {
                encoder.writer_mut().write_all(state).map_err(encode::Error::write)
            }
            StateChange::Fields(change) => encoder.bytes(change)?.ok(),
        }
    }
}

impl<'b, C> Decode<'b, C> for StateChange {
    fn decode(decoder: &mut Decoder<'b>, _: &mut C) -> Result<Self, decode::Error> {
        if decoder.datatype()? == Type::Bytes {
            return Ok(StateChange::Fields(decoder.bytes()?.to_vec()));
        }
        let start = decoder.position();
        decoder.skip()?;
        Ok(StateChange::Whole(decoder.input()[start..decoder.position()].to_vec()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Timestamp, Validators};

    fn state(number: u64) -> SourceState {
        let etag = Some(format!("\"{}\"", number / 3));
        SourceState {
            poll_number: number,
            validators: Validators { etag, last_modified: None },
            next_poll_at: Some(Timestamp(number as i64 * 3_600)),
            next_reason: "hourly".to_owned(),
            last_status: Some(304),
            seen: vec![(number / 5, 7); 20],
            entries: 70_000 + number,
            rhythm: (number > 3).then(Box::default),
            ..SourceState::default()
        }
    }

    fn encoded(number: u64) -> Vec<u8> {
        minicbor::to_vec(state(number)).expect("encoded")
    }

    fn change(before: u64, after: u64) -> StateChange {
        let (before, after) = (encoded(before), encoded(after));
        let fields = |state| Fields::of(state).expect("a state");
        StateChange::between(&before, &fields(&before), &fields(&after))
    }

    #[test]
    fn fields_are_where_the_state_has_them() {
        let state = encoded(9);
        let fields = Fields::of(&state).expect("a state");
        assert_eq!(fields.get::<u64>(POLL_NUMBER), Some(9));
        assert_eq!(fields.get::<u64>(ENTRIES), Some(70_009));
        assert_eq!(fields.get::<Timestamp>(LAST_ENTRY_AT), None);
        assert_eq!(fields.encode(), state);
    }

    #[test]
    fn changes_lead_from_state_to_state() {
        let mut stored = encoded(1);
        for number in 2..12 {
            let change = change(number - 1, number);
            let bytes = minicbor::to_vec(&change).expect("encoded");
            assert_eq!(minicbor::decode::<StateChange>(&bytes).expect("decoded"), change);
            stored = change.apply(Some(&stored)).expect("applied");
            assert_eq!(stored, encoded(number));
            let told = change.told().expect("told");
            assert_eq!(told.next_poll_at, state(number).next_poll_at);
            assert_eq!((told.next_reason.as_str(), told.last_status), ("hourly", Some(304)));
            assert!(bytes.len() < 100 || number % 5 == 0 || number == 4, "{}", bytes.len());
        }
    }

    #[test]
    fn a_change_of_another_state_is_refused() {
        let of_one = change(1, 3);
        assert!(of_one.apply(Some(&encoded(2))).is_err());
        assert!(of_one.apply(None).is_err());
        let whole = StateChange::Whole(encoded(3));
        assert_eq!(whole.apply(None), Ok(encoded(3)));
        let bytes = minicbor::to_vec(&whole).expect("encoded");
        assert_eq!(minicbor::decode::<StateChange>(&bytes).expect("decoded"), whole);
        for damaged in [&b""[..], b"\x00", b"\x19", b"\x00\x19\xFF\xFF\x00", b"\x00\x05"] {
            let change = StateChange::Fields(damaged.to_vec());
            assert!(change.apply(Some(&encoded(1))).is_err(), "{damaged:?}");
        }
    }
}
