//! A document as a strict reader of XML sees it: a tree of elements, or none.

use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};
use quick_xml::name::ResolveResult;
use quick_xml::reader::NsReader;

pub const ATOM: &str = "http://www.w3.org/2005/Atom";
/// Namespaces by the prefixes that the rules call them by.
const KNOWN: [(&str, &str); 15] = [
    (ATOM, "atom"),
    ("http://purl.org/atompub/tombstones/1.0", "at"),
    ("http://purl.org/rss/1.0/modules/content/", "content"),
    ("http://purl.org/dc/elements/1.1/", "dc"),
    ("http://purl.org/syndication/history/1.0", "fh"),
    ("http://www.georss.org/georss", "georss"),
    ("http://www.itunes.com/dtds/podcast-1.0.dtd", "itunes"),
    ("http://search.yahoo.com/mrss/", "media"),
    ("http://purl.org/rss/1.0/modules/slash/", "slash"),
    ("http://purl.org/rss/1.0/modules/syndication/", "sy"),
    ("http://purl.org/syndication/thread/1.0", "thr"),
    ("http://wellformedweb.org/CommentAPI/", "wfw"),
    ("http://www.w3.org/1999/xhtml", "xhtml"),
    ("http://www.w3.org/XML/1998/namespace", "xml"),
    ("http://www.w3.org/1999/02/22-rdf-syntax-ns#", "rdf"),
];

#[derive(Debug, Default)]
pub struct Node {
    /// `media:content`; without prefix in the language of the document; `*:name` in an unknown one.
    pub name: String,
    pub attrs: Vec<(String, String)>,
    pub children: Vec<Node>,
    /// Its own, without that of its children.
    pub text: String,
    /// Characters of the text stand there as `&#x…;`.
    pub has_numbers: bool,
}

#[derive(Debug)]
pub struct Document {
    pub root: Node,
    pub root_namespace: Option<String>,
    /// Prefixes and what they stand for, as declared anywhere.
    pub prefixes: Vec<(String, String)>,
}

impl Node {
    pub fn attr(&self, name: &str) -> Option<&str> {
        self.attrs.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub fn child(&self, name: &str) -> Option<&Node> {
        self.children.iter().find(|child| child.name == name)
    }

    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Node> {
        self.children.iter().filter(move |child| child.name == name)
    }
}

pub fn prefix_of(namespace: &str) -> Option<&'static str> {
    KNOWN.iter().find(|(known, _)| *known == namespace).map(|(_, prefix)| *prefix)
}

/// The namespace that a prefix is kept for.
pub fn namespace_of(prefix: &str) -> Option<&'static str> {
    KNOWN.iter().find(|(_, known)| *known == prefix).map(|(namespace, _)| *namespace)
}

/// # Errors
/// Why it is not well-formed, or not in UTF-8.
pub fn read(bytes: &[u8]) -> Result<Document, String> {
    let text = std::str::from_utf8(bytes).map_err(|error| error.to_string())?;
    let text = text.trim_start_matches('\u{FEFF}').trim_start();
    let mut reader = NsReader::from_str(text);
    reader.config_mut().check_comments = true;
    let (mut open, mut prefixes) = (Vec::<Node>::new(), Vec::new());
    let mut root: Option<Node> = None;
    let mut root_namespace = None;
    loop {
        let event = reader.read_event().map_err(|error| error.to_string())?;
        let text = match &event {
            Event::Start(tag) | Event::Empty(tag) => {
                if root.is_some() && open.is_empty() {
                    return Err("a second root".to_owned());
                }
                let namespace = bound(reader.resolver().resolve_element(tag.name()).0)?;
                let own = root_namespace.get_or_insert_with(|| namespace.clone());
                let name = named(namespace.as_deref(), tag.local_name().as_ref(), own.as_deref());
                let node = Node { name, ..attributes(&reader, tag, &mut prefixes)? };
                match event {
                    Event::Start(_) => open.push(node),
                    _ => close(node, &mut open, &mut root),
                }
                continue;
            }
            Event::End(_) => {
                let node = open.pop().ok_or("an end without a start")?;
                close(node, &mut open, &mut root);
                continue;
            }
            Event::Text(text) => text.xml10_content().into_owned(),
            Event::CData(text) => text.xml10_content().into_owned(),
            Event::GeneralRef(name) => {
                if let Some(node) = open.last_mut() {
                    node.has_numbers |= name.as_ref().starts_with("#x");
                }
                let reference = format!("&{};", name.as_ref());
                let text = quick_xml::escape::unescape(&reference);
                text.map_err(|error| error.to_string())?.into_owned()
            }
            Event::Eof => break,
            _ => continue,
        };
        match open.last_mut() {
            Some(node) => node.text += &text,
            None if text.trim().is_empty() => {}
            None => return Err("text outside the root".to_owned()),
        }
    }
    if !open.is_empty() {
        return Err("cut off".to_owned());
    }
    let root = root.ok_or("no element")?;
    Ok(Document { root, root_namespace: root_namespace.flatten(), prefixes })
}

fn close(node: Node, open: &mut [Node], root: &mut Option<Node>) {
    match open.last_mut() {
        Some(parent) => parent.children.push(node),
        None => *root = Some(node),
    }
}

/// An element without a name yet.
fn attributes(
    reader: &NsReader<&[u8]>,
    tag: &BytesStart<'_>,
    prefixes: &mut Vec<(String, String)>,
) -> Result<Node, String> {
    let mut node = Node::default();
    for attr in tag.attributes() {
        let attr = attr.map_err(|error| error.to_string())?;
        let value = attr.normalized_value(XmlVersion::Implicit1_0);
        let value = value.map_err(|error| error.to_string())?.into_owned();
        let name = attr.key.as_ref();
        if name == "xmlns" || name.starts_with("xmlns:") {
            let prefix = name.strip_prefix("xmlns").unwrap_or("").trim_start_matches(':');
            prefixes.push((prefix.to_owned(), value));
            continue;
        }
        let (namespace, local) = reader.resolver().resolve_attribute(attr.key);
        let namespace = bound(namespace)?;
        node.attrs.push((named(namespace.as_deref(), local.as_ref(), None), value));
    }
    Ok(node)
}

fn bound(namespace: ResolveResult<'_>) -> Result<Option<String>, String> {
    match namespace {
        ResolveResult::Bound(namespace) => Ok(Some(namespace.as_ref().to_owned())),
        ResolveResult::Unbound => Ok(None),
        ResolveResult::Unknown(prefix) => Err(format!("the prefix {prefix} is not declared")),
    }
}

/// `own`: the namespace of the document's language.
fn named(namespace: Option<&str>, local: &str, own: Option<&str>) -> String {
    match namespace {
        None => local.to_owned(),
        namespace if namespace == own => local.to_owned(),
        Some(namespace) => format!("{}:{local}", prefix_of(namespace).unwrap_or("*")),
    }
}
