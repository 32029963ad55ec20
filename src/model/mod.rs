//! The nouns that every stage shares: plain data, no clock, no network, no disk.

pub mod access;
pub mod alert;
pub mod cbor;
pub mod channel;
pub mod comparison;
pub mod entry;
pub mod hex;
pub mod ids;
pub mod month;
pub mod order;
pub mod parsed;
pub mod placement;
pub mod poll;
pub mod push;
pub mod region;
pub mod relation;
pub mod report;
pub mod rhythm;
pub mod site;
pub mod source;
pub mod time;
pub mod topic;

pub use alert::{Alert, AlertKind, Habits};
pub use channel::{Channel, ChannelKey, Cursor, StoredEntry};
pub use comparison::Comparison;
pub use entry::{
    Alike, Author, Category, Comments, DateFrom, Entry, EvidenceKind, Media, RegionVerdict,
    TopicVerdict,
};
pub use ids::{EntryKey, EntryNo, RegionCode, SourceId, TopicId};
pub use month::Month;
pub use order::{Obeyed, Order, Refiled, Retain, TakeDown};
pub use parsed::{Cloud, Defect, FeedFormat, Location, ParsedDate, ParsedEntry, ParsedFeed};
pub use placement::{Arrived, Departure, FirstPrint, Placement, Placing, Recent};
pub use poll::{PastPoll, PollFacts, PollReason};
pub use push::{Hubs, Leaving, Secret, Subscription};
pub use region::{Region, RegionLevel, RegionTree, RegionWords};
pub use relation::{Relation, Rule};
pub use report::{EntryHead, Outcome, Report, Written};
pub use rhythm::Rhythm;
pub use site::{Site, SourceInfo};
pub use source::{
    DefectCount, Moved, Moving, Naming, Restraint, Schedule, Source, SourceState, Stump,
    Uncompressed, Validators, Wishes,
};
pub use time::Timestamp;
pub use topic::Topic;
