//! Every kind of problem, with the exact line that a person sees.

use super::super::{Problem, parse};
use super::NOW;

#[track_caller]
fn assert_problems(text: &str, expected: &str) {
    let found: Vec<String> = match parse("feeds.toml", text, NOW) {
        Ok(config) => panic!("no problem found; warnings: {:?}", config.warnings),
        Err(problems) => problems.iter().map(Problem::to_string).collect(),
    };
    let expected: Vec<&str> = expected.trim().lines().collect();
    assert_eq!(found, expected);
}

#[test]
fn unknown_keys_and_tables_suggest_the_nearest() {
    assert_problems(
        r#"[site]
titel = "x"
foo = 1
[pol]
[stroe]
"#,
        r#"
feeds.toml:2:1: site.titel: unknown key; did you mean title?
feeds.toml:3:1: site.foo: unknown key; known here: title, base_url, language, contact
feeds.toml:4:2: pol: unknown table or key; did you mean poll?
feeds.toml:5:2: stroe: unknown table or key; did you mean store?
"#,
    );
}

#[test]
fn wrong_site_values() {
    assert_problems(
        r#"[site]
title = 5
base_url = "ftp://x/"
language = "中文"
contact = "me"
"#,
        r#"
feeds.toml:2:9: site.title: an integer does not fit here; write a string in quotes
feeds.toml:3:12: site.base_url: "ftp://x/": scheme "ftp" is not served; write an http:// or https:// address
feeds.toml:4:12: site.language: "中文" is no language tag; write one of BCP 47, such as "zh-CN" or "en"
feeds.toml:5:11: site.contact: "me" is no e-mail or web address; write one, such as "news@example.org"
"#,
    );
}

#[test]
fn empty_and_odd_site_values() {
    assert_problems(
        r#"[site]
title = " "
base_url = "https://x.example/?a"
language = ""
contact = "a b@x.cn"
"#,
        r#"
feeds.toml:2:9: site.title: empty; write some text, or leave the key out
feeds.toml:3:12: site.base_url: "https://x.example/": holds a query; write it without the part from `?`
feeds.toml:4:12: site.language: "" is no language tag; write one of BCP 47, such as "zh-CN" or "en"
feeds.toml:5:11: site.contact: "a b@x.cn" is no e-mail or web address; write one, such as "news@example.org"
"#,
    );
}

#[test]
fn listeners_need_an_ip_address_and_port() {
    assert_problems(
        r#"[listen]
public = "localhost:80"
admin = 8081
"#,
        r#"
feeds.toml:2:10: listen.public: "localhost:80" is no IP address with a port; write such as "127.0.0.1:8080" or "[::]:8080"
feeds.toml:3:9: listen.admin: an integer does not fit here; write an address and port, such as "127.0.0.1:8080"
"#,
    );
}

#[test]
fn one_port_cannot_serve_both() {
    assert_problems(
        r#"[listen]
public = "127.0.0.1:8081"
[store]
path = ""
cache = "4MB"
retain = {}
"#,
        r#"
feeds.toml:2:10: listen.public: 127.0.0.1:8081 is the address of listen.admin too; write another port
feeds.toml:4:8: store.path: no path; write a folder, such as "data/store"
feeds.toml:6:1: store.retain: unknown key; known here: path, cache
"#,
    );
}

#[test]
fn store_values_have_limits() {
    assert_problems(
        r#"[listen]
admin = "127.0.0.1:8080"
[store]
cache = "10KiB"
"#,
        r#"
feeds.toml:2:9: listen.admin: 127.0.0.1:8080 is the address of listen.public too; write another port
feeds.toml:4:9: store.cache: "10KiB": too little; write 1MiB to 64GiB
"#,
    );
}

