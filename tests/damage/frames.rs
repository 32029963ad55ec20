//! What a segment consists of, as far as damage goes.

use std::fs;
use std::ops::Range;
use std::path::Path;

/// A frame's kind is its second byte, its length behind that; see `store/frame.rs`.
const HEADER_BYTES: usize = 14;
const SEGMENT_HEADER_BYTES: usize = 16;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Frame {
    Entry,
    Commit,
    Order,
    Kept,
}

/// The frames of a segment that is sound, each with its bytes.
pub fn of(segment: &Path) -> Vec<(Frame, Range<u64>)> {
    let bytes = fs::read(segment).expect("a segment");
    let mut frames = Vec::new();
    let mut at = SEGMENT_HEADER_BYTES;
    while let Some(header) = bytes.get(at..at + HEADER_BYTES) {
        let frame = match header[1] {
            2 => Frame::Commit,
            4 => Frame::Entry,
            5 => Frame::Order,
            6 => Frame::Kept,
            other => panic!("a frame of kind {other} in {}", segment.display()),
        };
        let payload = u32::from_le_bytes([header[2], header[3], header[4], header[5]]);
        let end = at + HEADER_BYTES + payload as usize;
        frames.push((frame, at as u64..end as u64));
        at = end;
    }
    frames
}
