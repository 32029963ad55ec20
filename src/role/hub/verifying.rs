//! Whether a callback wants what was asked for in its name (§5.3).

use super::super::chance;
use crate::fetch::Client;
use crate::hub::verification::{confirms, denial, question};
use std::time::Duration;
use url::Url;

/// What is read of an answer: more than a challenge.
const ANSWER_BYTES: u64 = 1_024;

/// `lease`: none to ask whether it wants it no more.
///
/// # Errors
/// Why it does not, as a fixed word.
pub async fn verify(
    client: &Client,
    callback: &Url,
    topic: &str,
    lease: Option<Duration>,
) -> Result<(), &'static str> {
    let challenge = chance::secret();
    let url = question(callback, topic, challenge.reveal(), lease);
    match client.ask(&url, ANSWER_BYTES).await {
        Ok((status, body)) if confirms(status, &body, challenge.reveal()) => Ok(()),
        Ok(_) => Err("not_confirmed"),
        Err(error) => Err(error.kind()),
    }
}

/// Tells a callback that it gets nothing (§5.2); whether it hears it is its own matter.
pub async fn deny(client: &Client, callback: &Url, topic: &str, reason: &str) {
    let _ = client.ask(&denial(callback, topic, reason), ANSWER_BYTES).await;
}