#[test]
fn poll_values_have_units_and_limits() {
    assert_problems(
        r#"[poll]
schedule = "atuo"
shortest = "5h"
longest = "1h"
host_spacing = "-1s"
timeout = 20
max_body = "4 MB"
concurrency = 0
first_poll_entries = 5000
allow_addresses = ["10.0.0.0/33", "::1", 5]
rsshub = "rsshub.example.org"
proxy = "x"
max_text = "1B"
max_items = 0
max_depth = 500
max_attributes = 8
max_namespaces = 200
"#,
        r#"
feeds.toml:2:12: poll.schedule: "atuo": no schedule; did you mean "auto"?
feeds.toml:4:11: poll.longest: no range is left (5h to 1h); write poll.shortest or more
feeds.toml:5:16: poll.host_spacing: "-1s": not a duration; write a number with s, m, h or d, such as "15m" or "1h30m"
feeds.toml:6:11: poll.timeout: an integer does not fit here; write a duration with its unit, such as "15m"
feeds.toml:7:12: poll.max_body: "4 MB": unknown unit " MB"; write a number with B, KB, MB, GB, KiB, MiB or GiB, such as "4MiB"
feeds.toml:8:15: poll.concurrency: 0: too little; write 1 to 1024
feeds.toml:9:22: poll.first_poll_entries: 5000: too much; write 0 to 1000
feeds.toml:10:20: poll.allow_addresses[0]: "10.0.0.0/33" is no address range; write CIDR such as "10.0.0.0/8", or one address
feeds.toml:10:42: poll.allow_addresses[2]: an integer does not fit here; write a string
feeds.toml:11:10: poll.rsshub: "rsshub.example.org": no absolute address; write it whole, such as "https://example.org/rss"
feeds.toml:12:1: poll.proxy: unknown key; known here: schedule, shortest, longest, host_spacing, timeout, max_body, max_text, max_items, max_depth, max_attributes, max_namespaces, concurrency, first_poll_entries, allow_addresses, rsshub
feeds.toml:13:12: poll.max_text: "1B": too little; write 1KiB to 1GiB
feeds.toml:14:13: poll.max_items: 0: too little; write 1 to 100000
feeds.toml:15:13: poll.max_depth: 500: too much; write 16 to 128
feeds.toml:16:18: poll.max_attributes: 8: too little; write 16 to 1024
feeds.toml:17:18: poll.max_namespaces: 200: too much; write 16 to 112
"#,
    );
}

#[test]
fn host_rules_need_a_host_name_once() {
    assert_problems(
        r#"[[host]]
spacing = "2s"
[[host]]
match = "http://x.cn/"
concurrency = 100
[[host]]
match = "a.cn"
spacing="0s"
[[host]]
match = "A.cn"
spacing="0s"
"#,
        r#"
feeds.toml:1:1: host[0].match: missing; write match = "*.example.cn"
feeds.toml:4:9: host[1].match: "http://x.cn/" is no host name; write a name alone, such as "www.example.cn" or "*.example.cn"
feeds.toml:5:15: host[1].concurrency: 100: too much; write 1 to 64
feeds.toml:10:9: host[3].match: "A.cn" has a rule in line 7 already; keep one
"#,
    );
}

#[test]
fn an_unknown_gazetteer_hides_no_other_problem() {
    assert_problems(
        r#"[regions]
gazetteer = "cm"
publish = ["shaanxi/xianyan", "shaanxi/xianyang"]
[[region]]
path = "shaanxi/xixian"
name = "西咸新区"
[[source]]
id = "a"
title = "a"
url = "http://a.cn/"
region = "shaanxi/xixian"
[[source]]
id = "b"
title = "b"
url = "http://b.cn/"
region = "atlantis"
"#,
        r#"
feeds.toml:2:13: regions.gazetteer: "cm" is no gazetteer; did you mean "cn"?
feeds.toml:3:12: regions.publish[0]: "shaanxi/xianyan" is no known region; did you mean "shaanxi/xianyang"?
feeds.toml:16:10: source[1].region: "atlantis" is no known region; write a path of the gazetteer, such as "shaanxi/xianyang", or add it as a [[region]]
"#,
    );
}

#[test]
fn gazetteers_are_there_and_named_once() {
    assert_problems(
        r#"[regions]
gazetteer = ["cn", "cn", "none/there.tsv"]
# What the missing file holds nobody knows; but the first looks like a slip.
publish = ["shaanxi/xianyan", "narnia/cair"]
"#,
        r#"
feeds.toml:2:20: regions.gazetteer[1]: "cn" is given twice; keep one
feeds.toml:2:26: regions.gazetteer[2]: "none/there.tsv": No such file or directory (os error 2); write the path of a readable .tsv file
feeds.toml:4:12: regions.publish[0]: "shaanxi/xianyan" is no known region; did you mean "shaanxi/xianyang"?
"#,
    );
}

