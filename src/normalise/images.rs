//! What becomes of a picture: kept, found where a script would have looked, or dropped.

use super::sight::Sight;
use super::srcset::best_of;
use crate::text::html;
use std::borrow::Cow;

/// Where the address of a picture stands that a script was to load, the likeliest first.
const LAZY: [&str; 20] = [
    "data-src",
    "data-original",
    "data-lazy-src",
    "data-actualsrc",
    "_src",
    "data-original-src",
    "data-lazyload",
    "data-lazysrc",
    "data-lazyload-src",
    "data-lazy-original",
    "data-ks-lazyload",
    "data-real-src",
    "data-realsrc",
    "real_src",
    "lazysrc",
    "lazy-src",
    "lazy_src",
    "lay-src",
    "pagespeed_lazy_src",
    "data-pagespeed-lazy-src",
];
/// The same, where it may also be that of something else: only for want of another.
const PERHAPS: [&str; 20] = [
    "file",
    "zoomfile",
    "original",
    "data-hi-res-src",
    "data-orig-src",
    "data-lazy",
    "data-echo",
    "data-cfsrc",
    "data-croporisrc",
    "data-source",
    "data-file",
    "data-img",
    "data-imgurl",
    "data-delay",
    "loadsrc",
    "orgsrc",
    "src2",
    "data-large-file",
    "data-orig-file",
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
/// Such names as a whole, for `myspace.png` is a picture.
const EMPTY: [&str; 9] =
    ["space", "empty", "nopic", "noimg", "noimage", "no_image", "no-image", "default", "loader"];
const SCHEMES_OF_NO_PICTURE: [&str; 8] =
    ["data:", "about:", "blob:", "javascript:", "vbscript:", "file:", "mailto:", "tel:"];
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
    let sight = Sight::of(attributes);
    if sight.is_tracker(src) {
        return Image::Drop;
    }
    if let Some(lazy) = first_of(attributes, &LAZY) {
        return Image::At(lazy);
    }
    if sight.is_hidden() {
        return Image::Drop;
    }
    let missing = !is_address(src);
    if (missing || stands_in(src))
        && attributes.contains("srcset")
        && let Some(best) = SETS.iter().find_map(|name| best_of(&value(name)?))
    {
        return Image::At(Cow::Owned(best));
    }
    if (missing || stands_in(src))
        && let Some(address) = first_of(attributes, &PERHAPS)
    {
        return Image::At(address);
    }
    if missing { Image::Drop } else { Image::Keep }
}

/// The first address in the attributes of these names, in their order.
fn first_of<'a>(attributes: &'a str, names: &[&str]) -> Option<Cow<'a, str>> {
    let mut found: Option<(usize, Cow<'a, str>)> = None;
    for (name, value) in html::attribute_pairs(attributes) {
        // Few names are as short as `src` and `alt`.
        if name.len() < "file".len() {
            continue;
        }
        let Some(rank) = names.iter().position(|known| known.eq_ignore_ascii_case(name)) else {
            continue;
        };
        if found.as_ref().is_none_or(|(best, _)| rank < *best) {
            let value = html::decode(value);
            // `data-lazy="true"`, `original="1"`
            if value.contains(['.', '/']) && is_address(&value) {
                found = Some((rank, value));
            }
        }
    }
    found.map(|(_, address)| address)
}

/// Whether an address may be that of a picture: not empty, nothing inline, no template.
pub(super) fn is_address(src: &str) -> bool {
    let src = src.trim();
    let inline = SCHEMES_OF_NO_PICTURE.iter().any(|scheme| {
        src.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    });
    !src.is_empty() && !inline && !src.starts_with(['{', '<', '#', '[']) && src != "true"
}

