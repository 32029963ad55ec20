//! Namespaces that feeds use, and the spellings that they use for them.

/// A vocabulary whose elements mean something to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ns {
    /// RSS of any version: elements without a namespace in an RSS document, too.
    Rss,
    Atom,
    Content,
    Dc,
    DcTerms,
    Media,
    Itunes,
    Podcast,
    Wfw,
    Slash,
    Thread,
    Rdf,
    Xhtml,
    Syndication,
    GeoRss,
    Gml,
    /// W3C Basic Geo.
    Geo,
    Other,
}

/// Known names without scheme and final slash, in lower case; the name that feed-rs knows.
const KNOWN: [(&str, Ns, &str); 28] = [
    ("purl.org/rss/1.0", Ns::Rss, "http://purl.org/rss/1.0/"),
    ("my.netscape.com/rdf/simple/0.9", Ns::Rss, "http://purl.org/rss/1.0/"),
    ("channel.netscape.com/rdf/simple/0.9", Ns::Rss, "http://purl.org/rss/1.0/"),
    ("www.w3.org/2005/atom", Ns::Atom, "http://www.w3.org/2005/Atom"),
    ("purl.org/atom/ns#", Ns::Atom, "http://www.w3.org/2005/Atom"),
    ("purl.org/atom/ns", Ns::Atom, "http://www.w3.org/2005/Atom"),
    ("purl.org/rss/1.0/modules/content", Ns::Content, "http://purl.org/rss/1.0/modules/content/"),
    ("purl.org/dc/elements/1.1", Ns::Dc, "http://purl.org/dc/elements/1.1/"),
    ("purl.org/dc/elements/1.0", Ns::Dc, "http://purl.org/dc/elements/1.1/"),
    ("purl.org/metadata/dublin_core", Ns::Dc, "http://purl.org/dc/elements/1.1/"),
    ("purl.org/dc/terms", Ns::DcTerms, ""),
    ("search.yahoo.com/mrss", Ns::Media, "http://search.yahoo.com/mrss/"),
    ("video.search.yahoo.com/mrss", Ns::Media, "http://search.yahoo.com/mrss/"),
    ("www.rssboard.org/media-rss", Ns::Media, "http://search.yahoo.com/mrss/"),
    (
        "www.itunes.com/dtds/podcast-1.0.dtd",
        Ns::Itunes,
        "http://www.itunes.com/dtds/podcast-1.0.dtd",
    ),
    ("itunes.com/dtds/podcast-1.0.dtd", Ns::Itunes, "http://www.itunes.com/dtds/podcast-1.0.dtd"),
    ("podcastindex.org/namespace/1.0", Ns::Podcast, "https://podcastindex.org/namespace/1.0"),
    ("wellformedweb.org/commentapi", Ns::Wfw, "http://wellformedweb.org/CommentAPI/"),
    ("purl.org/rss/1.0/modules/slash", Ns::Slash, ""),
    ("purl.org/syndication/thread/1.0", Ns::Thread, ""),
    ("www.w3.org/1999/02/22-rdf-syntax-ns#", Ns::Rdf, ""),
    ("www.w3.org/1999/02/22-rdf-syntax-ns", Ns::Rdf, ""),
    ("www.w3.org/1999/xhtml", Ns::Xhtml, ""),
    ("purl.org/rss/1.0/modules/syndication", Ns::Syndication, ""),
    ("www.georss.org/georss", Ns::GeoRss, ""),
    ("www.opengis.net/gml", Ns::Gml, ""),
    ("www.w3.org/2003/01/geo/wgs84_pos#", Ns::Geo, ""),
    ("backend.userland.com/rss2", Ns::Rss, "http://purl.org/rss/1.0/"),
];

/// The vocabulary that an address names, and the address that feed-rs expects for
/// it (empty when it has none).
pub(super) fn of_uri(uri: &str) -> (Ns, &'static str) {
    let bare = uri.trim().trim_end_matches('/');
    let bare = bare.strip_prefix("http://").or_else(|| bare.strip_prefix("https://"));
    let Some(bare) = bare else { return (Ns::Other, "") };
    KNOWN
        .iter()
        .find(|(name, ..)| name.eq_ignore_ascii_case(bare))
        .map_or((Ns::Other, ""), |&(_, ns, canonical)| (ns, canonical))
}

