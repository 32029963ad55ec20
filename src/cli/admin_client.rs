//! Asks a running daemon on its admin listener: plain HTTP/1.1 over one connection.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// For connecting; a poll that is asked for may take as long as polls may.
const CONNECT: Duration = Duration::from_secs(2);
const ANSWER: Duration = Duration::from_secs(900);
/// No answer of the admin listener is larger.
const LARGEST: u64 = 256 * 1024 * 1024;

/// # Errors
/// In words: no connection, no answer, or the answer's own words when it is no success.
pub fn request(admin: SocketAddr, method: &str, path: &str) -> Result<Vec<u8>, String> {
    let cannot = |error: std::io::Error| {
        format!(
            "the daemon at {admin} does not answer: {error}; it has the store, so is [listen] admin \
             another one than when it was started, or is another command at work on the store?"
        )
    };
    let mut stream = TcpStream::connect_timeout(&admin, CONNECT).map_err(cannot)?;
    stream.set_read_timeout(Some(ANSWER)).map_err(cannot)?;
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: {admin}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).map_err(cannot)?;
    let mut answer = Vec::new();
    stream.take(LARGEST).read_to_end(&mut answer).map_err(cannot)?;
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n");
    let end =
        end.ok_or_else(|| format!("{admin} does not speak HTTP; is [listen] admin right?"))?;
    let status =
        answer.get(9..12).and_then(|digits| std::str::from_utf8(digits).ok()).unwrap_or("");
    let succeeded = status == "200";
    let body = answer.split_off(end + 4);
    if succeeded { Ok(body) } else { Err(String::from_utf8_lossy(&body).trim().to_owned()) }
}

/// The path segment of a source id.
pub fn poll_path(source: &str) -> String {
    format!("/poll/{source}")
}

/// The path of a source's history; `None`: no source has such an id.
pub fn history_path(source: &str, polls: usize) -> Option<String> {
    let is_id = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let is_one = !source.is_empty() && source.chars().all(is_id);
    is_one.then(|| format!("/status/{source}.json?polls={polls}"))
}
