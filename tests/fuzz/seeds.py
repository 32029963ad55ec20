#!/usr/bin/env python3
"""Fills tests/fuzz/corpus from the test material: documents as they are, the HTML in
them and in the collected attacks, and the dates of the table."""

import hashlib
import html
import json
import os
import pathlib
import re

HERE = pathlib.Path(__file__).resolve().parent
SHARED = pathlib.Path(os.environ.get("COUNTYWIRE_SHARED", HERE.parent.parent.parent / "shared"))
LONGEST = 8 * 1024


def write(target, data):
    if 0 < len(data) <= LONGEST:
        folder = HERE / "corpus" / target
        folder.mkdir(parents=True, exist_ok=True)
        (folder / hashlib.sha1(data).hexdigest()).write_bytes(data)


def pieces(text):
    """HTML stands in CDATA sections, or escaped between tags."""
    for part in text.split("<![CDATA[")[1:]:
        yield part.split("]]>")[0]
    for part in re.findall(r">([^<>]*&lt;[^<>]*)<", text):
        yield html.unescape(part)


corpus = SHARED / "corpus"
for file in sorted(corpus.rglob("*")):
    if not file.is_file() or file.suffix in {".tsv", ".jsonl", ".md"}:
        continue
    data = file.read_bytes()
    if "xss" in file.parts:
        for row in json.loads(data):
            text = row.get("payload") or row.get("data") or row.get("input")
            write("sanitise", text.encode())
        continue
    # The last two bytes choose what the server says: here nothing, in three ways.
    write("document", data + b"\x00\x02")
    for piece in pieces(data.decode("utf-8", "ignore")):
        write("sanitise", piece.strip().encode())
for line in (corpus / "dates.tsv").read_text().splitlines()[1:]:
    write("date", b"\x01" + line.split("\t")[2].encode())

for folder in sorted((HERE / "corpus").iterdir()):
    print(f"{folder.name}: {len(list(folder.iterdir()))} seeds")
