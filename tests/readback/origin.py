"""A loopback origin: the fixtures of the project, and documents full of what goes wrong
between a writer and a reader."""

import http.server
import json
import pathlib
import threading

FIXTURES = pathlib.Path(__file__).parent.parent / "fixtures" / "feeds"

# Everything that a writer must escape, in titles, addresses, categories and names.
AWKWARD = "甲 & 乙 <b>粗</b> \"引\" 'x' ]]> 𠮷野家 &amp; &lt;i&gt; %20 🍎"

AWKWARD_HTML = """
<h2>小标题 &amp; 其他</h2>
<p>一 &lt;二&gt; 三&nbsp;四 ]]&gt; "五" '六' &copy; &#x1F34E; 𠮷</p>
<pre>  两格
	制表  </pre>
<ul><li>甲<li>乙</ul>
<table><tr><td>兴平</td><td>1 &lt; 2</td></tr></table>
<p><a href="/看.html?a=1&amp;b=2#c">链接</a> <img src="../图%20片.jpg" alt='"图" &lt;1&gt;'></p>
<blockquote>引文<br>第二行</blockquote>
<script>alert("]]>")</script><p onclick="x()">完</p>
"""


def escaped(text):
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def in_cdata(text):
    return "<![CDATA[" + text.replace("]]>", "]]]]><![CDATA[>") + "]]>"


def rss(round_number):
    """Plain items between awkward ones; the second changes in the second round."""
    changed = "（更正）" if round_number > 1 else ""
    return f"""<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"
 xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:slash="http://purl.org/rss/1.0/modules/slash/"
 xmlns:wfw="http://wellformedweb.org/CommentAPI/">
<channel><copyright>(c) {escaped(AWKWARD)}</copyright><title>{escaped(AWKWARD)}</title><link>http://paper.example/新闻/?a=1&amp;b=2</link>
<description>{escaped(AWKWARD)}</description>
<item><title>{in_cdata(AWKWARD)}</title><link>http://paper.example/1.html?a=1&amp;b="2"&amp;c=县</link>
 <guid isPermaLink="false">tag:paper.example,2026:1</guid><pubDate>Mon, 23 Nov 2026 08:00:00 +0800</pubDate>
 <dc:creator>{escaped(AWKWARD)}</dc:creator><dc:creator>张三</dc:creator>
 <category domain="http://paper.example/?a&amp;b">{escaped(AWKWARD)}</category><category>要闻</category>
 <description>{escaped("<p>" + escaped(AWKWARD) + "</p>")}</description>
 <content:encoded>{in_cdata(AWKWARD_HTML)}</content:encoded>
 <enclosure url="http://paper.example/a.mp3?x=1&amp;y=2" length="1234" type="audio/mpeg"/>
 <comments>http://paper.example/1.html#c&amp;d</comments><slash:comments>17</slash:comments>
 <wfw:commentRss>http://paper.example/1/feed?a=1&amp;b=2</wfw:commentRss><dc:rights>本报版权所有</dc:rights></item>
<item><title>兴平市教育局发布通知{changed}</title><link>http://paper.example/2.html</link>
 <guid>http://paper.example/2.html</guid><pubDate>Mon, 23 Nov 2026 07:00:00 +0800</pubDate>
 <description>兴平市中小学明日照常上课，请家长注意接送时间，学校食堂照常供应。{changed}</description></item>
<item><title>没有地址也没有编号</title><pubDate>Sun, 22 Nov 2026 07:00:00 +0800</pubDate>
 <description>{escaped(AWKWARD_HTML)}</description></item>
<item><description>没有标题。咸阳市苹果丰收。</description><guid isPermaLink="false">n-4</guid></item>
<item><title>将来的日期</title><guid isPermaLink="false">n-5</guid><link>http://paper.example/5</link>
 <pubDate>Fri, 01 Jan 2100 00:00:00 GMT</pubDate></item>
<item><title>不是网页</title><link>mailto:a@paper.example</link><guid isPermaLink="false">n-6</guid>
 <pubDate>Sat, 21 Nov 2026 07:00:00 +0800</pubDate><description>a &amp;lt; b R&amp;D</description></item>
</channel></rss>""".encode()


def json_feed(_round):
    """Characters that JSON can hold and XML cannot, several enclosures, several authors."""
    return json.dumps({
        "version": "https://jsonfeed.org/version/1.1",
        "title": "控制\u0008字符 \ufffe",
        "home_page_url": "http://json.example/",
        "items": [
            {
                "id": "j\u00011", "url": "http://json.example/1", "title": "铃\u0007 \uffff 𠮷\u200b" + AWKWARD,
                "content_html": "<p>退格\u0008 竖\u000b \ufffe</p>" + AWKWARD_HTML,
                "summary": "摘要\u0000 " + AWKWARD,
                "date_published": "2026-11-20T08:00:00+08:00",
                "date_modified": "2026-11-21T09:30:00+08:00",
                "authors": [{"name": AWKWARD, "url": "http://json.example/~a?b&c"}, {"name": "李四"}],
                "tags": ["县域", AWKWARD],
                "attachments": [
                    {"url": "http://json.example/a&b.mp4", "mime_type": "video/mp4", "size_in_bytes": 9,
                     "title": AWKWARD, "duration_in_seconds": 60},
                    {"url": "http://json.example/c.pdf", "mime_type": "application/pdf"},
                ],
            },
            {"id": 2, "content_text": "第一行 < 二\n第二行 & 三", "date_published": "2026-11-19T08:00:00Z"},
        ],
    }, ensure_ascii=True).encode()


GENERATED = {"awkward-rss": rss, "awkward-json": json_feed}


def documents():
    """Source ids and, for each, what gives its document in a round."""
    found = {
        path.name.replace(".", "-"): (lambda _round, path=path: path.read_bytes())
        for path in sorted(FIXTURES.iterdir())
        if path.suffix in {".xml", ".rdf", ".json"} and not path.name.endswith(".expected.json")
    }
    return found | GENERATED


class Origin:
    """Serves `documents()` at http://127.0.0.1:port/ID until the process ends."""

    def __init__(self):
        self.documents = documents()
        self.round = 1
        origin = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                document = origin.documents[self.path.strip("/")](origin.round)
                self.send_response(200)
                self.send_header("Content-Length", str(len(document)))
                self.end_headers()
                self.wfile.write(document)

            def log_message(self, *_):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, daemon=True).start()
