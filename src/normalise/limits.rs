//! How much of each part of an entry is kept.

pub(super) const MOST_TITLE_CHARS: usize = 500;
/// A title longer than this is cut after its first line.
pub(super) const LONG_TITLE_CHARS: usize = 120;
/// A first line shorter than this is no headline.
pub(super) const SHORT_TITLE_CHARS: usize = 4;
/// A title made of the text.
pub(super) const MADE_TITLE_CHARS: usize = 60;
pub(super) const MOST_SUMMARY_CHARS: usize = 500;
pub(super) const MOST_GUID_BYTES: usize = 2 * 1024;
pub(super) const MOST_LINK_BYTES: usize = 4 * 1024;
/// HTML beyond this is not read.
pub(super) const MOST_HTML_BYTES: usize = 1024 * 1024;
/// HTML nested deeper is kept as text only: the parser's time is quadratic in depth.
pub(super) const MOST_HTML_DEPTH: usize = 200;
/// Safe HTML that is kept.
pub(super) const MOST_CONTENT_BYTES: usize = 512 * 1024;
pub(super) const MOST_AUTHORS: usize = 16;
pub(super) const MOST_AUTHOR_CHARS: usize = 100;
pub(super) const MOST_BYLINE_CHARS: usize = 100;
/// Characters of an outlet's name.
pub(super) const MOST_CREDIT_CHARS: usize = 24;
pub(super) const MOST_RIGHTS_CHARS: usize = 200;
pub(super) const MOST_CATEGORIES: usize = 16;
pub(super) const MOST_CATEGORY_CHARS: usize = 100;
pub(super) const MOST_MEDIA: usize = 8;
pub(super) const MOST_MEDIA_TITLE_CHARS: usize = 200;
