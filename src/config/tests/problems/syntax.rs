//! What is no TOML, or not where it belongs.

use super::assert_problems;

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
feeds.toml:8:1: poll.z: unknown key; known here: schedule, shortest, longest, host_spacing, timeout, max_body, max_text, max_items, max_depth, max_attributes, max_namespaces, concurrency, first_poll_entries, allow_addresses, ca_file, proxy, proxy_credentials, rsshub, push
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
feeds.toml:1:1: a: unknown table or key; known here: site, listen, store, stories, search, poll, hub, host, regions, region, region_words, topic, source
feeds.toml:2:23: site.titel: unknown key; did you mean title?
feeds.toml:3:11: source[0]: an integer does not fit here; write [[source]] tables
feeds.toml:3:14: source[1].title: missing; write title = "兴平新闻"
feeds.toml:3:14: source[1].url: missing; write url = "https://…"
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
feeds.toml:1:1: title: unknown table or key; known here: site, listen, store, stories, search, poll, hub, host, regions, region, region_words, topic, source
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
