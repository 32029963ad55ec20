//! Writes of the index as bytes: one after the other, in the redo file and in runs.

use minicbor::data::Type;
use minicbor::decode::Error;
use minicbor::{Decoder, Encoder};
use std::ops::Range;

/// A write to come; `None` deletes.
pub type WriteRef<'a> = (&'a [u8], Option<&'a [u8]>);

/// Where a write lies in bytes.
#[derive(Debug, Clone)]
pub struct Place {
    pub key: Range<usize>,
    pub value: Option<Range<usize>>,
    pub end: usize,
}

impl Place {
    pub fn of<'b>(&self, bytes: &'b [u8]) -> WriteRef<'b> {
        (&bytes[self.key.clone()], self.value.clone().map(|value| &bytes[value]))
    }
}

pub fn push(bytes: &mut Vec<u8>, (key, value): WriteRef<'_>) {
    let mut encoder = Encoder::new(bytes);
    let _ = encoder.bytes(key);
    let _ = match value {
        Some(value) => encoder.bytes(value),
        None => encoder.null(),
    };
}

/// The write that begins at `at`; `None` at the end.
///
/// # Errors
/// What is wrong, in words.
pub fn read(bytes: &[u8], at: usize) -> Result<Option<Place>, String> {
    if at >= bytes.len() {
        return Ok(None);
    }
    let mut decoder = Decoder::new(bytes);
    decoder.set_position(at);
    let mut place = || -> Result<Place, Error> {
        let key = next(&mut decoder)?;
        let value = match decoder.datatype()? {
            Type::Null => decoder.null().map(|()| None)?,
            _ => Some(next(&mut decoder)?),
        };
        Ok(Place { key, value, end: decoder.position() })
    };
    place().map(Some).map_err(|error| error.to_string())
}

fn next(decoder: &mut Decoder<'_>) -> Result<Range<usize>, Error> {
    let length = decoder.bytes()?.len();
    Ok(decoder.position() - length..decoder.position())
}
