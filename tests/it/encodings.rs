//! Encodings: true, missing and lying labels on real feeds, and the labels that the web
//! knows.

use super::corpus::{NOW, corpus, read};
use chrono_tz::Tz;
use countywire::model::{ParsedFeed, Timestamp};
use countywire::normalise;
use countywire::parse::{Document, Limits, ParseContext, parse};
use countywire::text::html;
use encoding_rs::{Encoding, UTF_16BE, UTF_16LE};

/// Why these are not read as their source is.
const EXCEPTIONS: [(&str, &str); 1] = [(
    "codehollow-FeedReader__Rss20MassaNews__4056b750.",
    "the source was encoded twice, so that its bytes in Latin-1 are UTF-8 again, with faults",
)];

/// What the table says is equal: feed title, and of each item title, link, id and date.
fn facts(feed: &ParsedFeed) -> Vec<[String; 4]> {
    let text = |text: &Option<String>| html::to_text(text.as_deref().unwrap_or(""), 500);
    let title = normalise::feed_title(feed).unwrap_or_default();
    let mut facts = vec![[title, String::new(), String::new(), String::new()]];
    facts.extend(feed.entries.iter().map(|entry| {
        let date = entry.published.or(entry.updated).map(|date| date.at);
        let date = date.map(Timestamp::rfc3339).unwrap_or_default();
        [text(&entry.title), text(&entry.link), text(&entry.guid), date]
    }));
    facts
}

#[test]
fn lying_and_missing_labels_are_seen_through() {
    let Some(corpus) = corpus() else { return };
    let table = std::fs::read_to_string(corpus.join("conformance/encodings.tsv")).expect("a table");
    let (mut all, mut excepted, mut faults) = (0, 0, Vec::new());
    for line in table.lines().skip(1) {
        let columns: Vec<&str> = line.split('\t').collect();
        let &[path, source, _, _, content_type, expect] = columns.as_slice() else { continue };
        let bytes = |path: &str| std::fs::read(corpus.join(path)).expect("a file");
        let content_type = Some(content_type).filter(|c| !c.is_empty());
        let original = facts(&read(&bytes(source), None).expect("the source is a feed"));
        all += 1;
        let fault = match read(&bytes(path), content_type) {
            Ok(feed) => {
                let found = facts(&feed);
                // An encoding may lack some of the characters.
                let is_whole =
                    expect.starts_with("equal to source (") || expect.contains("falls back");
                let agrees = match is_whole {
                    true => found == original,
                    false => are_within(&found, &original),
                };
                let differ = || found.iter().zip(&original).find(|(a, b)| a != b);
                (!agrees).then(|| format!("as {}: {:?}", feed.encoding, differ()))
            }
            Err(_) if expect.starts_with("may be refused") => None,
            Err(error) => Some(error.to_string()),
        };
        let is_excepted = EXCEPTIONS.iter().any(|(part, _)| path.contains(part));
        match fault {
            Some(_) if is_excepted => excepted += 1,
            Some(fault) => faults.push(format!("{path} ({expect}): {fault}")),
            None => {}
        }
    }
    eprintln!("{all} encoded feeds, {excepted} excepted");
    assert!(all > 120 && excepted < 6, "{all}, {excepted}");
    assert!(faults.is_empty(), "{} of {all} differ:\n{}", faults.len(), faults.join("\n"));
}

/// Whether the texts are the originals, without what the encoding lacks.
fn are_within(facts: &[[String; 4]], originals: &[[String; 4]]) -> bool {
    let within = |(text, original): (&String, &String)| {
        let mut rest = original.chars();
        text.chars().all(|c| c.is_whitespace() || c == '?' || rest.any(|other| other == c))
    };
    facts.len() == originals.len()
        && facts.iter().zip(originals).all(|(a, b)| a.iter().zip(b).all(within))
}

