//! How browsers and readers search here: an OpenSearch 1.1 description.

use super::address::{self, Format};
use super::words::Words;
use crate::model::Site;
use quick_xml::escape::escape;

/// Value of its `Content-Type` header.
pub const CONTENT_TYPE: &str = "application/opensearchdescription+xml; charset=utf-8";
/// A short name has 16 characters at most.
const SHORT_NAME: usize = 16;

pub fn description(site: &Site) -> Vec<u8> {
    let words = Words::of(&site.language);
    let short: String = site.title.chars().take(SHORT_NAME).collect();
    let mut xml = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n\
         <OpenSearchDescription xmlns=\"http://a9.com/-/spec/opensearch/1.1/\">\n \
         <ShortName>{}</ShortName>\n <Description>{}</Description>\n",
        escape(short.trim()),
        escape(format!("{}{}{}", site.title, words.joint(), words.searches())),
    );
    for format in [Format::Html, Format::Atom, Format::Rss] {
        let page = address::with_format(address::SEARCH_PATH, format);
        let template = format!("{}?q={{searchTerms}}", address::url(site, &page));
        let kind = format.media_type();
        xml += &format!(" <Url type=\"{kind}\" template=\"{}\"/>\n", escape(template));
    }
    xml += &format!(
        " <Language>{}</Language>\n <InputEncoding>UTF-8</InputEncoding>\n \
         <OutputEncoding>UTF-8</OutputEncoding>\n</OpenSearchDescription>\n",
        escape(&site.language)
    );
    super::xml::legalise(xml.into_bytes())
}
