//! Reads a body within its limit.

use super::FetchError;
use bytes::Bytes;
use flate2::bufread::GzDecoder;
use flate2::read::{DeflateDecoder, ZlibDecoder};
use reqwest::Response;
use std::io::{ErrorKind, Read};

/// Room taken before the body has shown its size.
const RESERVE_MAX: usize = 256 * 1024;
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// RFC 9659 §3: no more is needed for a body coded with zstd.
const ZSTD_WINDOW_LOG_MAX: u32 = 23;
const BROTLI_BUFFER: usize = 4_096;

/// What came of a body.
#[derive(Debug, Clone)]
pub struct Body {
    pub bytes: Bytes,
    /// It ended before its end: why.
    pub cut: Option<String>,
}

impl Body {
    pub fn whole(bytes: Bytes) -> Self {
        Body { bytes, cut: None }
    }
}

/// Reads a body as it comes, compressed or not; never holds more than `limit` and one chunk. A
/// connection that breaks off leaves what has come.
///
/// # Errors
/// `TooLarge`, and `Interrupted` when nothing has come.
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
    read.map_err(|error| FetchError::in_body(error, host))
}

/// Opens a body: gzip, labelled or not, and by their labels deflate, br and zstd. Never makes
/// more than `limit`.
///
/// # Errors
/// `TooLarge`, and `Decode` also for what ends within its coding.
pub fn decode(body: Bytes, label: Option<&str>, limit: u64) -> Result<Bytes, FetchError> {
    let (body, coding) = open(Body::whole(body), label, limit)?;
    match (body.cut, coding) {
        (Some(_), Some(coding)) => Err(undecodable(coding)),
        _ => Ok(body.bytes),
    }
}

/// As [`decode`]; what ends within its coding leaves what could be opened. Returns the coding,
/// too, if there was one.
pub fn open(
    body: Body,
    label: Option<&str>,
    limit: u64,
) -> Result<(Body, Option<&'static str>), FetchError> {
    let bytes = &body.bytes;
    let (coding, opened) = match label.unwrap_or("").to_ascii_lowercase().as_str() {
        _ if bytes.starts_with(&GZIP_MAGIC) => ("gzip", gunzip(bytes, limit)?),
        "deflate" => ("deflate", inflate(bytes, limit)?),
        "br" => {
            let mut plain = Vec::new();
            let mut decoder = brotli::Decompressor::new(&bytes[..], BROTLI_BUFFER);
            let is_whole = bounded(&mut decoder, &mut plain, limit, "br")?;
            ("br", (plain, is_whole))
        }
        "zstd" => ("zstd", unzstd(bytes, limit)?),
        _ => return Ok((body, None)),
    };
    let (plain, is_whole) = opened;
    let ends = || format!("the body ends within its {coding}");
    let cut = body.cut.or_else(|| (!is_whole).then(ends));
    Ok((Body { bytes: plain.into(), cut }, Some(coding)))
}

/// Whoever has read the body says how long it was.
fn undecodable(coding: &str) -> FetchError {
    FetchError::Decode { coding: coding.to_owned(), wire_bytes: 0, asked_twice: false }
}

/// What could be opened, and whether it was all.
type Opened = (Vec<u8>, bool);

fn unzstd(body: &[u8], limit: u64) -> Result<Opened, FetchError> {
    let broken = |_| undecodable("zstd");
    let mut decoder = zstd::Decoder::with_buffer(body).map_err(broken)?;
    decoder.window_log_max(ZSTD_WINDOW_LOG_MAX).map_err(broken)?;
    let mut plain = Vec::new();
    let is_whole = bounded(&mut decoder, &mut plain, limit, "zstd")?;
    Ok((plain, is_whole))
}

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
        Err(_) => Err(undecodable(coding)),
    }
}
