//! Reads a body within its limit.

use super::FetchError;
use bytes::Bytes;
use flate2::read::MultiGzDecoder;
use reqwest::Response;
use std::io::Read;

/// Room taken before the body has shown its size.
const RESERVE_MAX: usize = 256 * 1024;
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// Reads and decompresses; never holds more than `limit` and one chunk.
///
/// # Errors
/// `TooLarge`, `Interrupted`, `Decode`.
pub async fn read(response: &mut Response, host: &str, limit: u64) -> Result<Bytes, FetchError> {
    let too_large = || FetchError::TooLarge { limit_bytes: limit };
    let announced = response.content_length().unwrap_or(0);
    if announced > limit {
        return Err(too_large());
    }
    let reserve = usize::try_from(announced).unwrap_or(RESERVE_MAX).min(RESERVE_MAX);
    let most = usize::try_from(limit).unwrap_or(usize::MAX);

    let Some(first) = chunk(response, host).await? else { return Ok(Bytes::new()) };
    if first.len() > most {
        return Err(too_large());
    }
    let Some(second) = chunk(response, host).await? else { return Ok(first) };
    let mut body = Vec::with_capacity(reserve.max(first.len()));
    body.extend_from_slice(&first);
    drop(first);
    let mut next = Some(second);
    while let Some(part) = next {
        if part.len() > most - body.len() {
            return Err(too_large());
        }
        body.extend_from_slice(&part);
        next = chunk(response, host).await?;
    }
    Ok(body.into())
}

async fn chunk(response: &mut Response, host: &str) -> Result<Option<Bytes>, FetchError> {
    let read = response.chunk().await;
    read.map_err(|error| FetchError::in_body(error, host, "gzip, br, zstd or deflate"))
}

/// Handles what reqwest leaves alone: a coding in odd letters (`GZIP`), or gzip without
/// a word. Those that no magic number tells are left to a request without compression.
///
/// # Errors
/// `TooLarge`, `Decode`.
pub fn decode_rest(body: Bytes, label: Option<&str>, limit: u64) -> Result<Bytes, FetchError> {
    if body.starts_with(&GZIP_MAGIC) {
        return gunzip(&body, limit);
    }
    let known = ["br", "zstd", "deflate"];
    match label.filter(|label| known.iter().any(|coding| coding.eq_ignore_ascii_case(label))) {
        Some(label) => Err(FetchError::Decode { coding: label.to_owned() }),
        None => Ok(body),
    }
}

fn gunzip(body: &[u8], limit: u64) -> Result<Bytes, FetchError> {
    let mut plain = Vec::new();
    let mut decoder = MultiGzDecoder::new(body).take(limit.saturating_add(1));
    if decoder.read_to_end(&mut plain).is_err() {
        return Err(FetchError::Decode { coding: "gzip".into() });
    }
    if plain.len() as u64 > limit {
        return Err(FetchError::TooLarge { limit_bytes: limit });
    }
    Ok(plain.into())
}
