mod damage;
mod problems;
mod shipped;

use super::*;
use crate::model::access::Secret;
use crate::model::{SourceId, TopicId};
use crate::push::signature::Method;
use chrono_tz::Tz;

/// 2026-11-24T08:00:00Z
const NOW: Timestamp = Timestamp(1_795_507_200);

fn valid(text: &str) -> Config {
    parse("/etc/countywire/feeds.toml", text, NOW)
        .unwrap_or_else(|problems| panic!("{problems:#?}"))
}

fn warnings(config: &Config) -> Vec<String> {
    config.warnings.iter().map(Problem::to_string).collect()
}

#[test]
fn an_empty_file_gives_the_defaults() {
    let config = valid("");
    assert_eq!(config.site.title, "countywire");
    assert_eq!(config.site.base_url.as_str(), "http://127.0.0.1:8080/");
    assert_eq!(config.site.language, "zh-CN");
    assert_eq!(config.listen.public.to_string(), "127.0.0.1:8080");
    assert_eq!(config.listen.admin.to_string(), "127.0.0.1:8081");
    assert_eq!(config.store.path, Path::new("/etc/countywire/data/store"));
    assert_eq!((config.store.cache_bytes, config.listen.cache_bytes), (64 << 20, 32 << 20));
    assert_eq!(config.stories.entries, 400_000);
    assert_eq!((config.site.search, config.search.memory_bytes), (true, 32 << 20));
    assert_eq!(
        config.poll,
        PollSettings {
            schedule: Schedule::Auto,
            shortest: Duration::from_secs(3_600),
            longest: Duration::from_secs(86_400),
            host_spacing: Duration::from_secs(2),
            timeout: Duration::from_secs(30),
            max_body_bytes: 8 << 20,
            max_text_bytes: 32 << 20,
            max_items: 5_000,
            max_depth: 64,
            max_attributes: 64,
            max_namespaces: 64,
            concurrency: 32,
            first_poll_entries: 10,
            allow_addresses: Vec::new(),
            extra_roots: Vec::new(),
            proxy: None,
            rsshub: None,
            push: false,
        }
    );
    let days = |days: u64| Duration::from_secs(days * 86_400);
    assert_eq!(
        config.hub,
        HubSettings {
            enabled: true,
            lease: days(10),
            longest_lease: days(30),
            subscriptions: 10_000,
            per_host: 1_000,
            per_client: 1_000,
            requests: 120,
            timeout: Duration::from_secs(10),
            concurrency: 256,
            signature: Method::Sha256,
            streams: 1_000,
            streams_per_client: 50,
        }
    );
    assert!(config.regions.len() > 3_000 && config.regions.by_path("us/wa").is_none());
    assert_eq!(config.topics, crate::tables::default_topics());
    assert_eq!(
        warnings(&config),
        [
            "/etc/countywire/feeds.toml:1:1: site.contact: not set: publishers whom we poll \
             cannot tell whom to ask; write an e-mail or web address of yours",
            "/etc/countywire/feeds.toml:1:1: source: no source to poll; write a [[source]]",
        ]
    );
}