/// The `#data` and `#encoding` of each of html5lib's cases.
fn cases(bytes: &[u8]) -> Vec<(String, String)> {
    let text = String::from_utf8_lossy(bytes);
    let parts = text.split("#data\n").skip(1);
    let cases = parts.filter_map(|part| part.split_once("#encoding\n"));
    cases.map(|(data, name)| (data.to_owned(), name.trim().to_owned())).collect()
}

/// A page's own label, where the case gives one plainly.
fn label(data: &str) -> Option<&str> {
    let at = data.find("charset")?;
    let value = data[at + "charset".len()..].trim_start().strip_prefix('=')?;
    let value = value.trim_start().trim_start_matches(['"', '\'']);
    let end = value.find(['"', '\'', ';', ' ', '>', '\n']).unwrap_or(value.len());
    (end > 0).then(|| &value[..end])
}

#[test]
fn labels_mean_what_they_mean_to_browsers() {
    let Some(corpus) = corpus() else { return };
    const TEXT: &str = "Müller, čas, новость, 新闻 and news";
    let (mut all, mut faults) = (0, Vec::new());
    for file in ["tests1.dat", "scripted/tests1.dat"] {
        let path = corpus.join("conformance/html5lib-encoding").join(file);
        for (data, name) in cases(&std::fs::read(path).expect("a file")) {
            let (Some(label), Some(wanted)) = (label(&data), Encoding::for_label(name.as_bytes()))
            else {
                continue;
            };
            // Some cases are about labels that must be overlooked in a page.
            if Encoding::for_label(label.as_bytes()) != Some(wanted)
                || [UTF_16LE, UTF_16BE].contains(&wanted)
            {
                continue;
            }
            all += 1;
            let has = |c: &char| !wanted.encode(c.encode_utf8(&mut [0; 4])).2;
            let text: String = TEXT.chars().filter(has).collect();
            let feed =
                format!("<rss version=\"2.0\"><channel><title>{text}</title></channel></rss>");
            let content_type = format!("text/xml; charset={label}");
            let bytes = wanted.encode(&feed).0;
            let found = read(&bytes, Some(&content_type)).ok().and_then(|feed| feed.title);
            if found.as_deref() != Some(text.trim()) {
                faults.push(format!("{label}: {found:?}, not {text:?}"));
            }
        }
    }
    assert!(all > 20, "{all}");
    assert!(faults.is_empty(), "{} of {all} differ:\n{}", faults.len(), faults.join("\n"));
}

/// What was found in the wild without any label.
#[test]
fn unlabelled_text_is_guessed() {
    let Some(corpus) = corpus() else { return };
    let path = corpus.join("conformance/html5lib-encoding/chardet/test_big5.txt");
    let text = std::fs::read(path).expect("a text");
    let bytes = [
        b"<rss version=\"2.0\"><channel><title>t</title><item><description><![CDATA[",
        text.as_slice(),
        b"]]></description></item></channel></rss>",
    ]
    .concat();
    let feed = read(&bytes, None).expect("a feed");
    assert_eq!(feed.encoding, "big5");
    let found = feed.entries[0].summary.as_deref().unwrap_or("");
    assert!(!found.contains('\u{FFFD}'), "{found}");
}

