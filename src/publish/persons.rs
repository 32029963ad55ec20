//! Who wrote an entry and who publishes it, in forms that strict readers take.

use super::view::Item;
use crate::model::Site;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Author<'a> {
    /// Never empty.
    pub name: &'a str,
    pub email: Option<&'a str>,
    pub uri: Option<&'a str>,
}

/// RFC 4287 §4.2.1 wants an author in every entry, and a name for each: the named ones, else the
/// byline, else the source.
pub(super) fn authors<'a>(item: &Item<'a>) -> Vec<Author<'a>> {
    let entry = &item.stored.entry;
    let source = item.source.title.as_str();
    if entry.authors.is_empty() {
        let name = entry.byline.as_deref().unwrap_or(source);
        return vec![Author { name, email: None, uri: None }];
    }
    let author = |author: &'a crate::model::Author| Author {
        name: if author.name.is_empty() { source } else { &author.name },
        email: author.email.as_deref().filter(|email| is_mail(email)),
        uri: author.uri.as_deref(),
    };
    entry.authors.iter().map(author).collect()
}

/// The site's contact, when it is an e-mail address and no web page.
pub(super) fn contact(site: &Site) -> Option<&str> {
    site.contact.as_deref().filter(|contact| is_mail(contact))
}

/// As RSS writes a person: `desk@example.org (县闻)`. A bracket would end the name.
pub(super) fn webmaster(site: &Site) -> Option<String> {
    let name = site.title.replace('(', "[").replace(')', "]").replace('\\', "/");
    contact(site).map(|mail| format!("{mail} ({name})"))
}

/// RFC 5322 §3.4.1 without quotes and literals: atoms with dots between, and a name of a host.
fn is_mail(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let is_atom = |atom: &str| {
        !atom.is_empty()
            && atom
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&b))
    };
    let is_label = |label: &str| {
        !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    local.split('.').all(is_atom) && domain.contains('.') && domain.split('.').all(is_label)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::publish::sample;

    #[test]
    fn only_what_mail_can_be_sent_to_is_an_address() {
        for mail in ["a@b.cn", "a.b+c@x-y.example.org", "o'hara@b.cn"] {
            assert!(is_mail(mail), "{mail}");
        }
        for other in
            ["a@b", "@b.cn", "a@", "张三@b.cn", "a b@c.cn", "https://a@b.cn/", "a@b..cn", "a.@b.cn"]
        {
            assert!(!is_mail(other), "{other}");
        }
    }

    #[test]
    fn a_site_with_brackets_in_its_name_is_still_one_comment() {
        let site = Site { title: "县闻(试)\\".to_owned(), ..sample::site() };
        assert_eq!(webmaster(&site).as_deref(), Some("desk@example.org (县闻[试]/)"));
        let page = Site { contact: Some("https://a.cn/@us".to_owned()), ..site };
        assert_eq!(webmaster(&page), None);
    }
}
