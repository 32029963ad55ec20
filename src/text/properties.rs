//! What holds of every text that is made to be published.

use super::clean::{has_illegal, head, is_xml_char, one_line, strip_illegal};
use super::html::{self, decode, escape, pieces, to_text, to_title};
use crate::chance::each;

const PIECES: [&str; 40] = [
    "<p>",
    "</p>",
    "<b>",
    "<br/>",
    "<a href='x>y'>",
    "<script>",
    "</script>",
    "<style>",
    "</STYLE",
    "<!--",
    "-->",
    "<!",
    "<?",
    "</",
    "<x",
    "<List<String>>",
    "&amp;",
    "&lt;",
    "&gt",
    "&#1;",
    "&#0",
    "&#x110000;",
    "&#128;",
    "&nbsp",
    "&copy;",
    "&notit;",
    "&amp;lt;",
    "&",
    ";",
    "兴平",
    "　",
    "a b",
    "\r\n",
    "=",
    "\"",
    "'",
    "/",
    "…",
    "&fjlig;",
    "&NotEqualTilde;",
];

#[test]
fn a_line_is_one_legal_line_within_its_length() {
    each(8000, |chance| {
        let (text, most) = (chance.text(&PIECES, 30), chance.below(40));
        for line in [one_line(&text, most), to_text(&text, most), to_title(&text, most)] {
            assert!(line.chars().count() <= most, "{text:?} gave {line:?}");
            assert!(!line.contains(char::is_control) && !has_illegal(&line), "{line:?}");
            assert!(line.trim() == line && !line.contains("  "), "{line:?}");
            // Cleaned again it is the same.
            assert_eq!(one_line(&line, most), line);
        }
    });
}

#[test]
fn a_longer_line_begins_as_a_shorter_one() {
    each(2000, |chance| {
        let (text, most) = (chance.text(&PIECES, 30), 1 + chance.below(30));
        let (short, long) = (to_text(&text, most), to_text(&text, usize::MAX));
        match short.strip_suffix('…') {
            Some(start) => assert!(long.starts_with(start), "{short:?} and {long:?}"),
            None => assert_eq!(short, long),
        }
    });
}

#[test]
fn escaped_text_is_the_text_again() {
    each(4000, |chance| {
        let text = chance.text(&PIECES, 20);
        let escaped = escape(&text);
        assert_eq!(decode(&escaped), text);
        assert!(!escaped.contains(['<', '>']));
        assert_eq!(to_text(&escaped, usize::MAX), one_line(&text, usize::MAX));
        // A headline may have been escaped twice; then its tags are tags.
        let plain = text.replace(['&', '<'], "");
        assert_eq!(to_title(&escape(&escape(&plain)), 400), one_line(&plain, 400));
    });
}

#[test]
fn pieces_put_together_are_the_html() {
    each(4000, |chance| {
        let html = chance.text(&PIECES, 30);
        let mut shown = 0;
        for piece in pieces(&html) {
            match piece {
                html::Piece::Text(text) | html::Piece::Open { tag: text, .. } => {
                    let at = text.as_ptr() as usize - html.as_ptr() as usize;
                    assert!(at >= shown && html[at..].starts_with(text), "{html:?}");
                    shown = at + text.len();
                }
                html::Piece::Close { .. } | html::Piece::Hidden => {}
            }
        }
    });
}

#[test]
fn only_what_xml_forbids_is_stripped() {
    each(4000, |chance| {
        let text = chance.text(&[], 30);
        let stripped = strip_illegal(&text);
        assert_eq!(stripped, text.chars().filter(|c| is_xml_char(*c)).collect::<String>());
        assert_eq!(has_illegal(&text), stripped.len() < text.len());
        let most = chance.below(text.len() + 2);
        let start = head(&text, most);
        assert!(text.starts_with(start) && start.len() <= most);
        assert!(start.len() + 4 > most.min(text.len()), "{start:?} of {most}");
    });
}
