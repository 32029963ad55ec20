//! Frames and plug-ins as links: a reader can follow a link to a player, not run one.

use super::sight::is_at;
use crate::text::{clean, html};
use url::Url;

const MOST_LABEL_CHARS: usize = 100;
/// Frames that show nothing worth a link: counters, advertisements, buttons.
const NO_PLAYERS: [(&str, &str); 11] = [
    ("googletagmanager.com", "/"),
    ("doubleclick.net", "/"),
    ("googlesyndication.com", "/"),
    ("amazon-adsystem.com", "/"),
    ("facebook.com", "/plugins/like"),
    ("facebook.com", "/plugins/share"),
    ("platform.twitter.com", "/widgets/tweet_button"),
    ("addthis.com", "/"),
    ("disqus.com", "/"),
    ("slashdot.org", "/slashdot-it.pl"),
    ("pos.baidu.com", "/"),
];

/// The link that takes the place of an `iframe`, `embed` or `object`.
///
/// `source`: the attribute with its address. `None` for what is hidden, of no use or not of the web.
pub(super) fn link(attributes: &str, source: &str) -> Option<String> {
    let value = |name: &str| html::attribute(attributes, name);
    let is_dot = |name| {
        value(name).is_some_and(|size| matches!(size.trim().trim_end_matches("px"), "0" | "1"))
    };
    let style = value("style").unwrap_or_default().to_ascii_lowercase().replace(' ', "");
    if is_dot("width") || is_dot("height") || style.contains("display:none") {
        return None;
    }
    let found = [source, "data-src"].iter().find_map(|name| address(&value(name)?))?;
    link_to(found, false, attributes)
}

/// The same for the elements of AMP and MIP that play what they only name.
pub(super) fn mobile_link(kind: &str, attributes: &str) -> Option<String> {
    let named = |name| html::attribute(attributes, name).and_then(|value| id(value.trim()));
    let page = match kind {
        "iframe" => return link(attributes, "src"),
        "youtube" => format!("https://www.youtube.com/watch?v={}", named("data-videoid")?),
        "vimeo" => format!("https://vimeo.com/{}", named("data-videoid")?),
        "dailymotion" => format!("https://www.dailymotion.com/video/{}", named("data-videoid")?),
        "youku" => format!("https://v.youku.com/v_show/id_{}.html", named("data-vid")?),
        _ => return None,
    };
    link_to(address(&page)?, true, attributes)
}

/// `found`: see [`address`]; `is_page`: it is that of a page with a video.
fn link_to(found: (Option<String>, Url), is_page: bool, attributes: &str) -> Option<String> {
    let value = |name: &str| html::attribute(attributes, name);
    let (written, address) = found;
    let may_play = is_page || says_player(&address) || value("allowfullscreen").is_some();
    if is_at(address.as_str(), &NO_PLAYERS) || !may_play && page_of(&address).is_none() {
        return None;
    }
    let stated = ["title", "aria-label"].iter().find_map(|name| {
        let label = clean::one_line(&value(name)?, MOST_LABEL_CHARS);
        (!label.is_empty()).then_some(label)
    });
    let label = stated.unwrap_or_else(|| match &written {
        // Nothing is known of its host yet.
        Some(written) => file_name(written),
        None => {
            let host = address.host_str().unwrap_or_default();
            host.strip_prefix("www.").unwrap_or(host).to_owned()
        }
    });
    let address = written.or_else(|| page_of(&address)).unwrap_or_else(|| String::from(address));
    Some(format!("<a href=\"{}\">{}</a>", quoted(&address), html::escape(&label)))
}

