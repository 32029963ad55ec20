//! Texts in faulty JSON: where one ends, and what its escapes mean.

/// What a text is part of: it decides what may follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Within {
    Nothing,
    /// It names a member.
    Name,
    Object,
    Array,
}

#[derive(Debug, Default)]
pub(super) struct Found {
    pub text: String,
    /// After its closing quote.
    pub end: usize,
    pub mended: usize,
    pub truncated: bool,
}

/// Longer names are not looked for where a text may lack its end.
const NAME_BYTES: usize = 32;

/// Reads the text that begins at `start`, behind its opening quote.
pub(super) fn read(text: &str, start: usize, quote: u8, within: Within) -> Found {
    let bytes = text.as_bytes();
    let mut found = Found::default();
    let (mut at, mut kept) = (start, start);
    loop {
        let Some(next) = memchr::memchr2(quote, b'\\', &bytes[at..]).map(|next| at + next) else {
            found.text.push_str(&text[kept..]);
            found.end = text.len();
            found.truncated = true;
            break;
        };
        if bytes[next] == b'\\' {
            found.text.push_str(&text[kept..next]);
            at = next + escape(text, next, &mut found);
            kept = at;
            continue;
        }
        if ends(text, next + 1, within) {
            found.text.push_str(&text[kept..next]);
            found.end = next + 1;
            break;
        }
        found.mended += 1;
        // Its own quote is missing, and this one belongs to what follows.
        if within != Within::Nothing
            && name_ends(bytes, next + 1, quote)
            && let Some(end) = before_name(bytes, kept, next)
        {
            found.text.push_str(&text[kept..end]);
            found.end = end;
            break;
        }
        at = next + 1;
    }
    found.mended += usize::from(found.text.bytes().any(|b| b < 0x20));
    found
}

/// Appends what the escape at `at` means; its length.
fn escape(text: &str, at: usize, found: &mut Found) -> usize {
    let rest = &text[at..];
    let Some(sign) = rest[1..].chars().next() else {
        found.truncated = true;
        return 1;
    };
    let meant = match sign {
        '"' | '\\' | '/' => sign,
        'b' => '\u{8}',
        'f' => '\u{C}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'u' => return unicode(rest, found),
        'x' => {
            found.mended += 1;
            let Some(unit) = hex(rest, 2, 2) else {
                found.text.push('x');
                return 2;
            };
            found.text.extend(char::from_u32(unit));
            return 4;
        }
        other => {
            found.mended += 1;
            other
        }
    };
    found.text.push(meant);
    1 + sign.len_utf8()
}

/// `\uXXXX`, also in pairs.
fn unicode(rest: &str, found: &mut Found) -> usize {
    let Some(unit) = hex(rest, 2, 4) else {
        found.mended += 1;
        found.text.push('u');
        return 2;
    };
    let pair = (0xD800..0xDC00).contains(&unit) && rest[6..].starts_with("\\u");
    let low = pair.then(|| hex(rest, 8, 4)).flatten();
    if let Some(low @ 0xDC00..0xE000) = low {
        let both = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
        found.text.extend(char::from_u32(both));
        return 12;
    }
    let meant = char::from_u32(unit);
    found.mended += usize::from(meant.is_none());
    found.text.push(meant.unwrap_or(char::REPLACEMENT_CHARACTER));
    6
}

fn hex(rest: &str, from: usize, digits: usize) -> Option<u32> {
    let digits = rest.get(from..from + digits)?;
    digits.bytes().all(|b| b.is_ascii_hexdigit()).then(|| u32::from_str_radix(digits, 16).ok())?
}

/// The first sign at or after `at`, and where it stands.
fn sign(bytes: &[u8], at: usize) -> Option<(u8, usize)> {
    let rest = bytes.get(at..)?;
    let space = rest.iter().position(|b| !b.is_ascii_whitespace())?;
    Some((rest[space], at + space))
}

