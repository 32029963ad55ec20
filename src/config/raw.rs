//! `feeds.toml` as written: every key with its place, nothing checked but types.

use super::problem::Problems;
use super::read::{At, Raw, Reader};
use toml::de::DeTable;

type Strings = Raw<Vec<At<String>>>;

pub(super) struct RawConfig {
    pub site: RawSite,
    pub listen: RawListen,
    pub store: RawStore,
    pub stories: RawStories,
    pub search: RawSearch,
    pub poll: RawPoll,
    pub hub: RawHub,
    pub hosts: Vec<RawHost>,
    pub regions: RawRegions,
    pub region: Vec<RawRegion>,
    pub region_words: Vec<RawRegionWords>,
    pub topics: Vec<RawTopic>,
    pub sources: Vec<RawSource>,
}

pub(super) struct RawSite {
    pub place: At<String>,
    pub title: Raw<String>,
    pub base_url: Raw<String>,
    pub language: Raw<String>,
    pub contact: Raw<String>,
}

pub(super) struct RawListen {
    pub public: Raw<String>,
    pub admin: Raw<String>,
    pub connections: Raw<i64>,
    pub connections_per_client: Raw<i64>,
    pub rate: Raw<i64>,
    pub burst: Raw<i64>,
    pub trusted_proxies: Strings,
    pub proxy_header: Raw<String>,
    pub cache: Raw<String>,
}

pub(super) struct RawStore {
    pub path: Raw<String>,
    pub cache: Raw<String>,
    pub retain: RawRetain,
}

pub(super) struct RawStories {
    pub entries: Raw<i64>,
}

pub(super) struct RawSearch {
    pub enabled: Raw<bool>,
    pub memory: Raw<String>,
}

pub(super) struct RawRetain {
    pub age: Raw<String>,
    pub entries: Raw<i64>,
    pub disk: Raw<String>,
}

pub(super) struct RawPoll {
    pub place: At<String>,
    pub schedule: Raw<String>,
    pub shortest: Raw<String>,
    pub longest: Raw<String>,
    pub host_spacing: Raw<String>,
    pub timeout: Raw<String>,
    pub max_body: Raw<String>,
    pub max_text: Raw<String>,
    pub max_items: Raw<i64>,
    pub max_depth: Raw<i64>,
    pub max_attributes: Raw<i64>,
    pub max_namespaces: Raw<i64>,
    pub concurrency: Raw<i64>,
    pub first_poll_entries: Raw<i64>,
    pub allow_addresses: Strings,
    pub ca_file: Raw<String>,
    pub proxy: Raw<String>,
    pub proxy_credentials: Raw<String>,
    pub rsshub: Raw<String>,
    pub push: Raw<bool>,
}

pub(super) struct RawHub {
    pub enabled: Raw<bool>,
    pub lease: Raw<String>,
    pub longest_lease: Raw<String>,
    pub subscriptions: Raw<i64>,
    pub per_host: Raw<i64>,
    pub per_client: Raw<i64>,
    pub requests: Raw<i64>,
    pub timeout: Raw<String>,
    pub concurrency: Raw<i64>,
    pub signature: Raw<String>,
    pub streams: Raw<i64>,
    pub streams_per_client: Raw<i64>,
}

pub(super) struct RawHost {
    pub place: At<String>,
    pub pattern: Raw<String>,
    pub spacing: Raw<String>,
    pub concurrency: Raw<i64>,
    pub proxy: Raw<String>,
    pub proxy_credentials: Raw<String>,
    pub credentials: Raw<String>,
    pub group: Raw<String>,
}

pub(super) struct RawRegions {
    pub place: At<String>,
    pub gazetteer: Strings,
    pub publish: Strings,
}

pub(super) struct RawRegion {
    pub place: At<String>,
    pub path: Raw<String>,
    pub name: Raw<String>,
    pub short: Raw<String>,
    pub aliases: Strings,
    pub zone: Raw<String>,
    pub code: Raw<String>,
    pub formerly: Strings,
}

pub(super) struct RawRegionWords {
    pub place: At<String>,
    pub region: Raw<String>,
    pub words: Strings,
    pub not_words: Strings,
}

pub(super) struct RawTopic {
    pub place: At<String>,
    pub id: Raw<String>,
    pub title: Raw<String>,
    pub words: Strings,
    pub not_words: Strings,
    pub medtopic: Strings,
    pub learnt: Raw<bool>,
}

