//! The first line of a request, as its bytes come by: what it says is known before hyper has read it.

/// `HTTP/1.1`, and what may come behind it.
const VERSION_BYTES: usize = 8;
const HEAD: &[u8; 5] = b"HEAD ";
/// The method with which a client begins that takes us for a server of HTTP/2 (RFC 9113 §3.4, §11.1).
const PREFACE: &[u8] = b"PRI ";

/// That of the request which hyper has before it, of one that is sent once the one before it is answered.
#[derive(Default)]
pub struct FirstLine {
    state: State,
    /// Without what ends it.
    length: usize,
    /// Where its target begins, once there is a space before it.
    target: Option<usize>,
    has_hash: bool,
    /// Its first bytes.
    start: [u8; HEAD.len()],
    /// Its last bytes, the newest last.
    end: [u8; VERSION_BYTES],
    /// The line behind it that is being read has nothing so far.
    is_empty: bool,
}

#[derive(Default, Clone, Copy, PartialEq, Eq)]
enum State {
    /// What is read next begins a line.
    #[default]
    Awaited,
    Begun,
    /// The line is known, and the fields behind it are being read.
    Fields,
    /// The empty line that ends them was read.
    Over,
    /// More was read behind it: a body, or other requests.
    Followed,
    /// That was begun to be answered: what hyper has before it is not known any more.
    Unsure,
}

impl FirstLine {
    /// Something was answered.
    pub fn expect(&mut self) {
        self.state = match self.state {
            State::Over => State::Awaited,
            State::Followed => {
                *self = FirstLine::default();
                State::Unsure
            }
            // What was answered is the request before it.
            state => state,
        };
    }

    pub fn read(&mut self, bytes: &mut [u8]) {
        match self.state {
            _ if bytes.is_empty() => {}
            State::Followed | State::Unsure => {}
            State::Over => self.state = State::Followed,
            State::Fields => self.read_fields(bytes),
            State::Begun => self.read_line(bytes),
            State::Awaited => {
                *self = FirstLine::default();
                // Empty lines before a request are passed over (RFC 9112 §2.2).
                if let Some(start) = bytes.iter().position(|byte| !matches!(byte, b'\r' | b'\n')) {
                    let bytes = &mut bytes[start..];
                    if bytes.starts_with(PREFACE) {
                        // Else hyper closes without a word.
                        bytes[0] = b'p';
                    }
                    self.state = State::Begun;
                    self.read_line(bytes);
                }
            }
        }
    }

    fn read_line(&mut self, bytes: &[u8]) {
        let Some(end) = memchr::memchr(b'\n', bytes) else { return self.add(bytes) };
        self.add(&bytes[..end]);
        self.state = State::Fields;
        self.is_empty = true;
        self.read_fields(&bytes[end + 1..]);
    }

    fn add(&mut self, part: &[u8]) {
        self.has_hash = self.has_hash || memchr::memchr(b'#', part).is_some();
        let part = part.strip_suffix(b"\r").unwrap_or(part);
        if self.target.is_none() {
            self.target = memchr::memchr(b' ', part).map(|space| self.length + space + 1);
        }
        let free = &mut self.start[self.length.min(HEAD.len())..];
        let first = &part[..part.len().min(free.len())];
        free[..first.len()].copy_from_slice(first);
        let new = &part[part.len().saturating_sub(VERSION_BYTES)..];
        self.end.copy_within(new.len().., 0);
        self.end[VERSION_BYTES - new.len()..].copy_from_slice(new);
        self.length += part.len();
    }

    fn read_fields(&mut self, bytes: &[u8]) {
        let is_empty = |line: &[u8]| matches!(line, b"" | b"\r");
        let mut start = 0;
        for end in memchr::memchr_iter(b'\n', bytes) {
            if self.is_empty && is_empty(&bytes[start..end]) {
                let is_all = end + 1 == bytes.len();
                self.state = if is_all { State::Over } else { State::Followed };
                return;
            }
            self.is_empty = true;
            start = end + 1;
        }
        self.is_empty = self.is_empty && is_empty(&bytes[start..]);
    }

    /// Whether it is the line of what hyper has before it. What is said of one that is not means nothing.
    pub fn is_sure(&self) -> bool {
        self.state != State::Unsure
    }

    pub fn is_head(&self) -> bool {
        &self.start == HEAD
    }

    /// That of HTTP at its end.
    pub fn version(&self) -> Option<&[u8]> {
        let version = self.end.strip_prefix(b"HTTP/")?;
        let is_one = matches!(version, [a, b'.', b] if a.is_ascii_digit() && b.is_ascii_digit());
        is_one.then_some(version)
    }

    /// Bytes of its target, as far as they were read.
    pub fn target_length(&self) -> usize {
        let version = self.version().map_or(0, |_| 1 + VERSION_BYTES);
        self.target.map_or(0, |start| self.length.saturating_sub(start + version))
    }