#[test]
fn unknown_regions_get_the_nearest_path() {
    assert_problems(
        r#"[regions]
publish = ["shaanxi/xianyan", "兴平市", "xingping", "shaanxi", "shaanxi", "zzzzzzzzzzzzz"]
"#,
        r#"
feeds.toml:2:12: regions.publish[0]: "shaanxi/xianyan" is no known region; did you mean "shaanxi/xianyang"?
feeds.toml:2:31: regions.publish[1]: "兴平市" is no known region; did you mean "shaanxi/xianyang/xingping"?
feeds.toml:2:38: regions.publish[2]: "xingping" is no known region; did you mean "shaanxi/xianyang/xingping"?
feeds.toml:2:61: regions.publish[4]: "shaanxi" is given twice; keep one
feeds.toml:2:72: regions.publish[5]: "zzzzzzzzzzzzz" is no known region; write a path of the gazetteer, such as "shaanxi/xianyang", or add it as a [[region]]
"#,
    );
}

#[test]
fn added_regions_fit_the_tree() {
    assert_problems(
        r#"[[region]]
name = "a"
[[region]]
path = "shaanxi/Xi an"
[[region]]
path = "shaanxi/xian/hot"
[[region]]
path = "shaanxi/xain/new"
name="n"
[[region]]
path = "shaanxi/xian/new"
[[region]]
path = "shaanxi/xian/new"
name="b"
[[region]]
path = "shaanxi/xian/neww"
name="b"
zone = "Asia/Shanghia"
code="cn610000"
[[region]]
path="shaanxi/xian"
code="zz"
[[region]]
path="a//b"
[[region]]
path="shaanxi/2026-01"
"#,
        r#"
feeds.toml:1:1: region[0].path: missing; write path = "shaanxi/xianyang/new-district"
feeds.toml:4:8: region[1].path: "shaanxi/Xi an" has a part "Xi an" that is no slug; write small letters a-z and digits, with single hyphens between, such as "xingping-news"
feeds.toml:6:8: region[2].path: "shaanxi/xian/hot" has a part "hot" that other addresses use; write another name
feeds.toml:8:8: region[3].path: "shaanxi/xain" is no known region; did you mean "shaanxi/xian"?
feeds.toml:10:1: region[4].name: missing; write name = "…" for a new region
feeds.toml:13:8: region[5].path: "shaanxi/xian/new" is given in line 11 already; keep one
feeds.toml:18:8: region[6].zone: "Asia/Shanghia" is no time zone; did you mean "Asia/Shanghai"?
feeds.toml:19:6: region[6].code: region shaanxi/xian/neww: code cn610000 is taken; write another code
feeds.toml:22:6: region[7].code: shaanxi/xian has the code cn610100, which stays; leave it out
feeds.toml:24:6: region[8].path: "a//b" has a part "" that is empty; write slugs joined by single slashes, such as "shaanxi/xianyang"
feeds.toml:26:6: region[9].path: "shaanxi/2026-01" has a part "2026-01" that other addresses use; write another name
"#,
    );
}

#[test]
fn topics_need_a_slug_a_title_and_words() {
    assert_problems(
        r#"[[topic]]
id = "Education"
[[topic]]
id = "a"
title="A"
words=[]
[[topic]]
id="a"
title=""
words=["", "x", 3]
not_words="y"
"#,
        r#"
feeds.toml:1:1: topic[0].title: missing; write title = "教育"
feeds.toml:1:1: topic[0].words: missing; write words = ["学校", "高考"]
feeds.toml:2:6: topic[0].id: "Education" is no slug; write small letters a-z and digits, with single hyphens between, such as "xingping-news"
feeds.toml:6:7: topic[1].words: empty; write one word at least
feeds.toml:8:4: topic[2].id: "a" is the id of the topic in line 4 too; write another id
feeds.toml:9:7: topic[2].title: empty; write some text, or leave the key out
feeds.toml:10:8: topic[2].words[0]: empty; write some text, or leave the key out
feeds.toml:10:17: topic[2].words[2]: an integer does not fit here; write a string
feeds.toml:11:11: topic[2].not_words: a string does not fit here; write a list of words
"#,
    );
}

