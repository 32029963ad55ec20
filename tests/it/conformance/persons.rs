//! Who wrote and who publishes.

use super::log::{Log, Place};
use super::markup;

/// RFC 5322 §3.4.1 as far as readers take it.
pub fn is_address(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let is_local = |b: u8| b.is_ascii_alphanumeric() || b"_-+.'!#$%&*/=?^`{|}~".contains(&b);
    let is_label = |label: &str| {
        !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    !local.is_empty()
        && local.bytes().all(is_local)
        && domain.contains('.')
        && domain.split('.').all(is_label)
}

pub fn address(log: &mut Log, place: Place<'_>, text: &str) {
    if !is_address(text) {
        log.note_with("InvalidAddrSpec", place, &[("value", text)]);
    }
}

/// RSS: `desk@example.org (县闻)`.
pub fn with_name(log: &mut Log, place: Place<'_>, text: &str, has_numbers: bool) {
    let text = text.strip_prefix("mailto:").unwrap_or(text);
    let has_address = text.find('@').is_some_and(|at| at > 0);
    if has_address && !text.ends_with(')') {
        let rule = if text.contains(' ') { "EmailFormat" } else { "MissingRealName" };
        return log.note(rule, place);
    }
    markup::plain(log, place, "ContainsHTML", text, has_numbers);
    let parts =
        text.split_once('(').and_then(|(address, name)| Some((address, name.strip_suffix(')')?)));
    match parts {
        Some((address, name)) if is_address(address.trim()) && !name.contains(['(', ')', '\\']) => {
        }
        _ => log.note_with("InvalidContact", place, &[("value", text)]),
    }
}

/// An address in a name is a find for those who send spam.
pub fn name(log: &mut Log, place: Place<'_>, text: &str) {
    let has_address = text.split('<').skip(1).filter_map(|rest| rest.split_once('>'));
    if has_address.into_iter().any(|(address, _)| is_address(address)) {
        log.note("ContainsEmail", place);
    }
}
