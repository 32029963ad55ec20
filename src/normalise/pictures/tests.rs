use super::*;
use crate::model::EntryKey;

fn media(url: &str, width: Option<u32>, height: Option<u32>) -> Media {
    let mime = Some("image/jpeg".to_owned());
    Media { url: url.to_owned(), mime, width, height, ..Media::default() }
}

fn entry(number: u8, urls: &[&str]) -> Entry {
    let media = urls.iter().map(|url| media(url, None, None)).collect();
    Entry { key: EntryKey([number; 16]), media, ..Entry::default() }
}

fn chosen(entries: &[Entry]) -> Vec<Option<&str>> {
    entries.iter().map(|entry| entry.picture().map(|picture| picture.url.as_str())).collect()
}

#[test]
fn without_a_size_a_picture_must_not_look_like_a_counter() {
    for url in [
        "https://a.cn/t.gif?u=1",
        "https://a.cn/c.php?id=abc",
        "https://a.cn/stat/1.png",
        "https://a.cn/beacon/x?e=2",
        "https://a.cn/img/wx_code.jpg",
    ] {
        assert!(!is_usable(&media(url, None, None)), "{url}");
        assert!(is_usable(&media(url, Some(640), Some(480))), "{url}");
    }
    assert!(is_usable(&media("https://a.cn/state/harvest.jpg", None, None)));
    assert!(is_usable(&media("https://a.cn/attach/0/12345", None, None)));
}

#[test]
fn a_picture_is_as_large_as_is_known_of_it() {
    let url = "https://a.cn/p/果园.jpg";
    for (width, height, usable) in [
        (None, None, true),
        (Some(640), Some(480), true),
        (Some(200), None, true),
        (None, Some(110), true),
        (Some(240), Some(135), true),
        (Some(199), Some(480), false),
        (Some(640), Some(109), false),
        (Some(1), Some(1), false),
        (Some(0), None, false),
        (Some(728), Some(90), false),
        (Some(1000), Some(200), false),
        (Some(900), Some(383), true),
        (Some(150), Some(150), false),
    ] {
        assert_eq!(is_usable(&media(url, width, height)), usable, "{width:?} x {height:?}");
    }
}

#[test]
fn addresses_tell_what_is_no_photograph() {
    let shown = [
        "http://a.cn/2026/11/30/harvest.jpg",
        "https://a.cn/sites/default/files/styles/large/x.jpg?itok=1",
        "https://mmbiz.qpic.cn/mmbiz_jpg/ab/640?wx_fmt=jpeg",
        "https://a.cn/silicon-valley.jpg",
        "https://a.cn/catalogo/1.jpg",
        "https://a.cn/harvest-1024x768.jpg",
        "https://a.cn/harvest.jpg?w=600&h=400",
        "https://a.cn/image.php?id=7",
        "https://a.cn/t01a2b3c4d5e6f70819.jpg",
        "https://logo.cn.example/harvest.jpg",
        "https://mmbiz.qpic.cn/sz_mmbiz_jpg/b3Qr8icoAd7/640?wx_fmt=jpeg",
    ];
    let hidden = [
        "https://a.cn/img/spacer.gif",
        "https://a.cn/blank.gif",
        "https://a.cn/1x1.png",
        "https://a.cn/t_1x1.gif",
        "https://a.cn/static/siteLogo2.png",
        "https://a.cn/LOGO.jpg",
        "https://a.cn/icons/weather/sun.png",
        "https://a.cn/user/avatar/17.jpg",
        "https://0.gravatar.com/17?s=400",
        "https://a.cn/upload/qrcode_258.jpg",
        "https://a.cn/erweima.png",
        "https://a.cn/qr-258.png",
        "http://ads.a.cn/img.phdo?s=cc0c5fb0",
        "https://a.cn/ads/300x250.jpg",
        "https://s.w.org/images/core/emoji/15/72x72/1f600.png",
        "https://a.cn/smilies/1.gif",
        "https://hm.baidu.com/hm.gif?si=1",
        "https://c.cnzz.com/stat.png",
        "https://a.cn/count.php",
        "https://a.cn/harvest-150x150.jpg",
        "https://a.cn/harvest.jpg?w=96&h=96",
        "https://ad.doubleclick.net/ad/300x250.jpg",
        "data:image/gif;base64,R0lGODlhAQABAAAAACw=",
        "ftp://a.cn/harvest.jpg",
        "javascript:x",
        "",
    ];
    for url in shown {
        assert!(is_usable(&media(url, None, None)), "{url}");
    }
    for url in hidden {
        assert!(!is_usable(&media(url, None, None)), "{url}");
    }
}

#[test]
fn only_photographs_are_pictures() {
    for (mime, usable) in [
        (Some("image/webp"), true),
        (Some("image/svg+xml"), false),
        (Some("image/x-icon"), false),
        (Some("video/mp4"), false),
        (None, false),
    ] {
        let mime = mime.map(str::to_owned);
        let media = Media { mime, ..media("https://a.cn/1", None, None) };
        assert_eq!(is_usable(&media), usable, "{:?}", media.mime);
    }
}

#[test]
fn a_picture_that_several_entries_have_is_a_logo() {
    const HEAD: &str = "https://a.cn/head.png";
    let mut entries = [
        entry(1, &[HEAD, "https://a.cn/1.jpg"]),
        entry(2, &["http://a.cn/head.png?v=2"]),
        entry(3, &["https://a.cn/3.jpg"]),
        entry(4, &["https://a.cn/feed.png"]),
    ];
    let known = choose_pictures(&mut entries, Some("https://a.cn/feed.png"), &[]);
    let expected = [Some("https://a.cn/1.jpg"), None, Some("https://a.cn/3.jpg"), None];
    assert_eq!(chosen(&entries), expected);
    // Later documents have only what is new or changed.
    let mut entries =
        [entry(5, &[HEAD]), entry(6, &["https://a.cn/1.jpg"]), entry(3, &["https://a.cn/3.jpg"])];
    choose_pictures(&mut entries, None, &known);
    assert_eq!(chosen(&entries), [None, None, Some("https://a.cn/3.jpg")]);
}

#[test]
fn a_logo_is_known_as_long_as_it_is_used() {
    const HEAD: &str = "https://a.cn/head.png";
    let mut known = Vec::new();
    for number in 1..=200 {
        let own = format!("https://a.cn/{number}.jpg");
        let mut entries = [entry(number, &[HEAD, &own])];
        known = choose_pictures(&mut entries, None, &known);
        let picture = if number == 1 { HEAD } else { &own };
        assert_eq!(chosen(&entries), [Some(picture)]);
        assert!(known.len() <= REMEMBERED);
    }
    let before = known.clone();
    assert_eq!(choose_pictures(&mut [], Some(HEAD), &known), before);
}

#[test]
fn of_many_pictures_the_first_that_is_one_counts() {
    let urls: Vec<String> = (0..300).map(|n| format!("https://a.cn/icons/{n}.png")).collect();
    let mut urls: Vec<&str> = urls.iter().map(String::as_str).collect();
    urls.insert(7, "https://a.cn/7.jpg");
    let mut entries = [entry(1, &urls)];
    choose_pictures(&mut entries, None, &[]);
    assert_eq!(entries[0].picture, Some(7));
}
