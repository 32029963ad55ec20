#!/usr/bin/env python3
"""Makes terms.tsv from an archive of news: lines of JSON with `title` and `text`.

    zstd -dc ../shared/archive/articles-2023h2.jsonl.zst | python3 data/story/make.py

What `src/story/terms.rs` calls a term is counted: two neighbouring characters of a script without
spaces, a word, a number. The same input gives the same bytes. Only terms of many articles are
written, so that nothing of an article can be read from the table.
"""
import collections
import json
import math
import pathlib
import re
import sys
import unicodedata

HERE = pathlib.Path(__file__).resolve().parent
# Articles that a term must be in to be written.
FEWEST = 8
# Characters of an article that are read, as src/story/sketch.rs reads them.
READ = 400
# Weight of one unit of the natural logarithm.
SCALE = 32
HEAD = """\
# Weights of terms: 32 ln(articles / articles with the term); `*` is any other term.
# Counted in {articles} Chinese news articles of July to December 2023. Made by make.py; do not edit.
"""


def script():
    """Traditional characters, and those that stand for another, as src/text/script.rs folds them."""
    table = {}
    for name in ("simplified.tsv", "variants.tsv"):
        lines = (HERE.parent / "script" / name).read_text(encoding="utf-8").splitlines()
        step = dict(line.split("\t")[:2] for line in lines if not line.startswith("#"))
        table = {key: step.get(to, to) for key, to in table.items()} | {
            key: to for key, to in step.items() if key not in table
        }
    return str.maketrans(table)


SCRIPT = script()
RUNS = re.compile(r"[0-9]+(?:\.[0-9]+)*|[a-z]+|[\u2e80-\uffff]+")


def terms(text):
    folded = unicodedata.normalize("NFKC", text).lower().translate(SCRIPT)
    for run in RUNS.findall("".join(c if c.isalnum() or c == "." else " " for c in folded)):
        if run[0].isascii():
            yield run
        else:
            yield from (run[at : at + 2] for at in range(len(run) - 1))


def main():
    counts, articles = collections.Counter(), 0
    for line in sys.stdin:
        article = json.loads(line)
        counts.update(set(terms(f"{article['title']} {article['text'][:READ]}")))
        articles += 1
    weight = lambda count: round(SCALE * math.log((articles + 1) / (count + 0.5)))
    with open(HERE / "terms.tsv", "w", encoding="utf-8", newline="\n") as out:
        out.write(HEAD.format(articles=articles))
        out.write(f"*\t{weight(1)}\n")
        kept = [(term, count) for term, count in counts.items() if count >= FEWEST]
        for term, count in sorted(kept):
            out.write(f"{term}\t{weight(count)}\n")


if __name__ == "__main__":
    main()
