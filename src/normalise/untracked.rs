//! What an address holds for its publisher alone: where readers came from, and which
//! visit they are on. None of it names an article.

use std::borrow::Cow;

/// The address without parameters that only tell publishers where readers came from, and
/// without the ids of sessions, which are others at each request.
pub(super) fn untracked(link: &str) -> Cow<'_, str> {
    if !link.contains(['?', ';', '(']) {
        return Cow::Borrowed(link);
    }
    let (body, fragment) = match link.split_once('#') {
        Some((body, fragment)) => (body, Some(fragment)),
        None => (link, None),
    };
    let (path, query) = match body.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (body, None),
    };
    let short = without_session(path);
    let parts = || query.into_iter().flat_map(|query| query.split('&'));
    // An id of hexadecimal digits may be the article's own when nothing else is.
    let is_own = |part: &str| {
        !part.is_empty() && !is_tracking(part) && !is_session(part) && !may_be_session(part)
    };
    let names_more =
        path.rsplit('/').next().is_some_and(|name| name.contains(numeric)) || parts().any(is_own);
    let goes =
        |part: &str| is_tracking(part) || is_session(part) || (names_more && may_be_session(part));
    if short.len() == path.len() && !parts().any(goes) {
        return Cow::Borrowed(link);
    }
    let kept: Vec<&str> = parts().filter(|part| !goes(part)).collect();
    let mut out = short.into_owned();
    if !kept.is_empty() {
        out.push('?');
        out.push_str(&kept.join("&"));
    }
    if let Some(fragment) = fragment {
        out.push('#');
        out.push_str(fragment);
    }
    Cow::Owned(out)
}

fn numeric(c: char) -> bool {
    c.is_ascii_digit()
}

/// Java and ASP.NET write the session into the path: `/1.jsp;jsessionid=A0`,
/// `/(S(lit3py55t21z5v55vlm25s55))/1.aspx`.
fn without_session(path: &str) -> Cow<'_, str> {
    const JAVA: &str = ";jsessionid=";
    let at = path.find(';').and_then(|_| {
        let bytes = path.as_bytes().windows(JAVA.len());
        bytes.enumerate().find(|(_, part)| part.eq_ignore_ascii_case(JAVA.as_bytes()))
    });
    if let Some((at, _)) = at {
        let after = &path[at + JAVA.len()..];
        let rest = after.find(['/', ';']).map_or("", |end| &after[end..]);
        return Cow::Owned(format!("{}{rest}", &path[..at]));
    }
    if let Some((before, rest)) = path.split_once("/(S(")
        && let Some((id, rest)) = rest.split_once("))/")
        && !id.is_empty()
        && id.bytes().all(|b| b.is_ascii_alphanumeric())
    {
        return Cow::Owned(format!("{before}/{rest}"));
    }
    Cow::Borrowed(path)
}

fn name_of(part: &str) -> &str {
    part.split('=').next().unwrap_or("")
}

fn is_session(part: &str) -> bool {
    const NAMES: [&str; 10] = [
        "phpsessid",
        "jsessionid",
        "sessionid",
        "session_id",
        "asp.net_sessionid",
        "cfid",
        "cftoken",
        "oscsid",
        "zenid",
        "xtcsid",
    ];
    let name = name_of(part);
    let starts = |prefix: &str| {
        name.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
    };
    NAMES.iter().any(|known| known.eq_ignore_ascii_case(name)) || starts("aspsessionid")
}

/// `sid` with a hash for value. (`s` is that of articles: `click.phdo?s=cc0c5f…&p=4`.)
fn may_be_session(part: &str) -> bool {
    const HASH_DIGITS: usize = 32;
    let value = part.split_once('=').map_or("", |(_, value)| value);
    name_of(part).eq_ignore_ascii_case("sid")
        && value.len() == HASH_DIGITS
        && value.bytes().all(|b| b.is_ascii_hexdigit())
}

fn is_tracking(part: &str) -> bool {
    const NAMES: [&str; 23] = [
        "spm",
        "scm",
        "fbclid",
        "gclid",
        "dclid",
        "msclkid",
        "yclid",
        "mc_cid",
        "mc_eid",
        "igshid",
        "_hsenc",
        "_hsmi",
        "vero_id",
        "twclid",
        "share_token",
        "isappinstalled",
        "nsukey",
        "_ga",
        "ref_src",
        "mkt_tok",
        "oly_enc_id",
        "oly_anon_id",
        "cmpid",
    ];
    let name = name_of(part);
    name.starts_with("utm_") || NAMES.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tracking_parameters_go_and_others_stay() {
        let cases = [
            ("http://a.cn/1?utm_source=x&id=7&spm=a.b#c", "http://a.cn/1?id=7#c"),
            ("http://a.cn/1?utm_source=rss", "http://a.cn/1"),
            ("http://a.cn/1?from=rss&x", "http://a.cn/1?from=rss&x"),
        ];
        for (link, expected) in cases {
            assert_eq!(untracked(link), expected);
        }
    }

    #[test]
    fn sessions_go_and_ids_of_articles_stay() {
        let hash = "0cc175b9c0f1b6a831c399e269772661";
        let cases = [
            ("http://a.cn/1?PHPSESSID=ab12", "http://a.cn/1"),
            ("http://a.cn/v.php?id=7&phpsessid=ab12#c", "http://a.cn/v.php?id=7#c"),
            ("http://a.cn/1.jsp;jsessionid=A0.b?id=7", "http://a.cn/1.jsp?id=7"),
            ("http://a.cn/a;JSESSIONID=A0/b", "http://a.cn/a/b"),
            ("http://a.cn/(S(lit3py55))/1.aspx", "http://a.cn/1.aspx"),
            ("http://a.cn/v.asp?ASPSESSIONIDQABC=X&id=7", "http://a.cn/v.asp?id=7"),
            (&format!("http://a.cn/1.html?sid={hash}"), "http://a.cn/1.html"),
            (&format!("http://a.cn/t.php?t=3&sid={hash}"), "http://a.cn/t.php?t=3"),
        ];
        for (link, expected) in cases {
            assert_eq!(untracked(link), expected);
        }
        let own = [
            format!("http://a.cn/news.php?sid={hash}&"),
            format!("http://a.cn/click.php?s={hash}&p=4"),
            "http://a.cn/v.php?sid=1234".to_owned(),
            "http://a.cn/a;b=1/(x)?c".to_owned(),
            "http://a.cn/(S(a/b".to_owned(),
        ];
        for link in own {
            assert_eq!(untracked(&link), link);
        }
    }
}
