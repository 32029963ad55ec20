//! Entities that a document type declares for itself. Only plain ones are resolved, so
//! that they cannot multiply: an entity made of entities stays as it is written.

use super::scan;
use std::borrow::Cow;
use std::collections::HashMap;

const MOST_ENTITIES: usize = 64;
const LONGEST_NAME: usize = 64;
const MOST_VALUE_BYTES: usize = 1024;
/// What resolving may add to a document.
const MOST_GROWTH: usize = 256 * 1024;

/// The text with the entities resolved that the markup before `start` declares.
pub(super) fn resolve(text: &str, start: usize) -> Cow<'_, str> {
    let (head, body) = text.split_at(start);
    if !head.contains("<!ENTITY") {
        return Cow::Borrowed(text);
    }
    let entities = declared(head);
    let mut out = String::new();
    let (mut kept, mut at) = (0, 0);
    while let Some(found) = body[at..].find(['&', '<']) {
        at += found;
        let rest = &body[at..];
        if rest.starts_with("<![CDATA[") {
            // Sections hold no references.
            at = rest.find("]]>").map_or(body.len(), |end| at + end);
            continue;
        }
        let end = rest.bytes().take(LONGEST_NAME).position(|b| b == b';');
        let name = end.map(|end| &rest[1..end]);
        if let Some(name) = name.filter(|_| rest.starts_with('&'))
            && let Some(value) = entities.get(name)
            && out.len() + value.len() <= kept + MOST_GROWTH
        {
            out.push_str(&body[kept..at]);
            out.push_str(value);
            kept = at + name.len() + 2;
            at = kept;
        } else {
            at += 1;
        }
    }
    if kept == 0 {
        return Cow::Borrowed(text);
    }
    Cow::Owned([head, &out, &body[kept..]].concat())
}

/// Names and replacement texts; of two declarations the first counts (XML 1.0 §4.2).
fn declared(head: &str) -> HashMap<&str, &str> {
    let mut entities = HashMap::new();
    for declaration in head.split("<!ENTITY").skip(1).take(MOST_ENTITIES) {
        let declaration = declaration.trim_start();
        let Some((name, rest)) = declaration.split_once(|c: char| c.is_ascii_whitespace()) else {
            continue;
        };
        let rest = rest.trim_start();
        let Some(quote) = rest.chars().next().filter(|c| matches!(c, '"' | '\'')) else { continue };
        let Some((value, _)) = rest[1..].split_once(quote) else { continue };
        let is_name = name.bytes().next().is_some_and(scan::is_name_start) && !name.contains('&');
        let nests = value.match_indices('&').any(|(at, _)| !value[at..].starts_with("&#"));
        if is_name && !nests && !value.contains(['%', '<']) && value.len() <= MOST_VALUE_BYTES {
            entities.entry(name).or_insert(value);
        }
    }
    entities
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolved(text: &str) -> String {
        resolve(text, text.find("<rss").expect("a root")).into_owned()
    }

    #[test]
    fn plain_entities_are_resolved_and_others_stay() {
        let head = "<!DOCTYPE rss [<!ENTITY a \"兴平\"><!ENTITY b '&#169; x'><!ENTITY c \"&a;&a;\">\
            <!ENTITY d SYSTEM \"file:///etc/passwd\"><!ENTITY % e \"x\">]>";
        let body = "<rss x=\"&a;\">&a; &b; &c; &d; &amp; &nbsp; &a <![CDATA[&a;]]></rss>";
        let expected =
            "<rss x=\"兴平\">兴平 &#169; x &c; &d; &amp; &nbsp; &a <![CDATA[&a;]]></rss>";
        assert_eq!(resolved(&format!("{head}{body}")), format!("{head}{expected}"));
        assert!(matches!(resolve(body, 0), Cow::Borrowed(_)));
    }

    #[test]
    fn they_cannot_make_a_document_large() {
        let value = "x".repeat(1000);
        let text = format!("<!ENTITY a \"{value}\"><rss>{}</rss>", "&a;".repeat(100_000));
        assert!(resolved(&text).len() < text.len() + MOST_GROWTH + 2000);
    }
}
