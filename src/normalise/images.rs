//! What becomes of a picture: kept, found where a script would have looked, or dropped.

use crate::text::html;
use std::borrow::Cow;

/// Where pictures are put that show nothing and count readers: hosts with those below them,
/// and the beginning of the path.
const TRACKERS: [(&str, &str); 24] = [
    ("feeds.feedburner.com", "/~r/"),
    ("feeds.feedburner.com", "/~ff/"),
    ("feedsportal.com", "/"),
    ("pixel.wp.com", "/"),
    ("stats.wp.com", "/"),
    ("stats.wordpress.com", "/"),
    ("doubleclick.net", "/"),
    ("google-analytics.com", "/"),
    ("googleadservices.com", "/"),
    ("googlesyndication.com", "/"),
    ("amazon-adsystem.com", "/"),
    ("scorecardresearch.com", "/"),
    ("quantserve.com", "/"),
    ("mathtag.com", "/"),
    ("facebook.com", "/tr"),
    ("medium.com", "/_/stat"),
    ("list-manage.com", "/track/"),
    ("track.hubspot.com", "/"),
    ("follow.it", "/track"),
    ("blogger.googleusercontent.com", "/tracker/"),
    ("hm.baidu.com", "/"),
    ("cnzz.com", "/"),
    ("51.la", "/"),
    ("mmstat.com", "/"),
];
/// Where the address of a picture stands that a script was to load, the likeliest first.
const LAZY: [&str; 7] = [
    "data-src",
    "data-original",
    "data-lazy-src",
    "data-actualsrc",
    "_src",
    "data-original-src",
    "data-lazyload",
];
/// The same, where it may also be that of something else: only for want of another.
const PERHAPS: [&str; 7] = [
    "zoomfile",
    "data-orig-src",
    "data-lazy",
    "data-echo",
    "data-cfsrc",
    "data-croporisrc",
    "data-url",
];
const SETS: [&str; 3] = ["srcset", "data-srcset", "data-lazy-srcset"];
/// Parts of the names of pictures that stand in for others.
const PLACEHOLDERS: [&str; 11] = [
    "blank.",
    "spacer",
    "pixel.",
    "transparent",
    "placeholder",
    "lazy",
    "loading",
    "grey.",
    "1x1",
    "default_img",
    "none.gif",
];
/// Wider pictures cost readers more than they show. Pixels.
const WIDEST: u32 = 1600;
/// In thousandths of the usual density.
const DENSEST: u32 = 2000;
/// Candidates of one `srcset` that are looked at.
const MOST_CANDIDATES: usize = 32;

/// What becomes of a picture.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Image<'a> {
    Keep,
    Drop,
    /// It is at this address.
    At(Cow<'a, str>),
}

/// Trackers and hidden pictures go; one that waits for a script is shown at once.
pub(super) fn image(attributes: &str) -> Image<'_> {
    let value = |name| html::attribute(attributes, name);
    let src = value("src").unwrap_or_default();
    let src = src.trim();
    let style = style(attributes);
    if is_tracker(attributes, src, &style) {
        return Image::Drop;
    }
    if attributes.contains("data-") || attributes.contains("_src") {
        let lazy = LAZY.iter().find_map(|name| value(name).filter(|src| is_address(src)));
        if let Some(lazy) = lazy {
            return Image::At(lazy);
        }
    }
    if is_hidden(&style) {
        return Image::Drop;
    }
    let missing = !is_address(src);
    if (missing || stands_in(src))
        && attributes.contains("srcset")
        && let Some(best) = SETS.iter().find_map(|name| best_of(&value(name)?))
    {
        return Image::At(Cow::Owned(best));
    }
    if missing || stands_in(src) {
        let perhaps = PERHAPS.iter().find_map(|name| value(name).filter(|src| is_address(src)));
        if let Some(address) = perhaps {
            return Image::At(address);
        }
    }
    if missing { Image::Drop } else { Image::Keep }
}

/// Whether a picture was dropped for what it is, not for want of an address.
pub(super) fn is_unwanted(attributes: &str) -> bool {
    let src = html::attribute(attributes, "src").unwrap_or_default();
    let style = style(attributes);
    is_tracker(attributes, src.trim(), &style) || is_hidden(&style)
}

