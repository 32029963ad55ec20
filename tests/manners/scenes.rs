//! The feeds that clients are shown: each a script of what is answered to its first,
//! second, … request, and of how its document changes with time.

use crate::origin::{Exchange, Validators};
use crate::time::{DAY, HOUR, MINUTE};
use chrono::{DateTime, Utc};
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::time::Duration;

pub struct Scene {
    pub name: &'static str,
    /// Last number of its address, 127.0.0.x.
    pub host: u8,
    /// Path, and query where it has one.
    pub target: &'static str,
    pub answer: fn(&Ask<'_>) -> Reply,
}

impl Scene {
    pub fn path(&self) -> &'static str {
        self.target.split('?').next().unwrap_or(self.target)
    }
}

/// A request to be answered.
pub struct Ask<'a> {
    pub scene: &'a Scene,
    /// Of the scene, from 0.
    pub number: usize,
    pub at: f64,
    pub exchange: &'a Exchange,
    pub address: SocketAddr,
    /// What feeds with a hub name.
    pub hub: Option<&'a str>,
}

pub struct Reply {
    /// 0: nothing is said.
    pub status: u16,
    pub validators: Validators,
    pub headers: Vec<(&'static str, String)>,
    pub body: String,
    /// The wait that it asks for, seconds; what the checks hold clients to.
    pub floor: f64,
    /// Real time before the answer.
    pub delay: Duration,
}

impl Reply {
    fn status(status: u16) -> Reply {
        let (validators, headers) = (Validators::default(), Vec::new());
        Reply {
            status,
            validators,
            headers,
            body: String::new(),
            floor: 0.0,
            delay: Duration::ZERO,
        }
    }

    pub fn not_found() -> Reply {
        Reply::status(404)
    }

    pub fn is_silent(&self) -> bool {
        self.status == 0
    }

    fn header(mut self, name: &'static str, value: impl Into<String>) -> Reply {
        self.headers.push((name, value.into()));
        self
    }

    fn floor(self, seconds: f64) -> Reply {
        Reply { floor: seconds, ..self }
    }

