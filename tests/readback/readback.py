"""Reads every published format back with readers that we did not write.

    python tests/readback/readback.py target/debug/countywire

Starts the program on documents of a loopback origin, polls them twice, and compares what
feedparser (Atom, RSS), reader (JSON Feed), feedsmith (all three) and rss-parser (Atom, RSS)
make of every channel with what `GET /export` says that the store holds. README.md says what it needs.
"""

import calendar
import datetime
import html
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import urllib.request
import xml.etree.ElementTree
import xml.parsers.expat

import feedparser
import lxml.etree
import reader

import others
from origin import Origin

GAZETTEER = pathlib.Path(__file__).parents[2] / "data" / "gazetteer" / "cn.tsv"
POINTS = GAZETTEER.with_name("points.tsv")
MEDIA_TYPES = {"atom": "application/atom+xml", "rss": "application/rss+xml", "json": "application/feed+json"}


class Checks:
    """Counts comparisons and remembers the differences."""

    def __init__(self):
        self.passed, self.failures = 0, []

    def same(self, where, found, wanted):
        if found == wanted:
            self.passed += 1
        else:
            self.failures.append(f"{where}\n    read:   {found!r}\n    stored: {wanted!r}")


class Daemon:
    """The program under test, polling `origin` into a store of its own."""

    def __init__(self, program, origin, folder):
        settings = pathlib.Path(folder, "feeds.toml")
        settings.write_text(
            '[site]\ntitle = "读 & 写 <测试>"\ncontact = "readback@example.org"\n'
            '[listen]\npublic = "127.0.0.1:0"\nadmin = "127.0.0.1:0"\n[store]\npath = "store"\n'
            '[poll]\nschedule = "30d"\nhost_spacing = "0s"\nfirst_poll_entries = 1000\n'
            'allow_addresses = ["127.0.0.0/8"]\n'
            + "".join(
                f'[[source]]\nid = "{name}"\ntitle = "{name} & <来源>"\nurl = "{origin.address}/{name}"\n'
                'region = "shaanxi/xianyang/xingping"\n'
                for name in origin.documents
            ),
            encoding="utf-8",
        )
        self.log = open(pathlib.Path(folder, "log"), "w+", encoding="utf-8")
        self.process = subprocess.Popen(
            [program, "--config", settings, "run"], stdout=subprocess.PIPE, stderr=self.log, text=True)
        addresses = [re.search(r"http://[^/]+", self.process.stdout.readline()) for _ in range(2)]
        if None in addresses:
            self.process.wait()
            self.log.seek(0)
            sys.exit(f"{program} did not start:\n{self.log.read()}")
        self.public, self.admin = (address.group() for address in addresses)

    def get(self, address):
        with urllib.request.urlopen(address, timeout=60) as answer:
            return answer.read(), answer.headers

    def poll(self, source):
        request = urllib.request.Request(f"{self.admin}/poll/{source}", method="POST")
        with urllib.request.urlopen(request, timeout=60) as answer:
            polled = json.load(answer)
        if polled["outcome"] != "fetched" or not polled["kept"]:
            sys.exit(f"{source} was not polled: {polled}")
        return polled

    def export(self):
        entries = []
        while True:
            lines, _ = self.get(f"{self.admin}/export?after={entries[-1]['no'] if entries else 0}")
            if not lines:
                return entries
            entries += [json.loads(line) for line in lines.splitlines()]

    def stop(self):
        self.process.terminate()
        if self.process.wait(timeout=20) != 0:
            sys.exit(f"the program ended with {self.process.returncode}")


def seconds(rfc3339):
    return int(datetime.datetime.fromisoformat(rfc3339.replace("Z", "+00:00")).timestamp())


def link_of(entry, daemon):
    """Where an entry leads: to the original, when a browser can follow, else to its page."""
    link = entry["link"] or ""
    return link if re.match("https?://", link) else f"{daemon.public}/e/{entry['key']}"


def source_of(entry):
    return f"{entry['source']} & <来源>"


def authors_of(entry):
    names = [author["name"] or source_of(entry) for author in entry["authors"]]
    return names or [entry["byline"] or source_of(entry)]


def title_of(entry, form):
    """Atom has a title in each entry: that of the source where there is none."""
    return entry["title"] or (source_of(entry) if form == "atom" else "")


def summary_of(entry, form):
    """As plain text. Who knows summaries only must find something in each entry."""
    if entry["summary"] or entry["content"]:
        return entry["summary"]
    if form == "atom":
        return title_of(entry, form)
    return source_of(entry) if form == "rss" and not entry["title"] else ""


