//! Five publishers as one meets them: RSS 2.0, Atom, RSS 1.0, JSON Feed, and RSS in
//! GB18030. Their items appear over time, for as long as they run.

use super::stories::{Text, text};
use chrono::{DateTime, FixedOffset, TimeDelta};
use encoding_rs::GB18030;
use http_body_util::Full;
use hyper::body::Bytes;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode, header};
use hyper_util::rt::TokioIo;
use serde_json::json;
use std::convert::Infallible;
use std::fmt::Write;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outlet {
    Xianyang,
    Xingping,
    Binzhou,
    Sanyuan,
    Jingyang,
}

impl Outlet {
    pub const ALL: [Outlet; 5] =
        [Outlet::Xianyang, Outlet::Xingping, Outlet::Binzhou, Outlet::Sanyuan, Outlet::Jingyang];

    pub fn id(self) -> &'static str {
        match self {
            Outlet::Xianyang => "xianyang",
            Outlet::Xingping => "xingping",
            Outlet::Binzhou => "binzhou",
            Outlet::Sanyuan => "sanyuan",
            Outlet::Jingyang => "jingyang",
        }
    }

    pub fn title(self) -> &'static str {
        match self {
            Outlet::Xianyang => "咸阳晚讯（示例）",
            Outlet::Xingping => "兴平政务（示例）",
            Outlet::Binzhou => "彬州融媒（示例）",
            Outlet::Sanyuan => "三原在线（示例）",
            Outlet::Jingyang => "泾阳快报（示例）",
        }
    }

    pub fn region(self) -> &'static str {
        match self {
            Outlet::Xianyang => "shaanxi/xianyang",
            Outlet::Xingping => "shaanxi/xianyang/xingping",
            Outlet::Binzhou => "shaanxi/xianyang/binzhou",
            Outlet::Sanyuan => "shaanxi/xianyang/sanyuan",
            Outlet::Jingyang => "shaanxi/xianyang/jingyang",
        }
    }

    pub fn form(self) -> &'static str {
        match self {
            Outlet::Xianyang => "RSS 2.0",
            Outlet::Xingping => "Atom 1.0",
            Outlet::Binzhou => "RSS 1.0",
            Outlet::Sanyuan => "JSON Feed 1.1",
            Outlet::Jingyang => "RSS 2.0 in GB18030",
        }
    }

    fn media_type(self) -> &'static str {
        match self {
            Outlet::Xianyang => "application/rss+xml; charset=utf-8",
            Outlet::Xingping => "application/atom+xml; charset=utf-8",
            Outlet::Binzhou => "application/rdf+xml; charset=utf-8",
            Outlet::Sanyuan => "application/feed+json",
            Outlet::Jingyang => "text/xml",
        }
    }
}

/// Items there are at the start, and how often one more appears, seconds.
const AT_START: usize = 2;
const PACE: i64 = 8;
/// Items that a document lists.
const LISTED: usize = 20;

struct Story {
    title: String,
    paragraphs: Vec<String>,
    number: usize,
    at: DateTime<FixedOffset>,
}

/// The running publishers.
pub struct Publishers {
    address: SocketAddr,
}

impl Publishers {
    pub async fn start(stop: CancellationToken) -> std::io::Result<Publishers> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let shelf = Arc::new(Shelf { started: crate::role::now().to_utc().into(), address });
        tokio::spawn(async move {
            loop {
                let stream = tokio::select! {
                    () = stop.cancelled() => return,
                    accepted = listener.accept() => match accepted {
                        Ok((stream, _)) => stream,
                        Err(_) => continue,
                    },
                };
                let shelf = Arc::clone(&shelf);
                let service = service_fn(move |request| {
                    let answer = shelf.answer(&request);
                    async move { Ok::<_, Infallible>(answer) }
                });
                tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
            }
        });
        Ok(Publishers { address })
    }

    pub fn url(&self, outlet: Outlet) -> String {
        format!("http://{}/{}/feed", self.address, outlet.id())
    }
}

struct Shelf {
    started: DateTime<FixedOffset>,
    address: SocketAddr,
}

