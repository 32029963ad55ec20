//! Text that is none, and HTML that readers refuse.

use super::addresses;
use super::log::{Log, Place};
use html5ever::tendril::StrTendril;
use html5ever::tokenizer::{
    BufferQueue, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
};
use std::cell::RefCell;

/// What aggregators show; other elements of HTML are a risk to them.
const SAFE: &str = "a abbr acronym address area article aside audio b bdi bdo big blockquote br button canvas \
    caption center cite code col colgroup command data datalist dd del details dfn dialog dir div dl dt em \
    fieldset figcaption figure footer font form header h1 h2 h3 h4 h5 h6 hgroup hr i img input ins kbd label \
    legend li main map mark menu meter nav ol optgroup option output p picture pre progress q rp rt ruby s \
    samp section select small source span strike strong sub summary sup table tbody td template textarea tfoot \
    th thead time tr track tt u ul var video noscript wbr keygen";
const OTHER: &str = "applet base basefont body embed frame frameset head html iframe isindex link listing meta \
    noframes object param plaintext script slot style title xmp marquee blink";
/// Names that a reference is known by without its semicolon, or that text shows most.
const REFERENCES: &str = "amp lt gt quot apos nbsp copy reg trade hellip mdash ndash lsquo rsquo ldquo rdquo \
    eacute egrave uuml ouml auml szlig laquo raquo middot bull euro pound yen sect para deg times \
    alpha beta gamma delta omega";

fn is_element(name: &str) -> bool {
    is_safe(name) || OTHER.split_whitespace().any(|known| known == name)
}

fn is_safe(name: &str) -> bool {
    SAFE.split_whitespace().any(|known| known == name)
}

/// Text in which markup stands as text: it was escaped once too often, or nobody said that it is HTML.
pub fn plain(
    log: &mut Log,
    place: Place<'_>,
    rule: &'static str,
    text: &str,
    has_numbers: bool,
) -> bool {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let end_tag = text.match_indices("</").find_map(|(at, _)| {
        let (name, _) = text[at + 2..].split_once('>')?;
        is_element(&name.to_ascii_lowercase()).then_some(name)
    });
    if let Some(name) = end_tag {
        log.note_with(rule, place, &[("value", name)]);
        return false;
    }
    let reference = text.match_indices('&').find_map(|(at, _)| {
        let rest = &text[at + 1..];
        let digits = rest.strip_prefix('#').unwrap_or(rest);
        let name = &digits[..digits.find(|c| !is_word(c)).unwrap_or(digits.len())];
        let is_number =
            !name.is_empty() && (rest.starts_with('#') || !name.chars().all(char::is_alphabetic));
        (is_number || REFERENCES.split_whitespace().any(|known| known == name)).then_some(name)
    });
    if let Some(name) = reference.filter(|_| !has_numbers) {
        log.note_with(rule, place, &[("value", name)]);
        return false;
    }
    true
}

/// The profile of the RSS Advisory Board: `<` and `&` before letters are written as numbers.
pub fn profile(log: &mut Log, place: Place<'_>, text: &str, has_numbers: bool) {
    let begins_markup = |at: usize, next: &str| {
        text[at + 1..]
            .starts_with(|c: char| next.contains(c) || (next == "/" && c.is_ascii_alphabetic()))
    };
    let mut signs = text.match_indices(['<', '&']).filter(|(at, sign)| match *sign {
        "<" => begins_markup(*at, "/"),
        _ => text[at + 1..]
            .strip_prefix('#')
            .is_some_and(|rest| rest.starts_with(|c: char| c == 'x' || c.is_ascii_digit())),
    });
    if !has_numbers && signs.next().is_some() {
        log.note("CharacterData", place);
    }
}

/// A start tag: its name, and its attributes with their values.
type Tag = (String, Vec<(String, String)>);

#[derive(Default)]
struct Tags {
    tags: RefCell<Vec<Tag>>,
    faults: RefCell<Vec<String>>,
}

impl TokenSink for &Tags {
    type Handle = ();

    fn process_token(&self, token: Token, _: u64) -> TokenSinkResult<()> {
        match token {
            Token::TagToken(tag) if tag.kind == TagKind::StartTag => {
                let attrs = tag.attrs.iter();
                let attrs = attrs.map(|attr| (attr.name.local.to_string(), attr.value.to_string()));
                self.tags.borrow_mut().push((tag.name.to_string(), attrs.collect()));
            }
            Token::ParseError(fault) => self.faults.borrow_mut().push(fault.into_owned()),
            _ => {}
        }
        TokenSinkResult::Continue
    }
}

/// HTML as an aggregator may show it: known and harmless elements, nothing that runs, whole addresses.
pub fn html(log: &mut Log, place: Place<'_>, html: &str) {
    let tags = Tags::default();
    let tokenizer =
        Tokenizer::new(&tags, TokenizerOpts { exact_errors: true, ..TokenizerOpts::default() });
    let input = BufferQueue::default();
    input.push_back(StrTendril::from_slice(html));
    let _ = tokenizer.feed(&input);
    tokenizer.end();
    if html.to_ascii_lowercase().contains("<?import ") {
        log.note_with("SecurityRisk", place, &[("tag", "?import")]);
    }
    for fault in tags.faults.take() {
        log.note_with("NotHtml", place, &[("value", &fault)]);
    }
    for (name, attrs) in tags.tags.take() {
        if !is_element(&name) {
            log.note_with("NotHtml", place, &[("value", &name)]);
        } else if !is_safe(&name) {
            log.note_with("SecurityRisk", place, &[("tag", &name)]);
        }
        for (attr, value) in &attrs {
            if attr.starts_with("on") {
                log.note_with("SecurityRiskAttr", place, &[("attr", attr)]);
            }
            // The validator lets harmless ones pass; we publish none.
            if attr == "style" {
                log.note_with("DangerousStyleAttr", place, &[("value", value)]);
            }
            let leads = matches!((name.as_str(), attr.as_str()), ("a", "href") | ("img", "src"));
            if leads && addresses::scheme(value.trim()).is_none() {
                let is_bad =
                    |c: char| c.is_ascii() && (c.is_whitespace() || "<>\"{}|\\^`".contains(c));
                let rule = match value.trim().contains(is_bad) {
                    true => "InvalidUriChar",
                    false => "ContainsRelRef",
                };
                log.note_with(rule, place, &[("value", value)]);
            }
        }
    }
}

/// Control characters of old code pages, what could not be decoded, and UTF-8 that was taken for Latin-1.
pub fn characters(log: &mut Log, place: Place<'_>, text: &str) {
    let is_bad = |c: char| matches!(c, '\u{80}'..='\u{9F}' | '\u{FFFD}');
    let pairs = text.chars().zip(text.chars().skip(1));
    let is_double =
        |(a, b): (char, char)| matches!(a, '\u{C2}'..='\u{C3}') && matches!(b, '\u{80}'..='\u{BF}');
    if text.contains(is_bad) || pairs.into_iter().any(is_double) {
        log.note("BadCharacters", place);
    }
}