    fn max_age(self, seconds: f64) -> Reply {
        self.header("Cache-Control", format!("max-age={seconds}"))
    }
}

const QUARTER: f64 = 20.0 * MINUTE;

/// On hosts of their own: what may hold back other feeds of the same host.
pub const SCENES: [Scene; 40] = [
    scene("steady", 2, "/steady/feed.xml?format=rss&lang=zh%2Dcn&q=%E5%85%B4%e5%b9%b3", |ask| {
        news(ask, QUARTER, Some(odd_etag(slot(ask, QUARTER))), Some(odd_date(slot(ask, QUARTER))))
    }),
    scene("etag", 2, "/etag/feed.xml", |ask| {
        news(ask, 2.0 * HOUR, Some(odd_etag(slot(ask, 2.0 * HOUR))), None)
    }),
    scene("date", 2, "/date/feed.xml", |ask| {
        news(ask, 2.0 * HOUR, None, Some(odd_date(slot(ask, 2.0 * HOUR))))
    }),
    scene("etag-moves", 3, "/etag-moves/feed.xml", |ask| {
        news(ask, 2.0 * HOUR, Some(etag(slot(ask, 2.0 * HOUR))), Some(date_of(1)))
    }),
    scene("date-moves", 3, "/date-moves/feed.xml", |ask| {
        news(ask, 2.0 * HOUR, Some(etag(1)), Some(date_of(slot(ask, 2.0 * HOUR))))
    }),
    scene("touched", 3, "/touched/feed.xml", |ask| {
        let touch = slot(ask, 3.0 * HOUR);
        page(ask, document(ask, 1, ""), Some(etag(touch)), Some(date_of(touch)))
    }),
    scene("vanishing", 3, "/vanishing/feed.xml", |ask| {
        let version = slot(ask, HOUR);
        let given = |value: String| Some(value).filter(|_| ask.number < 3);
        news(ask, HOUR, given(etag(version)), given(date_of(version)))
    }),
    scene("fading", 3, "/fading/feed.xml", |ask| {
        let version = slot(ask, HOUR);
        let date = Some(date_of(version)).filter(|_| ask.number < 3);
        news(ask, HOUR, Some(etag(version)), date)
    }),
    scene("bare", 2, "/bare/feed.xml", |ask| news(ask, QUARTER, None, None)),
    scene("crowd-1", 4, "/crowd-1/feed.xml", crowd),
    scene("crowd-2", 4, "/crowd-2/feed.xml", crowd),
    scene("crowd-3", 4, "/crowd-3/feed.xml", crowd),
    scene("crowd-4", 4, "/crowd-4/feed.xml", crowd),
    scene("crowd-5", 4, "/crowd-5/feed.xml", crowd),
    scene("crowd-6", 4, "/crowd-6/feed.xml", crowd),
    scene("crowd-7", 4, "/crowd-7/feed.xml", crowd),
    scene("crowd-8", 4, "/crowd-8/feed.xml", crowd),
    scene("fresh", 5, "/fresh/feed.xml", |ask| {
        dated_news(ask, HOUR).max_age(3.0 * HOUR).floor(3.0 * HOUR)
    }),
    scene("fresh-once", 5, "/fresh-once/feed.xml", |ask| {
        let reply = dated_news(ask, 20.0 * HOUR).floor(8.0 * HOUR);
        if reply.status == 304 { reply } else { reply.max_age(8.0 * HOUR) }
    }),
    scene("fresh-longer", 5, "/fresh-longer/feed.xml", |ask| {
        let reply = dated_news(ask, 20.0 * HOUR).floor(8.0 * HOUR);
        let max_age = if reply.status == 304 { 30.0 * DAY } else { 8.0 * HOUR };
        reply.max_age(max_age)
    }),
    scene("fresh-aged", 5, "/fresh-aged/feed.xml", |ask| {
        let reply = dated_news(ask, HOUR).max_age(4.0 * HOUR);
        reply.header("Age", "7200").floor(2.0 * HOUR)
    }),
    scene("expiring", 5, "/expiring/feed.xml", |ask| {
        let expires = http_date(ask.at + 3.0 * HOUR);
        dated_news(ask, HOUR).header("Expires", expires).floor(3.0 * HOUR)
    }),
    scene("limited-fresh", 6, "/limited-fresh/feed.xml", |ask| match ask.number {
        3 => Reply::status(429).max_age(4.0 * HOUR).floor(4.0 * HOUR),
        _ => dated_news(ask, QUARTER),
    }),
    scene("limited-seconds", 7, "/limited-seconds/feed.xml", |ask| refusing(ask, 429, false)),
    scene("limited-date", 8, "/limited-date/feed.xml", |ask| refusing(ask, 429, true)),
    scene("busy-seconds", 9, "/busy-seconds/feed.xml", |ask| refusing(ask, 503, false)),
    scene("busy-date", 10, "/busy-date/feed.xml", |ask| refusing(ask, 503, true)),
    scene("slow", 11, "/slow/feed.xml", |ask| Reply {
        delay: Duration::from_millis(120),
        ..dated_news(ask, QUARTER)
    }),
    scene("forbidden", 12, "/forbidden/feed.xml", |_| Reply::status(403)),
    scene("missing", 13, "/missing/feed.xml", |_| Reply::status(404)),
    scene("silent", 14, "/silent/feed.xml", |_| Reply::status(0)),
    scene("relapsing", 15, "/relapsing/feed.xml", |ask| match ask.number {
        2..6 => Reply::status(500),
        _ => dated_news(ask, QUARTER),
    }),
    scene("gone", 16, "/gone/feed.xml", |ask| match ask.number {
        0..3 => dated_news(ask, QUARTER),
        _ => Reply::status(410),
    }),
    scene("sleeping", 17, "/sleeping/feed.xml", sleeping),
    scene("pushed", 18, "/pushed/feed.xml", |ask| with_hub(ask, dated_news(ask, PUSHED))),
    scene("pushed-fresh", 18, "/pushed-fresh/feed.xml", |ask| {
        with_hub(ask, dated_news(ask, PUSHED).max_age(3.0 * HOUR).floor(3.0 * HOUR))
    }),
    scene("pushed-bare", 19, "/pushed-bare/feed.xml", |ask| {
        with_hub(ask, news(ask, PUSHED, None, None))
    }),
    scene("pushed-limited", 20, "/pushed-limited/feed.xml", |ask| {
        with_hub(ask, refusing(ask, 429, false))
    }),
    scene("pushed-gone", 21, "/pushed-gone/feed.xml", |ask| match ask.number {
        0..12 => with_hub(ask, dated_news(ask, PUSHED)),
        _ => Reply::status(410),
    }),
    scene("pushed-sleeping", 19, "/pushed-sleeping/feed.xml", |ask| with_hub(ask, sleeping(ask))),
];

/// Those that name a hub, which pushes their items; `PUSHED` seconds lie between two.
pub const WITH_HUB: &[&str] =
    &["pushed", "pushed-fresh", "pushed-bare", "pushed-limited", "pushed-gone", "pushed-sleeping"];
const PUSHED: f64 = 2.0 * HOUR;

/// Hours, UTC, in which "sleeping" wants to be left alone.
pub const SKIPPED: std::ops::Range<u64> = 0..9;

const fn scene(
    name: &'static str,
    host: u8,
    target: &'static str,
    answer: fn(&Ask<'_>) -> Reply,
) -> Scene {
    Scene { name, host, target, answer }
}

fn crowd(ask: &Ask<'_>) -> Reply {
    dated_news(ask, 4.0 * HOUR)
}

fn sleeping(ask: &Ask<'_>) -> Reply {
    let hours: String = SKIPPED.map(|hour| format!("<hour>{hour}</hour>")).collect();
    let version = slot(ask, QUARTER);
    let body = document(ask, version, &format!("<skipHours>{hours}</skipHours>"));
    page(ask, body, Some(etag(version)), Some(date_of(version)))
}

fn with_hub(ask: &Ask<'_>, reply: Reply) -> Reply {
    match ask.hub {
        Some(hub) => reply.header("Link", format!("<{hub}>; rel=\"hub\"")),
        None => reply,
    }
}

/// What a hub pushes: the newest item, and the one that the document will have next, so
/// that no poll finds it first.
pub fn pushed(scene: &Scene, address: SocketAddr, at: f64) -> String {
    let newest = (at / PUSHED) as u64;
    rss(scene, address, newest..=newest + 1, "")
}

/// Asks to be left alone for 5 or 6 hours at the fourth request.
fn refusing(ask: &Ask<'_>, status: u16, by_date: bool) -> Reply {
    match (ask.number, by_date) {
        (3, false) => Reply::status(status).header("Retry-After", "18000").floor(5.0 * HOUR),
        (3, true) => {
            let until = http_date(ask.at + 6.0 * HOUR);
            Reply::status(status).header("Retry-After", until).floor(6.0 * HOUR)
        }
        _ => dated_news(ask, QUARTER),
    }
}

/// Which of its versions the document has, a new one every so often.
fn slot(ask: &Ask<'_>, every: f64) -> u64 {
    (ask.at / every) as u64
}

fn etag(version: u64) -> String {
    format!("\"v{version}\"")
}

/// As servers write them, rightly or not.
fn odd_etag(version: u64) -> String {
    match version % 4 {
        0 => format!("W/\"v{version}\""),
        1 => format!("\"v{version}:a/b==-gzip\""),
        2 => format!("v{version}"),
        _ => format!("W/\"v{version} &amp; 'more'\""),
    }
}

fn utc(at: f64) -> DateTime<Utc> {
    DateTime::from_timestamp(at as i64, 0).unwrap_or_default()
}

/// IMF-fixdate of RFC 9110 §5.6.7.
pub fn http_date(at: f64) -> String {
    utc(at).format("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

/// A date that goes up with the version, long past.
fn date_of(version: u64) -> String {
    http_date(1_500_000_000.0 + (version % 1_000_000) as f64 * 61.0)
}

fn odd_date(version: u64) -> String {
    let date = utc(1_500_000_000.0 + (version % 1_000_000) as f64 * 61.0);
    let form = match version % 4 {
        0 => "%a, %d %b %Y %H:%M:%S GMT",
        1 => "%a, %e %b %Y %H:%M:%S +0000",
        2 => "%A, %d-%b-%y %H:%M:%S GMT",
        _ => "%Y-%m-%dT%H:%M:%SZ",
    };
    date.format(form).to_string()
}

/// A document with a new item every so often, and validators that change with it.
fn dated_news(ask: &Ask<'_>, every: f64) -> Reply {
    let version = slot(ask, every);
    news(ask, every, Some(etag(version)), Some(date_of(version)))
}

fn news(ask: &Ask<'_>, every: f64, etag: Option<String>, date: Option<String>) -> Reply {
    page(ask, document(ask, slot(ask, every), ""), etag, date)
}

/// 304 where the request carries back all validators that the document has now.
fn page(ask: &Ask<'_>, body: String, etag: Option<String>, date: Option<String>) -> Reply {
    let validators = Validators { etag, last_modified: date };
    let unchanged = ask.exchange.is_conditional() && ask.exchange.sent() == validators;
    let reply = Reply { validators, ..Reply::status(if unchanged { 304 } else { 200 }) };
    if unchanged {
        return reply;
    }
    Reply { body, ..reply }.header("Content-Type", "application/rss+xml; charset=utf-8")
}

/// RSS 2.0 with the newest of its items, each with a page and a picture of the same host.
fn document(ask: &Ask<'_>, version: u64, wishes: &str) -> String {
    rss(ask.scene, ask.address, version.saturating_sub(14)..=version, wishes)
}

fn rss(scene: &Scene, address: SocketAddr, items: RangeInclusive<u64>, wishes: &str) -> String {
    let name = scene.name;
    let site = format!("http://{address}/{name}");
    let items: String = items
        .rev()
        .map(|item| {
            format!(
                "<item><title>{name} 第{item}号消息</title><guid>{site}/articles/{item}</guid>\
                 <link>{site}/articles/{item}.html</link>\
                 <description>&lt;p&gt;正文 {item}&lt;img src=\"{site}/pictures/{item}.jpg\"&gt;\
                 &lt;/p&gt;</description>\
                 <enclosure url=\"{site}/sounds/{item}.mp3\" length=\"9\" type=\"audio/mpeg\"/></item>"
            )
        })
        .collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><rss version=\"2.0\"><channel><title>{name}</title>\
         <link>{site}/</link><description>{name}</description>{wishes}{items}</channel></rss>"
    )
}
