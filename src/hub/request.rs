//! What subscribers ask our hub (§5.1).

use crate::model::Secret;
use std::borrow::Cow;
use std::time::Duration;
use url::{Url, form_urlencoded};

/// Longest address of a callback or topic, bytes.
const ADDRESS_BYTES: usize = 2_000;
/// A secret has less (§5.1).
const SECRET_BYTES: usize = 200;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    pub topic: String,
    pub callback: Url,
    pub wish: Wish,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wish {
    Subscribe {
        /// As long as is asked for; `None`: the hub decides.
        lease: Option<Duration>,
        secret: Option<Secret>,
    },
    Unsubscribe,
}

impl Request {
    /// Reads a form, `application/x-www-form-urlencoded`. Of parameters that come twice the first
    /// counts; what is not known is passed over (§5.1).
    ///
    /// # Errors
    /// What is wrong, in words.
    pub fn read(form: &[u8]) -> Result<Request, String> {
        let pairs: Vec<(Cow<'_, str>, Cow<'_, str>)> = form_urlencoded::parse(form).collect();
        let value = |name: &str| {
            let named = pairs.iter().find(|(key, _)| key == name);
            named.map(|(_, value)| value.as_ref()).filter(|value| !value.is_empty())
        };
        let mode = value("hub.mode").ok_or("hub.mode is missing")?;
        if !matches!(mode, "subscribe" | "unsubscribe") {
            return Err("hub.mode is subscribe or unsubscribe".to_owned());
        }
        let topic = value("hub.topic").ok_or("hub.topic is missing")?.to_owned();
        let callback = callback(value("hub.callback").ok_or("hub.callback is missing")?)?;
        let wish = match mode {
            "unsubscribe" => Wish::Unsubscribe,
            _ => {
                let lease = value("hub.lease_seconds").map(lease).transpose()?;
                let secret = value("hub.secret");
                if secret.is_some_and(|secret| secret.len() >= SECRET_BYTES) {
                    return Err(format!("hub.secret has {SECRET_BYTES} bytes or more"));
                }
                let secret = secret.map(|secret| Secret::new(secret.to_owned()));
                Wish::Subscribe { lease, secret }
            }
        };
        Ok(Request { topic, callback, wish })
    }
}

fn callback(text: &str) -> Result<Url, String> {
    if text.len() > ADDRESS_BYTES {
        return Err(format!("hub.callback is longer than {ADDRESS_BYTES} bytes"));
    }
    let url = Url::parse(text).map_err(|error| format!("hub.callback: {error}"))?;
    if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
        return Err("hub.callback is no http or https address".to_owned());
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("hub.callback holds a user name or password".to_owned());
    }
    if url.fragment().is_some() {
        return Err("hub.callback has a fragment".to_owned());
    }
    Ok(url)
}

/// Longer than any number has room for is as long as can be: no more is granted than we give.
fn lease(text: &str) -> Result<Duration, String> {
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    match text.parse().unwrap_or(u64::MAX) {
        seconds if is_number && seconds > 0 => Ok(Duration::from_secs(seconds)),
        _ => Err("hub.lease_seconds is no number of seconds above 0".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: &str = "hub.topic=http%3A%2F%2Fw.cn%2Findex.atom\
                        &hub.callback=http%3A%2F%2Fs.example%2Fcb%3Fa%3D1";

    #[test]
    fn subscribers_are_understood_and_what_is_not_known_is_passed_over() {
        let read = |rest: &str| Request::read(format!("{BASE}&{rest}").as_bytes());
        let request =
            read("hub.mode=subscribe&hub.secret=s+1&hub.lease_seconds=60&x=%ff&hub.mode=x");
        let wish = Wish::Subscribe {
            lease: Some(Duration::from_secs(60)),
            secret: Some(Secret::new("s 1".to_owned())),
        };
        let callback = Url::parse("http://s.example/cb?a=1").expect("an address");
        let topic = "http://w.cn/index.atom".to_owned();
        let expected = Request { topic, callback, wish };
        assert_eq!(request, Ok(expected.clone()));
        let plain = Wish::Subscribe { lease: None, secret: None };
        assert_eq!(read("hub.mode=subscribe").map(|r| r.wish), Ok(plain.clone()));
        // Empty is as if it were not there.
        let empty = read("hub.mode=subscribe&hub.secret=&hub.lease_seconds=");
        assert_eq!(empty.map(|r| r.wish), Ok(plain));
        let long = read("hub.mode=subscribe&hub.lease_seconds=99999999999999999999999999");
        let longest = Wish::Subscribe { lease: Some(Duration::from_secs(u64::MAX)), secret: None };
        assert_eq!(long.map(|r| r.wish), Ok(longest));
        let left = read("hub.mode=unsubscribe&hub.lease_seconds=x");
        assert_eq!(left, Ok(Request { wish: Wish::Unsubscribe, ..expected }));
    }

    #[test]
    fn what_is_wrong_is_said() {
        let long = format!("hub.mode=subscribe&hub.secret={}", "s".repeat(SECRET_BYTES));
        let fits = format!("hub.mode=subscribe&hub.secret={}", "s".repeat(SECRET_BYTES - 1));
        assert!(Request::read(format!("{BASE}&{fits}").as_bytes()).is_ok());
        for (rest, word) in [
            ("", "hub.mode"),
            ("hub.mode=publish", "hub.mode"),
            ("hub.mode=subscribe&hub.lease_seconds=-1", "hub.lease_seconds"),
            ("hub.mode=subscribe&hub.lease_seconds=0", "hub.lease_seconds"),
            ("hub.mode=subscribe&hub.lease_seconds=1.5", "hub.lease_seconds"),
            ("hub.mode=subscribe&hub.lease_seconds=000", "hub.lease_seconds"),
            ("hub.mode=subscribe&hub.lease_seconds=%2B60", "hub.lease_seconds"),
            ("hub.mode=subscribe&hub.lease_seconds=+", "hub.lease_seconds"),
            (&long, "hub.secret"),
        ] {
            let said = Request::read(format!("{BASE}&{rest}").as_bytes()).expect_err(rest);
            assert!(said.contains(word), "{rest}: {said}");
        }
        let far = format!("http://s.example/{}", "x".repeat(ADDRESS_BYTES));
        for bad in
            ["", "s.example/cb", "ftp://s.example/", "http://u:p@s.example/", "http://s/#f", &far]
        {
            let form = format!("hub.mode=subscribe&hub.topic=t&hub.callback={bad}");
            let said = Request::read(form.as_bytes()).expect_err(bad);
            assert!(said.contains("hub.callback"), "{said}");
        }
        let said = Request::read(b"hub.mode=subscribe&hub.callback=http://s.example/");
        assert_eq!(said, Err("hub.topic is missing".to_owned()));
        assert!(Request::read(b"\xff%%&&==").is_err());
    }
}
