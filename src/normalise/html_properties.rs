//! What holds of all HTML that goes through the sanitiser, whichever way it takes.

use super::door;
use super::limits::MOST_CONTENT_BYTES;
use crate::chance::{Chance, each};
use crate::safe_html;
use url::Url;

fn base() -> Url {
    Url::parse("http://news.example.cn/a/b.html").expect("a URL")
}

const FLOW: [&str; 8] =
    ["div", "section", "article", "blockquote", "figure", "figcaption", "p", "h2"];
const INLINE: [&str; 12] =
    ["b", "strong", "em", "i", "u", "s", "small", "sub", "code", "a", "span", "font"];
const ATTRIBUTES: [&str; 18] = [
    "href", "src", "title", "alt", "class", "style", "width", "height", "lang", "dir", "id",
    "onclick", "onerror", "data-src", "target", "rel", "file", "zoomfile",
];
const VALUES: [&str; 30] = [
    "/1.html",
    "2.jpg?a=1&amp;b=2",
    "?a=1&b=2",
    "http://b.cn/图.jpg",
    "HTTPS://B.cn/",
    "//b.cn/x",
    "#top",
    "mailto:a@b.cn",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java&#10;script:alert(1)",
    "&#106;avascript:alert(1)",
    "data:text/html,x",
    "vbscript:x",
    "http:/x",
    "https:x",
    "http://[",
    "",
    "1",
    "640px",
    "zh-CN",
    "&quot; onerror=&quot;x",
    "&amp;amp;",
    "甲 &lt;乙&gt;",
    "/s.gif",
    "width:0",
    "opacity:0; left:-9999px",
    "max-width:1px;max-height:1px",
    "ftp://b.cn/1.jpg",
    "&#100;isplay:none",
];
const TEXTS: [&str; 19] = [
    "兴平市",
    " ",
    "\n",
    "&nbsp;",
    "\u{A0}",
    "&amp;",
    "&lt;b&gt;",
    "&copy;",
    "&#39;",
    "&#x4e2d;",
    ">",
    "\"",
    "a & b",
    "&copy",
    "&#0;",
    "&#1;",
    "&#xFFFE;",
    "&#13;",
    "\r\n",
];

/// HTML of the short way's grammar, or nearly.
fn simple(chance: &mut Chance, depth: usize, inline: bool, out: &mut String) {
    for _ in 0..chance.below(4) {
        match chance.below(if depth > 5 { 2 } else { 5 }) {
            0 => out.push_str(chance.pick::<&str>(&TEXTS)),
            1 => out.push_str(&chance.words()),
            2 => {
                let name = *chance.pick(&["img", "br", "hr"]);
                out.push_str(&format!("<{name}{}>", attributes(chance)));
            }
            3 if !inline => {
                let name = *chance.pick(&FLOW);
                let holds_inline = ["p", "h2"].contains(&name);
                element(chance, name, depth, holds_inline, out);
            }
            _ => {
                let name = *chance.pick(&INLINE);
                element(chance, name, depth, true, out);
            }
        }
    }
    if !inline && chance.one_in(8) {
        out.push_str("<ul>");
        for _ in 0..chance.below(4) {
            element(chance, "li", depth + 1, false, out);
        }
        out.push_str("</ul>");
    }
}

fn element(chance: &mut Chance, name: &str, depth: usize, inline: bool, out: &mut String) {
    out.push_str(&format!("<{name}{}>", attributes(chance)));
    simple(chance, depth + 1, inline, out);
    out.push_str(&format!("</{name}>"));
}

fn attributes(chance: &mut Chance) -> String {
    let mut out = String::new();
    while chance.one_in(3) {
        let (name, value) = (*chance.pick(&ATTRIBUTES), *chance.pick(&VALUES));
        match chance.below(8) {
            0 => out.push_str(&format!(" {name}='{value}'")),
            1 => out.push_str(&format!("\n{name}=\"{value}\"")),
            _ => out.push_str(&format!(" {name}=\"{value}\"")),
        }
    }
    if chance.one_in(12) {
        out.push_str(" /");
    }
    out
}

/// Anything that looks like HTML.
fn wild(chance: &mut Chance) -> String {
    const PIECES: [&str; 60] = [
        "<p>",
        "</p>",
        "<b>",
        "</b>",
        "<i>",
        "</i>",
        "<a href=\"x\">",
        "<a href=javascript:x>",
        "</a>",
        "<div>",
        "</div>",
        "<table>",
        "<tr>",
        "<td>",
        "</td>",
        "</table>",
        "<caption>",
        "<svg>",
        "</svg>",
        "<math>",
        "<mtext>",
        "<mglyph>",
        "<annotation-xml encoding=text/html>",
        "<foreignObject>",
        "<desc>",
        "<title>",
        "</title>",
        "<style>",
        "</style>",
        "<script>",
        "</script>",
        "<noscript>",
        "</noscript>",
        "<template>",
        "</template>",
        "<textarea>",
        "</textarea>",
        "<select>",
        "<option>",
        "<iframe>",
        "</iframe>",
        "<xmp>",
        "<plaintext>",
        "<form>",
        "</form>",
        "<input autofocus onfocus=x>",
        "<img src=x onerror=x>",
        "<img src=\"1.jpg\" alt=\"</style><img onerror=x>\">",
        "<!--",
        "-->",
        "--!>",
        "<![CDATA[",
        "]]>",
        "<?",
        "<ul>",
        "<li>",
        "<pre>",
        "<ruby><rt>",
        "<br/>",
        "\"",
    ];
    chance.text(&PIECES, 24)
}

#[test]
fn the_short_way_and_ammonia_agree_on_made_up_html() {
    let (base, mut all, mut short) = (base(), 0, 0);
    each(30_000, |chance| {
        let mut html = String::new();
        simple(chance, 0, false, &mut html);
        all += 1;
        for base in [Some(&base), None] {
            let Some(fast) = door::short(html.trim(), base) else { return };
            assert_eq!(fast, door::with_ammonia(html.trim(), base), "{html:?}");
        }
        short += usize::from(html.contains('<'));
    });
    assert!(short * 8 > all, "only {short} of {all} took the short way");
}

#[test]
fn what_was_cleaned_the_short_way_stays_as_it_is() {
    let base = base();
    each(12_000, |chance| {
        let mut html = String::new();
        simple(chance, 0, false, &mut html);
        let html = html.trim();
        let Some(safe) = door::short(html, Some(&base)) else { return };
        assert_eq!(door::clean(&safe, Some(&base)), safe.trim(), "{html:?}");
        assert_eq!(safe_html::fault(&safe), None, "{html:?}");
    });
}

#[test]
fn nothing_unsafe_is_left_however_often_it_is_read() {
    let base = base();
    each(12_000, |chance| {
        let mut html = wild(chance);
        if chance.one_in(2) {
            simple(chance, 0, false, &mut html);
        }
        let base = chance.one_in(2).then_some(&base);
        let mut safe = html.clone();
        for _ in 0..3 {
            safe = door::clean(&safe, base);
            assert_eq!(safe_html::fault(&safe), None, "{html:?}");
            assert!(safe.len() <= MOST_CONTENT_BYTES);
        }
    });
}