def points():
    """Where regions are, by code."""
    lines = POINTS.read_text(encoding="utf-8").splitlines()
    rows = (line.split("\t") for line in lines if line and not line.startswith("#"))
    return {code: [float(latitude), float(longitude)] for code, latitude, longitude in rows}


def point_of(entry, known):
    """That of the first region that has one."""
    return next((known[r["region"]] for r in entry["regions"] if r["region"] in known), None)


def shown_media(entry):
    """Addresses that `media:content` must give, and may give: one picture is chosen, and what stands in the
    content is not told again."""
    urls = [media["url"] for media in entry["media"]]
    return {url for url in urls if html.escape(url, quote=False) not in entry["content"]}, set(urls)


def newest_first(entries):
    return sorted(entries, key=lambda entry: (seconds(entry["published"]), entry["no"]), reverse=True)


def channels(entries):
    """The path of every channel that holds something, and its entries in order."""
    paths = {}
    for line in GAZETTEER.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            fields = line.split("\t")
            paths[fields[0]] = fields[6]
    found = {"/index": entries}
    for entry in entries:
        topics = [verdict["topic"] for verdict in entry["topics"]]
        regions = [f"/r/{paths[code]}" for code in entry["places"]]
        own = [f"/s/{entry['source']}", *regions, *(f"/t/{topic}" for topic in topics)]
        own += [f"{region}/t/{topic}" for region in regions for topic in topics]
        for path in own:
            found.setdefault(path, []).append(entry)
    return {path: newest_first(members) for path, members in found.items()}


def well_formed(document):
    """To expat, and to libxml2 without its mending."""
    try:
        xml.parsers.expat.ParserCreate().Parse(document, True)
        lxml.etree.fromstring(document, lxml.etree.XMLParser(recover=False, resolve_entities=False, no_network=True))
        return "well-formed"
    except (xml.parsers.expat.ExpatError, lxml.etree.XMLSyntaxError) as error:
        return str(error)


def parse(document, headers):
    """feedparser without its own cleaning: we compare what stands there."""
    return feedparser.parse(
        document, response_headers={"content-type": headers["content-type"]},
        sanitize_html=False, resolve_relative_uris=False)


def check_xml(checks, daemon, form, path, members, url):
    document, headers = daemon.get(url)
    checks.same(f"{url} to expat and libxml2", well_formed(document), "well-formed")
    feed = parse(document, headers)
    checks.same(f"{url} bozo", (feed.bozo, feed.version), (False, {"atom": "atom10", "rss": "rss20"}[form]))
    page = daemon.public + ("/" if path == "/index" else path) + "?editions=all"
    checks.same(f"{url} link", feed.feed.link, page)
    own = [link.href for link in feed.feed.links if link.rel == "self"]
    checks.same(f"{url} self", own, [url])
    if members:
        newest = max(seconds(entry["updated"]) for entry in members)
        checks.same(f"{url} updated", calendar.timegm(feed.feed.updated_parsed), newest)
    checks.same(f"{url} ids in order", [item.id for item in feed.entries], [entry["id"] for entry in members])
    for item, entry in zip(feed.entries, members):
        where = f"{url} {entry['id']}"
        check_xml_entry(checks, daemon, form, where, item, entry)
        check_modules(checks, form, where, item, entry)
    cleaned = feedparser.parse(document, response_headers={"content-type": headers["content-type"]})
    for item, entry in zip(cleaned.entries, members):
        content = item.content[0].value if "content" in item else ""
        checks.same(f"{url} {entry['id']} text after cleaning", letters(content), letters(entry["content"]))
    if form == "rss":
        check_permalinks(checks, daemon, document, members, url)


def letters(markup):
    """The text of simple HTML without spaces."""
    return re.sub(r"\s+", "", html.unescape(re.sub("<[^>]*>", "", markup)))


def check_permalinks(checks, daemon, document, members, url):
    """A guid that says to be a permanent link is one. (feedparser tells only of items without a link.)"""
    guids = xml.etree.ElementTree.fromstring(document).findall("channel/item/guid")
    for guid, entry in zip(guids, members):
        is_link = entry["id"] == link_of(entry, daemon)
        checks.same(f"{url} {entry['id']} isPermaLink", guid.get("isPermaLink", "true"), str(is_link).lower())