fn is_tracker(attributes: &str, src: &str, style: &str) -> bool {
    let is_dot = |name| {
        let size = html::attribute(attributes, name);
        size.as_deref().is_some_and(is_dot) || declared(style, name).is_some_and(is_dot)
    };
    (is_dot("width") && is_dot("height")) || is_at(src, &TRACKERS)
}

fn is_hidden(style: &str) -> bool {
    declared(style, "display") == Some("none") || declared(style, "visibility") == Some("hidden")
}

fn style(attributes: &str) -> String {
    let style =
        attributes.contains("style").then(|| html::attribute(attributes, "style")).flatten();
    style.map_or_else(String::new, |style| style.to_ascii_lowercase())
}

/// The value of a declaration in an element's style.
fn declared<'s>(style: &'s str, name: &str) -> Option<&'s str> {
    let mut declarations = style.split(';').filter_map(|declaration| declaration.split_once(':'));
    let (_, value) = declarations.rfind(|(known, _)| known.trim() == name)?;
    Some(value.trim().trim_end_matches("!important").trim_end())
}

fn is_dot(size: &str) -> bool {
    matches!(size.trim().trim_end_matches("px"), "0" | "1")
}

/// Whether an address may be that of a picture: not empty, nothing inline, no template.
fn is_address(src: &str) -> bool {
    let src = src.trim();
    let inline = ["data:", "about:", "blob:", "javascript:"].iter().any(|scheme| {
        src.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    });
    !src.is_empty() && !inline && !src.starts_with(['{', '<', '#', '[']) && src != "true"
}

/// Whether the name of a picture says that another will take its place.
fn stands_in(src: &str) -> bool {
    let path = src.split(['?', '#']).next().unwrap_or(src);
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    PLACEHOLDERS.iter().any(|part| name.contains(part))
}

/// Whether an address is at one of these hosts, or below it, and in this path.
pub(super) fn is_at(address: &str, places: &[(&str, &str)]) -> bool {
    let Some((_, rest)) = address.split_once("//").filter(|(scheme, _)| scheme.len() <= 6) else {
        return false;
    };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (host, path) = rest.split_at(end);
    let host = host.split(':').next().unwrap_or(host);
    let path = if path.is_empty() { "/" } else { path };
    places.iter().any(|(known, start)| {
        path.starts_with(start)
            && host.len().checked_sub(known.len()).is_some_and(|at| {
                host.as_bytes()[at..].eq_ignore_ascii_case(known.as_bytes())
                    && (at == 0 || host.as_bytes()[at - 1] == b'.')
            })
    })
}

/// The address in a `srcset` (HTML §4.8.4.3.9) that is the largest of a reasonable size.
pub(super) fn best_of(set: &str) -> Option<String> {
    let mut best: Option<(u64, &str)> = None;
    let mut rest = set;
    for _ in 0..MOST_CANDIDATES {
        rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == ',');
        if rest.is_empty() {
            break;
        }
        let end = rest.find(|c: char| c.is_ascii_whitespace()).unwrap_or(rest.len());
        let (address, after) = rest.split_at(end);
        let bare = address.trim_end_matches(',');
        let descriptor = if bare.len() < address.len() {
            rest = after;
            ""
        } else {
            let (descriptor, after) = after.split_once(',').unwrap_or((after, ""));
            rest = after;
            descriptor
        };
        let rank = rank(descriptor.trim());
        if is_address(bare) && best.is_none_or(|(known, _)| rank > known) {
            best = Some((rank, bare));
        }
    }
    best.map(|(_, address)| address.to_owned())
}

