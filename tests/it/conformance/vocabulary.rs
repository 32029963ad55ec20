//! Which elements may stand where, what each holds, and which stand once.

/// What an element holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Nothing that is looked at.
    Free,
    /// Atom.
    Construct,
    Content,
    Id,
    Instant,
    Person,
    Category,
    Link,
    Generator,
    Reference,
    Entry,
    Source,
    Tombstone,
    /// RSS.
    Title,
    Text,
    Html,
    Uri,
    Date,
    Contact,
    Language,
    Item,
    Subject,
    Guid,
    Enclosure,
    Origin,
    Minutes,
    /// Modules.
    Count,
    Point,
    Media,
    MediaText,
    Answer,
    Mark,
}

/// Around what an element stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    Feed,
    Entry,
    Source,
    Channel,
    Item,
}

impl Scope {
    pub fn is_atom(self) -> bool {
        matches!(self, Scope::Feed | Scope::Entry | Scope::Source)
    }

    /// Whether it is of one piece of news.
    fn is_item(self) -> bool {
        matches!(self, Scope::Entry | Scope::Item)
    }
}

/// Of these vocabularies all elements are known here.
pub const KNOWN: [&str; 9] = ["at", "atom", "content", "dc", "fh", "georss", "slash", "thr", "wfw"];

/// What the element holds, and whether it may stand once only; `None`: it may not stand there.
pub fn of(scope: Scope, name: &str) -> Option<(Kind, bool)> {
    match name.split_once(':') {
        None if scope.is_atom() => of_atom(scope, name),
        None => of_rss(scope, name),
        Some(("atom", local)) if !scope.is_atom() => of_atom_in_rss(scope, local),
        Some((prefix, local)) => of_module(scope, prefix, local),
    }
}

fn of_atom(scope: Scope, name: &str) -> Option<(Kind, bool)> {
    let feed = scope != Scope::Entry;
    Some(match name {
        "title" | "rights" => (Kind::Construct, true),
        "id" => (Kind::Id, true),
        "updated" => (Kind::Instant, true),
        "author" | "contributor" => (Kind::Person, false),
        "category" => (Kind::Category, false),
        "link" => (Kind::Link, false),
        "subtitle" if feed => (Kind::Construct, true),
        "generator" if feed => (Kind::Generator, true),
        "icon" | "logo" if feed => (Kind::Reference, true),
        "entry" if scope == Scope::Feed => (Kind::Entry, false),
        "summary" if !feed => (Kind::Construct, true),
        "content" if !feed => (Kind::Content, true),
        "published" if !feed => (Kind::Instant, true),
        "source" if !feed => (Kind::Source, true),
        _ => return None,
    })
}

fn of_rss(scope: Scope, name: &str) -> Option<(Kind, bool)> {
    let channel = scope == Scope::Channel;
    Some(match name {
        "title" => (Kind::Title, true),
        "link" => (Kind::Uri, true),
        "pubDate" => (Kind::Date, true),
        "category" if channel => (Kind::Text, false),
        "category" => (Kind::Subject, false),
        "description" if channel => (Kind::Text, true),
        "description" => (Kind::Html, true),
        "author" if !channel => (Kind::Contact, true),
        "comments" if !channel => (Kind::Uri, true),
        "enclosure" if !channel => (Kind::Enclosure, true),
        "guid" if !channel => (Kind::Guid, true),
        "source" if !channel => (Kind::Origin, true),
        "language" if channel => (Kind::Language, true),
        "copyright" if channel => (Kind::Text, true),
        "managingEditor" | "webMaster" if channel => (Kind::Contact, true),
        "lastBuildDate" if channel => (Kind::Date, true),
        "generator" if channel => (Kind::Free, true),
        "docs" if channel => (Kind::Uri, true),
        "ttl" if channel => (Kind::Minutes, true),
        "cloud" | "image" | "rating" | "textInput" | "skipHours" | "skipDays" if channel => {
            (Kind::Free, true)
        }
        "item" if channel => (Kind::Item, false),
        _ => return None,
    })
}

fn of_atom_in_rss(scope: Scope, local: &str) -> Option<(Kind, bool)> {
    let item = scope == Scope::Item;
    Some(match local {
        "link" => (Kind::Link, false),
        "updated" => (Kind::Instant, true),
        "published" if item => (Kind::Instant, true),
        "author" | "contributor" => (Kind::Person, false),
        "id" | "title" | "summary" | "content" | "rights" => (Kind::Free, true),
        "subtitle" | "generator" | "icon" | "logo" if !item => (Kind::Free, true),
        "category" if !item => (Kind::Category, false),
        _ => return None,
    })
}

fn of_module(scope: Scope, prefix: &str, local: &str) -> Option<(Kind, bool)> {
    let local = if prefix == "dc" { local.split('.').next()? } else { local };
    Some(match (prefix, local) {
        ("dc", "language") => (Kind::Language, true),
        ("dc", "rights") => (Kind::Text, true),
        ("dc", "title" | "description" | "type" | "format" | "source" | "date") => {
            (Kind::Free, true)
        }
        ("dc", "creator" | "subject" | "publisher" | "contributor" | "identifier") => {
            (Kind::Free, false)
        }
        ("dc", "relation" | "coverage") => (Kind::Free, false),
        ("georss", "point") => (Kind::Point, false),
        ("georss", "line" | "polygon" | "where" | "box" | "featureTypeTag" | "relationshipTag") => {
            (Kind::Free, false)
        }
        ("georss", "featureName" | "elev" | "floor" | "radius") => (Kind::Free, false),
        ("fh", "archive" | "complete") if !scope.is_item() => (Kind::Mark, true),
        ("thr", "in-reply-to") => (Kind::Answer, false),
        ("thr", "total") if scope.is_item() => (Kind::Count, true),
        ("slash", "comments") if scope.is_item() => (Kind::Count, true),
        ("slash", "section" | "department" | "hit_parade") if scope.is_item() => {
            (Kind::Free, false)
        }
        ("wfw", "comment" | "commentRss") if scope.is_item() => (Kind::Uri, true),
        ("content", "encoded") if scope == Scope::Item => (Kind::Html, true),
        ("content", "items") if scope == Scope::Item => (Kind::Free, true),
        ("at", "deleted-entry") if scope == Scope::Feed => (Kind::Tombstone, false),
        ("media", "content") if scope.is_item() => (Kind::Media, false),
        ("media", "title" | "description") => (Kind::MediaText, true),
        (prefix, _) if !KNOWN.contains(&prefix) => (Kind::Free, false),
        _ => return None,
    })
}