pub(super) struct RawSource {
    pub place: At<String>,
    pub id: Raw<String>,
    pub title: Raw<String>,
    pub url: Raw<String>,
    pub kind: Raw<String>,
    pub enabled: Raw<bool>,
    pub region: Raw<String>,
    pub region_fallback: Raw<bool>,
    pub region_fixed: Raw<bool>,
    pub region_words: Vec<RawRegionWords>,
    pub topics: Strings,
    pub outlet: Raw<String>,
    pub language: Raw<String>,
    pub zone: Raw<String>,
    pub schedule: Raw<String>,
    pub headers: Vec<(At<String>, At<String>)>,
    pub credentials: Raw<String>,
    pub push: Raw<bool>,
    pub formerly: Strings,
}

const DURATION: &str = "a duration with its unit, such as \"15m\"";
const SIZE: &str = "a size with its unit, such as \"4MiB\"";
const SCHEDULE: &str = "\"auto\", a duration such as \"45m\", or cron such as \"25 6-22 * * *\"";
const ADDRESS: &str = "an address and port, such as \"127.0.0.1:8080\"";
const PROXY: &str = "the address of a proxy, such as \"http://127.0.0.1:3128\", or \"none\"";
const CREDENTIALS: &str = "the name of a systemd credential, or the path of a file";
const STRING: &str = "a string in quotes";
const ZONE: &str = "a time zone, such as \"Asia/Shanghai\"";
const LANGUAGE: &str = "a language tag, such as \"zh-CN\"";
const WORDS: &str = "a list of words";
const REGION: &str = "a region path, such as \"shaanxi/xianyang\"";

/// Reads the document; types and unknown keys are reported to `problems`.
pub(super) fn read(document: &DeTable<'_>, problems: &mut Problems<'_>) -> RawConfig {
    let mut root = Reader::document(document, problems);
    let raw = RawConfig {
        site: root.table("site", site),
        listen: root.table("listen", |t| RawListen {
            public: t.string("public", ADDRESS),
            admin: t.string("admin", ADDRESS),
            connections: t.integer("connections", "a number, such as 8192"),
            connections_per_client: t.integer("connections_per_client", "a number, such as 256"),
            rate: t.integer("rate", "requests a second, such as 50"),
            burst: t.integer("burst", "a number of requests, such as 500"),
            trusted_proxies: t.strings("trusted_proxies", "a list, such as [\"10.0.0.0/8\"]"),
            proxy_header: t.string("proxy_header", "\"Forwarded\" or \"X-Forwarded-For\""),
            cache: t.string("cache", SIZE),
        }),
        store: root.table("store", |t| RawStore {
            path: t.string("path", "a folder, such as \"data/store\""),
            cache: t.string("cache", SIZE),
            retain: t.table("retain", |t| RawRetain {
                age: t.string("age", DURATION),
                entries: t.integer("entries", "a number, such as 1000000"),
                disk: t.string("disk", SIZE),
            }),
        }),
        stories: root.table("stories", |t| RawStories {
            entries: t.integer("entries", "a number, such as 100000"),
        }),
        search: root.table("search", |t| RawSearch {
            enabled: t.boolean("enabled"),
            memory: t.string("memory", SIZE),
        }),
        poll: root.table("poll", poll),
        hub: root.table("hub", hub),
        hosts: root.tables("host", host),
        regions: root.table("regions", |t| RawRegions {
            place: t.place(),
            gazetteer: t
                .string_or_strings("gazetteer", "\"cn\", or a list such as [\"cn\", \"us\"]"),
            publish: t.strings("publish", "a list of region paths, such as [\"shaanxi\"]"),
        }),
        region: root.tables("region", region),
        region_words: root.tables("region_words", region_words),
        topics: root.tables("topic", topic),
        sources: root.tables("source", source),
    };
    root.finish();
    raw
}

fn site(t: &mut Reader<'_, '_>) -> RawSite {
    RawSite {
        place: t.place(),
        title: t.string("title", STRING),
        base_url: t.string("base_url", "an address, such as \"https://news.example.org/\""),
        language: t.string("language", LANGUAGE),
        contact: t.string("contact", "an e-mail or web address in quotes"),
    }
}

