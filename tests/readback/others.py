"""feedsmith and rss-parser, which run in node: what they make of documents, held against the store."""

import datetime
import email.utils
import html
import json
import pathlib
import shutil
import subprocess
import sys

import readback

HERE = pathlib.Path(__file__).parent


def versions():
    wanted = json.loads((HERE / "package.json").read_text(encoding="utf-8"))["dependencies"]
    return ", ".join(f"{name} {version}" for name, version in wanted.items())


def are_installed():
    return (HERE / "node_modules").is_dir() and shutil.which("node") is not None


class Readers:
    """Collects documents, and has them read at once."""

    def __init__(self, folder):
        self.folder, self.documents = pathlib.Path(folder), []

    def add(self, form, url, document, members):
        file = self.folder / f"{len(self.documents)}.{form}"
        file.write_bytes(document)
        self.documents.append((form, url, file, members))

    def check(self, checks, link_of):
        lines = (json.dumps({"file": str(file), "format": form}) for form, _, file, _ in self.documents)
        done = subprocess.run(
            ["node", str(HERE / "readers.mjs")], input="\n".join(lines), capture_output=True, text=True, check=False)
        if done.returncode != 0:
            sys.exit(f"node readers.mjs failed\n{done.stderr}")
        for (form, url, _, members), line in zip(self.documents, done.stdout.splitlines(), strict=True):
            for name, feed in json.loads(line).items():
                where = f"{url} to {name}"
                checks.same(f"{where} can be read", feed.get("error"), None)
                if "error" not in feed:
                    check = check_smith if name == "feedsmith" else check_parser
                    check(checks, form, where, url, feed, members, link_of)


def seconds(date):
    """RFC 3339 or RFC 822."""
    try:
        return int(datetime.datetime.fromisoformat(date.replace("Z", "+00:00")).timestamp())
    except ValueError:
        return int(email.utils.parsedate_to_datetime(date).timestamp())


def plain(text):
    """A text construct as the text that it means."""
    if not text:
        return ""
    return html.unescape(text["value"]) if text["type"] == "html" else text["value"]


def check_smith(checks, form, where, url, feed, members, link_of):
    checks.same(f"{where} self", feed["self"], url)
    ids = [item["id"] for item in feed["items"]]
    checks.same(f"{where} ids in order", ids, [entry["id"] for entry in members])
    for item, entry in zip(feed["items"], members):
        at = f"{where} {entry['id']}"
        checks.same(f"{at} title", plain(item["title"]).strip(), readback.title_of(entry, form))
        checks.same(f"{at} link", item["link"], link_of(entry))
        checks.same(f"{at} published", seconds(item["published"]), seconds(entry["published"]))
        checks.same(f"{at} updated", seconds(item["updated"]), seconds(entry["updated"]))
        checks.same(f"{at} content", item["content"].strip(), entry["content"].strip())
        checks.same(f"{at} summary", summary(form, item, entry), readback.summary_of(entry, form))
        checks.same(f"{at} authors", item["authors"], readback.authors_of(entry))
        media = [(m["url"], m["length"]) for m in entry["media"]]
        media = media[:1] if form == "rss" else media
        lengths = [(e["url"], e["length"] or None) for e in item["enclosures"]]
        checks.same(f"{at} enclosures", lengths, [(address, length or None) for address, length in media])
        if form == "json":
            terms = item["tags"]
        else:
            check_modules(checks, form, at, item, entry)
            terms = [label or term for _, term, label in item["categories"]]
        for category in entry["categories"]:
            term = category["label"] or category["term"]
            checks.same(f"{at} category", term if term in terms else terms, term)


def summary(form, item, entry):
    text = plain(item["summary"])
    if form == "rss" and not entry["summary"] and entry["content"]:
        # Its text stands in the description too, for who knows no more than that.
        return "" if (item["summary"] or {}).get("value", "").strip() == entry["content"].strip() else text
    if form == "json" and not entry["content"]:
        return item["text"] or ""
    return text


def check_modules(checks, form, at, item, entry):
    checks.same(f"{at} rights", plain(item["rights"]) or None, entry.get("rights"))
    checks.same(f"{at} source", plain(item["source"]["title"]), readback.source_of(entry))
    place = readback.point_of(entry, readback.KNOWN_POINTS)
    checks.same(f"{at} point", item["point"], place)
    comments = entry["comments"] or {}
    checks.same(f"{at} comments", item["comments"], comments.get("count"))
    if form == "atom":
        stated = [comments[key] for key in ("link", "feed") if comments.get(key)]
        checks.same(f"{at} replies", item["replies"], stated)
        codes = {scheme: term for scheme, term, _ in item["categories"]}
    else:
        checks.same(f"{at} comments page", item["commentsPage"], comments.get("link"))
        checks.same(f"{at} comments feed", item["commentsFeed"], comments.get("feed"))
        codes = {scheme: term for scheme, term, _ in item["categories"]}
    if any(verdict["region"].startswith("cn") for verdict in entry["regions"]):
        checks.same(f"{at} code of the region", "https://dmfw.mca.gov.cn/" in codes, True)
    if entry["topics"]:
        checks.same(f"{at} IPTC code", "http://cv.iptc.org/newscodes/mediatopic/" in codes, True)
    must, may = readback.shown_media(entry)
    told = {media["url"] for media in item["media"]}
    checks.same(f"{at} media", must <= told <= may, True)


def check_parser(checks, form, where, url, feed, members, link_of):
    checks.same(f"{where} self", feed["self"], url)
    ids = [item["id"] for item in feed["items"]]
    checks.same(f"{where} ids in order", ids, [entry["id"] for entry in members])
    for item, entry in zip(feed["items"], members):
        at = f"{where} {entry['id']}"
        # It does not tell whether Atom's title is HTML.
        wanted = readback.title_of(entry, form)
        told = item["title"] if item["title"] == wanted else html.unescape(item["title"])
        checks.same(f"{at} title", told, wanted)
        checks.same(f"{at} link", item["link"], link_of(entry))
        checks.same(f"{at} published", seconds(item["published"]), seconds(entry["published"]))
        checks.same(f"{at} content", item["content"].strip(), entry["content"].strip())
