//! Whose news a source's is, as a reader would say: section feeds of one site are one outlet.
//!
//! In this order: what the settings say; the site that the document gives for its own; the host
//! that is polled; the source by itself. Sites go before hosts, for bridges that make feeds of
//! others' pages have one host for all.

use crate::model::{Source, SourceId};
use url::{Host, Url};

/// Hosts whose paths are many outlets, and bridges: they say nothing of whose news it is.
const SHARED_BY_PATH: [&str; 39] = [
    "anyfeeder.com",
    "baijiahao.baidu.com",
    "bilibili.com",
    "blog.sina.com.cn",
    "cnblogs.com",
    "csdn.net",
    "douban.com",
    "douyin.com",
    "facebook.com",
    "feed43.com",
    "feedburner.com",
    "feedx.net",
    "fetchrss.com",
    "github.com",
    "google.com",
    "instagram.com",
    "jianshu.com",
    "kill-the-newsletter.com",
    "kuaishou.com",
    "linkedin.com",
    "morss.it",
    "patreon.com",
    "politepol.com",
    "reddit.com",
    "rss.app",
    "rsshub.app",
    "t.me",
    "toutiao.com",
    "twitter.com",
    "weibo.cn",
    "weibo.com",
    "weixin.qq.com",
    "weixin.sogou.com",
    "wordpress.org",
    "x.com",
    "xiaohongshu.com",
    "xlab.app",
    "youtube.com",
    "zhihu.com",
];

/// Hosts below which each name is an outlet of its own.
const SHARED_BY_NAME: [&str; 21] = [
    "beehiiv.com",
    "blogspot.com",
    "ghost.io",
    "github.io",
    "gitlab.io",
    "herokuapp.com",
    "livejournal.com",
    "lofter.com",
    "medium.com",
    "netlify.app",
    "pages.dev",
    "squarespace.com",
    "substack.com",
    "tistory.com",
    "tumblr.com",
    "typepad.com",
    "vercel.app",
    "web.app",
    "weebly.com",
    "wixsite.com",
    "wordpress.com",
];

/// Names that registries of countries put before their own: `com.cn`, `co.uk`, `go.jp`.
const SECOND_LEVEL: [&str; 17] = [
    "ac", "asn", "co", "com", "edu", "go", "gob", "gov", "gouv", "id", "idv", "mil", "ne", "net",
    "nom", "or", "org",
];

/// Provinces below `.cn` (CNNIC).
const PROVINCES: [&str; 34] = [
    "ah", "bj", "cq", "fj", "gd", "gs", "gx", "gz", "ha", "hb", "he", "hi", "hk", "hl", "hn", "jl",
    "js", "jx", "ln", "mo", "nm", "nx", "qh", "sc", "sd", "sh", "sn", "sx", "tj", "tw", "xj", "xz",
    "yn", "zj",
];

/// `site`: what the document gives for its own; `own`: what the source is called over all its
/// renamings.
pub fn outlet(source: &Source, site: Option<&str>, own: &SourceId) -> String {
    let of_site = || of_address(&Url::parse(site?).ok()?);
    // The host of a route is the RSSHub's.
    let is_route = source.configured_url.to_ascii_lowercase().starts_with("rsshub:");
    let of_host = || of_address(source.url.as_ref().filter(|_| !is_route)?);
    let named = source.outlet.clone();
    named.or_else(of_site).or_else(of_host).unwrap_or_else(|| own.as_str().to_owned())
}

fn of_address(address: &Url) -> Option<String> {
    match address.host()? {
        Host::Domain(host) => of_host(host),
        Host::Ipv4(_) | Host::Ipv6(_) => None,
    }
}

/// None where a host tells nothing.
fn of_host(host: &str) -> Option<String> {
    let host = host.trim_end_matches('.');
    let is_below = |shared: &&str| {
        host.strip_suffix(*shared).is_some_and(|before| before.is_empty() || before.ends_with('.'))
    };
    if SHARED_BY_PATH.iter().any(&is_below) {
        return None;
    }
    let labels: Vec<&str> = host.split('.').collect();
    let last = |count: usize| {
        let from = labels.len().checked_sub(count)?;
        (labels[from] != "www").then(|| labels[from..].join("."))
    };
    if let Some(shared) = SHARED_BY_NAME.iter().find(|shared| is_below(shared)) {
        return last(shared.split('.').count() + 1);
    }
    let [.., second, first] = labels[..] else { return None };
    let is_state_of_us = first == "us" && second.len() == 2;
    // Each host is another office: those of counties lie below their city's name.
    if first == "gov" || second == "gov" || is_state_of_us {
        return Some(host.strip_prefix("www.").unwrap_or(host).to_owned());
    }
    let is_country = first.len() == 2;
    let is_second_level = is_country && SECOND_LEVEL.contains(&second)
        || first == "cn" && PROVINCES.contains(&second);
    last(2 + usize::from(is_second_level))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_of_the_outlet_that_registered_its_name() {
        for (host, outlet) in [
            ("www.snxw.com", Some("snxw.com")),
            ("rss.sina.com.cn", Some("sina.com.cn")),
            ("tech.sina.com.cn", Some("sina.com.cn")),
            ("sn.people.com.cn", Some("people.com.cn")),
            ("news.southcn.com.", Some("southcn.com")),
            ("feeds.bbci.co.uk", Some("bbci.co.uk")),
            ("www.xinhua.sn.cn", Some("xinhua.sn.cn")),
            ("www.xingping.gov.cn", Some("xingping.gov.cn")),
            ("xingping.xianyang.gov.cn", Some("xingping.xianyang.gov.cn")),
            ("www.gov.cn", Some("gov.cn")),
            ("www.ci.lincoln.ne.us", Some("ci.lincoln.ne.us")),
            ("county.github.io", Some("county.github.io")),
            ("www.county.wordpress.com", Some("county.wordpress.com")),
            ("wordpress.com", None),
            ("www.wordpress.com", None),
            ("mp.weixin.qq.com", None),
            ("news.qq.com", Some("qq.com")),
            ("notweibo.com", Some("notweibo.com")),
            ("feeds.feedburner.com", None),
            ("com.cn", None),
            ("www.com", None),
            ("localhost", None),
            ("", None),
        ] {
            assert_eq!(of_host(host).as_deref(), outlet, "{host}");
        }
    }
}
