//! Credentials: from systemd, or from files. Their text is never shown.

use super::super::files::Files;
use super::super::problem::{Problems, quote, said};
use super::super::read::{At, Raw};
use super::super::{Found, Unread, Wanted};
use super::sources::OUR_HEADERS;
use crate::model::access::{Header, Secret};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;

/// Longest credential, bytes.
const LONGEST: usize = 8_192;
/// Longest header value, bytes.
const LONGEST_VALUE: usize = 4_096;

/// What became of a key that names a credential.
pub(super) enum Credential<T> {
    /// Not named, or reported.
    None,
    Read(T),
    /// systemd gives it to the service, and this process is another one.
    Elsewhere(String),
}

impl<T> Credential<T> {
    pub fn read(self) -> Option<T> {
        match self {
            Credential::Read(value) => Some(value),
            Credential::None | Credential::Elsewhere(_) => None,
        }
    }
}

/// Headers for sources.
pub(super) fn headers(
    raw: &Raw<String>,
    key: &str,
    files: Files<'_>,
    problems: &mut Problems<'_>,
) -> Credential<Vec<Header>> {
    read(raw, key, files, problems, header_lines)
}

/// `user:password` for a proxy.
pub(super) fn password(
    raw: &Raw<String>,
    key: &str,
    files: Files<'_>,
    problems: &mut Problems<'_>,
) -> Credential<Secret> {
    read(raw, key, files, problems, |text| match text.split_once(':') {
        Some((user, _)) if !user.is_empty() && !text.contains(char::is_control) => {
            Ok(Secret::new(text))
        }
        _ => Err("not of the form user:password".to_owned()),
    })
}

fn read<T>(
    raw: &Raw<String>,
    key: &str,
    files: Files<'_>,
    problems: &mut Problems<'_>,
    parse: impl Fn(&str) -> Result<T, String>,
) -> Credential<T> {
    let Some(given) = raw.given() else { return Credential::None };
    let name = given.value.as_str();
    let found = match find(given, files) {
        Ok(found) => found,
        Err(Unread::NotGiven) => {
            let wrong = format!("{} is not given to this process", quote(name));
            let advice = format!(
                "start it under systemd with LoadCredential={}:FILE, or write the path of a file",
                said(name)
            );
            problems.warn(given.at, key, wrong, advice);
            return Credential::Elsewhere(said(name));
        }
        Err(Unread::Failed(wrong)) => {
            let wrong = format!("{}: {}", quote(name), said(&wrong));
            let advice = "write the name of a systemd credential, or the path of a file";
            problems.add(given.at, key, wrong, advice);
            return Credential::None;
        }
    };
    if found.is_open {
        let wrong = format!("{} can be read by everybody on this machine", quote(name));
        problems.warn(given.at, key, wrong, "take the right away, such as by chmod 600");
    }
    let text = found.text.trim_end_matches(['\r', '\n']);
    let parsed = if text.len() > LONGEST {
        Err(format!("longer than {LONGEST} bytes"))
    } else {
        parse(text)
    };
    match parsed {
        Ok(value) => Credential::Read(value),
        Err(wrong) => {
            let wrong = format!("{}: {wrong}", quote(name));
            let advice = "see the comment on credentials in the sample feeds.toml";
            problems.add(given.at, key, wrong, advice);
            Credential::None
        }
    }
}

/// A name without a slash is first looked for among systemd's.
fn find(given: &At<String>, files: Files<'_>) -> Result<Found, Unread> {
    let path = files.resolve(&given.value);
    let from_file = || (files.read)(Wanted::File(&path));
    if given.value.is_empty() || given.value.contains(['/', '\0']) {
        return from_file();
    }
    match (files.read)(Wanted::Credential(&given.value)) {
        Ok(found) => Ok(found),
        Err(Unread::NotGiven) => from_file().map_err(|_| Unread::NotGiven),
        Err(Unread::Failed(wrong)) => from_file().map_err(|error| match error {
            Unread::Failed(also) => Unread::Failed(format!(
                "among systemd's credentials: {wrong}; as a file, {}: {also}",
                path.display()
            )),
            Unread::NotGiven => Unread::NotGiven,
        }),
    }
}

/// `user:password`, `Bearer …` or `Basic …`, or lines of `Header: value`.
fn header_lines(text: &str) -> Result<Vec<Header>, String> {
    let lines: Vec<&str> = text.lines().collect();
    if let [line] = lines[..] {
        let scheme = line.split_once(' ').map_or("", |(scheme, _)| scheme);
        if ["basic", "bearer"].iter().any(|known| scheme.eq_ignore_ascii_case(known)) {
            return Ok(vec![header("Authorization", line)?]);
        }
        if !line.contains(": ") && line.contains(':') && !line.starts_with(':') {
            let value = format!("Basic {}", BASE64_STANDARD.encode(line));
            return Ok(vec![header("Authorization", &value)?]);
        }
    }
    let mut headers: Vec<Header> = Vec::new();
    for (number, line) in (1..).zip(lines) {
        let Some((name, value)) = line.split_once(": ") else {
            return Err(format!(
                "line {number} is none of user:password, Bearer and a token, Header: value"
            ));
        };
        if headers.iter().any(|(known, _)| known.eq_ignore_ascii_case(name)) {
            return Err(format!("line {number} names a header for the second time"));
        }
        headers.push(header(name, value).map_err(|wrong| format!("line {number} {wrong}"))?);
    }
    if headers.is_empty() { Err("empty".to_owned()) } else { Ok(headers) }
}

/// Errors never show what may be a secret in the wrong place.
fn header(name: &str, value: &str) -> Result<Header, String> {
    let token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
    if name.is_empty() || !name.bytes().all(token) {
        return Err("has no header name before `: `".to_owned());
    }
    if OUR_HEADERS.contains(&name.to_ascii_lowercase().as_str()) {
        return Err("names a header that the fetcher sets itself".to_owned());
    }
    let visible = |b: u8| b == b' ' || b == b'\t' || b.is_ascii_graphic();
    let value = value.trim();
    if value.is_empty() || value.len() > LONGEST_VALUE || !value.bytes().all(visible) {
        return Err("has a value that is empty, too long or not plain ASCII".to_owned());
    }
    Ok((name.to_owned(), Secret::new(value)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Result<Vec<String>, String> {
        let line = |(name, value): &Header| format!("{name}={}", value.expose());
        header_lines(text).map(|headers| headers.iter().map(line).collect())
    }

    #[test]
    fn each_form_becomes_headers() {
        for (text, expected) in [
            ("reader:p:a ss", &["Authorization=Basic cmVhZGVyOnA6YSBzcw=="][..]),
            ("读者:密", &["Authorization=Basic 6K+76ICFOuWvhg=="]),
            ("Bearer abc.def", &["Authorization=Bearer abc.def"]),
            ("X-Key: k: 1", &["X-Key=k: 1"]),
            ("X-Key: k\nAuthorization: Token t", &["X-Key=k", "Authorization=Token t"]),
        ] {
            assert_eq!(shown(text).expect(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_wrong_is_told_without_what_was_written() {
        for text in [
            "",
            "geheim",
            ":geheim",
            "Bearer gehéim",
            "X-Key: geheim\ngeheim",
            "X Key: geheim",
            "Host: geheim",
            "X-Key: geheim\nx-key: geheim",
            "X-Key: geh\u{1}eim",
        ] {
            let wrong = shown(text).expect_err(text);
            assert!(!wrong.contains("geh"), "{wrong}");
        }
    }
}