#[test]
fn every_key_is_read() {
    let config = valid(
        r#"
        [site]
        title = "县闻"
        base_url = "https://news.example.org/wire"
        language = "zh-Hans-CN"
        contact = "mailto:news@example.org"
        [listen]
        public = "[::1]:0"
        admin = "127.0.0.1:0"
        [store]
        path = "/var/lib/countywire"
        cache = "128MiB"
        [stories]
        entries = 0
        [search]
        enabled = false
        memory = "64MiB"
        [poll]
        schedule = "2h"
        shortest = "90m"
        longest = "1d12h"
        host_spacing = "0s"
        timeout = "10s"
        max_body = "500KB"
        max_text = "2MB"
        max_items = 20
        max_depth = 100
        max_attributes = 200
        max_namespaces = 30
        concurrency = 4
        first_poll_entries = 0
        allow_addresses = ["10.0.0.0/8", "127.0.0.1", "fd00::/8"]
        rsshub = "http://127.0.0.1:1200"
        [[host]]
        match = "*.Example.CN"
        spacing = "5s"
        [[host]]
        match = "www.example.cn"
        concurrency = 2
        [regions]
        gazetteer = ["cn", "us"]
        publish = ["shaanxi/xianyang", "us/wa"]
        [[region]]
        path = "shaanxi/xianyang/qindu/downtown"
        name = "市中心"
        [[region]]
        path = "shaanxi/xianyang/xingping"
        short = "兴平城"
        aliases = ["茂陵"]
        [[topic]]
        id = "education"
        title = "学校"
        words = ["高考"]
        not_words = ["驾校"]
        [[topic]]
        id = "apples"
        title = "苹果"
        words = ["苹果"]
        medtopic = ["medtop:20000210"]
        [[topic]]
        id = "sport"
        not_words = ["彩票"]
        learnt = false
        [[source]]
        id = "xingping"
        title = " 兴平新闻 "
        url = "https://www.example.cn/rss?a=1#top"
        kind = "feed"
        region = "shaanxi/xianyang/xingping"
        topics = ["apples", "education"]
        language = "zh"
        schedule = "25 6-22 * * *"
        headers = { Accept-Language = "zh-CN", X-Key = "k" }
        [[source]]
        id = "people-sn"
        title = "人民网"
        url = "rsshub://people/sn?limit=5"
        enabled = false
        push = false
        [[source]]
        id = "seattle"
        title = "Seattle"
        url = "http://xn--fiq228c.example/feed"
        region = "us/wa"
        zone = "America/Denver"
        "#,
    );
    assert_eq!(config.site.base_url.as_str(), "https://news.example.org/wire/");
    assert_eq!(config.site.contact.as_deref(), Some("mailto:news@example.org"));
    assert_eq!(config.listen.public.to_string(), "[::1]:0");
    assert_eq!(config.store.path, Path::new("/var/lib/countywire"));
    assert_eq!(config.stories.entries, 0);
    assert_eq!((config.site.search, config.search.memory_bytes), (false, 64 << 20));
    assert_eq!(config.poll.schedule, Schedule::Every(Duration::from_secs(7_200)));
    assert_eq!(config.poll.max_body_bytes, 500_000);
    assert_eq!(config.poll.max_text_bytes, 2_000_000);
    assert_eq!((config.poll.max_items, config.poll.max_depth), (20, 100));
    assert_eq!((config.poll.max_attributes, config.poll.max_namespaces), (200, 30));
    let ranges: Vec<String> = config.poll.allow_addresses.iter().map(|r| r.to_string()).collect();
    assert_eq!(ranges, ["10.0.0.0/8", "127.0.0.1/32", "fd00::/8"]);

    let pattern = |host: &str| config.host_rule(host).map(|rule| rule.pattern.as_str());
    assert_eq!(pattern("a.example.cn"), Some("*.example.cn"));
    assert_eq!(pattern("www.example.cn"), Some("www.example.cn"));
    assert_eq!(pattern("example.cn"), None);

    let added = config.regions.by_path("shaanxi/xianyang/qindu/downtown").expect("added");
    assert_eq!((added.code.as_str(), added.short.as_str(), added.zone), {
        ("x:shaanxi/xianyang/qindu/downtown", "市中心", Tz::Asia__Shanghai)
    });
    let renamed = config.regions.by_path("shaanxi/xianyang/xingping").expect("known");
    assert_eq!((renamed.name.as_str(), renamed.short.as_str()), ("兴平市", "兴平城"));
    assert_eq!(renamed.aliases, ["茂陵"]);
    assert!(config.is_published(&added.code));
    let shaanxi = config.regions.by_path("shaanxi").expect("known");
    assert!(!config.is_published(&shaanxi.code));

    let topic = |id: &str| config.topics.iter().find(|t| t.id.as_str() == id).expect("known");
    assert_eq!(topic("education").words, ["高考"]);
    let shipped = crate::tables::default_topics();
    let of = |id: &str| shipped.iter().find(|t| t.id.as_str() == id).expect("known");
    assert_eq!(topic("education").medtopics, of("education").medtopics);
    assert_eq!((topic("education").ruled, topic("education").learnt), (true, true));
    assert_eq!((topic("apples").title.as_str(), topic("apples").ruled), ("苹果", true));
    assert_eq!(topic("apples").medtopics, ["medtop:20000210"]);
    assert_eq!(topic("sport").words, of("sport").words);
    assert_eq!(topic("sport").not_words, ["彩票"]);
    assert_eq!((topic("sport").ruled, topic("sport").learnt), (false, false));

    let [xingping, people, seattle] = config.sources.as_slice() else { panic!("three sources") };
    assert_eq!(xingping.id, SourceId::new("xingping"));
    assert_eq!(xingping.title, "兴平新闻");
    assert_eq!(xingping.url.as_ref().map(Url::as_str), Some("https://www.example.cn/rss?a=1"));
    assert_eq!(xingping.zone, Tz::Asia__Shanghai);
    assert_eq!(xingping.topics, [TopicId::new("apples"), TopicId::new("education")]);
    assert_eq!(xingping.schedule, Schedule::Cron("25 6-22 * * *".to_owned()));
    assert_eq!(xingping.headers[1], ("X-Key".to_owned(), Secret::new("k")));
    assert_eq!(people.url.as_ref().map(Url::as_str), {
        Some("http://127.0.0.1:1200/people/sn?limit=5")
    });
    assert_eq!((people.enabled, people.zone), (false, Tz::UTC));
    assert_eq!((config.poll.push, xingping.push, people.push), (true, true, false));
    assert_eq!(people.schedule, config.poll.schedule);
    assert_eq!(seattle.zone, Tz::America__Denver);
    assert_eq!(warnings(&config), Vec::<String>::new());

    let summary = config.summary();
    let published = 1 + 14 + 1 + 1 + 39;
    assert_eq!((summary.sources, summary.active, summary.disabled), (3, 2, 1));
    assert_eq!(summary.published_regions, published);
    assert_eq!(summary.channels, 1 + published + 20 + published * 20 + 3);
    assert!(summary.to_string().starts_with("3 sources (2 active, 0 idle, 1 disabled), "));
    assert_eq!(summary.to_json()["topics"], 20);
}

