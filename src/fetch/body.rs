//! Reads a body within its limit.

use super::FetchError;
use bytes::Bytes;
use flate2::bufread::GzDecoder;
use flate2::read::{DeflateDecoder, ZlibDecoder};
use reqwest::Response;
use std::io::{ErrorKind, Read};

/// Room taken before the body has shown its size.
const RESERVE_MAX: usize = 256 * 1024;
pub const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// What came of a body.
#[derive(Debug)]
pub struct Body {
    pub bytes: Bytes,
    /// It ended before its end: why.
    pub cut: Option<String>,
}

impl Body {
    fn whole(bytes: Bytes) -> Self {
        Body { bytes, cut: None }
    }
}

/// Reads, and opens br and zstd; never holds more than `limit` and one chunk. A connection
/// that breaks off leaves what has come.
///
/// # Errors
/// `TooLarge`, `Decode`, and `Interrupted` when nothing has come.
pub async fn read(response: &mut Response, host: &str, limit: u64) -> Result<Body, FetchError> {
    let too_large = || FetchError::TooLarge { limit_bytes: limit };
    let announced = response.content_length().unwrap_or(0);
    if announced > limit {
        return Err(too_large());
    }
    let reserve = usize::try_from(announced).unwrap_or(RESERVE_MAX).min(RESERVE_MAX);
    let most = usize::try_from(limit).unwrap_or(usize::MAX);

    let Some(first) = chunk(response, host).await? else { return Ok(Body::whole(Bytes::new())) };
    if first.len() > most {
        return Err(too_large());
    }
    let second = match chunk(response, host).await {
        Ok(Some(second)) => second,
        Ok(None) => return Ok(Body::whole(first)),
        Err(error) => return cut(first, error),
    };
    let mut body = Vec::with_capacity(reserve.max(first.len()));
    body.extend_from_slice(&first);
    drop(first);
    let mut next = second;
    loop {
        if next.len() > most - body.len() {
            return Err(too_large());
        }
        body.extend_from_slice(&next);
        next = match chunk(response, host).await {
            Ok(Some(next)) => next,
            Ok(None) => return Ok(Body::whole(body.into())),
            Err(error) => return cut(body.into(), error),
        };
    }
}

fn cut(bytes: Bytes, error: FetchError) -> Result<Body, FetchError> {
    match error {
        FetchError::Interrupted { .. } => Ok(Body { bytes, cut: Some(error.describe()) }),
        error => Err(error),
    }
}

async fn chunk(response: &mut Response, host: &str) -> Result<Option<Bytes>, FetchError> {
    let read = response.chunk().await;
    read.map_err(|error| FetchError::in_body(error, host, "br or zstd"))
}

/// Opens what reqwest leaves alone: gzip, labelled or not, and deflate. The others in odd
/// letters (`BR`) are left to a request without compression, for no magic number tells
/// them. Never makes more than `limit`.
///
/// # Errors
/// `TooLarge`, and `Decode` also for what ends within its coding.
pub fn decode_rest(body: Bytes, label: Option<&str>, limit: u64) -> Result<Bytes, FetchError> {
    match decode_body(Body::whole(body), label, limit)? {
        Body { cut: Some(_), .. } => Err(FetchError::Decode { coding: "gzip".to_owned() }),
        body => Ok(body.bytes),
    }
}

/// [`decode_rest`]; what ends within its coding leaves what could be opened.
pub fn decode_body(body: Body, label: Option<&str>, limit: u64) -> Result<Body, FetchError> {
    let (coding, opened) = if body.bytes.starts_with(&GZIP_MAGIC) {
        ("gzip", gunzip(&body.bytes, limit)?)
    } else {
        match label.unwrap_or("").to_ascii_lowercase().as_str() {
            "deflate" => ("deflate", inflate(&body.bytes, limit)?),
            coding @ ("br" | "zstd") => {
                return Err(FetchError::Decode { coding: coding.to_owned() });
            }
            _ => return Ok(body),
        }
    };
    let (plain, is_whole) = opened;
    let ends = || format!("the body ends within its {coding}");
    let cut = body.cut.or_else(|| (!is_whole).then(ends));
    Ok(Body { bytes: plain.into(), cut })
}

/// What could be opened, and whether it was all.
type Opened = (Vec<u8>, bool);

/// All members (RFC 1952 §2.2); what follows them is padding.
fn gunzip(body: &[u8], limit: u64) -> Result<Opened, FetchError> {
    let mut plain = Vec::new();
    let mut rest = body;
    let mut is_whole = true;
    while is_whole && rest.starts_with(&GZIP_MAGIC) {
        let mut member = GzDecoder::new(rest);
        is_whole = bounded(&mut member, &mut plain, limit, "gzip")?;
        rest = member.into_inner();
    }
    Ok((plain, is_whole))
}

/// With zlib's header, as RFC 9110 §8.4.1.2 has it, or without, as some servers do.
fn inflate(body: &[u8], limit: u64) -> Result<Opened, FetchError> {
    let mut plain = Vec::new();
    let is_whole = match bounded(&mut ZlibDecoder::new(body), &mut plain, limit, "deflate") {
        Err(FetchError::Decode { .. }) => {
            plain.clear();
            bounded(&mut DeflateDecoder::new(body), &mut plain, limit, "deflate")?
        }
        read => read?,
    };
    Ok((plain, is_whole))
}

/// Returns: whether the end was there.
fn bounded(
    decoder: &mut impl Read,
    plain: &mut Vec<u8>,
    limit: u64,
    coding: &str,
) -> Result<bool, FetchError> {
    let room = limit.saturating_add(1).saturating_sub(plain.len() as u64);
    let read = decoder.take(room).read_to_end(plain);
    if plain.len() as u64 > limit {
        return Err(FetchError::TooLarge { limit_bytes: limit });
    }
    match read {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == ErrorKind::UnexpectedEof && !plain.is_empty() => Ok(false),
        Err(_) => Err(FetchError::Decode { coding: coding.to_owned() }),
    }
}
