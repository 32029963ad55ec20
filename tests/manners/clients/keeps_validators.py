"""Parses the feed of each line of standard input, and says so.

The validators are kept as feedparser's documentation shows under "ETag and Last-Modified
Headers"; a feed that is gone is not asked for again, as under "HTTP Redirects" there."""

import socket
import sys

import feedparser

socket.setdefaulttimeout(2)
known = {}
gone = set()
print("ready", flush=True)
for line in sys.stdin:
    url = line.strip()
    if url not in gone:
        etag, modified = known.get(url, (None, None))
        try:
            parsed = feedparser.parse(url, etag=etag, modified=modified)
        except OSError:
            parsed = feedparser.FeedParserDict()
        if parsed.get("status") == 410:
            gone.add(url)
        elif parsed.get("status") == 200:
            known[url] = (parsed.get("etag"), parsed.get("modified"))
    print("done", flush=True)
