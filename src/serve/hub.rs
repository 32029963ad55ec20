//! Where subscribers ask to be told of changes (WebSub): forms by POST, bounded in number and size.

use super::callbacks::{Reply, whole};
use hyper::body::Incoming;
use hyper::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderValue};
use hyper::{HeaderMap, StatusCode};
use std::net::IpAddr;

/// Longest form, bytes: two addresses, every character of them encoded, and a secret.
const FORM_BYTES: usize = 16 * 1024;
const FORM: &str = "application/x-www-form-urlencoded";

/// Who takes subscriptions.
pub trait Hub: Send + Sync + 'static {
    /// Whether a path is the hub's.
    fn is_hub(&self, path: &str) -> bool;
    /// Whether somebody may ask now, before anything of what it asks is read. Returns the address
    /// that counts as its own. `peer`: at the other end of the connection.
    ///
    /// # Errors
    /// It asks too often.
    fn admit(&self, peer: IpAddr, headers: &HeaderMap) -> Result<IpAddr, Reply>;
    /// Is not to wait.
    fn ask(&self, client: IpAddr, form: &[u8]) -> Reply;
}

/// Takes what is posted.
///
/// # Errors
/// Why it is not taken; what is left of the body is not read.
pub async fn taken<H: Hub>(
    hub: &H,
    peer: IpAddr,
    headers: &HeaderMap,
    body: Incoming,
) -> Result<Reply, Reply> {
    let client = hub.admit(peer, headers)?;
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let media_type = text(CONTENT_TYPE).and_then(|value| value.split(';').next()).map(str::trim);
    if !media_type.is_some_and(|media_type| media_type.eq_ignore_ascii_case(FORM)) {
        let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
        return Err(Reply::new(status, format!("subscriptions are forms: {FORM}")));
    }
    let announced = text(CONTENT_LENGTH).and_then(|length| length.parse::<usize>().ok());
    if announced.is_some_and(|length| length > FORM_BYTES) {
        let text = format!("longer than {FORM_BYTES} bytes");
        return Err(Reply::new(StatusCode::PAYLOAD_TOO_LARGE, text));
    }
    Ok(hub.ask(client, &whole(body, FORM_BYTES).await?))
}