/// Every encoding of the list, with its label in the declaration, in the header, and not
/// at all.
#[test]
fn each_encoding_is_read_by_declaration_header_and_guess() {
    const CHINESE: &str =
        "兴平市人民政府召开全市农业农村工作会议，安排部署春季田间管理和粮食生产。";
    const TAIWAN: &str = "臺灣各縣市政府今日舉行記者會，說明農業災害救助與道路搶修的進度。";
    const JAPANESE: &str = "東京都は今日、新しい交通計画についての説明会を開くと発表しました。";
    const KOREAN: &str = "서울시는 오늘 새로운 교통 계획에 대한 설명회를 연다고 발표했습니다.";
    const RUSSIAN: &str =
        "Сегодня в городе открылась новая выставка, сообщает администрация области.";
    const UKRAINIAN: &str =
        "Сьогодні у місті відкрилася нова виставка, повідомляє адміністрація області.";
    const FRENCH: &str =
        "Le préfet a présenté la nouvelle école à côté de l’hôtel de ville, déjà très fréquentée.";
    const POLISH: &str =
        "Dziś w mieście otwarto nową wystawę, poinformował urząd województwa łódzkiego.";
    const GREEK: &str = "Σήμερα άνοιξε στην πόλη νέα έκθεση, ανακοίνωσε η περιφέρεια.";
    const TURKISH: &str = "Bugün şehirde yeni bir sergi açıldı, valilik öğleden sonra açıkladı.";
    let cases = [
        ("gb2312", CHINESE, true),
        ("gbk", CHINESE, true),
        ("gb18030", CHINESE, true),
        ("big5", TAIWAN, true),
        ("shift_jis", JAPANESE, true),
        ("euc-jp", JAPANESE, true),
        ("euc-kr", KOREAN, true),
        ("windows-1250", POLISH, false),
        ("windows-1251", RUSSIAN, true),
        ("windows-1252", FRENCH, true),
        ("windows-1253", GREEK, true),
        ("windows-1254", TURKISH, false),
        ("iso-8859-2", POLISH, false),
        ("koi8-r", RUSSIAN, true),
        ("koi8-u", UKRAINIAN, true),
    ];
    let title = |bytes: &[u8], content_type: Option<&str>| {
        read(bytes, content_type).expect("a feed").title.unwrap_or_default()
    };
    for (label, text, is_guessed) in cases {
        let encoding = Encoding::for_label(label.as_bytes()).expect("a label");
        let feed = |declared: &str| {
            let items = format!("<item><title>{text}</title></item>").repeat(4);
            let feed = format!(
                "<?xml version=\"1.0\"{declared}?><rss version=\"2.0\"><channel>\
                 <title>{text}</title>{items}</channel></rss>"
            );
            encoding.encode(&feed).0.into_owned()
        };
        assert_eq!(title(&feed(&format!(" encoding=\"{label}\"")), None), text, "{label} declared");
        let header = format!("application/rss+xml; charset=\"{}\"", label.to_uppercase());
        assert_eq!(title(&feed(""), Some(&header)), text, "{label} in the header");
        if is_guessed {
            assert_eq!(title(&feed(""), None), text, "{label} guessed");
            assert_eq!(title(&feed(" encoding=\"utf-8\""), None), text, "{label} declared utf-8");
        }
    }
}

#[test]
fn utf_16_is_read_with_and_without_its_mark() {
    let text = "<?xml version=\"1.0\" encoding=\"utf-16\"?><rss version=\"2.0\"><channel>\
        <title>兴平新闻😀</title></channel></rss>";
    let marked = format!("\u{FEFF}{text}");
    for text in [text, &marked] {
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        for bytes in [big, little] {
            for content_type in [None, Some("text/xml"), Some("text/xml; charset=utf-8")] {
                let context =
                    ParseContext { zone: Tz::UTC, polled_at: NOW, limits: Limits::default() };
                let document = Document { bytes: &bytes, content_type, url: None };
                let feed = parse(&document, &context).expect("a feed");
                assert_eq!(feed.title.as_deref(), Some("兴平新闻😀"), "{content_type:?}");
            }
        }
    }
}

/// Bytes that no encoding has cost a character each, and nothing else.
#[test]
fn undecodable_bytes_cost_one_character_each() {
    let mut bytes = "<rss version=\"2.0\"><channel><title>兴平@新闻</title><item><title>一@二@三\
        </title></item></channel></rss>"
        .replace('@', "\u{1}")
        .into_bytes();
    for byte in &mut bytes {
        if *byte == 1 {
            *byte = 0xFF;
        }
    }
    let feed = read(&bytes, None).expect("a feed");
    assert_eq!(feed.title.as_deref(), Some("兴平\u{FFFD}新闻"));
    assert_eq!(feed.entries[0].title.as_deref(), Some("一\u{FFFD}二\u{FFFD}三"));
    assert!(feed.defects.iter().any(|defect| defect.kind == "undecodable"));
}
