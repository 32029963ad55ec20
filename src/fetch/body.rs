//! Reads a body within its limit.

use super::FetchError;
use bytes::Bytes;
use flate2::bufread::GzDecoder;
use flate2::read::{DeflateDecoder, ZlibDecoder};
use reqwest::Response;
use std::io::Read;

/// Room taken before the body has shown its size.
const RESERVE_MAX: usize = 256 * 1024;
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// RFC 9659 §3: no more is needed for a body coded with zstd.
const ZSTD_WINDOW_LOG_MAX: u32 = 23;
const BROTLI_BUFFER: usize = 4_096;

/// Reads a body as it comes, compressed or not; never holds more than `limit` and one chunk.
///
/// # Errors
/// `TooLarge`, `Interrupted`.
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
    read.map_err(|error| FetchError::in_body(error, host))
}

/// Opens a body: gzip, labelled or not, and by their labels deflate, br and zstd. Never makes
/// more than `limit`.
///
/// # Errors
/// `TooLarge`, `Decode`.
pub fn decode(body: Bytes, label: Option<&str>, limit: u64) -> Result<Bytes, FetchError> {
    if body.starts_with(&GZIP_MAGIC) {
        return gunzip(&body, limit);
    }
    match label.unwrap_or("").to_ascii_lowercase().as_str() {
        "deflate" => inflate(&body, limit),
        "br" => {
            let mut plain = Vec::new();
            let mut decoder = brotli_decompressor::Decompressor::new(&body[..], BROTLI_BUFFER);
            bounded(&mut decoder, &mut plain, limit, "br")?;
            Ok(plain.into())
        }
        "zstd" => unzstd(&body, limit),
        _ => Ok(body),
    }
}

fn unzstd(body: &[u8], limit: u64) -> Result<Bytes, FetchError> {
    let broken = |_| FetchError::Decode { coding: "zstd".to_owned() };
    let mut decoder = zstd::Decoder::with_buffer(body).map_err(broken)?;
    decoder.window_log_max(ZSTD_WINDOW_LOG_MAX).map_err(broken)?;
    let mut plain = Vec::new();
    bounded(&mut decoder, &mut plain, limit, "zstd")?;
    Ok(plain.into())
}

/// All members (RFC 1952 §2.2); what follows them is padding.
fn gunzip(body: &[u8], limit: u64) -> Result<Bytes, FetchError> {
    let mut plain = Vec::new();
    let mut rest = body;
    while rest.starts_with(&GZIP_MAGIC) {
        let mut member = GzDecoder::new(rest);
        bounded(&mut member, &mut plain, limit, "gzip")?;
        rest = member.into_inner();
    }
    Ok(plain.into())
}

/// With zlib's header, as RFC 9110 §8.4.1.2 has it, or without, as some servers do.
fn inflate(body: &[u8], limit: u64) -> Result<Bytes, FetchError> {
    let mut plain = Vec::new();
    match bounded(&mut ZlibDecoder::new(body), &mut plain, limit, "deflate") {
        Err(FetchError::Decode { .. }) => {
            plain.clear();
            bounded(&mut DeflateDecoder::new(body), &mut plain, limit, "deflate")?;
        }
        read => read?,
    }
    Ok(plain.into())
}

fn bounded(
    decoder: &mut impl Read,
    plain: &mut Vec<u8>,
    limit: u64,
    coding: &str,
) -> Result<(), FetchError> {
    let room = limit.saturating_add(1).saturating_sub(plain.len() as u64);
    if decoder.take(room).read_to_end(plain).is_err() {
        return Err(FetchError::Decode { coding: coding.to_owned() });
    }
    if plain.len() as u64 > limit {
        return Err(FetchError::TooLarge { limit_bytes: limit });
    }
    Ok(())
}
