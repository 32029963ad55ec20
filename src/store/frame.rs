//! The unit of a segment file: a checksummed, self-delimiting piece of bytes.
//!
//! `magic u8 | kind u8 | length u32 | xxh3-64 of kind, length and payload | payload`,
//! little endian.

use xxhash_rust::xxh3::Xxh3;

pub const HEADER_BYTES: usize = 14;
pub const MAGIC: u8 = 0xC7;

/// No frame is longer: a length above it is damage, not a reason to allocate.
pub const LARGEST_PAYLOAD: usize = 64 * 1024 * 1024;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// One applied report: what makes the entries before it count.
    Commit = 2,
    /// Writes on their way to the index; not in segments.
    Redo = 3,
    /// One entry: what the index knows of it, then its body, compressed.
    Entry = 4,
    /// What an order has changed, and with it the entries before it.
    Order = 5,
    /// In a rewritten segment: makes what is before it count, as a commit does.
    Kept = 6,
    /// A piece of a run of the index; not in segments.
    Run = 7,
}

#[derive(Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    pub kind: Kind,
    pub payload: &'a [u8],
}

/// Appends a frame; returns its length.
pub fn write(kind: Kind, payload: &[u8], out: &mut Vec<u8>) -> usize {
    out.extend_from_slice(&header(kind, payload));
    out.extend_from_slice(payload);
    HEADER_BYTES + payload.len()
}

/// What comes before the payload.
pub fn header(kind: Kind, payload: &[u8]) -> [u8; HEADER_BYTES] {
    let length = u32::try_from(payload.len()).expect("payloads stay below LARGEST_PAYLOAD");
    let mut header = [0; HEADER_BYTES];
    (header[0], header[1]) = (MAGIC, kind as u8);
    header[2..6].copy_from_slice(&length.to_le_bytes());
    header[6..].copy_from_slice(&checksum(kind as u8, length, payload).to_le_bytes());
    header
}

/// Reads the frame at the start of `bytes`; the length it takes up with it.
///
/// # Errors
/// What is wrong with it, in words; also when `bytes` end too early.
pub fn read(bytes: &[u8]) -> Result<(Frame<'_>, usize), &'static str> {
    let (kind, length) = claim(bytes)?;
    let (header, payload) = bytes[..length].split_at(HEADER_BYTES);
    let mut stored = [0; 8];
    stored.copy_from_slice(&header[6..]);
    if checksum(header[1], payload.len() as u32, payload) != u64::from_le_bytes(stored) {
        return Err("the checksum does not match");
    }
    Ok((Frame { kind, payload }, length))
}

/// What the header at the start of `bytes` says, if it may be one: the kind, and the length
/// with the header. Cheap, and no proof.
///
/// # Errors
/// As [`read`].
pub fn claim(bytes: &[u8]) -> Result<(Kind, usize), &'static str> {
    let header = bytes.first_chunk::<HEADER_BYTES>().ok_or("the frame header is cut off")?;
    if header[0] != MAGIC {
        return Err("no frame begins here");
    }
    let kind = match header[1] {
        2 => Kind::Commit,
        3 => Kind::Redo,
        4 => Kind::Entry,
        5 => Kind::Order,
        6 => Kind::Kept,
        7 => Kind::Run,
        _ => return Err("unknown kind of frame"),
    };
    let payload_bytes = u32::from_le_bytes([header[2], header[3], header[4], header[5]]) as usize;
    if payload_bytes > LARGEST_PAYLOAD {
        return Err("impossible frame length");
    }
    let length = HEADER_BYTES + payload_bytes;
    if length > bytes.len() {
        return Err("the frame is cut off");
    }
    Ok((kind, length))
}

/// Bytes of the frame whose header `bytes` begin with, as it says itself.
pub fn length(header: &[u8]) -> Option<usize> {
    let length = header.get(2..6)?.first_chunk().map(|bytes| u32::from_le_bytes(*bytes))?;
    let length = usize::try_from(length).ok().filter(|length| *length <= LARGEST_PAYLOAD)?;
    Some(HEADER_BYTES + length)
}

fn checksum(kind: u8, length: u32, payload: &[u8]) -> u64 {
    let mut hasher = Xxh3::new();
    hasher.update(&[kind]);
    hasher.update(&length.to_le_bytes());
    hasher.update(payload);
    hasher.digest()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_reads_back() {
        let mut bytes = Vec::new();
        let length = write(Kind::Entry, "兴平".as_bytes(), &mut bytes);
        bytes.extend_from_slice(b"more");
        let frame = Frame { kind: Kind::Entry, payload: "兴平".as_bytes() };
        assert_eq!(read(&bytes), Ok((frame, length)));
    }

    #[test]
    fn any_flipped_bit_is_found() {
        let mut bytes = Vec::new();
        write(Kind::Commit, b"payload", &mut bytes);
        for bit in 0..bytes.len() * 8 {
            let mut damaged = bytes.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            assert!(read(&damaged).is_err(), "bit {bit}");
        }
    }
}
