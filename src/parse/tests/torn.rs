//! Tags that are missing or misspelt: they cost the item that they belong to at most.

use super::*;

const RSS: &str = "<?xml version=\"1.0\"?>\n<rss version=\"2.0\" \
    xmlns:itunes=\"http://www.itunes.com/dtds/podcast-1.0.dtd\" \
    xmlns:media=\"http://search.yahoo.com/mrss/\" xmlns:atom=\"http://www.w3.org/2005/Atom\">\
    <channel><title>t</title><link>http://a.cn/</link><description>d</description>\
    <atom:link rel=\"self\" href=\"http://a.cn/rss\"></atom:link>\
    <itunes:owner><itunes:name>H</itunes:name><itunes:email>h@a.cn</itunes:email></itunes:owner>\
    <itunes:category text=\"News\"><itunes:category text=\"Local\"></itunes:category></itunes:category>\
    <media:credit role=\"author\">x</media:credit><x:y><b>t</b></x:y><skipHours><hour>1</hour></skipHours>\
    <image><url>http://a.cn/i.png</url><title>t</title><link>http://a.cn/</link></image>ITEMS</channel></rss>";
const RSS_ITEM: &str = "<item><title>N</title><link>http://a.cn/N</link><guid>http://a.cn/N</guid>\
    <media:group><media:credit>x</media:credit><media:content url=\"http://a.cn/N.jpg\"></media:content>\
    </media:group><category>c</category><x:y>t</x:y><itunes:author>z</itunes:author>\
    <description><![CDATA[<p>N</p>]]></description><pubDate>2021-09-01 07:59</pubDate></item>";
const ATOM: &str = "<feed xmlns=\"http://www.w3.org/2005/Atom\" xmlns:x=\"urn:x\"><title>t</title>\
    <subtitle type=\"html\">s</subtitle><id>urn:t</id><updated>2021-09-01T00:00:00Z</updated>\
    <link href=\"http://a.cn/\"></link><author><name>x</name><email>x@a.cn</email></author>\
    <x:y><x:z>t</x:z></x:y><generator>g</generator>ITEMS</feed>";
const ATOM_ITEM: &str = "<entry><title>N</title><id>urn:N</id><link href=\"http://a.cn/N\"></link>\
    <author><name>x</name></author><updated>2021-09-01T00:00:00Z</updated><x:y>t</x:y>\
    <content type=\"xhtml\"><div xmlns=\"http://www.w3.org/1999/xhtml\"><p>N</p></div></content></entry>";
const RDF: &str = "<rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\" \
    xmlns=\"http://purl.org/rss/1.0/\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\">\
    <channel rdf:about=\"http://a.cn/\"><title>t</title><link>http://a.cn/</link><dc:date>2021-09-01</dc:date>\
    <items><rdf:Seq><rdf:li rdf:resource=\"http://a.cn/1\"></rdf:li></rdf:Seq></items></channel>\
    <image><url>http://a.cn/i.png</url></image>ITEMS</rdf:RDF>";
const RDF_ITEM: &str = "<item rdf:about=\"http://a.cn/N\"><title>N</title><link>http://a.cn/N</link>\
    <dc:creator>z</dc:creator><dc:date>2021-09-01</dc:date><description>N</description></item>";

const ITEMS: [&str; 4] = ["甲一", "乙二", "丙三", "丁四"];

fn document(feed: &str, item: &str) -> String {
    feed.replace("ITEMS", &ITEMS.map(|name| item.replace('N', name)).concat())
}

/// How many of the items are there.
fn stay(text: &str) -> usize {
    let Ok(feed) = read(text.as_bytes()) else { return 0 };
    let is_there = |name: &&&str| feed.entries.iter().any(|e| e.title.as_deref() == Some(**name));
    ITEMS.iter().filter(is_there).count()
}

