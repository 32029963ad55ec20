//! Errors as programs read them (RFC 9457), and who is taken for one.

use super::{Answer, answer};
use hyper::header::ACCEPT;
use hyper::{HeaderMap, StatusCode};
use serde_json::{Value, json};

const CONTENT_TYPE: &str = "application/problem+json";

/// What a feed's address ends with. Whoever asks for JSON reads it; the others may be open in a browser.
const JSON: &str = ".json";
const FEEDS: [&str; 2] = [".atom", ".rss"];

/// Whether an error is told to a program: what it accepts is no page, or it does not say what it
/// accepts and asks for a feed, or `is_for_programs`: at an address that people have no use for.
pub fn is_wanted(path: &str, headers: &HeaderMap, is_for_programs: bool) -> bool {
    let accepts = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let mut types = accepts.flat_map(|list| list.split(',')).map(media_type).peekable();
    path.ends_with(JSON)
        || match types.peek() {
            Some(_) => !types.any(is_page),
            None => is_for_programs || FEEDS.iter().any(|suffix| path.ends_with(suffix)),
        }
}

fn media_type(item: &str) -> &str {
    item.split(';').next().unwrap_or(item).trim()
}

fn is_page(media_type: &str) -> bool {
    let pages = ["text/html", "application/xhtml+xml", "text/*"];
    pages.iter().any(|page| media_type.eq_ignore_ascii_case(page))
}

/// The type is `about:blank`, which says no more than the status does (§4.2.1).
pub fn problem(status: StatusCode, detail: &str, nearest: &[String]) -> Answer {
    let mut members = json!({
        "title": status.canonical_reason().unwrap_or("Error"),
        "status": status.as_u16(),
        "detail": detail,
    });
    if !nearest.is_empty() {
        members["nearest"] = Value::from(nearest);
    }
    answer(status, CONTENT_TYPE, format!("{members}\n"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::header::HeaderValue;

    #[test]
    fn who_takes_no_page_or_asks_for_a_feed_is_a_program() {
        let browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
        for (path, accept, is_program) in [
            ("/x", None, false),
            ("/x.atom", None, true),
            ("/x.rss", None, true),
            ("/x.json", None, true),
            ("/x", Some(browser), false),
            ("/x.atom", Some(browser), false),
            ("/x.json", Some(browser), true),
            ("/x", Some("TEXT/HTML; q=0.1"), false),
            ("/x", Some("text/*"), false),
            ("/x", Some("*/*"), true),
            ("/x", Some("application/json"), true),
            ("/x", Some("application/atom+xml, */*;q=0.1"), true),
        ] {
            let accept = accept.map(|value| (ACCEPT, HeaderValue::from_static(value)));
            let headers = accept.into_iter().collect();
            assert_eq!(is_wanted(path, &headers, false), is_program, "{path} {headers:?}");
            let is_silent = headers.is_empty();
            assert_eq!(is_wanted(path, &headers, true), is_program || is_silent, "{path}");
        }
    }
}