#[test]
fn what_is_allowed_but_unwise_earns_a_warning() {
    let config = valid(
        r#"[site]
[listen]
public = "0.0.0.0:8080"
admin = "0.0.0.0:8081"
[poll]
shortest = "10m"
[[host]]
match = "a.cn"
[[source]]
id = "a"
title = "A"
url = "https://rsshub.app/people/sn"
schedule = "15m"
[[source]]
id = "b"
title = "B"
url = "rsshub://people/sn"
schedule = "*/20 * * * *"
[[source]]
id = "c"
title = "C"
url = "rsshub://people/sc"
schedule = "0 * * * *"
"#,
    );
    let found: Vec<String> = config
        .warnings
        .iter()
        .map(|w| format!("{}:{} {}: {}", w.line, w.column, w.key, w.wrong))
        .collect();
    assert_eq!(
        found,
        [
            "1:1 site.base_url: not set: published links and ids name this machine only",
            "1:1 site.contact: not set: publishers whom we poll cannot tell whom to ask",
            "4:9 listen.admin: 0.0.0.0:8081 can be reached from other machines",
            "5:1 poll.rsshub: not set: 2 rsshub:// sources stay idle",
            "6:12 poll.shortest: polls every 10m, faster than hourly, which publishers may take \
             amiss",
            "7:1 host[0]: changes nothing",
            "12:7 source[0].url: polls the public RSSHub, which asks not to be used so",
            "13:12 source[0].schedule: polls every 15m, faster than hourly, which publishers may \
             take amiss",
            "18:12 source[1].schedule: polls every 20m, faster than hourly, which publishers may \
             take amiss",
        ]
    );
    let [_, idle, _] = config.sources.as_slice() else { panic!("three sources") };
    assert!(!idle.is_active() && idle.configured_url == "rsshub://people/sn");
    let text = config.summary().to_string();
    assert!(text.starts_with("3 sources (1 active, 2 idle), 3,"), "{text}");
}