def check_xml_entry(checks, daemon, form, where, item, entry):
    checks.same(f"{where} title", plain(item, "title"), title_of(entry, form))
    checks.same(f"{where} link", item.link, link_of(entry, daemon))
    checks.same(f"{where} published", calendar.timegm(item.published_parsed), seconds(entry["published"]))
    # RSS states it where it differs.
    updated = item["updated_parsed"] if "updated" in item.keys() else item.published_parsed
    checks.same(f"{where} updated", calendar.timegm(updated), seconds(entry["updated"]))
    content = item.content[0].value if "content" in item else ""
    checks.same(f"{where} content", content, entry["content"])
    summary = item.get("summary", "") if "content" not in item or item.get("summary") != content else ""
    # A description is HTML; feedparser takes one without markup for plain text.
    is_html = form == "rss" or item.get("summary_detail", {}).get("type") == "text/html"
    summary = html.unescape(summary) if is_html else summary
    checks.same(f"{where} summary", summary, summary_of(entry, form))
    checks.same(f"{where} authors", [author.get("name") for author in item.authors], authors_of(entry))
    terms = [tag.get("label") or tag.term for tag in item.get("tags", [])]
    for category in entry["categories"]:
        term = category["label"] or category["term"]
        checks.same(f"{where} category", term if term in terms else terms, term)
    media = entry["media"] if form == "atom" else entry["media"][:1]
    checks.same(f"{where} enclosures", [enclosure.href for enclosure in item.enclosures], [m["url"] for m in media])
    for enclosure, stored in zip(item.enclosures, media):
        if stored["length"] is not None:
            checks.same(f"{where} length", enclosure.get("length"), str(stored["length"]))
        if stored["type"] is not None:
            checks.same(f"{where} type", enclosure.type, stored["type"])
    source = item.source.title
    source = html.unescape(source) if item.source.get("title_detail", {}).get("type") == "text/html" else source
    checks.same(f"{where} source", source, source_of(entry))
    comments = entry["comments"] or {}
    if comments.get("count") is not None:
        key = "thr_total" if form == "atom" else "slash_comments"
        checks.same(f"{where} comments", item.get(key), str(comments["count"]))


def plain(item, name):
    """Atom says by its type that a text is HTML."""
    value, detail = item.get(name, ""), item.get(f"{name}_detail", {})
    return html.unescape(value) if detail.get("type") == "text/html" else value


KNOWN_POINTS = points()


def check_modules(checks, form, where, item, entry):
    """Rights, places, comments and media."""
    rights = plain(item, "rights") or None
    checks.same(f"{where} rights", rights, entry.get("rights"))
    place = item.get("where")
    place = list(place["coordinates"][::-1]) if place else None
    checks.same(f"{where} point", place, point_of(entry, KNOWN_POINTS))
    comments = entry["comments"] or {}
    replies = [link.href for link in item.links if link.rel == "replies"]
    stated = [comments.get(key) for key in ("link", "feed") if comments.get(key)]
    if form == "atom":
        checks.same(f"{where} replies", replies, stated)
    else:
        told = [item.get(key) for key in ("comments", "wfw_commentrss") if item.get(key)]
        checks.same(f"{where} comments and their feed", told, stated)
    told = [media["url"] for media in item.get("media_content", [])]
    must, may = shown_media(entry)
    checks.same(f"{where} media", (must <= set(told) <= may, len(told)), (True, len(set(told))))
    sizes = {media["url"]: media["length"] for media in entry["media"]}
    for media in item.get("media_content", []):
        size = int(media["filesize"]) if "filesize" in media else None
        checks.same(f"{where} size of {media['url']}", size, sizes[media["url"]] or None)


def is_string(value):
    return isinstance(value, str) and value != ""


def check_json_rules(checks, url, document):
    """What <https://www.jsonfeed.org/version/1.1/> demands and no reader insists on."""
    feed = json.loads(document)
    checks.same(f"{url} version", feed["version"], "https://jsonfeed.org/version/1.1")
    checks.same(f"{url} feed_url", feed["feed_url"], url)
    checks.same(f"{url} title", is_string(feed["title"]), True)
    checks.same(f"{url} next_url is another", feed.get("next_url") != url, True)
    for item in feed["items"]:
        where = f"{url} {item['id']}"
        checks.same(f"{where} id", is_string(item["id"]), True)
        checks.same(f"{where} url", bool(re.match("https?://", item["url"])), True)
        checks.same(f"{where} has content", "content_html" in item or "content_text" in item, True)
        for author in item["authors"]:
            checks.same(f"{where} author", any(is_string(author.get(key)) for key in ("name", "url", "avatar")), True)
        for attachment in item.get("attachments", []):
            checks.same(f"{where} attachment", is_string(attachment["url"]) and "/" in attachment["mime_type"], True)
        for key in ("date_published", "date_modified"):
            matched = re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", item[key])
            checks.same(f"{where} {key} is RFC 3339", bool(matched), True)
        known = {"id", "url", "external_url", "title", "content_html", "content_text", "summary", "image",
                 "banner_image", "date_published", "date_modified", "authors", "tags", "language", "attachments"}
        checks.same(f"{where} extensions", [key for key in item if key not in known and key[0] != "_"], [])