fn poll(t: &mut Reader<'_, '_>) -> RawPoll {
    RawPoll {
        place: t.place(),
        schedule: t.string("schedule", SCHEDULE),
        shortest: t.string("shortest", DURATION),
        longest: t.string("longest", DURATION),
        host_spacing: t.string("host_spacing", DURATION),
        timeout: t.string("timeout", DURATION),
        max_body: t.string("max_body", SIZE),
        max_text: t.string("max_text", SIZE),
        max_items: t.integer("max_items", "a number, such as 5000"),
        max_depth: t.integer("max_depth", "a number, such as 64"),
        max_attributes: t.integer("max_attributes", "a number, such as 64"),
        max_namespaces: t.integer("max_namespaces", "a number, such as 64"),
        concurrency: t.integer("concurrency", "a number, such as 32"),
        first_poll_entries: t.integer("first_poll_entries", "a number, such as 10"),
        allow_addresses: t.strings("allow_addresses", "a list, such as [\"10.0.0.0/8\"]"),
        ca_file: t.string("ca_file", "the path of a PEM file, such as \"ca.pem\""),
        proxy: t.string("proxy", PROXY),
        proxy_credentials: t.string("proxy_credentials", CREDENTIALS),
        rsshub: t.string(
            "rsshub",
            "the address of your RSSHub, such as \"https://rsshub.example.org/\"",
        ),
        push: t.boolean("push"),
    }
}

fn hub(t: &mut Reader<'_, '_>) -> RawHub {
    RawHub {
        enabled: t.boolean("enabled"),
        lease: t.string("lease", DURATION),
        longest_lease: t.string("longest_lease", DURATION),
        subscriptions: t.integer("subscriptions", "a number, such as 10000"),
        per_host: t.integer("per_host", "a number, such as 1000"),
        per_client: t.integer("per_client", "a number, such as 1000"),
        requests: t.integer("requests", "a number, such as 120"),
        timeout: t.string("timeout", DURATION),
        concurrency: t.integer("concurrency", "a number, such as 256"),
        signature: t.string("signature", "\"sha256\", or another of WebSub's methods"),
        streams: t.integer("streams", "a number, such as 1000"),
        streams_per_client: t.integer("streams_per_client", "a number, such as 50"),
    }
}

fn host(t: &mut Reader<'_, '_>) -> RawHost {
    RawHost {
        place: t.place(),
        pattern: t.string("match", "a host name, such as \"*.example.cn\""),
        spacing: t.string("spacing", DURATION),
        concurrency: t.integer("concurrency", "a number, such as 2"),
        proxy: t.string("proxy", PROXY),
        proxy_credentials: t.string("proxy_credentials", CREDENTIALS),
        credentials: t.string("credentials", CREDENTIALS),
        group: t.string("group", "a name, such as \"example-platform\""),
    }
}

fn region(t: &mut Reader<'_, '_>) -> RawRegion {
    RawRegion {
        place: t.place(),
        path: t.string("path", REGION),
        name: t.string("name", STRING),
        short: t.string("short", STRING),
        aliases: t.strings("aliases", "a list of names"),
        zone: t.string("zone", ZONE),
        code: t.string("code", STRING),
        formerly: t.string_or_strings("formerly", "the path that it had, such as \"shaanxi/old\""),
    }
}

fn region_words(t: &mut Reader<'_, '_>) -> RawRegionWords {
    RawRegionWords {
        place: t.place(),
        region: t.string("region", REGION),
        words: t.strings("words", WORDS),
        not_words: t.strings("not_words", WORDS),
    }
}

fn topic(t: &mut Reader<'_, '_>) -> RawTopic {
    RawTopic {
        place: t.place(),
        id: t.string("id", "a slug, such as \"education\""),
        title: t.string("title", STRING),
        words: t.strings("words", WORDS),
        not_words: t.strings("not_words", WORDS),
        medtopic: t.strings("medtopic", "a list of codes, such as [\"medtop:05000000\"]"),
        learnt: t.boolean("learnt"),
    }
}

fn source(t: &mut Reader<'_, '_>) -> RawSource {
    RawSource {
        place: t.place(),
        id: t.string("id", "a slug, such as \"xingping-news\""),
        title: t.string("title", STRING),
        url: t.string("url", "an address in quotes"),
        kind: t.string("kind", "\"feed\""),
        enabled: t.boolean("enabled"),
        region: t.string("region", REGION),
        region_fallback: t.boolean("region_fallback"),
        region_fixed: t.boolean("region_fixed"),
        region_words: t.tables("region_words", region_words),
        topics: t.strings("topics", "a list of topic ids, such as [\"education\"]"),
        outlet: t.string("outlet", "the name of a paper or a site in quotes"),
        language: t.string("language", LANGUAGE),
        zone: t.string("zone", ZONE),
        schedule: t.string("schedule", SCHEDULE),
        headers: t.string_map("headers", "a table, such as { Accept-Language = \"zh-CN\" }"),
        credentials: t.string("credentials", CREDENTIALS),
        push: t.boolean("push"),
        formerly: t.string_or_strings("formerly", "the id that it had, such as \"old-id\""),
    }
}
