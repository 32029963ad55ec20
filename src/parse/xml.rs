//! RSS and Atom: feed-rs reads what the prepass prepared, and its entries meet again
//! what the prepass noted of them.

mod links;

use super::dates::Dates;
use super::extras::{DateField, Extras, ItemExtras, on_earth};
use super::kinds::Kept;
use super::prepass::{self, Prepared};
use super::sniff::{Family, Root};
use super::{MOST_DEFECTS, ParseContext, ParseError, empty_items, resolve};
use crate::model::{Author, Category, Defect, ParsedEntry, ParsedFeed};
use crate::text::{clean, html};
use feed_rs::model as read;
pub(super) use links::image_type;
use links::{Addresses, feed_link, is_address};
use std::panic::{AssertUnwindSafe, catch_unwind};
use url::Url;

/// Reading items one by one repeats what precedes them; not beyond so many bytes.
const MOST_REPEATED_BYTES: usize = 64 * 1024 * 1024;

pub(super) fn parse(
    text: &str,
    root: &Root,
    url: Option<&Url>,
    context: &ParseContext,
) -> Result<ParsedFeed, ParseError> {
    let mut prepared = prepass::prepare(text, root, url, context.limits);
    let mut defects = std::mem::take(&mut prepared.defects);
    let mut extras = std::mem::take(&mut prepared.extras);
    let items = std::mem::take(&mut extras.items);
    let read = match read_whole(&prepared.document()) {
        Ok(feed) if feed.entries.len() == items.len() => (feed, items, Vec::new()),
        // Which of the items is missing can only be told one by one.
        Ok(feed) => {
            let each = read_items(&prepared, items, read_whole);
            each.unwrap_or((feed, Vec::new(), Vec::new()))
        }
        Err(error) => read_items(&prepared, items, read_whole).ok_or(error)?,
    };
    let (mut feed, items, mut lost) = read;
    let unreadable = lost.len();
    defects.append(&mut lost);
    for entry in &mut feed.entries {
        let body = entry.content.as_mut().and_then(|content| content.body.as_mut());
        let summary = entry.summary.as_mut().map(|summary| &mut summary.content);
        for text in body.into_iter().chain(summary) {
            prepared.cuts.restore(text);
        }
    }
    let mut joined = join(feed, extras, items, root.family, url, context, defects);
    joined.faulty_items += unreadable;
    Ok(joined)
}

fn read_whole(document: &str) -> Result<read::Feed, ParseError> {
    // A parser that failed once must not be used again; a panic must not go further.
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        feed_rs::parser::Builder::new()
            .sanitize_content(false)
            // Both are ours: ids come from the origin's words, dates from `text::dates`.
            .id_generator(|_, _, _| String::new())
            .timestamp_parser(|_| None)
            .build()
            .parse(document.as_bytes())
    }));
    match outcome {
        Ok(Ok(feed)) => Ok(feed),
        Ok(Err(error)) => Err(ParseError::malformed(&error)),
        Err(_) => Err(ParseError::Malformed { detail: "the reader gave up".to_owned() }),
    }
}

/// Reads each item on its own, so that one bad item costs only itself and has a defect.
fn read_items(
    prepared: &Prepared<'_>,
    items: Vec<ItemExtras>,
    read: impl Fn(&str) -> Result<read::Feed, ParseError>,
) -> Option<(read::Feed, Vec<ItemExtras>, Vec<Defect>)> {
    let count = prepared.items();
    if prepared.prologue_bytes().saturating_mul(count) > MOST_REPEATED_BYTES {
        return None;
    }
    let mut whole: Option<read::Feed> = None;
    let (mut kept, mut lost) = (Vec::new(), Vec::new());
    for (index, item) in items.into_iter().enumerate().take(count) {
        let document = prepared.with_item(index)?;
        let mut feed = match read(&document) {
            Ok(feed) if feed.entries.len() == 1 => feed,
            outcome => {
                if lost.len() < MOST_DEFECTS {
                    let why = outcome.err().map_or_else(|| "no item".to_owned(), |e| e.to_string());
                    let detail = format!("item {} of {count}: {why}", index + 1);
                    lost.push(Defect { kind: "unreadable-item", detail });
                }
                continue;
            }
        };
        kept.push(item);
        match &mut whole {
            Some(whole) => whole.entries.append(&mut feed.entries),
            None => whole = Some(feed),
        }
    }
    Some((whole?, kept, lost))
}

