//! Where a sentence ends, in Chinese, Japanese and Western texts, and a text cut there.

/// A cut that leaves less than this share of the limit says too little: 1 / 3.
const LEAST_SHARE: usize = 3;
/// The fewest characters of a text that its origin seems to have cut.
const SHORTEST_CUT: usize = 60;

/// Quotation marks and brackets that close, or open, together.
const MOST_CLOSING: usize = 4;
/// Bytes before a stop in which a short form is looked for.
const LONGEST_WORD: usize = 24;

/// Words whose stop ends no sentence.
const ABBREVIATIONS: [&str; 46] = [
    "Mr", "Mrs", "Ms", "Dr", "Prof", "Sen", "Rep", "Gov", "Gen", "Col", "Lt", "Sgt", "Capt", "Maj",
    "Cmdr", "Rev", "Hon", "St", "Mt", "Ft", "Jr", "Sr", "vs", "No", "Nos", "Inc", "Ltd", "Co",
    "Corp", "Dept", "Ave", "Blvd", "Rd", "approx", "Jan", "Feb", "Mar", "Apr", "Aug", "Sept",
    "Sep", "Oct", "Nov", "Dec", "Pres", "Supt",
];
/// What origins put where they cut. In lower case; the longer before those they end in.
const MORE: [&str; 16] = [
    "continue reading",
    "read more",
    "read the full story",
    "full story",
    "read on",
    "learn more",
    "more",
    "阅读全文",
    "查看全文",
    "查看更多",
    "阅读更多",
    "点击查看",
    "閱讀全文",
    "繼續閱讀",
    "继续阅读",
    "続きを読む",
];

/// The longest beginning of at most `max_chars` characters that ends with a sentence; where none
/// does, with a clause or a word and `…`.
pub fn shorten(text: &str, max_chars: usize) -> String {
    let Some((limit, _)) = text.char_indices().nth(max_chars) else { return text.to_owned() };
    let ends = Ends::of(text, limit);
    let least = text.char_indices().nth(max_chars / LEAST_SHARE).map_or(limit, |(at, _)| at);
    let sentence =
        [ends.closed, ends.sentence, ends.half].into_iter().find(|&end| end >= least.max(1));
    if let Some(end) = sentence {
        return text[..end].to_owned();
    }
    // The mark takes the place of one character.
    let limit = text[..limit].char_indices().next_back().map_or(0, |(at, _)| at);
    let clause = Some(ends.clause).filter(|&end| (least..limit).contains(&end));
    // Chinese breaks between any two characters, Latin words do not.
    let is_letter = |c: char| c.is_alphanumeric() && c < '\u{2E80}';
    let after = text[limit..].chars().next().is_some_and(is_letter);
    let word = match text[..limit].rfind(|c| !is_letter(c)) {
        Some(at) if after && at >= least => text.ceil_char_boundary(at + 1),
        _ => limit,
    };
    let end = clause.filter(|_| word - ends.clause < limit / 2).unwrap_or(word);
    open_ended(&text[..end])
}

/// The first sentence, or all when none ends.
pub fn first(text: &str) -> &str {
    let end = text.char_indices().find_map(|(at, c)| end_after(text, at, c));
    end.map_or(text, |end| &text[..end])
}

/// What an origin itself cut, without its `Read more` and without the sentence that it broke off.
pub fn tidy_end(text: &str) -> String {
    let kept = without_footer(text);
    let kept = without_more(kept);
    let whole = kept.trim_end_matches(['.', '…', '[', ']', '(', ')', ' ', '⋯', '»', '&']);
    let mark = &kept[whole.len()..];
    let is_cut = mark.contains(['…', '⋯']) || mark.contains("..");
    if !is_cut {
        return kept.trim_end().to_owned();
    }
    let count = whole.chars().count();
    if count >= SHORTEST_CUT {
        let ends = Ends::of(whole, whole.len());
        let half = whole.char_indices().nth(count / 2).map_or(0, |(at, _)| at);
        if let Some(end) = [ends.closed, ends.sentence].into_iter().find(|&end| end >= half) {
            return whole[..end].to_owned();
        }
    }
    if whole.is_empty() { String::new() } else { open_ended(whole) }
}

fn open_ended(text: &str) -> String {
    let text = text.trim_end_matches(|c: char| {
        c.is_whitespace()
            || matches!(c, '，' | ',' | '、' | '；' | ';' | '：' | ':' | '—' | '-' | '…')
    });
    format!("{text}…")
}

