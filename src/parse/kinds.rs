//! What an element is in a feed, by its vocabulary, its name and where it stands.

use super::extras::DateField;
use super::names::Ns;
use super::sniff::Family;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Root,
    Channel,
    Item,
    /// `atom:source`: what it holds is not the entry's.
    Source,
    /// Text that may hold markup.
    Markup(Markup),
    Field(Field),
    /// An `atom:link` of an item.
    AtomLink,
    /// `atom:author` of an RSS item.
    Person,
    /// `atom:category` of an RSS item.
    AtomCategory,
    /// `skipHours`, `skipDays`.
    Skip,
    Cloud,
    /// `image` of the feed.
    Image,
    /// GeoRSS and GML hold a point in elements of theirs.
    Where,
    InReplyTo,
    /// `itunes:category`: named by its attribute.
    TextCategory,
    /// An enclosure or a MediaRSS object.
    Media,
    /// What feed-rs must not see.
    Unwanted,
    Other,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Markup {
    Title,
    Body,
    /// Atom content: may be elsewhere, or no text at all.
    AtomContent,
    /// feed-rs fails when it is empty.
    Media,
    /// feed-rs does not pass it on: it is kept.
    Kept(Kept),
}

/// Texts that stand in for others that are missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kept {
    Title,
    Summary,
    /// A summary of another vocabulary, which a summary goes before.
    OtherSummary,
    Content,
    Rights,
}

/// Short text that is noted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    Guid,
    Link,
    Date(DateField),
    Author,
    PersonEmail,
    Subject,
    Category,
    /// Parted by commas.
    Keywords,
    CommentsCount,
    SourceTitle,
    Language,
    FeedUpdated,
    /// A person of the feed: noted for its dangers only.
    Contact,
    Duration,
    SkipHour,
    SkipDay,
    UpdatePeriod,
    UpdateFrequency,
    ImageUrl,
    CommentsFeed,
    /// Latitude and longitude.
    Point,
    Latitude,
    Longitude,
}

/// `parent`: what the element stands in.
pub(super) fn kind(family: Family, parent: Kind, in_item: bool, ns: Ns, local: &str) -> Kind {
    if in_item {
        match (ns, local) {
            (Ns::Media, "title" | "description") => return Kind::Markup(Markup::Media),
            (Ns::Media, "content" | "thumbnail") | (Ns::Itunes, "image") => return Kind::Media,
            (Ns::Podcast, _) => return Kind::Unwanted,
            (Ns::Itunes, "category") => return Kind::TextCategory,
            _ => {}
        }
    }
    match (family, parent) {
        (Family::Atom, Kind::Root) => match (ns, local) {
            (Ns::Atom, "entry") => Kind::Item,
            _ => of_feed(ns, local),
        },
        (Family::Rss, Kind::Root) => match local {
            "channel" => Kind::Channel,
            // Without a channel: RSS 0.90 has its items beside it.
            "item" => Kind::Item,
            "image" => Kind::Image,
            _ => Kind::Other,
        },
        (Family::Rdf, Kind::Root) => match (ns, local) {
            (Ns::Rss, "channel") => Kind::Channel,
            (Ns::Rss, "item") => Kind::Item,
            (Ns::Rss, "image") => Kind::Image,
            _ => Kind::Other,
        },
        (Family::Rss, Kind::Channel) if ns == Ns::Rss && local == "item" => Kind::Item,
        (_, Kind::Channel) => of_feed(ns, local),
        (_, Kind::Item) => of_item(family, ns, local),
        (_, Kind::Person) => match local {
            "name" => Kind::Field(Field::Author),
            "email" => Kind::Field(Field::PersonEmail),
            _ => Kind::Other,
        },
        (_, Kind::Skip) => match local {
            "hour" => Kind::Field(Field::SkipHour),
            "day" => Kind::Field(Field::SkipDay),
            _ => Kind::Other,
        },
        (_, Kind::Image) if local == "url" => Kind::Field(Field::ImageUrl),
        (_, Kind::Where) => match local {
            "pos" => Kind::Field(Field::Point),
            "lat" => Kind::Field(Field::Latitude),
            "long" => Kind::Field(Field::Longitude),
            _ => Kind::Where,
        },
        (_, Kind::Source) => match local {
            "title" => Kind::Field(Field::SourceTitle),
            _ => Kind::Other,
        },
        _ => Kind::Other,
    }
}

fn of_feed(ns: Ns, local: &str) -> Kind {
    match (ns, local) {
        (Ns::Rss | Ns::Atom, "title") => Kind::Markup(Markup::Title),
        (Ns::Rss, "description" | "copyright")
        | (Ns::Atom, "subtitle" | "rights" | "info")
        | (Ns::Dc, "rights") => Kind::Markup(Markup::Body),
        (Ns::Rss, "lastBuildDate" | "pubDate" | "updated")
        | (Ns::Atom, "updated" | "modified")
        | (Ns::Dc, "date")
        | (Ns::DcTerms, "modified" | "issued") => Kind::Field(Field::FeedUpdated),
        (Ns::Dc, "title") => Kind::Markup(Markup::Kept(Kept::Title)),
        (Ns::Itunes, "summary" | "subtitle") | (Ns::Dc, "description") => {
            Kind::Markup(Markup::Kept(Kept::OtherSummary))
        }
        (Ns::Rss, "managingEditor" | "webMaster")
        | (Ns::Itunes, "author" | "owner")
        | (Ns::Dc, "creator") => Kind::Field(Field::Contact),
        (Ns::Rss | Ns::Dc, "language") => Kind::Field(Field::Language),
        (Ns::Rss, "skipHours" | "skipDays") => Kind::Skip,
        (Ns::Rss, "cloud") => Kind::Cloud,
        (Ns::Rss, "image") => Kind::Image,
        (Ns::Atom, "logo" | "icon") => Kind::Field(Field::ImageUrl),
        (Ns::Syndication, "updatePeriod") => Kind::Field(Field::UpdatePeriod),
        (Ns::Syndication, "updateFrequency") => Kind::Field(Field::UpdateFrequency),
        (Ns::Podcast, _) => Kind::Unwanted,
        _ => Kind::Other,
    }
}