/// An address of the web; with it the address as written, when that is a relative one.
fn address(written: &str) -> Option<(Option<String>, Url)> {
    // Only its path tells anything.
    const ANY: &str = "http://relative.invalid/";
    let written = written.trim();
    let whole =
        if written.starts_with("//") { format!("https:{written}") } else { written.to_owned() };
    let (relative, url) = match Url::parse(&whole) {
        Ok(url) => (None, url),
        Err(url::ParseError::RelativeUrlWithoutBase) if !whole.is_empty() => {
            let url = Url::parse(ANY).ok()?.join(&whole).ok()?;
            (Some(whole), url)
        }
        Err(_) => return None,
    };
    let is_web = matches!(url.scheme(), "http" | "https") && url.has_host();
    is_web.then_some((relative, url))
}

fn file_name(written: &str) -> String {
    let path = written.split(['?', '#']).next().unwrap_or_default();
    let name = path.rsplit('/').find(|part| !part.is_empty());
    clean::one_line(name.unwrap_or("video"), MOST_LABEL_CHARS)
}

/// Whether host or path speak of a player or a document; a frame may hold anything.
fn says_player(address: &Url) -> bool {
    const HOSTS: [&str; 8] = ["player", "players", "video", "videos", "v", "tv", "live", "embed"];
    const PATHS: [&str; 6] = ["embed", "player", "video", "vod", "audio", "podcast"];
    const ENDS: [&str; 9] =
        [".mp4", ".m3u8", ".webm", ".mp3", ".m4a", ".flv", ".swf", ".ogg", ".pdf"];
    let path = address.path().to_ascii_lowercase();
    let mut labels = address.host_str().unwrap_or_default().split('.');
    let mut words = path.split(|c: char| !c.is_ascii_alphabetic());
    labels.any(|label| HOSTS.contains(&label))
        || words.any(|word| PATHS.contains(&word))
        || ENDS.iter().any(|end| path.ends_with(end))
}

pub(super) fn quoted(value: &str) -> String {
    html::escape(value).replace('"', "&quot;")
}

/// The page on which the video of a well-known player is shown.
fn page_of(player: &Url) -> Option<String> {
    let host = player.host_str()?;
    let host = host.strip_prefix("www.").unwrap_or(host);
    let path = player.path();
    let asked = |name: &str| {
        player.query_pairs().find(|(key, _)| key == name).and_then(|(_, value)| id(&value))
    };
    match host {
        "youtube.com" | "youtube-nocookie.com" | "m.youtube.com" => {
            let id = match path {
                "/watch" => asked("v")?,
                _ => first_id(
                    ["/embed/", "/v/", "/e/", "/shorts/", "/live/"]
                        .iter()
                        .find_map(|start| path.strip_prefix(start))?,
                )?,
            };
            let is_list = id == "videoseries";
            (!is_list).then(|| format!("https://www.youtube.com/watch?v={id}"))
        }
        "youtu.be" => Some(format!("https://www.youtube.com/watch?v={}", first_id(&path[1..])?)),
        "dailymotion.com" => {
            let id = ["/embed/video/", "/swf/video/", "/swf/"]
                .iter()
                .find_map(|start| path.strip_prefix(start))?;
            Some(format!("https://www.dailymotion.com/video/{}", first_id(id)?))
        }
        // One with a query may be seen by that address only.
        "player.vimeo.com" if player.query().is_none() => {
            Some(format!("https://vimeo.com/{}", id(path.strip_prefix("/video/")?)?))
        }
        "player.bilibili.com" => match asked("bvid") {
            Some(id) => Some(format!("https://www.bilibili.com/video/{id}/")),
            None => Some(format!("https://www.bilibili.com/video/av{}/", asked("aid")?)),
        },
        "player.youku.com" => {
            // `/player.php/Type/Folder/Fid/1/sid/XNDA==/v.swf`
            let id = path.strip_prefix("/embed/").or_else(|| Some(path.split_once("/sid/")?.1))?;
            Some(format!("https://v.youku.com/v_show/id_{}.html", first_id(id)?))
        }
        "static.hdslb.com" => Some(format!("https://www.bilibili.com/video/av{}/", asked("aid")?)),
        "v.qq.com" | "static.video.qq.com" | "imgcache.qq.com" => {
            Some(format!("https://v.qq.com/x/page/{}.html", asked("vid")?))
        }
        _ => None,
    }
}

