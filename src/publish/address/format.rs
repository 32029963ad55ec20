//! In what form a document is, as its address says it.

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    Html,
    Atom,
    Rss,
    Json,
}

impl Format {
    /// The formats that are feeds, in the order in which pages offer them.
    pub const FEEDS: [Format; 3] = [Format::Atom, Format::Rss, Format::Json];

    pub fn suffix(self) -> &'static str {
        match self {
            Format::Html => "",
            Format::Atom => ".atom",
            Format::Rss => ".rss",
            Format::Json => ".json",
        }
    }

    /// As a person reads it.
    pub fn label(self) -> &'static str {
        match self {
            Format::Html => "HTML",
            Format::Atom => "Atom",
            Format::Rss => "RSS",
            Format::Json => "JSON",
        }
    }

    /// Media type without parameters, as links state it.
    pub fn media_type(self) -> &'static str {
        match self {
            Format::Html => "text/html",
            Format::Atom => "application/atom+xml",
            Format::Rss => "application/rss+xml",
            Format::Json => "application/feed+json",
        }
    }

    /// Value of the `Content-Type` header.
    pub fn content_type(self) -> &'static str {
        match self {
            Format::Html => "text/html; charset=utf-8",
            Format::Atom => "application/atom+xml; charset=utf-8",
            Format::Rss => "application/rss+xml; charset=utf-8",
            Format::Json => "application/feed+json; charset=utf-8",
        }
    }

    /// `xingping.atom` is `xingping` in Atom; a name without one of our suffixes is a page.
    pub(super) fn split(name: &str) -> (&str, Format) {
        for format in Format::FEEDS {
            if let Some(stem) = name.strip_suffix(format.suffix()) {
                return (stem, format);
            }
        }
        (name, Format::Html)
    }
}