/// Whether the name of a picture says that another will take its place.
fn stands_in(src: &str) -> bool {
    let path = src.split(['?', '#']).next().unwrap_or(src);
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    let stem = name.split('.').next().unwrap_or_default();
    // `s.gif`, `1.gif`
    let short = stem.len() <= 2 && name.ends_with(".gif") || EMPTY.contains(&stem);
    short || PLACEHOLDERS.iter().any(|part| name.contains(part))
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
            ("src=\"x.gif\" width=\"1\" data-src=\"/2.jpg\"", at("/2.jpg")),
            ("src=\"/1.jpg\" style=\"display:none\"", Image::Drop),
            ("src=\"/1.jpg\" height=\"1\"", Image::Drop),
            ("src=\"/1.jpg\" width=0", Image::Drop),
            ("src=\"/1.jpg\" height=\"1.0px\" width=\"\"", Image::Drop),
            ("src=\"/1.jpg\" style=\"width:0\"", Image::Drop),
            ("src=\"/1.jpg\" style=\"width:0.1px;height:auto\"", Image::Drop),
            ("src=\"/1.jpg\" style=\"max-width:1px;max-height:1px\"", Image::Drop),
            ("src=\"/1.jpg\" style=\"opacity:0\"", Image::Drop),
            ("src=\"/1.jpg\" style=\"opacity: 0.0 !important\"", Image::Drop),
            ("src=\"/1.jpg\" style=\"position:absolute;left:-9999px\"", Image::Drop),
            ("src=\"/1.jpg\" style=\"position:fixed; TOP:-1000px\"", Image::Drop),
            ("src=\"/1.jpg\" style=\"opacity:0\" data-src=\"/2.jpg\"", at("/2.jpg")),
            ("src=\"//counter.theconversation.com/content/1/count.gif\"", Image::Drop),
            ("src=\"/1.jpg\" width=\"1\" style=\"width:600px\"", Image::Keep),
            ("src=\"/1.jpg\" width=\"100%\" height=\"auto\"", Image::Keep),
            ("src=\"/1.jpg\" width=\"1em\"", Image::Keep),
            ("src=\"/1.jpg\" width=\"100%\"", Image::Keep),
            ("src=\"/1.jpg\" width=\"\" height=\"\"", Image::Keep),
            ("src=\"/1.jpg\" style=\"opacity:1;margin-left:-20px\"", Image::Keep),
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
            ("src=\"/s.gif\" file=\"/f.jpg\"", at("/f.jpg")),
            ("src=\"/s.gif\" file=\"/f.jpg\" zoomfile=\"/z.jpg\"", at("/f.jpg")),
            ("src=\"/s.gif\" zoomfile=\"/z.jpg\"", at("/z.jpg")),
            ("src=\"/s.gif\" data-echo=\"/e.jpg\"", at("/e.jpg")),
            ("src=\"/s.gif\" original=\"/o.jpg\"", at("/o.jpg")),
            ("src=\"/s.gif\" lazysrc=\"/l.jpg\"", at("/l.jpg")),
            ("src=\"/s.gif\" data-hi-res-src=\"/h.jpg\"", at("/h.jpg")),
            ("src=\"/s.gif\" data-original-src=\"/d.jpg\"", at("/d.jpg")),
            ("src=\"/logo.png\" lay-src=\"/l.jpg\"", at("/l.jpg")),
            ("src=\"/logo.png\" real_src =\"/r.jpg\"", at("/r.jpg")),
            ("src=\"/x.gif\" data-ks-lazyload=\"/k.jpg\"", at("/k.jpg")),
            ("src=\"/img/nopic.jpg\" data-imgurl=\"/i.jpg\"", at("/i.jpg")),
            ("src=\"/img/loader.svg\" DATA-Original=\"/d.jpg\"", at("/d.jpg")),
            ("src=\"/myspace.png\" srcset=\"/s.png 300w\"", Image::Keep),
            ("src=\"/s.gif\" original=\"1\" file=\"true\"", Image::Keep),
            ("src=\"/1.jpg\" file=\"/f.jpg\"", Image::Keep),
            ("src=\"/1.jpg\" data-lazy=\"true\" data-lazyload=\"1\"", Image::Keep),
            ("src=\"vbscript:x\"", Image::Drop),
            ("src=\"file:///C:/1.jpg\"", Image::Drop),
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
}
