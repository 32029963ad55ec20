//! The same news in every format that publishers use. Texts are our own.

use super::origin::Document;
use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use encoding_rs::GB18030;
use serde_json::json;
use std::sync::LazyLock;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Rss091,
    Rss092,
    Rss10,
    Rss20,
    Rss20Gb18030,
    Atom03,
    Atom10,
    Json11,
}

pub const FORMS: [Form; 8] = [
    Form::Rss091,
    Form::Rss092,
    Form::Rss10,
    Form::Rss20,
    Form::Rss20Gb18030,
    Form::Atom03,
    Form::Atom10,
    Form::Json11,
];

/// One item as its publisher means it.
#[derive(Debug, Clone)]
pub struct News {
    pub outlet: &'static str,
    pub number: usize,
    pub title: String,
    pub text: String,
    pub published: DateTime<Utc>,
    pub updated: DateTime<Utc>,
}

impl News {
    /// `hours` old when the tests began: the same item again is the same.
    pub fn new(outlet: &'static str, number: usize, title: &str, hours: i64) -> Self {
        static BEGAN: LazyLock<DateTime<Utc>> = LazyLock::new(|| Utc::now().trunc_subsecs(0));
        let published = *BEGAN - TimeDelta::hours(hours);
        News {
            outlet,
            number,
            title: title.to_owned(),
            text: format!("正文甲乙丙丁，{title}，编号{outlet}{number}。"),
            published,
            updated: published,
        }
    }

    pub fn link(&self) -> String {
        format!("http://{}.example.cn/{}.html", self.outlet, self.number)
    }

    /// An absolute IRI, where the format has one.
    pub fn iri(&self, form: Form) -> Option<String> {
        match form {
            Form::Atom03 | Form::Atom10 => {
                Some(format!("tag:{}.example.cn,2026:{}", self.outlet, self.number))
            }
            Form::Json11 => Some(self.link()),
            _ => None,
        }
    }

    fn html(&self) -> String {
        format!("<p>{}</p>", self.text)
    }
}

impl Form {
    pub fn id(self) -> &'static str {
        match self {
            Form::Rss091 => "rss091",
            Form::Rss092 => "rss092",
            Form::Rss10 => "rss10",
            Form::Rss20 => "rss20",
            Form::Rss20Gb18030 => "gb18030",
            Form::Atom03 => "atom03",
            Form::Atom10 => "atom10",
            Form::Json11 => "json11",
        }
    }

    fn content_type(self) -> &'static str {
        match self {
            Form::Rss091 | Form::Rss092 | Form::Rss20 => "application/rss+xml",
            Form::Rss10 => "application/rdf+xml",
            // Says nothing of the encoding, as such servers do.
            Form::Rss20Gb18030 => "text/xml",
            Form::Atom03 | Form::Atom10 => "application/atom+xml",
            Form::Json11 => "application/feed+json",
        }
    }

    /// The document of an outlet, in the order given.
    pub fn document(self, news: &[News]) -> Document {
        let outlet = news.first().map_or("nobody", |news| news.outlet);
        Document::new(self.content_type(), self.write(outlet, news))
    }

    fn write(self, outlet: &str, news: &[News]) -> Vec<u8> {
        match self {
            Form::Rss091 => rss("0.91", "utf-8", outlet, news, plain_item).into_bytes(),
            Form::Rss092 => rss("0.92", "utf-8", outlet, news, plain_item).into_bytes(),
            Form::Rss20 => rss("2.0", "utf-8", outlet, news, rss20_item).into_bytes(),
            Form::Rss20Gb18030 => {
                let text = rss("2.0", "GB18030", outlet, news, rss20_item);
                GB18030.encode(&text).0.into_owned()
            }
            Form::Rss10 => rss10(outlet, news).into_bytes(),
            Form::Atom03 => atom03(outlet, news).into_bytes(),
            Form::Atom10 => atom10(outlet, news).into_bytes(),
            Form::Json11 => json11(outlet, news).into_bytes(),
        }
    }
}

fn rss(
    version: &str,
    encoding: &str,
    outlet: &str,
    news: &[News],
    item: fn(&News) -> String,
) -> String {
    let items: String = news.iter().map(item).collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"{encoding}\"?>\n\
         <rss version=\"{version}\" xmlns:content=\"http://purl.org/rss/1.0/modules/content/\">\
         <channel><title>{outlet} 报</title><link>http://{outlet}.example/</link>\
         <description>示例</description><language>zh-cn</language>\n{items}</channel></rss>\n"
    )
}