fn join(
    feed: read::Feed,
    extras: Extras,
    mut items: Vec<ItemExtras>,
    family: Family,
    url: Option<&Url>,
    context: &ParseContext,
    mut defects: Vec<Defect>,
) -> ParsedFeed {
    if items.len() != feed.entries.len() {
        let detail = format!("{} items, but {} entries", items.len(), feed.entries.len());
        defects.push(Defect { kind: "unaligned", detail });
        items = feed.entries.iter().map(|_| ItemExtras::default()).collect();
    }
    let base = extras.base.as_deref().and_then(|base| Url::parse(base).ok());
    let url = base.as_ref().or(url);
    let mut dates = Dates::new(context);
    let updated =
        extras.updated.iter().filter_map(|text| dates.first([text.as_str()])).map(|d| d.at);
    let updated = updated.max();
    let is_self = |id: &str| {
        let mut own = feed.links.iter().filter(|link| link.rel.as_deref() == Some("self"));
        own.any(|link| link.href == id)
    };
    // Atom: an id may be the site's address.
    let id = Some(feed.id.trim()).filter(|id| is_address(id) && !is_self(id));
    let link = feed_link(&feed.links).or(id);
    let update_minutes = extras.update_minutes();
    let of_rel = |rel: &'static str| {
        let links = feed.links.iter().filter(move |link| link.rel.as_deref() == Some(rel));
        links.filter_map(|link| resolve(url, &link.href))
    };
    let description = feed.description.map(|text| match family {
        Family::Atom => as_html(text),
        _ => text.content,
    });
    let rights = feed.rights.map(|text| match family {
        Family::Atom => as_html(text),
        _ => text.content,
    });
    let mut parsed = ParsedFeed {
        format: extras.format,
        encoding: String::new(),
        id: clean::non_empty(&feed.id).map(str::to_owned),
        link: link.and_then(|link| resolve(url, link)),
        self_link: of_rel("self").next(),
        hubs: of_rel("hub").collect(),
        title: feed.title.map(as_html).or_else(|| kept(&extras.texts, &[Kept::Title])),
        description: description
            .or_else(|| kept(&extras.texts, &[Kept::Summary, Kept::OtherSummary])),
        rights,
        language: extras.language.or(feed.language).filter(|language| !language.trim().is_empty()),
        updated,
        ttl_minutes: feed.ttl.map(u64::from),
        update_minutes,
        skip_hours: extras.skip_hours,
        skip_days: extras.skip_days,
        cloud: extras.cloud,
        image: extras.image.and_then(|image| resolve(url, &image)),
        next_link: of_rel("next").next(),
        entries: Vec::with_capacity(feed.entries.len()),
        ends_within_entry: items.last().is_some_and(|item| item.is_cut && !item.is_empty),
        faulty_items: 0,
        defects,
    };
    let site = parsed.link.as_deref().and_then(|link| Url::parse(link).ok());
    let outer = site.as_ref().or(url);
    let authors: Vec<Author> = feed.authors.into_iter().filter_map(author).collect();
    let empty = items.iter().filter(|item| item.is_empty).count();
    parsed.defects.extend(empty_items(empty));
    let said = feed.entries.into_iter().zip(items).filter(|(_, item)| !item.is_empty);
    for (read, item) in said {
        parsed.entries.push(entry(read, item, family, outer, &authors, &mut dates));
    }
    parsed.defects.append(&mut dates.defects);
    parsed.faulty_items = empty + dates.misses;
    parsed
}

/// A path, where the origin says that it is an address.
fn is_relative_address(guid: &str) -> bool {
    guid.contains('/') && !guid.contains(char::is_whitespace)
}