/// `The post … appeared first on ….`, which WordPress puts below every excerpt.
fn without_footer(text: &str) -> &str {
    let at = text.rfind("The post ").filter(|&at| text[at..].contains(" appeared first on "));
    at.map_or(text, |at| text[..at].trim_end())
}

fn without_more(text: &str) -> &str {
    let end = text.trim_end_matches([' ', '»', '→', '>', '›', ']', '】', ')', '）', '.', '…']);
    let found = MORE.iter().find_map(|more| {
        let at = end.len().checked_sub(more.len())?;
        let last = end.get(at..).filter(|last| last.eq_ignore_ascii_case(more))?;
        let before = &end[..at];
        // `… Read more`, `[Read more]`; not the end of a sentence: `He wants more`.
        let kept = before.trim_end_matches([' ', '[', '【', '(', '（']);
        let apart = kept.ends_with(['.', '…', '。', '！', '？', '!', '?', ']', '⋯', '”', '"'])
            || kept.len() + 1 < before.len();
        (apart && (last.len() > 4 || kept.ends_with(['…', ']', '.']))).then_some(kept)
    });
    found.unwrap_or(text)
}

/// The last ends in a text up to a limit, in bytes; 0 for none.
#[derive(Debug, Default)]
struct Ends {
    /// Of a sentence outside quotation marks and brackets.
    closed: usize,
    sentence: usize,
    /// At a semicolon or an ellipsis.
    half: usize,
    /// Before a comma.
    clause: usize,
}

impl Ends {
    fn of(text: &str, limit: usize) -> Ends {
        let mut ends = Ends::default();
        let mut depth = 0u32;
        for (at, c) in text[..limit].char_indices() {
            match c {
                '“' | '「' | '『' | '（' | '(' | '《' | '【' => depth += 1,
                '”' | '」' | '』' | '）' | ')' | '》' | '】' => {
                    depth = depth.saturating_sub(1)
                }
                '，' | ',' | '、' => ends.clause = at,
                '；' | ';' => {
                    ends.half = at + c.len_utf8();
                    ends.clause = at;
                }
                '…' if !text[at + c.len_utf8()..].starts_with('…') => {
                    ends.half = at + c.len_utf8()
                }
                _ => {
                    if let Some(end) = end_after(text, at, c).filter(|&end| end <= limit) {
                        ends.sentence = end;
                        let closing = text[at + c.len_utf8()..end].chars();
                        let closing = closing.filter(|c| is_closing(*c)).count();
                        if usize::try_from(depth).is_ok_and(|depth| depth <= closing) {
                            ends.closed = end;
                        }
                    }
                }
            }
        }
        ends
    }
}

/// Where the sentence ends of which the mark `c` at `at` may be the last, with the quotation
/// marks and brackets that close there.
fn end_after(text: &str, at: usize, c: char) -> Option<usize> {
    let after = &text[at + c.len_utf8()..];
    let closing = after.chars().take(MOST_CLOSING).take_while(|c| is_closing(*c));
    let end = at + c.len_utf8() + closing.map(char::len_utf8).sum::<usize>();
    let rest = &text[end..];
    match c {
        '。' | '！' | '？' | '｡' => (!after.starts_with(['！', '？', '。'])).then_some(end),
        '.' | '!' | '?' => {
            let mut next = rest.chars();
            let ends = match next.next() {
                None => true,
                Some(space) if space.is_whitespace() => next
                    .take(MOST_CLOSING)
                    .find(|c| !"\"'“‘([".contains(*c))
                    .is_none_or(|c| c.is_uppercase() || c.is_numeric() || !c.is_lowercase()),
                Some(_) => false,
            };
            (ends && !(c == '.' && is_abbreviated(&text[..at]))).then_some(end)
        }
        _ => None,
    }
}

/// Whether what stands before a stop is an initial, `U.S` or another short form.
fn is_abbreviated(before: &str) -> bool {
    let before = &before[before.ceil_char_boundary(before.len().saturating_sub(LONGEST_WORD))..];
    let word = before.rsplit(|c: char| c.is_whitespace() || "(\"“‘[—-".contains(c)).next();
    let word = word.unwrap_or(before);
    let initial = word.chars().count() == 1 && word.chars().all(char::is_alphabetic);
    let dotted = word.contains('.') && word.chars().all(|c| c == '.' || c.is_alphabetic());
    // `1. One 2. Two`
    let numbered = word.len() <= 2 && word.bytes().all(|b| b.is_ascii_digit());
    initial
        || numbered
        || (dotted && word.len() <= 7)
        || word.ends_with('.')
        || ABBREVIATIONS.contains(&word)
}

