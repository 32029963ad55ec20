//! One delivery: the document of a topic as it is now, to one callback (§7).

use super::documents::{Found, Topic};
use crate::fetch::Client;
use crate::model::Secret;
use crate::push::signature::{Method, sign};
use std::sync::Arc;
use url::Url;

/// What to deliver to whom.
pub struct Delivery {
    pub document: Arc<Topic>,
    pub callback: Url,
    pub secret: Option<Secret>,
    pub signature: Method,
    pub hub: String,
    /// Of the bytes that it has already.
    pub before: Option<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It has the topic's bytes, which stand for this change or a later one. `is_sent`: since now.
    Has { change: u64, body_hash: u64, is_sent: bool },
    /// 410: it wants no more.
    Left,
    /// The topic is not published any more.
    NoTopic,
    /// Why, as a fixed word.
    Failed(&'static str),
}

impl Delivery {
    pub async fn make(self, client: Client) -> Outcome {
        let Found { change, document, body, body_hash } = match self.document.find().await {
            Ok(found) => found,
            Err(outcome) => return outcome,
        };
        let (change, body_hash) = (*change, *body_hash);
        if self.before == Some(body_hash) {
            return Outcome::Has { change, body_hash, is_sent: false };
        }
        let topic = &self.document.url;
        let link = format!("<{}>; rel=\"hub\", <{topic}>; rel=\"self\"", self.hub);
        let mut headers = vec![("content-type", document.content_type.to_owned()), ("link", link)];
        if let Some(secret) = &self.secret {
            headers.push(("x-hub-signature", sign(self.signature, secret.reveal(), body)));
        }
        match client.deliver(&self.callback, &headers, body.clone()).await {
            Ok(200..300) => Outcome::Has { change, body_hash, is_sent: true },
            Ok(410) => Outcome::Left,
            Ok(300..400) => Outcome::Failed("redirect"),
            Ok(_) => Outcome::Failed("status"),
            Err(error) => Outcome::Failed(error.kind()),
        }
    }
}
