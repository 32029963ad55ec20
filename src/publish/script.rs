//! Entries shown in Simplified or in Traditional characters, where a reader asks for them.

use crate::model::Entry;
use crate::text::html::{self, Piece};
use crate::text::script::{is_traditional, to_simplified, to_traditional};
use std::borrow::Cow;

/// Characters that readers ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Script {
    /// Simplified.
    Hans,
    /// Traditional.
    Hant,
}

impl Script {
    /// As in `?script=`.
    pub fn label(self) -> &'static str {
        match self {
            Script::Hans => "hans",
            Script::Hant => "hant",
        }
    }

    /// What people read of the entry; addresses and ids stay.
    pub fn show(self, entry: &mut Entry) {
        let is_chinese = entry.language.as_deref().map(is_chinese);
        match self {
            Script::Hans => spell(entry, to_simplified),
            // Kanji are no Simplified characters, and what is Traditional already stays as it is.
            Script::Hant if is_chinese == Some(false) => {}
            Script::Hant if is_traditional(&[&entry.title, &entry.summary, &entry.content]) => {}
            Script::Hant => spell(entry, to_traditional),
        }
        if is_chinese == Some(true) {
            let language = if self == Script::Hans { "zh-Hans" } else { "zh-Hant" };
            entry.language = Some(language.to_owned());
        }
    }
}

fn spell(entry: &mut Entry, to: fn(&str) -> Cow<'_, str>) {
    let texts = [&mut entry.title, &mut entry.summary].into_iter();
    let texts = texts.chain(&mut entry.byline).chain(&mut entry.credit).chain(&mut entry.rights);
    let texts = texts.chain(entry.authors.iter_mut().map(|author| &mut author.name));
    let labels = entry.categories.iter_mut().flat_map(|category| &mut category.label);
    for text in texts.chain(labels) {
        if let Cow::Owned(spelt) = to(text) {
            *text = spelt;
        }
    }
    if let Cow::Owned(_) = to(&entry.content) {
        entry.content = spelt_html(&entry.content, to);
    }
}

fn spelt_html(content: &str, to: fn(&str) -> Cow<'_, str>) -> String {
    let mut out = String::with_capacity(content.len());
    let mut done = 0;
    for piece in html::pieces(content) {
        let Piece::Text(text) = piece else { continue };
        let start = text.as_ptr() as usize - content.as_ptr() as usize;
        out.push_str(&content[done..start]);
        out.push_str(&to(text));
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
        Script::Hans.show(&mut entry);
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
        Script::Hans.show(&mut entry);
        assert_eq!(entry, again);
    }

    #[test]
    fn simplified_texts_become_traditional_and_others_stay() {
        let content = "<p title=\"苹果\">苹果<a href=\"http://a.cn/苹果\">丰收</a>了</p>";
        let written = Entry {
            link: Some("http://a.cn/苹果".to_owned()),
            title: "兴平苹果丰收".to_owned(),
            content: content.to_owned(),
            language: Some("zh-CN".to_owned()),
            ..Entry::default()
        };
        let shown = |mut entry: Entry| {
            Script::Hant.show(&mut entry);
            entry
        };
        let traditional = shown(written.clone());
        assert_eq!(
            (traditional.title.as_str(), &traditional.link),
            ("興平蘋果豐收", &written.link)
        );
        let content = "<p title=\"苹果\">蘋果<a href=\"http://a.cn/苹果\">豐收</a>了</p>";
        assert_eq!(traditional.content, content);
        assert_eq!(traditional.language.as_deref(), Some("zh-Hant"));
        assert_eq!(shown(traditional.clone()), traditional);
        let title = "慈禧太后離宮十里陳列".to_owned();
        let hong_kong = Entry { title, language: Some("zh-HK".to_owned()), ..Entry::default() };
        assert_eq!(shown(hong_kong.clone()).title, hong_kong.title);
        let title = "国会で学ぶ".to_owned();
        let japanese = Entry { title, language: Some("ja".to_owned()), ..Entry::default() };
        assert_eq!(shown(japanese.clone()), japanese);
    }
}
