//! Why a document is no feed.

use crate::text::clean;

/// What a document looks like that is no feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Looks {
    /// A web page; with the address of a feed when it names one (RSS Autodiscovery).
    Html {
        feed: Option<String>,
    },
    /// XML of another kind, by its root element.
    Xml {
        root: String,
    },
    Json,
    /// A list of feeds.
    Opml,
    /// Not even text.
    Binary,
    Text,
}

impl std::fmt::Display for Looks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Looks::Html { feed: None } => f.write_str("a web page"),
            Looks::Html { feed: Some(feed) } => write!(f, "a web page whose feed is {feed}"),
            Looks::Xml { root } => write!(f, "XML with the root element <{root}>"),
            Looks::Json => f.write_str("JSON of another kind"),
            Looks::Opml => f.write_str(
                "OPML, a list of feeds; `countywire import-opml` makes a [[source]] of each",
            ),
            Looks::Binary => f.write_str("binary data"),
            Looks::Text => f.write_str("plain text"),
        }
    }
}

#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ParseError {
    #[error("the document is empty")]
    Empty,
    #[error("not a feed: the document is {looks}")]
    NotAFeed { looks: Looks },
    #[error("the document has {bytes} bytes of text; the limit is {limit_bytes}")]
    TooLarge { bytes: usize, limit_bytes: usize },
    #[error("the document nests deeper than can be read")]
    TooDeep,
    #[error("the feed cannot be read: {detail}")]
    Malformed { detail: String },
}

/// Of what a document says of itself, so much is told in an error.
pub(super) const MOST_TOLD_CHARS: usize = 200;

impl ParseError {
    pub(super) fn malformed(cause: &impl std::fmt::Display) -> Self {
        ParseError::Malformed { detail: clean::one_line(&cause.to_string(), MOST_TOLD_CHARS) }
    }

    /// A short fixed label.
    pub fn kind(&self) -> &'static str {
        match self {
            ParseError::Empty => "empty",
            ParseError::NotAFeed { .. } => "not_a_feed",
            ParseError::TooLarge { .. } => "too_large",
            ParseError::TooDeep => "too_deep",
            ParseError::Malformed { .. } => "malformed",
        }
    }
}
