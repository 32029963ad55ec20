//! Entries shown in Simplified characters, where a reader asks for them.

use crate::model::Entry;
use crate::text::html::{self, Piece};
use crate::text::script::to_simplified;
use std::borrow::Cow;

/// What people read of the entry; addresses and ids stay.
pub fn simplify(entry: &mut Entry) {
    let texts = [&mut entry.title, &mut entry.summary].into_iter();
    let texts = texts.chain(&mut entry.byline).chain(&mut entry.credit).chain(&mut entry.rights);
    let texts = texts.chain(entry.authors.iter_mut().map(|author| &mut author.name));
    let labels = entry.categories.iter_mut().flat_map(|category| &mut category.label);
    for text in texts.chain(labels) {
        if let Cow::Owned(simplified) = to_simplified(text) {
            *text = simplified;
        }
    }
    if let Cow::Owned(_) = to_simplified(&entry.content) {
        entry.content = simplified_html(&entry.content);
    }
    if entry.language.as_deref().is_some_and(is_chinese) {
        entry.language = Some("zh-Hans".to_owned());
    }
}

fn simplified_html(content: &str) -> String {
    let mut out = String::with_capacity(content.len());
    let mut done = 0;
    for piece in html::pieces(content) {
        let Piece::Text(text) = piece else { continue };
        let start = text.as_ptr() as usize - content.as_ptr() as usize;
        out.push_str(&content[done..start]);
        out.push_str(&to_simplified(text));
        done = start + text.len();
    }
    out.push_str(&content[done..]);
    out
}

fn is_chinese(language: &str) -> bool {
    language.split('-').next().is_some_and(|primary| primary.eq_ignore_ascii_case("zh"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Author, Category};

    #[test]
    fn texts_are_simplified_and_addresses_stay() {
        let author = Author { name: "陳大文".to_owned(), ..Author::default() };
        let category = Category {
            term: "教育".to_owned(),
            label: Some("國際".to_owned()),
            ..Category::default()
        };
        let mut entry = Entry {
            guid: Some("http://a.tw/蘋果".to_owned()),
            link: Some("http://a.tw/蘋果".to_owned()),
            title: "蘋果豐收".to_owned(),
            summary: "興平市".to_owned(),
            content: "<p title=\"蘋果\">蘋果<a href=\"http://a.tw/蘋果\">豐收</a>了</p>".to_owned(),
            byline: Some("記者陳大文".to_owned()),
            credit: Some("聯合報".to_owned()),
            language: Some("zh-TW".to_owned()),
            authors: vec![author],
            categories: vec![category],
            ..Entry::default()
        };
        let before = entry.clone();
        simplify(&mut entry);
        assert_eq!((&entry.guid, &entry.link), (&before.guid, &before.link));
        assert_eq!((entry.title.as_str(), entry.summary.as_str()), ("苹果丰收", "兴平市"));
        let content = "<p title=\"蘋果\">苹果<a href=\"http://a.tw/蘋果\">丰收</a>了</p>";
        assert_eq!(entry.content, content);
        assert_eq!(
            (entry.byline.as_deref(), entry.credit.as_deref()),
            (Some("记者陈大文"), Some("联合报"))
        );
        assert_eq!(entry.authors[0].name, "陈大文");
        assert_eq!(
            (entry.categories[0].term.as_str(), entry.categories[0].label.as_deref()),
            ("教育", Some("国际"))
        );
        assert_eq!(entry.language.as_deref(), Some("zh-Hans"));
        let again = entry.clone();
        simplify(&mut entry);
        assert_eq!(entry, again);
    }
}
