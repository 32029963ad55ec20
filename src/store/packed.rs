//! Records as segments hold them: compressed where that is worth it.

use super::bodies::{self, Compressor};
use super::record;
use minicbor::{Decode, Encode};

/// Bytes that a record may unfold to: several times what one takes that was written.
const LARGEST: usize = 64 * 1024 * 1024;
/// A shorter one is not compressed.
const SHORT: usize = 4096;

/// What is compressed begins with zstd's magic number.
pub fn encode<T: Encode<()>>(record: &T, compressor: &mut Compressor) -> Vec<u8> {
    let plain = record::encode(record);
    if plain.len() < SHORT { plain } else { compressor.bytes(&plain) }
}

/// # Errors
/// What is wrong, in words.
pub fn decode<T: for<'b> Decode<'b, ()>>(payload: &[u8]) -> Result<T, String> {
    match payload.first() {
        Some(&record::VERSION) => record::decode(payload),
        _ => record::decode(&bodies::decompress(payload, LARGEST)?),
    }
}
