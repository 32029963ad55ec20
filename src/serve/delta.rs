//! Feeds without the entries that a reader has (RFC 3229, with `feed` for the instance manipulation).

use super::coding::{self, Coding};
use hyper::HeaderMap;
use hyper::header::{HeaderName, IF_NONE_MATCH};

pub const A_IM: HeaderName = HeaderName::from_static("a-im");
pub const IM: HeaderName = HeaderName::from_static("im");
pub const DELTA_BASE: HeaderName = HeaderName::from_static("delta-base");
/// What is made for one reader is of no use to others.
pub const CACHING: &str = "no-store";
pub const VARY: &str = "A-IM, If-None-Match, Accept-Encoding";
pub const FEED: &str = "feed";

/// A document with nothing but what is new since a version of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delta {
    /// ETag of the version, without quotes and coding.
    pub base: String,
    pub body: Vec<u8>,
}

/// A version that a reader has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Base {
    /// Without quotes and coding.
    pub etag: String,
    /// As it was named.
    pub named: String,
}

/// Whether the reader takes such a document.
pub fn is_taken(headers: &HeaderMap) -> bool {
    let values = headers.get_all(A_IM).iter().filter_map(|value| value.to_str().ok());
    let mut wishes = values.flat_map(|value| value.split(',')).filter_map(coding::wish);
    wishes.any(|(name, quality)| name.eq_ignore_ascii_case(FEED) && quality > 0)
}

/// The versions that the reader names.
pub fn bases(headers: &HeaderMap) -> Vec<Base> {
    let lists = headers.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    let tags = lists.flat_map(|list| list.split('"').skip(1).step_by(2));
    let base = |tag: &str| {
        let suffixes = Coding::ALL.iter().map(|coding| coding.suffix());
        let suffix = suffixes.filter(|suffix| !suffix.is_empty()).find(|s| tag.ends_with(s));
        let etag = tag[..tag.len() - suffix.map_or(0, str::len)].to_owned();
        Base { etag, named: format!("\"{tag}\"") }
    };
    tags.map(base).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::header::HeaderValue;

    fn headers(name: HeaderName, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_static(value))])
    }

    #[test]
    fn a_reader_says_what_it_takes() {
        for value in ["feed", "vcdiff, FEED;q=0.3", "feed;q=1", "gzip,feed"] {
            assert!(is_taken(&headers(A_IM, value)), "{value}");
        }
        for value in ["vcdiff", "feed;q=0", "feeds", ""] {
            assert!(!is_taken(&headers(A_IM, value)), "{value}");
        }
        assert!(!is_taken(&HeaderMap::new()));
    }

    #[test]
    fn versions_are_read_in_any_coding() {
        let bases = bases(&headers(IF_NONE_MATCH, "W/\"7-ab-gz\", \"8-ab\",\"9-ab-br\""));
        let told: Vec<_> = bases.iter().map(|base| (&*base.etag, &*base.named)).collect();
        let expected = [("7-ab", "\"7-ab-gz\""), ("8-ab", "\"8-ab\""), ("9-ab", "\"9-ab-br\"")];
        assert_eq!(told, expected);
        assert_eq!(super::bases(&headers(IF_NONE_MATCH, "*")), []);
        assert_eq!(super::bases(&headers(IF_NONE_MATCH, "\"")).len(), 1);
    }
}
