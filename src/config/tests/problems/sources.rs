//! `[[topic]]` and `[[source]]`.

use super::assert_problems;

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
outlet = " "
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
feeds.toml:17:1: source[2].rules: unknown key; known here: id, title, url, kind, enabled, region, region_fallback, region_fixed, region_words, topics, outlet, language, zone, schedule, headers, credentials, push, formerly
feeds.toml:18:10: source[2].outlet: empty; write some text, or leave the key out
feeds.toml:19:13: source[2].headers.Host: is set by the fetcher itself; leave it out
feeds.toml:19:25: source[2].headers.b c: no header name; write one, such as Accept-Language
feeds.toml:19:42: source[2].headers.X: an integer does not fit here; write a string
feeds.toml:19:49: source[2].headers.Y: longer than 4096 bytes, or not plain ASCII; write visible ASCII
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
[[source]]
id = "k"
title="b"
url = "http://e.example:99999/"
[[source]]
id = "l"
title="b"
url = "http://256.0.0.1/"
"#,
        r#"
feeds.toml:2:6: source[0].id: "a--b" is no slug; write small letters a-z and digits, with single hyphens between, such as "xingping-news"
feeds.toml:3:9: source[0].title: holds a line break or control character; write one line
feeds.toml:4:7: source[0].url: holds a user name or password; write the address without it, and put it into a file that credentials names
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
feeds.toml:47:7: source[10].url: "http://e.example:99999/": no such port; write one from 1 to 65535, or none
feeds.toml:51:7: source[11].url: "http://256.0.0.1/": no such host; write it whole, such as "https://example.org/rss"
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
[[source]]
id="c"
title="c"
url="https://u:p?q@x.cn/"
[[source]]
id="d"
title="d"
url="u:p@x.cn/"
"#,
        r#"
feeds.toml:2:12: poll.shortest: no range is left (2d to 1d); write poll.longest or less
feeds.toml:6:5: source[0].url: holds a user name or password; write the address without it, and put it into a file that credentials names
feeds.toml:7:6: source[0].zone: "Shanghai" is no time zone; did you mean "Asia/Shanghai"?
feeds.toml:8:8: source[0].region: "shaanxi/xianyang/xinping" is no known region; did you mean "shaanxi/xianyang/xingping"?
feeds.toml:12:5: source[1].url: "gopher://x.cn/": scheme "gopher" is not served; write an http:// or https:// address
feeds.toml:13:8: source[1].region: "shaanxi/baoji/xingping" is no known region; did you mean "shaanxi/xianyang/xingping"?
feeds.toml:17:5: source[2].url: no such port; write one from 1 to 65535, or none
feeds.toml:21:5: source[3].url: no absolute address; write it whole, such as "https://example.org/rss"
"#,
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
feeds.toml:4:10: poll.rsshub: holds a user name or password; write the address without it, and put it into a file that credentials of its [[host]] names
feeds.toml:8:7: source[0].url: holds a user name or password; write the address without it, and put it into a file that credentials names
"#,
    );
}

#[test]
fn former_ids_belong_to_one_source_and_to_none_of_today() {
    assert_problems(
        r#"[[source]]
id = "a"
title = "A"
url = "https://a.cn/rss"
formerly = "b"
[[source]]
id = "b"
title = "B"
url = "https://b.cn/rss"
formerly = ["b", "c", "Ü", "c", 4]
[[source]]
id = "d"
title = "D"
url = "https://d.cn/rss"
formerly = "c"
[[source]]
id = "e"
title = "E"
url = "https://e.cn/rss"
formerly = true
"#,
        r#"
feeds.toml:5:12: source[0].formerly: "b" is still the id of source[1] (line 7); take that source out, give it another id, or leave this out
feeds.toml:10:13: source[1].formerly: "b" is its id now; write the id that it had before, or leave it out
feeds.toml:10:23: source[1].formerly: "Ü" is no slug; write small letters a-z and digits, with single hyphens between, such as "xingping-news"
feeds.toml:10:28: source[1].formerly: "c" is a former id of source[1] (line 10) too; keep it where the source is the same
feeds.toml:10:33: source[1].formerly[4]: an integer does not fit here; write a string
feeds.toml:15:12: source[2].formerly: "c" is a former id of source[1] (line 10) too; keep it where the source is the same
feeds.toml:20:12: source[3].formerly: true or false does not fit here; write the id that it had, such as "old-id"
"#,
    );
}