    /// Whether its target has a fragment.
    pub fn has_fragment(&self) -> bool {
        self.has_hash
            && self.state != State::Begun
            && matches!(self.version(), Some(b"1.0" | b"1.1"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(parts: &[&str]) -> FirstLine {
        let mut line = FirstLine::default();
        parts.iter().for_each(|part| line.read(&mut part.as_bytes().to_vec()));
        line
    }

    #[test]
    fn a_fragment_is_seen_in_the_first_line_alone() {
        for parts in [
            &["GET /a#b HTTP/1.1\r\n"][..],
            &["GET /#", " HTTP/1.0", "\n"],
            &["\r\nGET /a#b HTTP/1.1\r\n"],
            &["\n", "\r", "\n", "GET /a#b HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\n\r\n"],
        ] {
            assert!(line(parts).has_fragment(), "{parts:?}");
        }
        for parts in [
            &["GET /a HTTP/1.1\r\nX: #\r\n"][..],
            &["GET /a HTTP/1.1\r\n", "Cookie: #a HTTP/1.1\r\n"],
            &["GET /a HTTP/1.1\r\n\r\n", "GET /a#b HTTP/1.1\r\n\r\n"],
            &["a#b\r\n"],
            &["GET /a#b HTTP/1.1"],
        ] {
            assert!(!line(parts).has_fragment(), "{parts:?}");
        }
        let mut next = line(&["GET /a#b HTTP/1.1\r\n\r\n"]);
        next.expect();
        assert!(next.has_fragment(), "the answer before it is long");
        next.read(&mut b"GET /a HTTP/1.1\r\n".to_vec());
        assert!(!next.has_fragment());
    }

    #[test]
    fn its_parts_are_known_however_they_come() {
        let text = "\r\nHEAD /abc HTTP/1.1\r\nHost: a\r\n\r\n";
        for at in 0..text.len() {
            let (one, other) = text.split_at(at);
            let line = line(&[one, other]);
            assert!(line.is_head() && line.state == State::Over, "{at}");
            assert_eq!((line.target_length(), line.version()), (4, Some(&b"1.1"[..])), "{at}");
        }
        let bytes = text.chars().map(String::from).collect::<Vec<_>>();
        let line_of_bytes = line(&bytes.iter().map(String::as_str).collect::<Vec<_>>());
        assert!(line_of_bytes.is_head() && line_of_bytes.state == State::Over);
        for (text, is_head, target) in [
            ("HEADS / HTTP/1.1\n", false, 1),
            ("GET /abc", false, 4),
            ("GET /abc\r", false, 4),
            ("HEAD ", true, 0),
            ("HEAD", false, 0),
            ("HTTP/1.1", false, 0),
            (" HTTP/1.1", false, 0),
            ("", false, 0),
        ] {
            let line = line(&[text]);
            assert_eq!((line.is_head(), line.target_length()), (is_head, target), "{text}");
        }
    }

    #[test]
    fn what_comes_behind_a_head_before_its_answer_leaves_all_behind_it_unsure() {
        let head = "GET / HTTP/1.1\r\nX: 1\r\n\r\n";
        for parts in [
            &["GET / HTTP/1.1\nX: 1\n\nx"][..],
            &[head, "HEAD / HTTP/1.2\r\n\r\n"],
            &["GET / HTTP/1.1\r", "\n\r", "\nx"],
            &[head, "\r\n"],
        ] {
            let mut line = line(parts);
            assert!(line.is_sure() && line.version() == Some(b"1.1"), "{parts:?}");
            line.expect();
            line.read(&mut b"HEAD /#a HTTP/1.1\r\n\r\n".to_vec());
            line.expect();
            line.read(&mut b"HEAD /#a HTTP/1.1\r\n\r\n".to_vec());
            assert!(!line.is_sure() && !line.has_fragment(), "{parts:?}");
        }
        for next in [&["HEAD / HTTP/1.1\r\n\r\n"][..], &["HE", "AD / HTTP/1.1\r\n", "\r\n"]] {
            let mut line = line(&[head]);
            line.expect();
            for part in next {
                line.read(&mut part.as_bytes().to_vec());
                // The answer before it is long.
                line.expect();
            }
            assert!(line.is_sure() && line.is_head(), "{next:?}");
        }
    }

    #[test]
    fn the_preface_of_http_2_is_made_a_request_that_is_refused() {
        for (before, bytes, expected) in [
            ("", "PRI * HTTP/2.0\r\n\r\n", "pRI * HTTP/2.0\r\n\r\n"),
            ("GET /", "PRI ", "PRI "),
            ("POST / HTTP/1.1\r\n\r\n", "PRI ", "PRI "),
            ("", "\r\n", "\r\n"),
        ] {
            let mut bytes = bytes.as_bytes().to_vec();
            line(&[before]).read(&mut bytes);
            assert_eq!(bytes, expected.as_bytes(), "{before}");
        }
    }
}