/// Larger is better, up to what is reasonable; beyond it smaller is.
fn rank(descriptor: &str) -> u64 {
    let (size, most) = match descriptor.as_bytes().last() {
        Some(b'w') => (descriptor[..descriptor.len() - 1].parse().unwrap_or(0), WIDEST),
        Some(b'x') => {
            let density: f64 = descriptor[..descriptor.len() - 1].parse().unwrap_or(1.0);
            // A density that is none becomes 0 or the largest number.
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
            let density = (density * 1000.0).clamp(0.0, 1e6) as u32;
            (density, DENSEST)
        }
        _ => (1000, DENSEST),
    };
    if size <= most { (1 << 32) | u64::from(size) } else { u64::from(u32::MAX - size) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_kept_found_or_dropped() {
        let at = |address: &str| Image::At(Cow::Owned(address.to_owned()));
        let cases = [
            ("src=\"/1.jpg\"", Image::Keep),
            ("src=\"/1.jpg\" width=\"1\" height=\"600\"", Image::Keep),
            ("src=\"/1.jpg\" width=1 height=1px", Image::Drop),
            ("src=\"/1.jpg\" style=\"width: 1px; HEIGHT:0\"", Image::Drop),
            ("src=\"/1.jpg\" width=\"1\" style=\"height:1px !important\"", Image::Drop),
            ("src=\"/1.jpg\" style=\"max-width:1px\"", Image::Keep),
            ("src=\"/1.jpg\" style=\"display:none\"", Image::Drop),
            ("src=\"//hm.baidu.com/hm.gif?si=1\"", Image::Drop),
            ("src=\"https://ad.doubleclick.net/x\"", Image::Drop),
            ("src=\"https://www.facebook.com/tr?id=1\"", Image::Drop),
            ("src=\"https://www.facebook.com/p/1.jpg\"", Image::Keep),
            ("src=\"https://notcnzz.com/1.jpg\"", Image::Keep),
            ("", Image::Drop),
            ("src=\"\"", Image::Drop),
            ("src=\"data:image/gif;base64,R0\"", Image::Drop),
            ("src=\"data:image/gif;base64,R0\" data-src=\"/2.jpg\"", at("/2.jpg")),
            (
                "data-src=\"https://mmbiz.qpic.cn/1?wx_fmt=png\" data-ratio=\"1\"",
                at("https://mmbiz.qpic.cn/1?wx_fmt=png"),
            ),
            ("src=\"/1.jpg\" data-src=\"\"", Image::Keep),
            ("src=\"/1.jpg\" data-src=\"{url}\" data-original=\"/3.jpg\"", at("/3.jpg")),
            ("src=\"static/image/none.gif\" zoomfile=\"/4.jpg\"", at("/4.jpg")),
            ("src=\"/1.jpg\" data-url=\"/article\" data-croporisrc=\"/5.jpg\"", Image::Keep),
            ("src=\"data:x\" data-croporisrc=\"/5.jpg\"", at("/5.jpg")),
            ("src=\"x.jpg\" srcset=\"a.jpg 300w, b.jpg 1200w\"", Image::Keep),
            ("srcset=\"a.jpg 300w, b.jpg 1200w, c.jpg 4000w\"", at("b.jpg")),
            (
                "src=\"/img/lazy-placeholder.png\" srcset=\"a.jpg 1x, b.jpg 2x, c.jpg 3x\"",
                at("b.jpg"),
            ),
            ("src=\"data:x\" data-srcset=\"a,b.jpg, c.jpg 2x\"", at("c.jpg")),
        ];
        for (attributes, expected) in cases {
            assert_eq!(image(attributes), expected, "{attributes}");
        }
    }

    #[test]
    fn the_best_of_a_set_is_large_but_not_huge() {
        let cases = [
            ("a.jpg 300w, b.jpg 1600w, c.jpg 1601w", Some("b.jpg")),
            ("a.jpg 5000w, b.jpg 3000w", Some("b.jpg")),
            ("a.jpg", Some("a.jpg")),
            ("a.jpg, b.jpg 1.5x", Some("b.jpg")),
            ("a.jpg NaNx, b.jpg -1x, c.jpg 99999999999w", Some("a.jpg")),
            (
                "http://a.cn/w_300,h_2/1.jpg 300w,http://a.cn/w_600,h_4/1.jpg 600w",
                Some("http://a.cn/w_600,h_4/1.jpg"),
            ),
            ("data:image/png;base64,x 1x", None),
            (" , ,, ", None),
            ("", None),
        ];
        for (set, expected) in cases {
            assert_eq!(best_of(set).as_deref(), expected, "{set}");
        }
    }
}