/// As before RSS 2.0: no guid, no date.
fn plain_item(news: &News) -> String {
    format!(
        "<item><title>{}</title><link>{}</link><description>{}</description></item>\n",
        news.title,
        news.link(),
        news.text
    )
}

fn rss20_item(news: &News) -> String {
    format!(
        "<item><title>{}</title><link>{}</link><guid isPermaLink=\"false\">{}-{}</guid>\
         <pubDate>{}</pubDate><content:encoded><![CDATA[{}]]></content:encoded></item>\n",
        news.title,
        news.link(),
        news.outlet,
        news.number,
        news.published.to_rfc2822(),
        news.html()
    )
}

fn rss10(outlet: &str, news: &[News]) -> String {
    let site = format!("http://{outlet}.example/");
    let list: String =
        news.iter().map(|n| format!("<rdf:li rdf:resource=\"{}\"/>", n.link())).collect();
    let items: String = news
        .iter()
        .map(|news| {
            format!(
                "<item rdf:about=\"{link}\"><title>{}</title><link>{link}</link>\
                 <description>{}</description><dc:date>{}</dc:date></item>\n",
                news.title,
                news.text,
                news.published.to_rfc3339(),
                link = news.link()
            )
        })
        .collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n\
         <rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\" \
         xmlns=\"http://purl.org/rss/1.0/\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\">\n\
         <channel rdf:about=\"{site}\"><title>{outlet} 报</title><link>{site}</link>\
         <description>示例</description><items><rdf:Seq>{list}</rdf:Seq></items></channel>\n\
         {items}</rdf:RDF>\n"
    )
}

fn escaped(html: &str) -> String {
    html.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn atom03(outlet: &str, news: &[News]) -> String {
    let entries: String = news
        .iter()
        .map(|news| {
            format!(
                "<entry><title>{}</title><link rel=\"alternate\" type=\"text/html\" href=\"{}\"/>\
                 <id>{}</id><issued>{}</issued><modified>{}</modified>\
                 <content type=\"text/html\" mode=\"escaped\">{}</content></entry>\n",
                news.title,
                news.link(),
                news.iri(Form::Atom03).expect("Atom has ids"),
                news.published.to_rfc3339(),
                news.updated.to_rfc3339(),
                escaped(&news.html())
            )
        })
        .collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n\
         <feed version=\"0.3\" xmlns=\"http://purl.org/atom/ns#\" xml:lang=\"zh-CN\">\n\
         <title>{outlet} 报</title><link rel=\"alternate\" type=\"text/html\" \
         href=\"http://{outlet}.example/\"/>\
         <modified>2026-11-24T00:00:00Z</modified>\n{entries}</feed>\n"
    )
}

fn atom10(outlet: &str, news: &[News]) -> String {
    let entries: String = news
        .iter()
        .map(|news| {
            format!(
                "<entry><title>{}</title><link href=\"{}\"/><id>{}</id>\
                 <published>{}</published><updated>{}</updated>\
                 <content type=\"html\">{}</content></entry>\n",
                news.title,
                news.link(),
                news.iri(Form::Atom10).expect("Atom has ids"),
                news.published.to_rfc3339(),
                news.updated.to_rfc3339(),
                escaped(&news.html())
            )
        })
        .collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n\
         <feed xmlns=\"http://www.w3.org/2005/Atom\" xml:lang=\"zh-CN\">\n\
         <title>{outlet} 报</title><id>tag:{outlet}.example.cn,2026:feed</id>\
         <updated>2026-11-24T00:00:00Z</updated><author><name>{outlet}</name></author>\n\
         {entries}</feed>\n"
    )
}

fn json11(outlet: &str, news: &[News]) -> String {
    let items: Vec<_> = news
        .iter()
        .map(|news| {
            json!({
                "id": news.link(),
                "url": news.link(),
                "title": news.title,
                "content_html": news.html(),
                "date_published": news.published.to_rfc3339(),
                "date_modified": news.updated.to_rfc3339(),
            })
        })
        .collect();
    let feed = json!({
        "version": "https://jsonfeed.org/version/1.1",
        "title": format!("{outlet} 报"),
        "home_page_url": format!("http://{outlet}.example/"),
        "language": "zh-CN",
        "items": items,
    });
    feed.to_string()
}
