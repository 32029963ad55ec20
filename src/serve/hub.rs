//! Where subscribers ask to be told of changes (WebSub): forms by POST, bounded in number and size.

use super::callbacks::{Reply, closing, said, whole};
use super::{Answer, cors};
use hyper::body::Incoming;
use hyper::header::{ALLOW, CONTENT_LENGTH, CONTENT_TYPE, HeaderValue};
use hyper::{HeaderMap, Method, Request, StatusCode};
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

/// Gives the request back where its path is not the hub's.
pub async fn handle<H: Hub>(
    hub: &H,
    request: Request<Incoming>,
    peer: IpAddr,
) -> Result<Answer, Request<Incoming>> {
    if !hub.is_hub(request.uri().path()) || request.method() == Method::OPTIONS {
        return Err(request);
    }
    if request.method() != Method::POST {
        let text =
            "a WebSub hub for the feeds here: subscribe by POST (W3C Recommendation, §5.1)\n";
        let mut refused = said(Reply::new(StatusCode::METHOD_NOT_ALLOWED, text));
        refused.headers_mut().insert(ALLOW, HeaderValue::from_static("POST"));
        return Ok(closing(refused));
    }
    let (head, body) = request.into_parts();
    Ok(match taken(hub, peer, &head.headers, body).await {
        Ok(reply) => cors::open(said(reply)),
        // What is left of the body is not read.
        Err(reply) => closing(said(reply)),
    })
}

async fn taken<H: Hub>(
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
        return Err(Reply::new(status, format!("subscriptions are forms: {FORM}\n")));
    }
    let announced = text(CONTENT_LENGTH).and_then(|length| length.parse::<usize>().ok());
    if announced.is_some_and(|length| length > FORM_BYTES) {
        let text = format!("longer than {FORM_BYTES} bytes\n");
        return Err(Reply::new(StatusCode::PAYLOAD_TOO_LARGE, text));
    }
    Ok(hub.ask(client, &whole(body, FORM_BYTES).await?))
}
