//! What writes and reads the bytes of a segment, for the fuzz targets.

pub use super::bodies::{Compressor, entry_of_frame};
pub use super::commit::{decode as decode_commit, encode as encode_commit};
pub use super::frame::{Frame, Kind, write};
pub use super::record::CommitRecord;
pub use super::scan::{Found, Scan};