#[test]
fn a_source_is_checked_key_by_key() {
    assert_problems(
        r#"[[source]]
[[source]]
id = "x"
title = "X"
url = "https://a.cn/rss"
[[source]]
id = "x"
title = "X"
url = "https://a.cn/rss#x"
region = "shaanxi/xianyang/xinping"
topics = ["eduction", "教育", "sport", "sport", "nothing-such"]
kind = "html"
enabled = "yes"
language = "c"
zone = "Shanghai"
schedule = "25 6-22 * *"
rules = 1
headers = { Host = "x", "b c" = "y", X = 5, Y = "é" }
"#,
        r#"
feeds.toml:1:1: source[0].id: missing; write id = "xingping-news"
feeds.toml:1:1: source[0].title: missing; write title = "兴平新闻"
feeds.toml:1:1: source[0].url: missing; write url = "https://…"
feeds.toml:7:6: source[2].id: "x" is the id of source[1] (line 3) too; write another id
feeds.toml:9:7: source[2].url: the address of source[1] (line 5) too; keep one of the two
feeds.toml:10:10: source[2].region: "shaanxi/xianyang/xinping" is no known region; did you mean "shaanxi/xianyang/xingping"?
feeds.toml:11:11: source[2].topics[0]: "eduction" is no known topic; did you mean "education"?
feeds.toml:11:23: source[2].topics[1]: "教育" is no known topic; did you mean "education"?
feeds.toml:11:38: source[2].topics[3]: "sport" is given twice; keep one
feeds.toml:11:47: source[2].topics[4]: "nothing-such" is no known topic; write one of politics, law, disaster, economy, education, health, environment, agriculture, property, transport, travel, culture, entertainment, sport, tech, society, military, world, lifestyle, or add it as a [[topic]]
feeds.toml:12:8: source[2].kind: "html" is no kind of source; write "feed" (RSS, Atom or JSON Feed), or leave it out
feeds.toml:13:11: source[2].enabled: a string does not fit here; write true or false
feeds.toml:14:12: source[2].language: "c" is no language tag; write one of BCP 47, such as "zh-CN" or "en"
feeds.toml:15:8: source[2].zone: "Shanghai" is no time zone; did you mean "Asia/Shanghai"?
feeds.toml:16:12: source[2].schedule: "25 6-22 * *": 4 fields; write five: minute hour day-of-month month weekday, such as "25 6-22 * * *"
feeds.toml:17:1: source[2].rules: unknown key; known here: id, title, url, kind, enabled, region, topics, language, zone, schedule, headers
feeds.toml:18:13: source[2].headers.Host: is set by the fetcher itself; leave it out
feeds.toml:18:25: source[2].headers.b c: no header name; write one, such as Accept-Language
feeds.toml:18:42: source[2].headers.X: an integer does not fit here; write a string
feeds.toml:18:49: source[2].headers.Y: longer than 4096 bytes, or not plain ASCII; write visible ASCII
"#,
    );
}

