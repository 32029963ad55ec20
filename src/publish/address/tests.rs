use super::*;
use crate::model::RegionCode;
use crate::publish::sample;

fn here(path: &str) -> Address {
    match parse(path, &sample::regions()) {
        Some(Route::Here(address)) => address,
        other => panic!("{path}: {other:?}"),
    }
}

#[test]
fn every_address_reads_back() {
    let tree = sample::regions();
    let topic = TopicId::new("education");
    let mut channels = vec![
        Channel::All,
        Channel::Pictures(None),
        Channel::Hot(None),
        Channel::Topic(topic.clone()),
        Channel::Topic(TopicId::new("pictures")),
        Channel::Source(SourceId::new("xianyang-daily")),
        Channel::Source(SourceId::new("咸阳 日报")),
        Channel::Source(SourceId::new("2026-11")),
        Channel::Source(SourceId::new("trap.json")),
        Channel::Source(SourceId::new("news.163.com")),
    ];
    for region in tree.iter() {
        channels.push(Channel::Region(region.code.clone()));
        channels.push(Channel::RegionTopic(region.code.clone(), topic.clone()));
        channels.push(Channel::Pictures(Some(region.code.clone())));
        channels.push(Channel::Hot(Some(region.code.clone())));
    }
    for channel in &channels {
        for format in [Format::Html, Format::Atom, Format::Rss, Format::Json] {
            let address = Address::channel(channel, format);
            let path = address.path(&tree).expect("known");
            assert_eq!(parse(&path, &tree), Some(Route::Here(address)), "{path}");
            let month = Month::parse("2026-11").expect("a month");
            let address = Address { target: Target::Archive(channel.clone(), month), format };
            let path = address.path(&tree).expect("known");
            let read = match channel {
                Channel::Hot(_) => None,
                _ => Some(Route::Here(address)),
            };
            assert_eq!(parse(&path, &tree), read, "{path}");
        }
    }
    let key = EntryKey::hash_of(&[b"a"]);
    let entry = [Format::Html, Format::Json].map(|format| Address::entry(key, format));
    for region in tree.iter().map(|region| Some(region.code.clone())).chain([None]) {
        let address = Address { target: Target::Opml(region), format: Format::Html };
        let path = address.path(&tree).expect("known");
        assert_eq!(parse(&path, &tree), Some(Route::Here(address)), "{path}");
    }
    let all = [Format::Html, Format::Atom, Format::Rss, Format::Json];
    for address in entry.into_iter().chain(all.map(|format| Address::related(key, format))) {
        let path = address.path(&tree).expect("known");
        assert_eq!(parse(&path, &tree), Some(Route::Here(address)), "{path}");
    }
}

#[test]
fn the_published_contract_is_kept() {
    let xingping = RegionCode::new("cn610481");
    let education = TopicId::new("education");
    let pairs = [
        ("/", Channel::All, Format::Html),
        ("/index.atom", Channel::All, Format::Atom),
        ("/r/shaanxi/xianyang/xingping", Channel::Region(xingping.clone()), Format::Html),
        ("/r/shaanxi/xianyang/xingping.rss", Channel::Region(xingping.clone()), Format::Rss),
        ("/t/education.json", Channel::Topic(education.clone()), Format::Json),
        (
            "/r/shaanxi/xianyang/xingping/t/education.atom",
            Channel::RegionTopic(xingping, education),
            Format::Atom,
        ),
        ("/hot", Channel::Hot(None), Format::Html),
        ("/hot.rss", Channel::Hot(None), Format::Rss),
        (
            "/r/shaanxi/xianyang/hot.json",
            Channel::Hot(Some(RegionCode::new("cn610400"))),
            Format::Json,
        ),
        ("/pictures", Channel::Pictures(None), Format::Html),
        ("/pictures.atom", Channel::Pictures(None), Format::Atom),
        (
            "/r/shaanxi/xianyang/pictures.json",
            Channel::Pictures(Some(RegionCode::new("cn610400"))),
            Format::Json,
        ),
        ("/s/a-b", Channel::Source(SourceId::new("a-b")), Format::Html),
    ];
    for (path, channel, format) in pairs {
        assert_eq!(here(path), Address::channel(&channel, format), "{path}");
    }
    assert_eq!(here("/style.css").target, Target::Style);
    assert_eq!(here("/opml").target, Target::Opml(None));
    let xianyang = Some(RegionCode::new("cn610400"));
    assert_eq!(here("/r/shaanxi/xianyang/opml").target, Target::Opml(xianyang));
}

#[test]
fn another_spelling_is_a_redirect() {
    let tree = sample::regions();
    for (path, canonical) in [
        ("/r/shaanxi/", "/r/shaanxi"),
        ("/%72/sha%61nxi", "/r/shaanxi"),
        ("/t/education.atom/", "/t/education.atom"),
    ] {
        match parse(path, &tree) {
            Some(Route::Moved(address)) => {
                assert_eq!(address.path(&tree).as_deref(), Some(canonical));
            }
            other => panic!("{path}: {other:?}"),
        }
    }
}

#[test]
fn what_is_not_ours_is_refused() {
    let tree = sample::regions();
    let long = format!("/s/{}", "a".repeat(2000));
    for path in [
        "",
        "r/shaanxi",
        "//",
        "/r//shaanxi",
        "/r/shaanxi//",
        "/r",
        "/r/",
        "/r/t/education",
        "/r/nowhere",
        "/r/shaanxi/t",
        "/r/shaanxi%2Fxianyang",
        "/R/shaanxi",
        "/t",
        "/index",
        "/index.html",
        "/.atom",
        "/s/.rss",
        "/r/opml",
        "/opml.atom",
        "/r/shaanxi/opml.json",
        "/e/zz",
        "/e/00.atom",
        "/s/%",
        "/s/%0",
        "/s/%FF",
        "/s/a%00",
        "/s/..",
        "/style.css.json",
        "/x",
        &long,
    ] {
        assert_eq!(parse(path, &tree), None, "{path}");
    }
}

#[test]
fn links_keep_the_prefix_of_the_base_url() {
    let mut site = sample::site();
    site.base_url = url::Url::parse("https://example.org/news/").expect("valid");
    assert_eq!(href(&site, "/r/shaanxi"), "/news/r/shaanxi");
    assert_eq!(super::url(&site, "/"), "https://example.org/news/");
    assert_eq!(super::url(&site, "/index.atom"), "https://example.org/news/index.atom");
    assert_eq!(below_base(&site, "/news/r/shaanxi"), Some("/r/shaanxi"));
    assert_eq!(below_base(&site, "/news"), Some("/"));
    assert_eq!(below_base(&site, "/newsroom"), None);
    assert_eq!(below_base(&sample::site(), "/r/shaanxi"), Some("/r/shaanxi"));
}