#[test]
fn a_tag_that_is_missing_or_misspelt_costs_one_item_at_most() {
    let mut lost = Vec::new();
    for (feed, item) in [(RSS, RSS_ITEM), (ATOM, ATOM_ITEM), (RDF, RDF_ITEM)] {
        let text = document(feed, item);
        assert_eq!(stay(&text), ITEMS.len(), "{text}");
        for (at, _) in text.match_indices('<').filter(|(at, _)| !text[*at..].starts_with("<!")) {
            let end = at + text[at..].find('>').expect("a tag") + 1;
            let tag = &text[at..end];
            let name = 1 + usize::from(tag.starts_with("</"));
            let length = tag[name..].find([' ', '>']).expect("a name");
            let torn = |instead: &str| [&text[..at], instead, &text[end..]].concat();
            let last = name + length - 1;
            for torn in [
                torn(""),
                torn(&[&tag[..last], "x", &tag[last..]].concat()),
                torn(&[&tag[..last], &tag[last + 1..]].concat()),
                torn(&tag[..tag.len() - 1]),
                torn(&tag[1..]),
            ] {
                if stay(&torn) + 1 < ITEMS.len() {
                    lost.push(format!("{} of {tag}: {torn}", stay(&torn)));
                }
            }
        }
    }
    assert!(lost.is_empty(), "{}: {:#?}", lost.len(), lost);
}

#[test]
fn what_is_open_before_an_item_and_never_ends_does_not_hide_it() {
    let items = ITEMS.map(|name| format!("<item><title>{name}</title></item>")).concat();
    let entries = items.replace("item>", "entry>");
    for open in [
        "<itunes:owner><itunes:name>H</itunes:name>",
        "<itunes:owner><itunes:name>H</itunes:name></itunes:ownr>",
        "<media:credit>x",
        "<x:y><b>t</b>",
        "<podcast:person>x",
        "<x:a><x:b><x:c>",
        "<a:b>",
    ] {
        assert_eq!(stay(&rss(&format!("{open}{items}"))), ITEMS.len(), "{open}");
        let deep = open.repeat(60);
        assert_eq!(stay(&rss(&format!("{deep}{items}"))), ITEMS.len(), "{deep}");
    }
    for open in ["<author><name>x</name>", "<author><name>x", "<x:y>", "<rights>r", "<a><b>"] {
        let feed = format!(
            "<feed xmlns=\"http://www.w3.org/2005/Atom\"><title>t</title>{open}{entries}</feed>"
        );
        assert_eq!(stay(&feed), ITEMS.len(), "{open}");
    }
}

#[test]
fn the_item_that_a_document_ends_in_is_told() {
    let whole = document(RSS, RSS_ITEM);
    let ends: Vec<usize> = whole.match_indices("</item>").map(|(at, _)| at).collect();
    let starts: Vec<usize> = whole.match_indices("<item>").map(|(at, _)| at + 6).collect();
    for cut in (ends[0] + 7..whole.len()).filter(|cut| whole.is_char_boundary(*cut)) {
        let feed = feed(&whole[..cut]);
        // Behind `</` all of it is there.
        let within = |(start, end): (&usize, &usize)| (*start..end + 2).contains(&cut);
        let is_cut = starts.iter().zip(&ends).any(within);
        let began = starts.iter().filter(|start| **start <= cut).count();
        // One that says nothing yet is dropped.
        let expected = is_cut && feed.entries.len() == began;
        assert_eq!(feed.ends_within_entry, expected, "{}", &whole[..cut]);
    }
    let unended = feed(&whole.replace("</item>", "").replace("</channel></rss>", ""));
    assert_eq!((unended.entries.len(), unended.ends_within_entry), (ITEMS.len(), false));
}

#[test]
fn items_of_something_else_stay_its_own() {
    let [a, b, c, d] = ITEMS.map(|name| format!("<item><title>{name}</title></item>"));
    for (items, expected) in [
        (format!("<x:more>{a}{b}</x:more>{c}{d}"), 2),
        (format!("{a}<x:more>{b}<x:more>{c}</x:more></x:more>{d}"), 2),
        // Nothing else is there to read.
        (format!("<x:list>{a}{b}{c}{d}</x:list>"), 4),
    ] {
        assert_eq!(stay(&rss(&items)), expected, "{items}");
    }
}

#[test]
fn many_open_elements_before_items_take_linear_time() {
    let text: String = (0..40_000).map(|i| format!("<x:a{i}><item><x:b></item>")).collect();
    let began = std::time::Instant::now();
    let _ = read(rss(&text).as_bytes());
    assert!(began.elapsed().as_secs() < 20, "{:?}", began.elapsed());
}
