//! WebSub as a hub (W3C Recommendation of 23 January 2018, numbers of sections are its) for the
//! feeds that we publish: who may subscribe, what their callbacks are asked, who is delivered to
//! next, and when again. Pure: time and chance are arguments; `role` does what is decided here.

pub mod book;
pub mod course;
pub mod ledger;
pub mod request;
pub mod turns;
pub mod verification;

pub use book::{Book, Bounds, Held, Id};
pub use course::{Course, Step};
pub use ledger::Note;
pub use request::{Request, Wish};
pub use turns::Turns;

use crate::model::{Secret, Timestamp};
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// Who wants to be told of a topic, and until when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscription {
    /// The address of the feed.
    pub topic: String,
    pub callback: String,
    pub secret: Option<Secret>,
    pub since: Timestamp,
    pub lease_until: Timestamp,
    /// Where it was asked from.
    pub client: IpAddr,
    /// The topic's change that was delivered last, or was the last when it was subscribed to.
    pub change: u64,
}
