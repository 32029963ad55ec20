//! What writes and reads the bytes of a segment and of a run, for the fuzz targets.

pub use super::bodies::{Compressor, entry_of_frame};
pub use super::frame::{Frame, Kind, write};
pub use super::packed::{decode as decode_packed, encode as encode_packed};
pub use super::record::{CommitRecord, EntryRecord, KeptRecord, OrderRecord};
pub use super::record::{decode_entry, encode_entry};
pub use super::runs::{Run, Runs, Writer};
pub use super::scan::{Found, Scan};
pub use super::segment::Location;
pub use super::state::StateChange;