#[test]
fn an_rsshub_that_the_fetcher_would_refuse_earns_a_warning() {
    let shown = |poll: &str| {
        let config = valid(&format!("[poll]\n{poll}\n"));
        let list = config.warnings.into_iter().filter(|w| w.key == "poll.rsshub");
        list.map(|w| format!("{}: {}; {}", w.line, w.wrong, w.advice)).collect::<Vec<_>>()
    };
    let warning = "2: 127.0.0.1 is private, so the fetcher will refuse it; \
                   write allow_addresses = [\"127.0.0.1\"] too";
    assert_eq!(shown("rsshub = \"http://localhost:1200\""), [warning]);
    assert_eq!(shown("rsshub = \"http://127.0.0.1:1200/\""), [warning]);
    let allowed = "allow_addresses = [\"127.0.0.0/8\"]\nrsshub = \"http://127.0.0.1:1200/\"";
    assert_eq!(shown(allowed), Vec::<String>::new());
    assert_eq!(shown("rsshub = \"https://rsshub.example.org\""), Vec::<String>::new());
}

#[test]
fn a_listener_in_a_zone_has_an_address() {
    let config = valid("[listen]\npublic = \"[fe80::1%2]:80\"\n");
    assert_eq!(config.site.base_url.as_str(), "http://[fe80::1]/");
}

#[test]
fn a_route_and_its_plain_address_are_the_same_source() {
    let text = "[poll]\nrsshub = \"http://hub.example/\"\n\
        [[source]]\nid = \"a\"\ntitle = \"A\"\nurl = \"rsshub://people/sn\"\n\
        [[source]]\nid = \"b\"\ntitle = \"B\"\nurl = \"http://HUB.example/people/sn\"\n";
    let problems = parse("feeds.toml", text, NOW).expect_err("twice the same");
    assert_eq!(
        problems[0].to_string(),
        "feeds.toml:10:7: source[1].url: the address of source[0] (line 6) too; \
         keep one of the two"
    );
}

#[test]
fn a_gazetteer_of_the_admins_own_is_read_and_its_faults_located() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("feeds.toml");
    let table = folder.path().join("mine.tsv");
    let write = |path: &Path, text: &str| std::fs::write(path, text).expect("written");
    write(
        &file,
        "[regions]\ngazetteer = \"mine.tsv\"\n[[source]]\nid = \"a\"\ntitle = \"A\"\n\
         url = \"https://a.example/\"\nregion = \"aland/mariehamn\"\n",
    );
    let good = "ax1\tprovince\tÅland\t\t\t\taland\tEurope/Mariehamn\n\
                ax2\tcounty\tMariehamn\t\t\tax1\taland/mariehamn\t\n";
    write(&table, good);
    let config = load(&file, NOW).expect("valid");
    assert_eq!((config.regions.len(), config.sources[0].zone), (2, Tz::Europe__Mariehamn));

    write(&table, &format!("# mine\n{good}ax3\tcounty\tX\t\t\tax9\taland/Hot Spot\t\nshort\n"));
    let Err(ConfigError::Problems(problems)) = load(&file, NOW) else { panic!("a broken table") };
    let shown: Vec<String> = problems.iter().map(Problem::to_string).collect();
    let shown_table = table.display();
    assert_eq!(
        shown,
        [
            format!(
                "{shown_table}:4:1: gazetteer: path \"aland/Hot Spot\" has a part \"Hot Spot\" that is \
                 no slug; write small letters a-z and digits, with single hyphens between, such \
                 as \"xingping-news\""
            ),
            format!(
                "{shown_table}:4:1: gazetteer: region aland/Hot Spot: parent ax9 is unknown; correct \
                 the line, or take the file out of regions.gazetteer"
            ),
        ]
    );

    // What a broken line means to add is not unknown; what nobody adds is.
    let sources = "[[source]]\nid = \"b\"\ntitle = \"B\"\nurl = \"https://b.example/\"\n\
        region = \"aland/nowhere\"\n";
    let text = std::fs::read_to_string(&file).expect("written above");
    write(&file, &format!("{text}{sources}"));
    write(&table, &good.replace("\tcounty\t", "\thamlet\t"));
    let Err(ConfigError::Problems(problems)) = load(&file, NOW) else { panic!("a broken table") };
    let shown: Vec<String> = problems.iter().map(Problem::to_string).collect();
    assert_eq!(shown.len(), 2, "{shown:#?}");
    assert!(
        shown[0].contains("source[1].region: \"aland/nowhere\" is no known region"),
        "{shown:#?}"
    );
    assert!(shown[1].contains("mine.tsv:2:1: gazetteer: level \"hamlet\""), "{shown:#?}");
}