/// Whether a text may end before `at`: what follows could not follow a quote within it.
fn ends(text: &str, at: usize, within: Within) -> bool {
    let bytes = text.as_bytes();
    let Some((first, place)) = sign(bytes, at) else {
        return true;
    };
    match within {
        Within::Nothing => true,
        Within::Name => first == b':',
        Within::Object => match first {
            b'}' => true,
            b']' => item_follows(text, place + 1),
            b',' => match sign(bytes, place + 1) {
                Some((b'"' | b'\'' | b'}' | b'{' | b'/', _)) | None => true,
                Some(_) => name_follows(text, place + 1),
            },
            // The comma is missing.
            quote @ (b'"' | b'\'') => name_ends(bytes, place + 1, quote),
            _ => false,
        },
        Within::Array => match first {
            b']' | b'}' => true,
            b',' => sign(bytes, place + 1)
                .is_none_or(|(next, _)| b"\"'{[]-tfn0123456789".contains(&next)),
            _ => false,
        },
    }
}

/// Whether a name and its closing quote begin at `at`, and a colon follows.
pub(super) fn name_ends(bytes: &[u8], at: usize, quote: u8) -> bool {
    let rest = bytes.get(at..).unwrap_or(&[]);
    let name =
        rest.iter().take(NAME_BYTES).take_while(|b| b.is_ascii_alphanumeric() || **b == b'_');
    let length = name.count();
    length > 0
        && rest.get(length) == Some(&quote)
        && sign(bytes, at + length + 1).is_some_and(|(next, _)| next == b':')
}

/// Where a text has ended that runs into the name whose quote stands at `at`.
fn before_name(bytes: &[u8], from: usize, at: usize) -> Option<usize> {
    let back = |at: usize| {
        let space = bytes[from..at].iter().rposition(|b| !b.is_ascii_whitespace())?;
        Some((bytes[from + space], from + space))
    };
    match back(at)? {
        (b',', comma) => Some(comma),
        (b'{', brace) => {
            let (b',', comma) = back(brace)? else { return None };
            match back(comma) {
                Some((b'}', end)) => Some(end),
                _ => Some(comma),
            }
        }
        _ => None,
    }
}

/// Whether a comma and the name of a member follow.
fn name_follows(text: &str, at: usize) -> bool {
    let bytes = text.as_bytes();
    let start = match sign(bytes, at) {
        Some((b',', comma)) => sign(bytes, comma + 1),
        other => other,
    };
    match start {
        Some((quote @ (b'"' | b'\''), place)) => name_ends(bytes, place + 1, quote),
        Some((_, place)) => {
            let rest = &bytes[place..];
            let name = rest.iter().take(NAME_BYTES).take_while(|b| b.is_ascii_alphanumeric());
            let length = name.count();
            length > 0 && rest.get(length) == Some(&b':')
        }
        None => false,
    }
}

/// Whether a list ends once more at `at` than it began: its object goes on, or ends.
pub(super) fn object_goes_on(text: &str, at: usize) -> bool {
    let ends = |(next, place)| next == b'}' && item_follows(text, place + 1);
    name_follows(text, at) || sign(text.as_bytes(), at).is_some_and(ends)
}

/// Whether a text begins at once.
pub(super) fn text_follows(text: &str, at: usize) -> bool {
    sign(text.as_bytes(), at).is_some_and(|(next, _)| next == b'"')
}

/// Whether the end of a list follows at once.
pub(super) fn list_ends(text: &str, at: usize) -> bool {
    sign(text.as_bytes(), at).is_some_and(|(next, _)| next == b']')
}

/// Whether the next item follows, or the end of the items.
pub(super) fn item_follows(text: &str, at: usize) -> bool {
    let bytes = text.as_bytes();
    match sign(bytes, at) {
        Some((b',', comma)) => sign(bytes, comma + 1).is_some_and(|(next, _)| next == b'{'),
        Some((b']' | b'}', _)) => true,
        _ => false,
    }
}