#[test]
fn addresses_and_schedules_say_what_to_write() {
    assert_problems(
        r#"[[source]]
id = "a--b"
title = "X\ny"
url = "https://u:p@a.cn/rss"
schedule="0 0 8 * * 1"
[[source]]
id = "b"
title="b"
url = "https://a.cn/x](https://a.cn/x"
schedule="15min"
[[source]]
id = "c"
title="b"
url = "a.cn"
schedule="0s"
[[source]]
id = "d"
title="b"
url = "https:a.cn/"
[[source]]
id = "e"
title="b"
url = "rsshub:/people"
[[source]]
id = "f"
title="b"
url = "rsshub:///people"
[[source]]
id = "g"
title="b"
url = "rsshub://a/../b"
[[source]]
id = "h"
title="b"
url = "rsshub://a b"
[[source]]
id = "i"
title="b"
url = "rsshub://a/b"
[[source]]
id = "j"
title="b"
url = "rsshub://a/b"
"#,
        r#"
feeds.toml:2:6: source[0].id: "a--b" is no slug; write small letters a-z and digits, with single hyphens between, such as "xingping-news"
feeds.toml:3:9: source[0].title: holds a line break or control character; write one line
feeds.toml:4:7: source[0].url: holds a user name or password; write the address without it, and an Authorization header in headers
feeds.toml:5:10: source[0].schedule: "0 0 8 * * 1": weekday "1" is numeric in an expression with seconds; write names, such as Mon-Fri
feeds.toml:9:7: source[1].url: "https://a.cn/x](https://a.cn/x": holds `](`, left over from Markdown; write the address alone
feeds.toml:10:10: source[1].schedule: "15min": unknown unit "min"; write a number with s, m, h or d, such as "15m" or "1h30m"
feeds.toml:14:7: source[2].url: "a.cn": no absolute address; write it whole, such as "https://example.org/rss"
feeds.toml:15:10: source[2].schedule: "0s": out of range; write 1s to 30d
feeds.toml:19:7: source[3].url: "https:a.cn/": no `//` after the scheme; write it as https://host/path
feeds.toml:23:7: source[4].url: "rsshub:/people": no `//` after the scheme; write the route alone, such as "rsshub://people/sn"
feeds.toml:27:7: source[5].url: "rsshub:///people": no route; write the route alone, such as "rsshub://people/sn"
feeds.toml:31:7: source[6].url: "rsshub://a/../b": no RSSHub route; write the route alone, such as "rsshub://people/sn"
feeds.toml:35:7: source[7].url: "rsshub://a b": holds a space or another character that no address has; write it percent-encoded, such as %20 for a space
feeds.toml:43:7: source[9].url: the address of source[8] (line 39) too; keep one of the two
"#,
    );
}

#[test]
fn a_line_without_equals_sign_hides_nothing_else() {
    assert_problems(
        r#"[site]
title "x"
languge = "zh"
[[source]]
url
id = "A"
"#,
        r#"
feeds.toml:2:7: syntax: key with no value; write `=` here
feeds.toml:3:1: site.languge: unknown key; did you mean language?
feeds.toml:5:4: syntax: key with no value; write `=` here
feeds.toml:6:6: source[0].id: "A" is no slug; write small letters a-z and digits, with single hyphens between, such as "xingping-news"
"#,
    );
}

#[test]
fn syntax_errors_come_with_what_the_rest_has_wrong() {
    assert_problems(
        r#"[site]
title = "x
languge = "zh"
[poll]
timeout = 15s
longest =
[poll]
z = 1
[[source]]
id="x"
id="y"
"#,
        r#"
feeds.toml:2:11: syntax: invalid basic string; write `"` here
feeds.toml:3:1: site.languge: unknown key; did you mean language?
feeds.toml:5:11: syntax: "15s" has no quotes; write "15s"
feeds.toml:6:10: syntax: no value; write one after `=`
feeds.toml:7:2: syntax: poll is given twice; keep one
feeds.toml:8:1: poll.z: unknown key; known here: schedule, shortest, longest, host_spacing, timeout, max_body, max_text, max_items, max_depth, max_attributes, max_namespaces, concurrency, first_poll_entries, allow_addresses, rsshub
feeds.toml:11:1: syntax: id is given twice; keep one
"#,
    );
}

