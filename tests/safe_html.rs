//! Whether HTML is as safe as the sanitiser promises, told without it: the strict form
//! that an HTML serialiser writes, and nothing in it that could run.

/// Elements that run, load, submit or change how what follows is parsed.
const NEVER: [&str; 36] = [
    "annotation-xml",
    "applet",
    "base",
    "body",
    "button",
    "desc",
    "embed",
    "foreignobject",
    "form",
    "frame",
    "frameset",
    "head",
    "html",
    "iframe",
    "input",
    "link",
    "listing",
    "marquee",
    "math",
    "meta",
    "mglyph",
    "noembed",
    "noframes",
    "noscript",
    "object",
    "option",
    "param",
    "plaintext",
    "script",
    "select",
    "style",
    "svg",
    "template",
    "textarea",
    "title",
    "xmp",
];
const ADDRESSES: [&str; 8] =
    ["action", "background", "cite", "data", "formaction", "href", "poster", "src"];
const SCHEMES: [&str; 4] = ["http:", "https:", "mailto:", "tel:"];

/// What is unsafe in the HTML, in words.
pub fn fault(html: &str) -> Option<String> {
    if let Some(c) = html.chars().find(|c| !is_xml_char(*c)) {
        return Some(format!("the character {c:?}"));
    }
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        let tag = &rest[at..];
        match tag_length(tag) {
            Ok(length) => rest = &tag[length..],
            Err(fault) => {
                let shown: String = tag.chars().take(200).collect();
                return Some(format!("{fault} in {shown}"));
            }
        }
    }
    None
}

fn is_xml_char(c: char) -> bool {
    match c {
        '\t' | '\n' | '\r' => true,
        '\u{FFFE}' | '\u{FFFF}' => false,
        c => c >= ' ',
    }
}

/// The length of the tag at the start, written as `<name a="b" c="d">` or `</name>`.
fn tag_length(tag: &str) -> Result<usize, String> {
    let closing = tag.starts_with("</");
    let name_at = if closing { 2 } else { 1 };
    let mut at = name_at + word(&tag[name_at..]);
    let name = &tag[name_at..at];
    if !name.starts_with(|c: char| c.is_ascii_lowercase()) {
        return Err("a stray <".to_owned());
    }
    if NEVER.contains(&name) {
        return Err(format!("an element {name}"));
    }
    while !closing && tag[at..].starts_with(' ') {
        at += 1;
        let attribute = &tag[at..at + word(&tag[at..])];
        at += attribute.len();
        let value = tag[at..].strip_prefix("=\"").ok_or("an attribute without a value")?;
        let (value, _) = value.split_once('"').ok_or("an attribute without an end")?;
        at += value.len() + 3;
        judge(attribute, value)?;
    }
    if tag[at..].starts_with('>') { Ok(at + 1) } else { Err(format!("a broken {name}")) }
}

fn word(text: &str) -> usize {
    text.find(|c: char| !c.is_ascii_alphanumeric() && c != '-').unwrap_or(text.len())
}

fn judge(attribute: &str, value: &str) -> Result<(), String> {
    let bad = attribute.is_empty()
        || attribute.starts_with("on")
        || ["style", "srcdoc", "srcset", "id", "name", "class"].contains(&attribute);
    let bad = bad || (ADDRESSES.contains(&attribute) && !is_allowed(value));
    if bad { Err(format!("{attribute}=\"{value}\"")) } else { Ok(()) }
}

/// As browsers read an address: controls and spaces before it are nothing, nor are tabs
/// and ends of lines within (URL §4.4).
fn is_allowed(value: &str) -> bool {
    let value = value.trim_start_matches(|c| c <= ' ');
    let read = value.chars().filter(|c| !matches!(c, '\t' | '\n' | '\r'));
    let read: String = read.take(10).collect::<String>().to_ascii_lowercase();
    SCHEMES.iter().any(|scheme| read.starts_with(scheme))
}