def check_json(checks, daemon, books, members, url):
    document, _ = daemon.get(url)
    check_json_rules(checks, url, document)
    ids = [item["id"] for item in json.loads(document)["items"]]
    checks.same(f"{url} ids in order", ids, [entry["id"] for entry in members])
    books.add_feed(url)
    books.update_feed(url)
    read = {item.id: item for item in books.get_entries(feed=url)}
    checks.same(f"{url} ids to reader", sorted(read), sorted(entry["id"] for entry in members))
    for entry in members:
        item, where = read.get(entry["id"]), f"{url} {entry['id']}"
        if item is None:
            continue
        checks.same(f"{where} title", item.title or "", title_of(entry, "json"))
        checks.same(f"{where} link", item.link, link_of(entry, daemon))
        checks.same(f"{where} published", int(item.published.timestamp()), seconds(entry["published"]))
        checks.same(f"{where} updated", int(item.updated.timestamp()), seconds(entry["updated"]))
        contents = {content.type: content.value for content in item.content}
        if entry["content"]:
            checks.same(f"{where} content", contents, {"text/html": entry["content"]})
            checks.same(f"{where} summary", item.summary or "", entry["summary"])
        else:
            checks.same(f"{where} text", contents.get("text/plain", ""), entry["summary"])
        checks.same(f"{where} authors", [author.name for author in item.authors], authors_of(entry))
        media = [(enclosure.href, enclosure.length) for enclosure in item.enclosures]
        checks.same(f"{where} enclosures", media, [(m["url"], m["length"]) for m in entry["media"]])


def check_paging(checks, daemon, form, members):
    """Following `next` from a short page meets every entry once."""
    url, ids = f"{daemon.public}/index.{form}?limit=3&editions=all", []
    while url:
        document, headers = daemon.get(url)
        if form == "json":
            feed = json.loads(document)
            ids += [item["id"] for item in feed["items"]]
            url = feed.get("next_url")
        else:
            feed = parse(document, headers)
            ids += [item.id for item in feed.entries]
            url = next((link.href for link in feed.feed.links if link.rel == "next"), None)
    checks.same(f"paging in {form}", ids, [entry["id"] for entry in members])


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    checks, origin = Checks(), Origin()
    with tempfile.TemporaryDirectory(prefix="countywire-readback-") as folder:
        daemon = Daemon(sys.argv[1], origin, folder)
        for origin.round in (1, 2):
            changed = sum(daemon.poll(source)["entries_changed"] for source in origin.documents)
        checks.same("entries changed in the second round", changed, 1)
        entries = daemon.export()
        found = channels(entries)
        books = reader.make_reader(":memory:")
        readers = others.Readers(folder)
        for path, members in found.items():
            for form in ("atom", "rss", "json"):
                url = f"{daemon.public}{path}.{form}?limit=200&editions=all"
                _, headers = daemon.get(url)
                checks.same(f"{url} media type", headers.get_content_type(), MEDIA_TYPES[form])
                readers.add(form, url, daemon.get(url)[0], members)
                if form == "json":
                    check_json(checks, daemon, books, members, url)
                else:
                    check_xml(checks, daemon, form, path, members, url)
        for form in ("atom", "rss", "json"):
            check_paging(checks, daemon, form, found["/index"])
        if others.are_installed():
            readers.check(checks, lambda entry: link_of(entry, daemon))
        else:
            print("skipped: feedsmith and rss-parser; npm install in tests/readback makes them take part")
        daemon.stop()
    for failure in checks.failures:
        print(failure)
    print(f"{len(entries)} entries of {len(origin.documents)} sources in {len(found)} channels, three formats each; "
          f"feedparser {feedparser.__version__}, reader {reader.__version__}, {others.versions()}, "
          f"libxml2 {'.'.join(map(str, lxml.etree.LIBXML_VERSION))}")
    print(f"{checks.passed} passed, {len(checks.failures)} failed")
    sys.exit(1 if checks.failures else 0)


if __name__ == "__main__":
    main()
