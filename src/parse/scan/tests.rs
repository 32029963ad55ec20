use super::*;

fn tokens(text: &str) -> Vec<(Token, &str)> {
    let mut scanner = Scanner::new(text, 0);
    std::iter::from_fn(|| scanner.next()).map(|(token, range)| (token, &text[range])).collect()
}

#[test]
fn tokens_cover_the_text() {
    let text = "<?xml version='1.0'?><!DOCTYPE rss [<!ENTITY a \"b\">]><a x=\"1>2\"><!-- <b> -->\
        1 < 2<![CDATA[<i>]]></a ><b/>";
    let found: Vec<&str> = tokens(text).iter().map(|(_, part)| *part).collect();
    assert_eq!(
        found,
        [
            "<?xml version='1.0'?>",
            "<!DOCTYPE rss [<!ENTITY a \"b\">]>",
            "<a x=\"1>2\">",
            "<!-- <b> -->",
            "1 < 2",
            "<![CDATA[<i>]]>",
            "</a >",
            "<b/>"
        ]
    );
}

#[test]
fn a_tag_without_its_end_is_torn() {
    let found = tokens("<a x='1' <b>c</b></a");
    assert!(matches!(found[0], (Token::Start { torn: true, .. }, "<a x='1' ")));
    assert_eq!(found[1].1, "<b>");
    assert_eq!(found.last().expect("tokens").1, "</a");
}

#[test]
fn attributes_are_read_however_written() {
    let text = " a=\"1\" b = '2' c=3 d a='4'";
    let Attributes { list, well_formed, dropped } = attributes(text, 0..text.len(), 3);
    let pairs: Vec<(&str, &str)> =
        list.iter().map(|a| (&text[a.name.clone()], &text[a.value.clone()])).collect();
    assert_eq!(pairs, [("a", "1"), ("b", "2"), ("c", "3")]);
    assert!(!well_formed);
    assert_eq!(dropped, 1);
    let text = " a=\"1\" b='2' ";
    assert!(attributes(text, 0..text.len(), 64).well_formed);
    let many: String = (0..40).map(|n| format!(" a{}='1'", n % 30)).collect();
    let read = attributes(&many, 0..many.len(), 64);
    assert_eq!((read.list.len(), read.well_formed, read.dropped), (30, false, 0));
}

#[test]
fn a_section_without_its_end_ends_with_its_element() {
    let open = "<a><b><![CDATA[<i>1</i></b></a><a><b><![CDATA[2]]></b></a>";
    let sections: Vec<&str> = tokens(open)
        .into_iter()
        .filter(|(token, _)| matches!(token, Token::CData { .. }))
        .map(|(_, part)| part)
        .collect();
    assert_eq!(sections, ["<![CDATA[<i>1</i>", "<![CDATA[2]]>"]);
    assert_eq!(tokens("<b><![CDATA[1</x></item>")[1].1, "<![CDATA[1</x>");
    assert_eq!(tokens("<b><![CDATA[1").last().expect("tokens").1, "<![CDATA[1");
    // A section may show one.
    let whole = "<b><![CDATA[<p>1</p> <![CDATA[2]]></b>";
    assert_eq!(tokens(whole)[1].1, "<![CDATA[<p>1</p> <![CDATA[2]]>");
}

#[test]
fn hostile_text_takes_linear_time() {
    for unit in [
        "<!--",
        "<![CDATA[",
        "<a><![CDATA[</a>",
        "<a><![CDATA[</item>",
        "<a><![CDATA[</a><item>]",
        "<a b=\"",
        "<a b='\"",
        "</",
        "<a ",
        "<!D[",
        "<?",
    ] {
        let text = unit.repeat(30_000);
        let mut scanner = Scanner::new(&text, 0);
        let mut end = 0;
        while let Some((_, range)) = scanner.next() {
            assert_eq!(range.start, end);
            end = range.end;
        }
        assert_eq!(end, text.len());
    }
}