impl Shelf {
    fn answer<B>(&self, request: &Request<B>) -> Response<Full<Bytes>> {
        let name =
            request.uri().path().strip_prefix('/').and_then(|path| path.strip_suffix("/feed"));
        let outlet = Outlet::ALL.into_iter().find(|outlet| Some(outlet.id()) == name);
        let mut response = Response::new(Full::default());
        let Some(outlet) = outlet else {
            *response.status_mut() = StatusCode::NOT_FOUND;
            return response;
        };
        let now: DateTime<FixedOffset> = crate::role::now().to_utc().into();
        let stories = self.stories(outlet, now);
        let newest = stories.first().map_or(0, |story| story.number);
        let etag = format!("\"{}-{newest}\"", outlet.id());
        let known = request.headers().get(header::IF_NONE_MATCH);
        if known.is_some_and(|known| known.as_bytes() == etag.as_bytes()) {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
        } else {
            *response.body_mut() = Full::from(self.document(outlet, &stories));
        }
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, header::HeaderValue::from_static(outlet.media_type()));
        if let Ok(etag) = header::HeaderValue::from_str(&etag) {
            headers.insert(header::ETAG, etag);
        }
        response
    }

    /// What the outlet has brought lately, newest first.
    fn stories(&self, outlet: Outlet, now: DateTime<FixedOffset>) -> Vec<Story> {
        let elapsed = (now - self.started).num_seconds().max(0);
        let shift = Outlet::ALL.iter().position(|other| *other == outlet).unwrap_or(0) as i64;
        let there = AT_START + usize::try_from((elapsed + shift) / PACE).unwrap_or(0);
        let story = |number: usize| {
            let late = number as i64 - AT_START as i64 + 1;
            let at = match late {
                ..=0 => self.started + TimeDelta::minutes(late * 17 - shift),
                _ => self.started + TimeDelta::seconds(late * PACE - shift),
            };
            let Text { title, paragraphs } = text(outlet, number);
            Story { title, paragraphs, number, at }
        };
        (there.saturating_sub(LISTED)..there).rev().map(story).collect()
    }

    fn link(&self, outlet: Outlet, story: &Story) -> String {
        format!("http://{}/{}/{}.html", self.address, outlet.id(), story.number + 1)
    }

    fn document(&self, outlet: Outlet, stories: &[Story]) -> Vec<u8> {
        match outlet {
            Outlet::Xianyang => self.rss2(outlet, stories, "UTF-8").into_bytes(),
            Outlet::Jingyang => {
                GB18030.encode(&self.rss2(outlet, stories, "GB18030")).0.into_owned()
            }
            Outlet::Xingping => self.atom(outlet, stories).into_bytes(),
            Outlet::Binzhou => self.rss1(outlet, stories).into_bytes(),
            Outlet::Sanyuan => self.json(outlet, stories),
        }
    }

    fn rss2(&self, outlet: Outlet, stories: &[Story], encoding: &str) -> String {
        let mut out = format!(
            "<?xml version=\"1.0\" encoding=\"{encoding}\"?>\n<rss version=\"2.0\" xmlns:content=\"http://purl.org/rss/1.0/modules/content/\">\n\
             <channel><title>{}</title><link>http://{}/{}/</link><description>示例</description><language>zh-cn</language>\n",
            outlet.title(),
            self.address,
            outlet.id()
        );
        for story in stories {
            let (link, html) = (self.link(outlet, story), html(story));
            let _ = writeln!(
                out,
                "<item><title>{}</title><link>{link}</link><guid>{link}</guid><pubDate>{}</pubDate>\
                 <description>{}</description><content:encoded><![CDATA[{html}]]></content:encoded></item>",
                story.title,
                story.at.to_rfc2822(),
                story.paragraphs[0]
            );
        }
        out + "</channel></rss>\n"
    }

    fn atom(&self, outlet: Outlet, stories: &[Story]) -> String {
        let updated = stories.first().map_or(self.started, |story| story.at).to_rfc3339();
        let mut out = format!(
            "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\" xml:lang=\"zh-CN\">\n\
             <title>{}</title><id>tag:countywire.example,2026:demo:{}</id><updated>{updated}</updated>\n",
            outlet.title(),
            outlet.id()
        );
        for story in stories {
            let html = html(story).replace('&', "&amp;").replace('<', "&lt;");
            let _ = writeln!(
                out,
                "<entry><title>{}</title><id>tag:countywire.example,2026:demo:{}:{}</id><link href=\"{}\"/>\
                 <published>{at}</published><updated>{at}</updated><author><name>{}</name></author>\
                 <content type=\"html\">{html}</content></entry>",
                story.title,
                outlet.id(),
                story.number,
                self.link(outlet, story),
                outlet.title(),
                at = story.at.to_rfc3339()
            );
        }
        out + "</feed>\n"
    }

    fn rss1(&self, outlet: Outlet, stories: &[Story]) -> String {
        let site = format!("http://{}/{}/", self.address, outlet.id());
        let mut out = format!(
            "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\" \
             xmlns=\"http://purl.org/rss/1.0/\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\">\n\
             <channel rdf:about=\"{site}\"><title>{}</title><link>{site}</link><description>示例</description></channel>\n",
            outlet.title()
        );
        for story in stories {
            let link = self.link(outlet, story);
            let _ = writeln!(
                out,
                "<item rdf:about=\"{link}\"><title>{}</title><link>{link}</link><dc:date>{}</dc:date><description>{}</description></item>",
                story.title,
                story.at.to_rfc3339(),
                story.paragraphs.concat()
            );
        }
        out + "</rdf:RDF>\n"
    }

    fn json(&self, outlet: Outlet, stories: &[Story]) -> Vec<u8> {
        let items: Vec<_> = stories
            .iter()
            .map(|story| {
                json!({
                    "id": self.link(outlet, story),
                    "url": self.link(outlet, story),
                    "title": story.title,
                    "content_html": html(story),
                    "date_published": story.at.to_rfc3339(),
                })
            })
            .collect();
        let feed = json!({
            "version": "https://jsonfeed.org/version/1.1",
            "title": outlet.title(),
            "home_page_url": format!("http://{}/{}/", self.address, outlet.id()),
            "language": "zh-CN",
            "items": items,
        });
        feed.to_string().into_bytes()
    }
}

fn html(story: &Story) -> String {
    story.paragraphs.iter().map(|paragraph| format!("<p>{paragraph}</p>")).collect()
}
