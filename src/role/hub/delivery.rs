//! One delivery: the document of a topic as it is now, to one callback (§7).

use super::super::content::Site;
use crate::fetch::Client;
use crate::model::{ChannelKey, Secret};
use crate::push::signature::{Method, sign};
use crate::serve::{Public, Whole};
use crate::store::Reader;
use std::sync::Arc;
use url::Url;
use xxhash_rust::xxh3::xxh3_64;

/// What to deliver to whom.
pub struct Delivery {
    pub topic: Url,
    pub channel: ChannelKey,
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
    pub async fn make(self, public: Arc<Public<Site>>, reader: Reader, client: Client) -> Outcome {
        // Before the document, which may so be newer than told, and never older.
        let Ok(change) = reader.channel(self.channel).map(|head| head.change) else {
            return Outcome::Failed("store");
        };
        let query = self.topic.query().unwrap_or("");
        let (document, body) = match public.whole(self.topic.path(), query).await {
            Ok(Whole::Here(document, body)) => (document, body),
            Ok(Whole::Gone) => return Outcome::NoTopic,
            Err(_) => return Outcome::Failed("unmade"),
        };
        let body_hash = xxh3_64(&body);
        if self.before == Some(body_hash) {
            return Outcome::Has { change, body_hash, is_sent: false };
        }
        let link = format!("<{}>; rel=\"hub\", <{}>; rel=\"self\"", self.hub, self.topic);
        let mut headers = vec![("content-type", document.content_type.to_owned()), ("link", link)];
        if let Some(secret) = &self.secret {
            headers.push(("x-hub-signature", sign(self.signature, secret.reveal(), &body)));
        }
        match client.deliver(&self.callback, &headers, body).await {
            Ok(200..300) => Outcome::Has { change, body_hash, is_sent: true },
            Ok(410) => Outcome::Left,
            Ok(300..400) => Outcome::Failed("redirect"),
            Ok(_) => Outcome::Failed("status"),
            Err(error) => Outcome::Failed(error.kind()),
        }
    }
}
