//! Any HTML through both ways of the sanitiser: what comes out is safe, the short way
//! gives what ammonia gives, and the texts made of the HTML keep their promises.

#![no_main]

use countywire::normalise::door;
use countywire::text::html;
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;
use url::Url;

#[path = "../../safe_html.rs"]
mod safe_html;

const MOST_CHARS: usize = 300;

static BASE: LazyLock<Url> =
    LazyLock::new(|| Url::parse("http://news.example.cn/a/b.html").expect("a URL"));

fuzz_target!(|text: &str| {
    // Illegal characters are dropped before either way is taken.
    let html = countywire::text::clean::strip_illegal(text.trim());
    if let Some(short) = door::short(&html, Some(&BASE)) {
        assert_eq!(short, door::with_ammonia(&html, Some(&BASE)));
    }
    for base in [Some(&*BASE), None] {
        let safe = door::clean(text, base);
        assert_eq!(safe_html::fault(&safe), None);
    }
    for plain in [html::to_text(text, MOST_CHARS), html::to_title(text, MOST_CHARS)] {
        assert!(plain.chars().count() <= MOST_CHARS);
        assert!(!plain.contains(char::is_control) && plain.trim() == plain);
    }
});
