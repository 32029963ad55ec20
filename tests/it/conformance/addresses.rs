//! Addresses: URIs (RFC 3986) in RSS, IRIs (RFC 3987) in Atom.

use super::log::{Log, Place};

/// What an address must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Absolute, of ASCII alone.
    Uri,
    /// Absolute.
    Iri,
    /// Absolute or relative.
    Reference,
}

/// Those that addresses in feeds have, of the registered ones.
const SCHEMES: [&str; 22] = [
    "http", "https", "ftp", "mailto", "urn", "tag", "data", "file", "news", "nntp", "tel", "cid",
    "mid", "info", "dav", "sip", "sips", "ldap", "xmpp", "gopher", "telnet", "rtsp",
];

/// Notes under `rule` what is no address of the form. Returns whether it is one.
pub fn check(
    log: &mut Log,
    place: Place<'_>,
    form: Form,
    rule: &'static str,
    value: &str,
    more: &[(&'static str, &str)],
) -> bool {
    let mut facts = vec![("value", value)];
    facts.extend_from_slice(more);
    let scheme = scheme(value).map(str::to_ascii_lowercase);
    let fault = match scheme.as_deref() {
        Some("tag") => (!is_tag(value)).then_some("InvalidTAG"),
        Some("urn") => urn_fault(value),
        _ => fault(value, form, scheme.as_deref(), rule),
    };
    if let Some(fault) = fault {
        log.note_with(fault, place, &facts);
    }
    fault.is_none()
}

fn fault(
    value: &str,
    form: Form,
    scheme: Option<&str>,
    rule: &'static str,
) -> Option<&'static str> {
    if value.chars().any(|c| c.is_ascii() && !is_uri_char(c)) {
        return Some("InvalidUriChar");
    }
    if form == Form::Uri && !value.is_ascii() {
        return Some("UriNotIri");
    }
    let rest = scheme.map_or(value, |scheme| &value[scheme.len() + 1..]);
    if form != Form::Reference && (scheme.is_none() || rest.trim_start_matches('/').is_empty()) {
        return Some(rule);
    }
    if matches!(scheme, Some("http" | "https" | "ftp")) {
        let has_host =
            rest.strip_prefix("//").is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/'));
        return (!has_host).then_some(rule);
    }
    let is_word = |scheme: &&str| scheme.bytes().all(|b| b.is_ascii_alphabetic());
    let unknown = scheme.filter(is_word).filter(|scheme| !SCHEMES.contains(scheme));
    unknown.map(|_| "SchemeNotIANARegistered")
}

/// What stands before the first colon, when that can be a scheme.
pub fn scheme(value: &str) -> Option<&str> {
    let (scheme, _) = value.split_once(':')?;
    let is_rest = |b: u8| b.is_ascii_alphanumeric() || b"+-.".contains(&b);
    let fits = scheme.starts_with(|c: char| c.is_ascii_alphabetic()) && scheme.bytes().all(is_rest);
    fits.then_some(scheme)
}

fn is_uri_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || ";/?:@&=+$.-_!~*'()%,#[]".contains(c)
}

/// RFC 4151: `tag:authority,date:specific`.
fn is_tag(value: &str) -> bool {
    let Some(rest) = value.strip_prefix("tag:") else { return false };
    let Some((authority, specific)) = rest.split_once(':') else { return false };
    let Some((authority, date)) = authority.split_once(',') else { return false };
    let is_name = |text: &str, more: &[u8]| {
        let is_part = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || more.contains(&b);
        !text.is_empty() && text.bytes().all(is_part)
    };
    let is_authority = match authority.split_once('@') {
        Some((user, host)) => is_name(user, b"-._") && is_name(host, b"-."),
        None => is_name(authority, b"-."),
    };
    let parts: Vec<&str> = date.split('-').collect();
    let lengths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
    let is_date = matches!(lengths.as_slice(), [4] | [4, 2] | [4, 2, 2])
        && parts.iter().all(|part| part.bytes().all(|b| b.is_ascii_digit()));
    let is_specific = |c: char| c != '[' && c != ']' && is_uri_char(c);
    is_authority
        && is_date
        && specific.chars().all(is_specific)
        && specific.matches('#').count() <= 1
}

/// RFC 8141, and RFC 9562 for UUIDs.
fn urn_fault(value: &str) -> Option<&'static str> {
    let lower = value.to_ascii_lowercase();
    if let Some(uuid) = lower.strip_prefix("urn:uuid:") {
        let parts: Vec<usize> = uuid.split('-').map(str::len).collect();
        let is_hex = uuid.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-');
        return (parts != [8, 4, 4, 4, 12] || !is_hex).then_some("InvalidUUID");
    }
    let (nid, nss) = lower["urn:".len()..].split_once(':').unwrap_or_default();
    let is_nid = (2..=32).contains(&nid.len())
        && !nid.starts_with('-')
        && nid.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    let is_nss = !nss.is_empty()
        && nss.chars().all(|c| c.is_ascii_alphanumeric() || "()+,.:=@;$_!*'-%".contains(c));
    (!is_nid || !is_nss).then_some("InvalidURN")
}

/// Ids are compared character by character: two ways to write one address would be two ids.
pub fn is_canonical(value: &str) -> bool {
    let Some(scheme) = scheme(value) else { return false };
    let rest = &value[scheme.len() + 1..];
    let escapes_fit = escapes(value).all(|escape| {
        let byte = u8::from_str_radix(escape, 16).ok();
        let is_needless = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
        escape.chars().all(|c| !c.is_ascii_lowercase()) && !byte.is_none_or(is_needless)
    });
    if scheme.chars().any(|c| c.is_ascii_uppercase()) || !escapes_fit {
        return false;
    }
    let Some(rest) = rest.strip_prefix("//") else { return true };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let host = authority.rsplit('@').next().unwrap_or("");
    let port = host.rsplit_once(':').map(|(_, port)| port).filter(|port| !port.contains(']'));
    let default = [("http", "80"), ("https", "443"), ("ftp", "21")];
    let is_needless = port.is_some_and(|port| port.is_empty() || default.contains(&(scheme, port)));
    let path = path.split(['?', '#']).next().unwrap_or("");
    let steps = path.split('/').any(|step| step == "." || step == "..");
    let no_user = authority.strip_prefix('@').is_some() || authority.starts_with(":@");
    !host.chars().any(|c| c.is_ascii_uppercase())
        && !is_needless
        && !no_user
        && !host.trim_end_matches(|c: char| c == ':' || c.is_ascii_digit()).ends_with('.')
        && !steps
        && !path.is_empty()
}

/// What stands behind each `%`.
fn escapes(value: &str) -> impl Iterator<Item = &str> {
    value.match_indices('%').map(|(at, _)| value.get(at + 1..at + 3).unwrap_or(""))
}

/// An address that a browser follows: a host with a dot in it.
pub fn is_http(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    let rest = lower.strip_prefix("http://").or_else(|| lower.strip_prefix("https://"));
    rest.is_some_and(|rest| {
        let end = rest.find('/').unwrap_or(rest.len());
        let host = rest[..end].split(':').next().unwrap_or("");
        let is_label = |label: &str| {
            !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        };
        host.contains('.') && host.split('.').all(is_label) && value.chars().all(is_uri_char)
    })
}
