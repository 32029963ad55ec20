//! What an outlet's origin serves: its newest articles, in a format of its own.

use super::archive::Dated;
use chrono::{DateTime, FixedOffset, SecondsFormat};
use serde_json::json;
use std::fmt::Write;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// RSS 2.0 with a description and the text in `content:encoded`.
    Rss,
    /// Atom 1.0 with summary and content.
    Atom,
    /// JSON Feed 1.1.
    Json,
    /// RSS 2.0 in GB18030, the text escaped in the description.
    Gb18030,
    /// Atom 1.0 without summaries, its ids the articles' addresses.
    PlainAtom,
}

impl Form {
    /// The forms in turn.
    pub fn of(outlet: usize) -> Form {
        [Form::Rss, Form::Atom, Form::Json, Form::Gb18030, Form::PlainAtom][outlet % 5]
    }

    /// None: the document itself tells.
    pub fn content_type(self) -> &'static str {
        match self {
            Form::Rss | Form::Gb18030 => "text/xml",
            Form::Atom | Form::PlainAtom => "application/atom+xml",
            Form::Json => "application/feed+json",
        }
    }
}

/// Address of an article at its outlet.
pub fn link(base: &str, id: &str) -> String {
    format!("{base}/a/{id}.html")
}

/// `base`: address of the outlet, without a slash at its end. `articles`: newest first.
/// `updated_at`: when the document last changed.
pub fn render(
    form: Form,
    title: &str,
    base: &str,
    updated_at: i64,
    articles: &[&Dated],
) -> Vec<u8> {
    match form {
        Form::Rss => rss("utf-8", title, base, articles, true).into_bytes(),
        Form::Gb18030 => {
            let text = rss("gb18030", title, base, articles, false);
            encoding_rs::GB18030.encode(&text).0.into_owned()
        }
        Form::Atom => atom(title, base, updated_at, articles, true).into_bytes(),
        Form::PlainAtom => atom(title, base, updated_at, articles, false).into_bytes(),
        Form::Json => json_feed(title, base, articles).into_bytes(),
    }
}

fn rss(encoding: &str, title: &str, base: &str, articles: &[&Dated], with_summary: bool) -> String {
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"{encoding}\"?>\n\
         <rss version=\"2.0\" xmlns:content=\"http://purl.org/rss/1.0/modules/content/\">\n\
         <channel>\n<title>{title}</title>\n<link>{base}/</link>\n\
         <description>{title}</description>\n<language>zh-cn</language>\n"
    );
    for Dated { at, article } in articles {
        let _ = write!(
            out,
            "<item>\n<title>{}</title>\n<link>{}</link>\n\
             <guid isPermaLink=\"false\">tag:replay.example,2023:{}</guid>\n<pubDate>{}</pubDate>\n",
            escape(&article.title),
            link(base, &article.id),
            article.id,
            china(*at).to_rfc2822(),
        );
        let html = html(&article.text, &article.images);
        let _ = match with_summary {
            true => write!(
                out,
                "<description>{}</description>\n<content:encoded><![CDATA[{html}]]></content:encoded>\n</item>\n",
                escape(&beginning(&article.text)),
            ),
            false => write!(out, "<description>{}</description>\n</item>\n", escape(&html)),
        };
    }
    out + "</channel>\n</rss>\n"
}

fn atom(
    title: &str,
    base: &str,
    updated_at: i64,
    articles: &[&Dated],
    with_summary: bool,
) -> String {
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n\
         <feed xmlns=\"http://www.w3.org/2005/Atom\" xml:lang=\"zh-CN\">\n\
         <title>{title}</title>\n<id>{base}/</id>\n<link href=\"{base}/\"/>\n\
         <updated>{}</updated>\n<author><name>{title}</name></author>\n",
        rfc3339(updated_at)
    );
    for Dated { at, article } in articles {
        let address = link(base, &article.id);
        let id = match with_summary {
            true => format!("urn:article:{}", article.id),
            false => address.clone(),
        };
        let at = rfc3339(*at);
        let _ = write!(
            out,
            "<entry>\n<title>{}</title>\n<id>{id}</id>\n<link href=\"{address}\"/>\n\
             <published>{at}</published>\n<updated>{at}</updated>\n",
            escape(&article.title),
        );
        if with_summary {
            let _ = writeln!(out, "<summary>{}</summary>", escape(&beginning(&article.text)));
        }
        let html = escape(&html(&article.text, &article.images));
        let _ = write!(out, "<content type=\"html\">{html}</content>\n</entry>\n");
    }
    out + "</feed>\n"
}

fn json_feed(title: &str, base: &str, articles: &[&Dated]) -> String {
    let item = |Dated { at, article }: &&Dated| {
        json!({
            "id": article.id,
            "url": link(base, &article.id),
            "title": article.title,
            "content_html": html(&article.text, &article.images),
            "date_published": rfc3339(*at),
        })
    };
    let items: Vec<_> = articles.iter().map(item).collect();
    json!({
        "version": "https://jsonfeed.org/version/1.1",
        "title": title,
        "home_page_url": format!("{base}/"),
        "language": "zh-CN",
        "items": items,
    })
    .to_string()
}

fn html(text: &str, images: &[String]) -> String {
    let mut out = String::with_capacity(text.len() * 5 / 4);
    for paragraph in text.lines().filter(|line| !line.trim().is_empty()) {
        let _ = writeln!(out, "<p>{}</p>", escape(paragraph));
    }
    for image in images {
        let _ = writeln!(out, "<p><img src=\"{}\"/></p>", escape(image));
    }
    out
}

/// What an editor would put above the text.
fn beginning(text: &str) -> String {
    text.lines().next().unwrap_or("").chars().take(120).collect()
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn china(at: i64) -> DateTime<FixedOffset> {
    let zone = FixedOffset::east_opt(8 * 3600).expect("within a day");
    DateTime::from_timestamp(at, 0).expect("a date of our time").with_timezone(&zone)
}

fn rfc3339(at: i64) -> String {
    china(at).to_rfc3339_opts(SecondsFormat::Secs, false)
}
