//! Whether a picture can be seen, or only counts readers.

use crate::text::html;
use std::borrow::Cow;

/// Where pictures are put that show nothing and count readers: hosts with those below them,
/// and the beginning of the path.
pub(super) const TRACKERS: [(&str, &str); 28] = [
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
    ("statcounter.com", "/"),
    ("getclicky.com", "/"),
    ("counter.theconversation.com", "/"),
    ("pixel.propublica.org", "/"),
];
/// Pixels.
const FAR_OUTSIDE: f32 = -500.0;

/// What the attributes of a picture say of how it looks.
pub(super) struct Sight<'a> {
    attributes: &'a str,
    /// In small letters.
    style: String,
}

impl<'a> Sight<'a> {
    pub(super) fn of(attributes: &'a str) -> Sight<'a> {
        Sight { attributes, style: style_of(attributes) }
    }

    /// A dot, or one of a host that counts, wherever else its address might stand.
    pub(super) fn is_tracker(&self, src: &str) -> bool {
        let dots = self.dots();
        dots == [Some(true); 2] || is_at(src, &TRACKERS)
    }

    /// Whether it shows nothing, or shows it where nobody looks. Pictures that wait for a
    /// script often do.
    pub(super) fn is_hidden(&self) -> bool {
        // One side that is a dot's is enough where the other is not stated.
        let dots = self.dots();
        let is_dot = dots.contains(&Some(true)) && !dots.contains(&Some(false));
        is_dot || (!self.style.is_empty() && is_hiding(&self.style))
    }

    /// Of width and height: whether it is that of a dot, if it is stated.
    fn dots(&self) -> [Option<bool>; 2] {
        ["width", "height"].map(|name| {
            let declared = declared(&self.style, name).filter(|size| *size != "auto");
            let size = declared.map(Cow::Borrowed).or_else(|| {
                let stated = html::attribute(self.attributes, name);
                stated.filter(|size| !size.trim().is_empty() && size.trim() != "auto")
            });
            size.map(|size| is_dot(&size))
        })
    }
}

/// Whether a picture was dropped for what it is, not for want of an address.
pub(super) fn is_unwanted(attributes: &str) -> bool {
    let src = html::attribute(attributes, "src").unwrap_or_default();
    let sight = Sight::of(attributes);
    sight.is_tracker(src.trim()) || sight.is_hidden()
}

fn is_hiding(style: &str) -> bool {
    let outside = |name| {
        let place = declared(style, name).and_then(|place| place.strip_suffix("px"));
        place.and_then(|place| place.parse().ok()).is_some_and(|place: f32| place <= FAR_OUTSIDE)
    };
    let clear = declared(style, "opacity").and_then(|opacity| opacity.parse::<f32>().ok());
    let at_most = |name| declared(style, name).is_some_and(is_dot);
    declared(style, "display") == Some("none")
        || (at_most("max-width") && at_most("max-height"))
        || matches!(declared(style, "visibility"), Some("hidden" | "collapse"))
        || clear.is_some_and(|opacity| opacity <= 0.01)
        || ["left", "top", "right", "bottom", "margin-left", "margin-top"].into_iter().any(outside)
}

fn style_of(attributes: &str) -> String {
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

/// Whether a size is that of a dot, or of nothing.
fn is_dot(size: &str) -> bool {
    let size = size.trim();
    let unit = size.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    let Ok(value) = size[..size.len() - unit.len()].parse::<f32>() else { return false };
    value <= 0.0 || (value <= 1.0 && matches!(unit.trim(), "" | "px" | "pt"))
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
