//! Errors as programs read them (RFC 9457), and who is taken for one.

use super::{Answer, answer, coding};
use hyper::header::ACCEPT;
use hyper::{HeaderMap, StatusCode};
use serde_json::{Value, json};

pub const CONTENT_TYPE: &str = "application/problem+json";

/// What a feed's address ends with. Whoever asks for JSON reads it; the others may be open in a browser.
const JSON: &str = ".json";
const FEEDS: [&str; 2] = [".atom", ".rss"];

/// Whether an error is told to a program: it likes JSON better than a page, or accepts no page, or it does
/// not say what it accepts and asks for a feed, or `is_for_programs`: at an address that people have no use for.
pub fn is_wanted(path: &str, headers: &HeaderMap, is_for_programs: bool) -> bool {
    let accepts = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let mut items = accepts.flat_map(|list| list.split(',')).peekable();
    if path.ends_with(JSON) {
        return true;
    }
    if items.peek().is_none() {
        return is_for_programs || FEEDS.iter().any(|suffix| path.ends_with(suffix));
    }
    let (mut page, mut problem) = (0, 0);
    for (media_type, quality) in items.map(rated) {
        if is_one_of(media_type, &PAGES) {
            page = page.max(quality);
        } else if is_one_of(media_type, &PROBLEMS) {
            problem = problem.max(quality);
        }
    }
    page == 0 || page < problem
}

const PAGES: [&str; 3] = ["text/html", "application/xhtml+xml", "text/*"];
const PROBLEMS: [&str; 2] = [CONTENT_TYPE, "application/json"];

/// A media type with its quality (RFC 9110 §12.5.1), in thousandths.
fn rated(item: &str) -> (&str, u16) {
    let mut parts = item.split(';').map(str::trim);
    let media_type = parts.next().unwrap_or(item);
    (media_type, parts.find_map(coding::quality).unwrap_or(coding::FULL))
}

fn is_one_of(media_type: &str, known: &[&str]) -> bool {
    known.iter().any(|known| media_type.eq_ignore_ascii_case(known))
}

/// The type is `about:blank`, which says no more than the status does (§4.2.1).
pub fn problem(status: StatusCode, detail: &str, nearest: &[String]) -> Answer {
    answer(status, CONTENT_TYPE, text(status, detail, nearest))
}

/// The same as text.
pub fn text(status: StatusCode, detail: &str, nearest: &[String]) -> String {
    let mut members = json!({
        "title": status.canonical_reason().unwrap_or("Error"),
        "status": status.as_u16(),
        "detail": detail,
    });
    if !nearest.is_empty() {
        members["nearest"] = Value::from(nearest);
    }
    format!("{members}\n")
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
            ("/x", Some("text/html;q=0, application/json;q=0.1"), true),
            ("/x", Some("text/html;q=0"), true),
            ("/x", Some("text/html;level=1;q=0.1, application/problem+json;q=0.9"), true),
            ("/x", Some("application/json;q=0.9, text/html;q=0.9"), false),
            ("/x", Some("application/json;q=0.5, text/html"), false),
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
