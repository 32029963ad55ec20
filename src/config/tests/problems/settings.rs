//! `[site]`, `[listen]`, `[store]`, `[poll]` and `[[host]]`.

use super::super::super::Problem;
use super::super::valid;
use super::assert_problems;

const FILE: &str = "/etc/countywire/feeds.toml";

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
cache = "1"
"#,
        r#"
feeds.toml:2:10: listen.public: "localhost:80" is no IP address with a port; write such as "127.0.0.1:8080" or "[::]:8080"
feeds.toml:3:9: listen.admin: an integer does not fit here; write an address and port, such as "127.0.0.1:8080"
feeds.toml:4:9: listen.cache: "1": no unit; write a number with B, KB, MB, GB, KiB, MiB or GiB, such as "4MiB"
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
keep = {}
"#,
        r#"
feeds.toml:2:10: listen.public: 127.0.0.1:8081 is the address of listen.admin too; write another port
feeds.toml:4:8: store.path: no path; write a folder, such as "data/store"
feeds.toml:6:1: store.keep: unknown key; known here: path, cache, retain
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
[stories]
entries = -1
[search]
enabled = "yes"
memory = "1MiB"
"#,
        r#"
feeds.toml:2:9: listen.admin: 127.0.0.1:8080 is the address of listen.public too; write another port
feeds.toml:4:9: store.cache: "10KiB": too little; write 1MiB to 64GiB
feeds.toml:6:11: stories.entries: -1: too little; write 0 to 10000000
feeds.toml:8:11: search.enabled: a string does not fit here; write true or false
feeds.toml:9:10: search.memory: "1MiB": too little; write 16MiB to 1GiB
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
feeds.toml:12:9: poll.proxy: "x" is no address of a proxy; write "http://proxy.example.org:3128", or a scheme of https, socks5, socks5h; user and password go into proxy_credentials
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
[[host]]
match = "*.b.cn"
spacing = "5s"
group = "b"
[[host]]
match = "c.cn"
group = "b"
[[host]]
match = "d.cn"
group = ""
"#,
        r#"
feeds.toml:1:1: host[0].match: missing; write match = "*.example.cn"
feeds.toml:4:9: host[1].match: "http://x.cn/" is no host name; write a name alone, such as "www.example.cn" or "*.example.cn"
feeds.toml:5:15: host[1].concurrency: 100: too much; write 1 to 64
feeds.toml:10:9: host[3].match: "A.cn" has a rule in line 7 already; keep one
feeds.toml:18:9: host[5].group: "b" has other manners at *.b.cn; give all of a group the same spacing and concurrency
feeds.toml:21:9: host[6].group: empty; write some text, or leave the key out
"#,
    );
}

#[test]
fn pushes_need_an_address_that_hubs_can_reach() {
    let warned = |text: &str| -> Vec<String> {
        let config = valid(text);
        let push = |problem: &&Problem| problem.key.ends_with(".push");
        config.warnings.iter().filter(push).map(ToString::to_string).collect()
    };
    let advice = "write the address that readers use there, or push = false";
    assert_eq!(
        warned("[poll]\npush = true\n"),
        [format!(
            "{FILE}:2:8: poll.push: site.base_url is not set, so most hubs cannot push to us; {advice}"
        )]
    );
    assert_eq!(
        warned("[site]\nbase_url = \"http://wire.local/\"\n[poll]\npush = true\n"),
        [format!(
            "{FILE}:4:8: poll.push: \"wire.local\" in site.base_url is not on the internet, so most hubs cannot push to us; {advice}"
        )]
    );
    let source = "[[source]]\nid = \"a\"\ntitle = \"甲\"\nurl = \"http://a.cn/\"\npush = true\n";
    assert_eq!(
        warned(source),
        [format!(
            "{FILE}:5:8: source[0].push: changes nothing: poll.push is off; leave it out, or write push = true in [poll] and a public site.base_url"
        )]
    );
    assert_eq!(warned(&format!("[site]\nbase_url = \"https://news.cn/\"\n{source}")), [""; 0]);
    let off = valid("[site]\nbase_url = \"https://news.cn/\"\n[poll]\npush = false\n");
    assert!(!off.poll.push && !valid("[site]\nbase_url = \"http://10.0.0.1/\"\n").poll.push);
}

#[test]
fn wrong_hub_values() {
    assert_problems(
        r#"[hub]
lease = "20d"
longest_lease = "5d"
requests = 0
timeout = "5m"
signature = "md5"
"#,
        r#"
feeds.toml:2:9: hub.lease: "20d" is more than longest_lease; write 5d or less
feeds.toml:4:12: hub.requests: 0: too little; write 1 to 60000
feeds.toml:5:11: hub.timeout: "5m": too much; write 1s to 1m
feeds.toml:6:13: hub.signature: "md5" is no method of WebSub; write "sha256", "sha384", "sha512", or "sha1"
"#,
    );
}

#[test]
fn a_part_of_the_subscriptions_is_no_more_than_all() {
    assert_problems(
        r#"[hub]
subscriptions = 100
per_host = 200
per_client = 101
"#,
        r#"
feeds.toml:3:12: hub.per_host: 200 is more than subscriptions, which is 100; write 100 or less, or raise hub.subscriptions
feeds.toml:4:14: hub.per_client: 101 is more than subscriptions, which is 100; write 100 or less, or raise hub.subscriptions
"#,
    );
    assert_problems(
        "[hub]\nper_host = 20000\n",
        r#"
feeds.toml:2:12: hub.per_host: 20000 is more than subscriptions, which is 10000; write 10000 or less, or raise hub.subscriptions
"#,
    );
    // What is not written follows.
    let hub = valid("[hub]\nsubscriptions = 100\n").hub;
    assert_eq!((hub.per_host, hub.per_client), (100, 100));
}
