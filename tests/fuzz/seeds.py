#!/usr/bin/env python3
"""Fills tests/fuzz/corpus from the test material: documents as they are, the HTML in
them and in the collected attacks, and the dates of the table; and from this repository
the settings of the tests, and the parts of the shipped ones."""

import hashlib
import html
import json
import os
import pathlib
import re

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
SHARED = pathlib.Path(os.environ.get("COUNTYWIRE_SHARED", ROOT.parent / "shared"))
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

# Settings stand in raw strings; a gazetteer may follow them after a NUL.
table = b"ax1\tprovince\t\xc3\x85land\t\t\t\taland\tEurope/Mariehamn\n"
for file in sorted((ROOT / "src/config/tests").rglob("*.rs")):
    for text in re.findall(r'r#"(.*?)"#', file.read_text(), re.DOTALL):
        write("config", text.encode())
        write("config", text.encode() + b'\n[regions]\ngazetteer = "mine.tsv"\n\0' + table)
for part in re.split(r"\n(?=\[)", re.sub(r"(?m)^#(?=[a-z\[])", "", (ROOT / "feeds.toml").read_text())):
    write("config", part.encode())

# Where, what is done there, what the rest is: news, cut or changed.
for number, line in enumerate((corpus / "dates.tsv").read_text().splitlines()[1:200]):
    news = b"\0".join([line.encode(), b"!s%d" % number, line.encode()[:9]])
    write("segment", number.to_bytes(2, "little") + bytes([number % 3, 3]) + news)

for text in re.findall(r'\("((?:[^"\\\n]|\\.){1,200})",', (ROOT / "src/search/query.rs").read_text()):
    write("query", text.replace('\\"', '"').encode())

# Titles of the classifier's tests, each as title and opening, as the target takes its input apart.
for text in re.findall(r'"([^"\\\n]{4,200})"', (ROOT / "src/classify/tests.rs").read_text()):
    write("classify", (text + text).encode())
# News of a kind, with numbers and places that agree or differ.
for number in range(40):
    place, level = ("兴平", "库车", "泸定")[number % 3], number % 5
    title = f"{place}发生{level}.{number % 2}级地震"
    write("group", f"{title}\0{title}，<b>第{level}期</b>。\n{title}\0暂无伤亡。\n{title}\n".encode())

for folder in sorted((HERE / "corpus").iterdir()):
    print(f"{folder.name}: {len(list(folder.iterdir()))} seeds")