/// What a prefix means that nobody declared, and the address to declare for it.
pub(super) fn of_prefix(prefix: &str) -> (Ns, &'static str) {
    match prefix {
        "atom" | "atom10" | "a10" => (Ns::Atom, "http://www.w3.org/2005/Atom"),
        "content" => (Ns::Content, "http://purl.org/rss/1.0/modules/content/"),
        "dc" => (Ns::Dc, "http://purl.org/dc/elements/1.1/"),
        "dcterms" => (Ns::DcTerms, "http://purl.org/dc/terms/"),
        "media" => (Ns::Media, "http://search.yahoo.com/mrss/"),
        "itunes" => (Ns::Itunes, "http://www.itunes.com/dtds/podcast-1.0.dtd"),
        "podcast" => (Ns::Podcast, "https://podcastindex.org/namespace/1.0"),
        "wfw" => (Ns::Wfw, "http://wellformedweb.org/CommentAPI/"),
        "slash" => (Ns::Slash, "http://purl.org/rss/1.0/modules/slash/"),
        "thr" => (Ns::Thread, "http://purl.org/syndication/thread/1.0"),
        "rdf" => (Ns::Rdf, "http://www.w3.org/1999/02/22-rdf-syntax-ns#"),
        "xhtml" => (Ns::Xhtml, "http://www.w3.org/1999/xhtml"),
        "sy" => (Ns::Syndication, "http://purl.org/rss/1.0/modules/syndication/"),
        "georss" => (Ns::GeoRss, "http://www.georss.org/georss"),
        "gml" => (Ns::Gml, "http://www.opengis.net/gml"),
        "geo" => (Ns::Geo, "http://www.w3.org/2003/01/geo/wgs84_pos#"),
        "rss" => (Ns::Rss, "http://purl.org/rss/1.0/"),
        _ => (Ns::Other, "urn:undeclared"),
    }
}

/// The name that RSS has for what differs from it in the case of letters only.
pub(super) fn rss_name(local: &str) -> Option<&'static str> {
    const NAMES: [&str; 28] = [
        "author",
        "category",
        "channel",
        "cloud",
        "comments",
        "copyright",
        "description",
        "docs",
        "enclosure",
        "generator",
        "guid",
        "image",
        "item",
        "language",
        "lastBuildDate",
        "link",
        "managingEditor",
        "pubDate",
        "rating",
        "skipDays",
        "skipHours",
        "source",
        "textInput",
        "title",
        "ttl",
        "url",
        "version",
        "webMaster",
    ];
    in_its_letters(&NAMES, local)
}

/// The name that Atom has for what differs from it in the case of letters only.
pub(super) fn atom_name(local: &str) -> Option<&'static str> {
    const NAMES: [&str; 27] = [
        "author",
        "category",
        "content",
        "contributor",
        "copyright",
        "created",
        "email",
        "entry",
        "feed",
        "generator",
        "icon",
        "id",
        "issued",
        "link",
        "logo",
        "modified",
        "name",
        "published",
        "rights",
        "source",
        "subtitle",
        "summary",
        "tagline",
        "title",
        "updated",
        "uri",
        "url",
    ];
    in_its_letters(&NAMES, local)
}

fn in_its_letters(names: &[&'static str], local: &str) -> Option<&'static str> {
    if !local.bytes().any(|b| b.is_ascii_uppercase()) {
        return None;
    }
    let found = names.iter().find(|name| name.eq_ignore_ascii_case(local))?;
    (*found != local).then_some(*found)
}

/// Prefix and local name.
pub(super) fn split(name: &str) -> (&str, &str) {
    name.split_once(':').unwrap_or(("", name))
}

/// The prefixes of a document. A prefix means one thing in all of it: no feed was
/// seen that uses one for two.
#[derive(Debug, Default)]
pub(super) struct Prefixes<'a> {
    declared: Vec<(&'a str, Ns)>,
    /// More than these are not followed.
    most: usize,
    /// Used without a declaration.
    pub missing: Vec<&'a str>,
    /// Declarations of prefixes beyond those that are followed.
    pub dropped: usize,
}

/// The XML reader bears 128 declarations in force; some are the root's own.
const MOST_PREFIXES: usize = 120;

impl<'a> Prefixes<'a> {
    pub(super) fn new(most: usize) -> Self {
        Prefixes { most, ..Prefixes::default() }
    }

    pub(super) fn declare(&mut self, prefix: &'a str, ns: Ns) {
        match self.declared.iter().position(|(known, _)| *known == prefix) {
            Some(at) => self.declared[at].1 = ns,
            None if self.declared.len() < self.most => self.declared.push((prefix, ns)),
            None => self.dropped += 1,
        }
    }

    /// The vocabulary of a prefix.
    pub(super) fn meaning(&self, prefix: &str) -> Ns {
        let declared = self.declared.iter().find(|(known, _)| *known == prefix);
        declared.map_or_else(|| of_prefix(prefix).0, |(_, ns)| *ns)
    }

    /// The vocabulary of a prefix; notes a prefix that nobody declared.
    pub(super) fn resolve(&mut self, prefix: &'a str) -> Ns {
        let declared = self.declared.iter().any(|(known, _)| *known == prefix);
        if !declared
            && prefix != "xml"
            && self.missing.len() < MOST_PREFIXES.saturating_sub(self.most)
            && !self.missing.contains(&prefix)
        {
            self.missing.push(prefix);
        }
        self.meaning(prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_a_namespace_are_one() {
        assert_eq!(of_uri("http://search.yahoo.com/mrss").0, Ns::Media);
        assert_eq!(
            of_uri("https://www.w3.org/2005/Atom/"),
            (Ns::Atom, "http://www.w3.org/2005/Atom")
        );
        assert_eq!(of_uri("http://example.com/ns").0, Ns::Other);
    }
}