fn of_item(family: Family, ns: Ns, local: &str) -> Kind {
    let atom = family == Family::Atom;
    if ns == Ns::Atom && !atom {
        match local {
            "title" => return Kind::Markup(Markup::Kept(Kept::Title)),
            "summary" => return Kind::Markup(Markup::Kept(Kept::OtherSummary)),
            "content" => return Kind::Markup(Markup::Kept(Kept::Content)),
            "author" => return Kind::Person,
            "category" => return Kind::AtomCategory,
            _ => {}
        }
    }
    match (ns, local) {
        (Ns::Rss | Ns::Atom, "title") => Kind::Markup(Markup::Title),
        (Ns::Atom, "content") if atom => Kind::Markup(Markup::AtomContent),
        (Ns::Rss, "description")
        | (Ns::Atom, "summary" | "content" | "rights")
        | (Ns::Content, "encoded") => Kind::Markup(Markup::Body),
        (Ns::Dc | Ns::Itunes, "title") => Kind::Markup(Markup::Kept(Kept::Title)),
        (Ns::Itunes, "summary" | "subtitle") | (Ns::Dc, "description") => {
            Kind::Markup(Markup::Kept(Kept::OtherSummary))
        }
        (Ns::Rss, "summary") => Kind::Markup(Markup::Kept(Kept::Summary)),
        (Ns::Dc, "rights") => Kind::Markup(Markup::Kept(Kept::Rights)),
        (Ns::Rss | Ns::Xhtml, "body") | (Ns::Rss, "fullitem") if !atom => {
            Kind::Markup(Markup::Kept(Kept::Content))
        }
        (Ns::Atom, "source") if atom => Kind::Source,
        (Ns::Atom, "id") if atom => Kind::Field(Field::Guid),
        (Ns::Rss, "guid") => Kind::Field(Field::Guid),
        (Ns::Rss, "link") => Kind::Field(Field::Link),
        (Ns::Atom, "link") => Kind::AtomLink,
        (Ns::Rss, "source") => Kind::Field(Field::SourceTitle),
        (Ns::Rss, "category") if !atom => Kind::Field(Field::Category),
        (Ns::Rss, "pubDate" | "pubdate" | "published")
        | (Ns::Atom, "published" | "issued" | "pubDate")
        | (Ns::DcTerms, "issued") => Kind::Field(Field::Date(DateField::Published)),
        (Ns::Dc | Ns::Rss, "date") => Kind::Field(Field::Date(DateField::Date)),
        (Ns::DcTerms | Ns::Atom, "created") => Kind::Field(Field::Date(DateField::Created)),
        (Ns::Rss | Ns::Atom, "updated" | "modified") | (Ns::DcTerms, "modified") => {
            Kind::Field(Field::Date(DateField::Updated))
        }
        (Ns::Rss, "author") | (Ns::Dc, "creator" | "author") | (Ns::Itunes, "author") => {
            Kind::Field(Field::Author)
        }
        (Ns::Itunes, "keywords") => Kind::Field(Field::Keywords),
        (Ns::Dc, "subject") | (Ns::Media, "category") => Kind::Field(Field::Subject),
        (Ns::Slash, "comments") | (Ns::Thread, "total") => Kind::Field(Field::CommentsCount),
        (Ns::Wfw, "commentRss" | "commentRSS") => Kind::Field(Field::CommentsFeed),
        (Ns::Thread, "in-reply-to") => Kind::InReplyTo,
        (Ns::GeoRss, "point") => Kind::Field(Field::Point),
        (Ns::GeoRss, "where") | (Ns::Gml | Ns::Geo, "Point") => Kind::Where,
        (Ns::Geo, "lat") => Kind::Field(Field::Latitude),
        (Ns::Geo, "long") => Kind::Field(Field::Longitude),
        (Ns::Rss, "enclosure") => Kind::Media,
        (Ns::Itunes, "duration") => Kind::Field(Field::Duration),
        _ => Kind::Other,
    }
}

/// Whether an element of an RSS item that is still open must have ended before this
/// one: its end tag is missing.
pub(super) fn ends_text(open: Markup, ns: Ns, local: &str) -> bool {
    match (ns, local) {
        (
            Ns::Rss,
            "item" | "guid" | "pubDate" | "enclosure" | "category" | "comments" | "author",
        )
        | (Ns::Dc | Ns::Content | Ns::Itunes | Ns::Media, _) => true,
        // HTML has these two as well.
        (Ns::Rss, "link" | "title") => open == Markup::Title,
        (Ns::Rss, "description") => true,
        _ => false,
    }
}
