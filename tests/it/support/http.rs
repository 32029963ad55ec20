//! One request over one connection, and its whole answer.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    /// The first value of a header, its name in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let named = self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        named.map(|(_, value)| value.as_str())
    }

    pub fn is_page(&self) -> bool {
        self.header("content-type").is_some_and(|value| value.starts_with("text/html"))
    }

    #[track_caller]
    pub fn etag(&self) -> String {
        self.header("etag").expect("an ETag").to_owned()
    }

    #[track_caller]
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("UTF-8")
    }

    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).expect("JSON")
    }

    /// # Panics
    /// When the status is another one.
    #[track_caller]
    pub fn expect(self, status: u16) -> Answer {
        let body = String::from_utf8_lossy(&self.body);
        assert_eq!(self.status, status, "{}", body.chars().take(500).collect::<String>());
        self
    }
}

#[track_caller]
pub fn get(address: SocketAddr, path: &str) -> Answer {
    request(address, "GET", path, &[])
}

#[track_caller]
pub fn post(address: SocketAddr, path: &str) -> Answer {
    request(address, "POST", path, &[])
}

#[track_caller]
pub fn request(address: SocketAddr, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
    match try_request(address, method, path, headers) {
        Ok(answer) => answer,
        Err(error) => panic!("{method} http://{address}{path}: {error}"),
    }
}

/// # Errors
/// When there is no connection, or it breaks off before the answer is whole.
pub fn try_request(
    address: SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
) -> std::io::Result<Answer> {
    try_send(address, method, path, headers, None)
}

/// As [`try_request`], with a body.
///
/// # Errors
/// As there.
pub fn try_send(
    address: SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: Option<&[u8]>,
) -> std::io::Result<Answer> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(super::PATIENCE))?;
    let mut head = format!("{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n");
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    if let Some(body) = body {
        head.push_str(&format!("Content-Length: {}\r\n", body.len()));
    }
    head.push_str("\r\n");
    stream.write_all(head.as_bytes())?;
    stream.write_all(body.unwrap_or_default())?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes)?;
    parse(&bytes, method == "HEAD")
}

/// Reads an answer that the end of its connection ends.
///
/// # Errors
/// It is not whole.
pub fn parse(bytes: &[u8], head_only: bool) -> std::io::Result<Answer> {
    let broken = |why: &str| std::io::Error::new(std::io::ErrorKind::InvalidData, why.to_owned());
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n");
    let end = end.ok_or_else(|| broken("no whole head"))?;
    let head = std::str::from_utf8(&bytes[..end]).map_err(|_| broken("head is no UTF-8"))?;
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|line| line.get(9..12)?.parse().ok());
    let status = status.ok_or_else(|| broken("no status line"))?;
    let headers = lines.filter_map(|line| line.split_once(':'));
    let headers = headers.map(|(name, value)| (name.to_owned(), value.trim().to_owned()));
    let answer = Answer { status, headers: headers.collect(), body: bytes[end + 4..].to_vec() };
    let announced: Option<usize> =
        answer.header("content-length").and_then(|length| length.parse().ok());
    match announced {
        Some(length) if !head_only && status != 304 && answer.body.len() != length => {
            Err(broken("the body is not as long as announced"))
        }
        _ => Ok(answer),
    }
}

/// A connection for requests that no client would send.
pub fn raw(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).expect("a listener");
    stream.set_read_timeout(Some(Duration::from_secs(40))).expect("a socket option");
    stream
}