/// `outer`: what relative addresses are resolved against outside any `xml:base`.
fn entry(
    read: read::Entry,
    mut item: ItemExtras,
    family: Family,
    outer: Option<&Url>,
    feed_authors: &[Author],
    dates: &mut Dates<'_>,
) -> ParsedEntry {
    let published = [DateField::Published, DateField::Date, DateField::Created];
    let published = dates.first(item.dates_of(&published));
    let updated = dates.first(item.dates_of(&[DateField::Updated]));
    let mut addresses = Addresses::of(&read, &item, family);
    let media_title = read.media.iter().find_map(|media| media.title.as_ref());
    let media_title = media_title.map(|title| title.content.clone());
    let guid = item.guid.or(item.about).or_else(|| clean::non_empty(&read.id).map(str::to_owned));
    let is_address = guid.as_deref().is_some_and(|guid| {
        is_address(guid) || item.guid_is_stated_link && is_relative_address(guid)
    });
    let mut authors: Vec<Author> = match family {
        Family::Atom => read.authors.into_iter().filter_map(author).collect(),
        Family::Rss | Family::Rdf | Family::Cdf => Vec::new(),
    };
    if authors.is_empty() {
        authors = item.authors;
    }
    if authors.is_empty() && family == Family::Atom {
        authors = feed_authors.to_vec();
    }
    let of_atom = |c: read::Category| Category { term: c.term, scheme: c.scheme, label: c.label };
    let categories = match family {
        Family::Atom => read.categories.into_iter().map(of_atom).collect(),
        Family::Rss | Family::Rdf | Family::Cdf => item.categories,
    };
    let content = read.content.and_then(|content| {
        let plain = content.content_type.as_str() == "text/plain";
        content.body.map(|body| if plain { html::escape(&body).into_owned() } else { body })
    });
    // RSS text may hold markup whatever feed-rs calls it.
    let text = |text: read::Text| if family == Family::Atom { as_html(text) } else { text.content };
    let title = read.title.map(text).filter(|title| !title.trim().is_empty());
    let mut summary = read.summary.map(text).filter(|summary| !summary.trim().is_empty());
    let mut content = content.or_else(|| kept(&item.texts, &[Kept::Content]));
    let text_base = item.text_bases[usize::from(content.is_some())].take();
    // RSS with a summary beside the description: that is the content then.
    if content.is_none()
        && let Some(described) = &mut summary
        && let Some(own) = kept(&item.texts, &[Kept::Summary])
    {
        content = Some(std::mem::replace(described, own));
    }
    // The text's base is the entry's: what stands outside the text is resolved at once.
    if text_base.is_some() {
        let own = item.base.as_deref().and_then(|base| Url::parse(base).ok());
        addresses.resolve(own.as_ref().or(outer));
    }
    let Addresses { link, comments, media } = addresses;
    let rights = read.rights.map(text).or_else(|| kept(&item.texts, &[Kept::Rights]));
    let summary = summary.or_else(|| kept(&item.texts, &[Kept::Summary, Kept::OtherSummary]));
    let title = title.or_else(|| kept(&item.texts, &[Kept::Title])).or(media_title);
    ParsedEntry {
        guid_is_link: family != Family::Atom && !item.guid_is_opaque && is_address,
        guid,
        link,
        title,
        authors,
        published,
        updated,
        summary,
        content,
        base: text_base.or(item.base),
        language: item.language.or(read.language),
        categories: categories.into_iter().chain(item.subjects).collect(),
        media,
        comments,
        source_title: item.source_title.filter(|title| !title.is_empty()),
        rights,
        location: item.point.or_else(|| on_earth(item.latitude?, item.longitude?)),
        reply_to: item.reply_to,
    }
}

/// The best of the texts that were kept: the first of the first kind.
fn kept(texts: &[(Kept, String)], wanted: &[Kept]) -> Option<String> {
    let find = |wanted: &Kept| texts.iter().find(|(kept, _)| kept == wanted);
    wanted.iter().find_map(find).map(|(_, text)| text.clone())
}

/// Text as HTML that shows it.
fn as_html(text: read::Text) -> String {
    match text.content_type.as_str() {
        "text/plain" => html::escape(&text.content).into_owned(),
        _ => text.content,
    }
}

fn author(person: read::Person) -> Option<Author> {
    let name = person.name.map(|name| name.trim().to_owned()).unwrap_or_default();
    let email = person.email.filter(|email| !email.trim().is_empty());
    let someone = !name.is_empty() || email.is_some();
    someone.then_some(Author { name, uri: person.uri, email })
}

#[cfg(test)]
mod tests {
    use super::super::Limits;
    use super::super::sniff::{Kind, sniff};
    use super::*;

    #[test]
    fn items_are_read_one_by_one_when_the_whole_fails() {
        let text = "<rss version=\"2.0\"><channel><title>t</title><item><title>a</title></item>\
            <item><title>b</title></item><item><title>c</title></item></channel></rss>";
        let Kind::Xml(root) = sniff(text, None) else { panic!("no feed") };
        let mut prepared = prepass::prepare(text, &root, None, Limits::default());
        let items = std::mem::take(&mut prepared.extras.items);
        let fails_on_b = |document: &str| match document.contains(">b<") {
            true => Err(ParseError::Malformed { detail: "b".to_owned() }),
            false => read_whole(document),
        };
        let (feed, items, lost) = read_items(&prepared, items, fails_on_b).expect("an item");
        assert_eq!((feed.entries.len(), items.len()), (2, 2));
        assert_eq!(lost.len(), 1);
        assert!(lost[0].detail.starts_with("item 2 of 3: "), "{lost:?}");
        assert_eq!(feed.title.map(|title| title.content).as_deref(), Some("t"));
    }
}
