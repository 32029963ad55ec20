#!/usr/bin/env python3
"""Makes terms.tsv from an archive of news: lines of JSON with `title`, `text` and `date`.

    zstd -dc ../shared/archive/articles-2023h2.jsonl.zst | python3 data/story/make.py

What `src/story/terms.rs` calls a term is counted: two neighbouring characters of a script without
spaces, a word, a number. The same input gives the same bytes. Only terms of many articles are
written, so that nothing of an article can be read from the table.
"""
import bisect
import collections
import datetime
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
# What one unit of the natural logarithm is written as: of weights, and of bursts.
SCALE = 32
BURST_SCALE = 16
# Articles of one burst are no more days apart.
BURST_DAYS = 3
HEAD = """\
# Weights of terms: 32 ln(articles / articles with the term); `*` is any other term. Then in what bursts
# a term comes: 16 ln(pairs of its articles within three days of each other / such pairs if it came evenly).
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


def near_pairs(days):
    """Pairs of these days, ascending, that are no more than BURST_DAYS apart."""
    return sum(bisect.bisect_right(days, day + BURST_DAYS) - at - 1 for at, day in enumerate(days))


def pairs(count):
    return count * (count - 1) / 2


def main():
    days = collections.defaultdict(list)
    every = []
    for line in sys.stdin:
        article = json.loads(line)
        day = datetime.date.fromisoformat(article["date"][:10]).toordinal()
        for term in set(terms(f"{article['title']} {article['text'][:READ]}")):
            days[term].append(day)
        every.append(day)
    evenly = near_pairs(sorted(every)) / pairs(len(every))
    weight = lambda count: round(SCALE * math.log((len(every) + 1) / (count + 0.5)))

    def burst(found):
        # One pair more on both sides: few pairs say little.
        ratio = (near_pairs(sorted(found)) + 1) / (pairs(len(found)) * evenly + 1)
        return max(0, round(BURST_SCALE * math.log(ratio)))

    with open(HERE / "terms.tsv", "w", encoding="utf-8", newline="\n") as out:
        out.write(HEAD.format(articles=len(every)))
        out.write(f"*\t{weight(1)}\t0\n")
        for term, found in sorted(days.items()):
            if len(found) >= FEWEST:
                out.write(f"{term}\t{weight(len(found))}\t{burst(found)}\n")


if __name__ == "__main__":
    main()
