//! `[regions]` and `[[region]]`.

use super::super::super::parse;
use super::super::NOW;
use super::assert_problems;

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
[[source]]
id = "a"
title = "a"
url = "http://a.cn/"
region = "shaanxi/xianyang/xinping"
[[source]]
id = "b"
title = "b"
url = "http://b.cn/"
region = "shanxi/xianyang/xingping"
"#,
        r#"
feeds.toml:2:12: regions.publish[0]: "shaanxi/xianyan" is no known region; did you mean "shaanxi/xianyang"?
feeds.toml:2:31: regions.publish[1]: "兴平市" is no known region; did you mean "shaanxi/xianyang/xingping"?
feeds.toml:2:38: regions.publish[2]: "xingping" is no known region; did you mean "shaanxi/xianyang/xingping"?
feeds.toml:2:61: regions.publish[4]: "shaanxi" is given twice; keep one
feeds.toml:2:72: regions.publish[5]: "zzzzzzzzzzzzz" is no known region; write a path of the gazetteer, such as "shaanxi/xianyang", or add it as a [[region]]
feeds.toml:7:10: source[0].region: "shaanxi/xianyang/xinping" is no known region; did you mean "shaanxi/xianyang/xingping"?
feeds.toml:12:10: source[1].region: "shanxi/xianyang/xingping" is no known region; did you mean "shaanxi/xianyang/xingping"?
"#,
    );
}

/// Each search goes through all paths: of many slips the first ones are told their nearest.
#[test]
fn a_hundred_slips_are_told_what_was_meant_and_all_that_they_are_slips() {
    let slips = "\"shaanxi/xianyan\", ".repeat(300);
    let text = format!("[regions]\npublish = [{slips}]\n");
    let found = parse("feeds.toml", &text, NOW).expect_err("slips");
    let told = |word: &str| found.iter().filter(|p| p.to_string().contains(word)).count();
    assert_eq!((told("no known region"), told("did you mean")), (300, 100));
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
fn words_of_regions_name_a_region_and_have_words() {
    assert_problems(
        r#"[[region_words]]
region = "shaanxi/xianyan"
words = ["槐里", 5]
[[region_words]]
words = ["槐里"]
[[region_words]]
region = "shaanxi"
not_words = []
[[source]]
id = "a"
title = "a"
url = "http://a.cn/"
region_fallback = true
[[source.region_words]]
region = "shaanxi"
word = ["槐里"]
"#,
        r#"
feeds.toml:2:10: region_words[0].region: "shaanxi/xianyan" is no known region; did you mean "shaanxi/xianyang"?
feeds.toml:3:16: region_words[0].words[1]: an integer does not fit here; write a string
feeds.toml:4:1: region_words[1].region: missing; write region = "shaanxi/xianyang"
feeds.toml:6:1: region_words[2]: no words; write words that mean the region, or not_words
feeds.toml:13:19: source[0].region_fallback: the source has no region; write its region, too
feeds.toml:14:1: source[0].region_words[0]: no words; write words that mean the region, or not_words
feeds.toml:16:1: source[0].region_words[0].word: unknown key; did you mean words?
"#,
    );
}