fn is_closing(c: char) -> bool {
    matches!(c, '”' | '’' | '"' | '\'' | '」' | '』' | '）' | ')' | ']' | '】' | '》')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cut_where_a_sentence_ends() {
        let cases = [
            ("兴平苹果熟了。明天开园。欢迎前来采摘", 15, "兴平苹果熟了。明天开园。"),
            ("他说：“今天开园！明天也开。”记者看到", 16, "他说：“今天开园！明天也开。”"),
            ("丰收了！他说：“今天开园。明天也开", 14, "丰收了！"),
            ("苹果熟了？！明天开园。", 8, "苹果熟了？！"),
            ("全市粮食丰收，总产量三十二万吨", 12, "全市粮食丰收…"),
            ("苹果三十吨；梨子二十吨，桃子", 10, "苹果三十吨；"),
            ("没有任何标点的一句很长的话", 6, "没有任何标…"),
            ("The fair opens. It closes on Friday evening", 30, "The fair opens."),
            (
                "Rain fell in the U.S. Midwest on Monday and later",
                40,
                "Rain fell in the U.S. Midwest on Monday…",
            ),
            (
                "He met Mr. Smith and J. Roe there. They left early today",
                44,
                "He met Mr. Smith and J. Roe there.",
            ),
            ("It rose 3.5 percent. \"Good,\" she said to all of us", 28, "It rose 3.5 percent."),
            ("\"It is over.\" The crowd went home at night", 20, "\"It is over.\""),
            ("short", 99, "short"),
            ("", 5, ""),
            ("甲乙", 0, "…"),
        ];
        for (text, most, expected) in cases {
            assert_eq!(shorten(text, most), expected, "{text}");
            assert!(shorten(text, most).chars().count() <= most.max(1), "{text}");
        }
    }

    #[test]
    fn the_first_sentence_is_found() {
        let cases = [
            ("兴平苹果熟了。明天开园。", "兴平苹果熟了。"),
            ("“熟了！”他说。", "“熟了！”"),
            ("Mr. Roe left. He ran.", "Mr. Roe left."),
            ("no end", "no end"),
        ];
        for (text, expected) in cases {
            assert_eq!(first(text), expected);
        }
    }

    #[test]
    fn what_an_origin_cut_ends_sanely() {
        let long = "兴平的苹果今年又是一个丰收年，果农们说，这样的年景已有多年未见，价格也比往年高出一成。县里为此办了采摘节，来的人络绎不绝。";
        let cases = [
            (format!("{long}果农老张说 [...]"), long.to_owned()),
            (format!("{long}果农老张说……"), long.to_owned()),
            ("The fair opens today... Read more »".to_owned(), "The fair opens today…".to_owned()),
            ("The fair opens today. Read More".to_owned(), "The fair opens today.".to_owned()),
            ("He wants more".to_owned(), "He wants more".to_owned()),
            ("She has to read more.".to_owned(), "She has to read more.".to_owned()),
            ("苹果熟了。[阅读全文]".to_owned(), "苹果熟了。".to_owned()),
            ("苹果熟了 [&hellip;]".replace("&hellip;", "…"), "苹果熟了…".to_owned()),
            ("结果……".to_owned(), "结果…".to_owned()),
            (
                "It is so. The post It is so appeared first on The Wire.".to_owned(),
                "It is so.".to_owned(),
            ),
            ("苹果熟了。".to_owned(), "苹果熟了。".to_owned()),
            ("...".to_owned(), String::new()),
        ];
        for (text, expected) in cases {
            assert_eq!(tidy_end(&text), expected, "{text}");
        }
    }

    #[test]
    fn hostile_texts_are_cut_in_linear_time() {
        for unit in [".", "。", "”", "。”", "Mr. ", "…", "(", " ", "read more"] {
            let text = unit.repeat(200_000 / unit.len());
            assert!(shorten(&text, 500).chars().count() <= 500, "{unit}");
            assert!(tidy_end(&text).len() <= text.len() + 3, "{unit}");
            assert!(first(&text).len() <= text.len());
        }
    }
}