#[test]
fn an_array_without_end_is_one_problem() {
    assert_problems(
        r#"[[source]]
id="a"
topics = ["x", "y"
url = "u"
[[source]]
id="b"
[site]
bad = 1
"#,
        r#"
feeds.toml:4:1: syntax: the array above is not closed; write `]` before this
"#,
    );
}

#[test]
fn tables_and_lists_of_tables_are_told_apart() {
    assert_problems(
        r#"[[site]]
[source]
id="a"
[regions]
gazetteer = 5
[[regions.x]]
"#,
        r#"
feeds.toml:1:1: site: a list does not fit here; write [site] once
feeds.toml:2:1: source: a table does not fit here; write [[source]]
feeds.toml:5:13: regions.gazetteer: an integer does not fit here; write "cn", or a list such as ["cn", "us"]
feeds.toml:6:11: regions.x: unknown key; known here: gazetteer, publish
"#,
    );
}

#[test]
fn inline_tables_are_checked_alike() {
    assert_problems(
        r#"a.b = 1
site = { title = "中", titel = 2 }
source = [1, {id = "x"}]
"#,
        r#"
feeds.toml:1:1: a: unknown table or key; known here: site, listen, store, poll, host, regions, region, topic, source
feeds.toml:2:23: site.titel: unknown key; did you mean title?
feeds.toml:3:11: source[0]: an integer does not fit here; write [[source]] tables
feeds.toml:3:14: source[1].title: missing; write title = "兴平新闻"
feeds.toml:3:14: source[1].url: missing; write url = "https://…"
"#,
    );
}

#[test]
fn secrets_stay_out_of_messages() {
    assert_problems(
        r#"[poll]
shortest = "2d"
[[source]]
id="a"
title="a"
url="https://u:p@x.cn/?q=1"
zone="Shanghai"
region="shaanxi/xianyang/xinping"
[[source]]
id="b"
title="b"
url="gopher://x.cn/?key=1"
region="shaanxi/baoji/xingping"
"#,
        r#"
feeds.toml:2:12: poll.shortest: no range is left (2d to 1d); write poll.longest or less
feeds.toml:6:5: source[0].url: holds a user name or password; write the address without it, and an Authorization header in headers
feeds.toml:7:6: source[0].zone: "Shanghai" is no time zone; did you mean "Asia/Shanghai"?
feeds.toml:8:8: source[0].region: "shaanxi/xianyang/xinping" is no known region; did you mean "shaanxi/xianyang/xingping"?
feeds.toml:12:5: source[1].url: "gopher://x.cn/": scheme "gopher" is not served; write an http:// or https:// address
feeds.toml:13:8: source[1].region: "shaanxi/baoji/xingping" is no known region; did you mean "shaanxi/xianyang/xingping"?
"#,
    );
}

#[test]
fn a_string_without_end() {
    assert_problems(
        r#"title = """
abc
"#,
        r#"
feeds.toml:1:1: title: unknown table or key; known here: site, listen, store, poll, host, regions, region, topic, source
feeds.toml:3:1: syntax: invalid multi-line basic string; write `"` here
"#,
    );
}

#[test]
fn columns_count_characters() {
    assert_problems(
        "[site]\r\ntitle = \"中文\"   \r\n  langage = 1\r\n",
        "feeds.toml:3:3: site.langage: unknown key; did you mean language?",
    );
    assert_problems(
        "\u{feff}site = { title = \"中\u{1f468}\", titel = 2 }",
        "feeds.toml:1:24: site.titel: unknown key; did you mean title?",
    );
}

#[test]
fn a_schedule_whose_last_match_is_past_is_a_problem() {
    assert_problems(
        r#"[poll]
schedule = "0 30 7 1 1 * 2020"
[[source]]
id = "a"
title = "a"
url = "http://a.cn/"
schedule = "0 30 7 1 1 * 2026"
[[source]]
id = "b"
title = "b"
url = "http://b.cn/"
schedule = "0 30 7 1 12 * 2026"
"#,
        r#"
feeds.toml:2:12: poll.schedule: "0 30 7 1 1 * 2020": its last match is past; write a year to come, or five fields for every year
feeds.toml:7:12: source[0].schedule: "0 30 7 1 1 * 2026": its last match is past; write a year to come, or five fields for every year
"#,
    );
}

#[test]
fn passwords_in_addresses_get_the_remedy_that_helps() {
    assert_problems(
        r#"[site]
base_url = "https://a:b@wire.example/"
[poll]
rsshub = "https://a:b@hub.example/"
[[source]]
id = "a"
title = "a"
url = "https://a:b@a.cn/"
"#,
        r#"
feeds.toml:2:12: site.base_url: holds a user name or password; write the address without it
feeds.toml:4:10: poll.rsshub: holds a user name or password; write the address without it, and an Authorization header in the headers of each rsshub:// source
feeds.toml:8:7: source[0].url: holds a user name or password; write the address without it, and an Authorization header in headers
"#,
    );
}