/// The name of a video that a path goes on with: `abc&hl=en_US`.
fn first_id(path: &str) -> Option<String> {
    id(path.split(['/', '&', '.']).next()?)
}

/// What can be the name of a video.
fn id(text: &str) -> Option<String> {
    let is_id = (1..=40).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_=".contains(&b));
    is_id.then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_become_links_to_what_they_show() {
        let cases = [
            (
                "src=\"https://www.youtube.com/embed/a-B_1?rel=0\" title=\"果园 &amp; 人\"",
                "https://www.youtube.com/watch?v=a-B_1",
                "果园 &amp; 人",
            ),
            (
                "src=\"//www.youtube-nocookie.com/embed/x1\"",
                "https://www.youtube.com/watch?v=x1",
                "youtube-nocookie.com",
            ),
            (
                "src='//player.bilibili.com/player.html?bvid=BV1x&amp;page=1'",
                "https://www.bilibili.com/video/BV1x/",
                "player.bilibili.com",
            ),
            (
                "src=\"https://player.vimeo.com/video/73\"",
                "https://vimeo.com/73",
                "player.vimeo.com",
            ),
            (
                "data-src=\"https://v.qq.com/iframe/preview.html?vid=k05&amp;width=5\" class=\"video_iframe\"",
                "https://v.qq.com/x/page/k05.html",
                "v.qq.com",
            ),
            (
                "src=\"https://player.youku.com/embed/XNDA==\"",
                "https://v.youku.com/v_show/id_XNDA==.html",
                "player.youku.com",
            ),
            (
                "src=\"https://www.youtube.com/v/abc&amp;hl=en_US&amp;fs=1\"",
                "https://www.youtube.com/watch?v=abc",
                "youtube.com",
            ),
            (
                "src=\"http://player.youku.com/player.php/sid/XNDA==/v.swf\"",
                "https://v.youku.com/v_show/id_XNDA==.html",
                "player.youku.com",
            ),
            (
                "src=\"//static.hdslb.com/miniloader.swf?aid=12&amp;page=1\"",
                "https://www.bilibili.com/video/av12/",
                "static.hdslb.com",
            ),
            (
                "src=\"http://static.video.qq.com/TPout.swf?vid=k05&amp;auto=0\"",
                "https://v.qq.com/x/page/k05.html",
                "static.video.qq.com",
            ),
            (
                "src=\"https://www.dailymotion.com/embed/video/x7\"",
                "https://www.dailymotion.com/video/x7",
                "dailymotion.com",
            ),
            ("src=\"https://youtu.be/abc\"", "https://www.youtube.com/watch?v=abc", "youtu.be"),
            (
                "src=\"http://www.b.cn/player/p?a=1&b=&quot;\"",
                "http://www.b.cn/player/p?a=1&amp;b=%22",
                "b.cn",
            ),
            ("src=\"https://b.cn/x\" allowfullscreen", "https://b.cn/x", "b.cn"),
            ("src=\"/v/a.mp4?x=1\"", "/v/a.mp4?x=1", "a.mp4"),
            ("src=\"player/\" title=\"果园\"", "player/", "果园"),
        ];
        for (attributes, address, label) in cases {
            let expected = format!("<a href=\"{address}\">{label}</a>");
            assert_eq!(link(attributes, "src"), Some(expected), "{attributes}");
        }
        for nothing in [
            "",
            "src=\"\"",
            "src=\"/relative\"",
            "src=\"javascript:alert(1)\"",
            "src=\"about:blank\"",
            "src=\"https://b.cn/page\"",
            "src=\"https://b.cn/\" width=\"0\" height=\"0\"",
            "src=\"https://b.cn/\" style=\"display: none\"",
            "src=\"https://www.googletagmanager.com/ns.html?id=1\"",
        ] {
            assert_eq!(link(nothing, "src"), None, "{nothing}");
        }
    }
}
