//! The date that a text states of itself: `发布时间：2021-09-01 07:59`.

use crate::model::Timestamp;
use crate::text::{clean, dates};
use chrono_tz::Tz;

/// Whole labels first. A date without one may be of anything.
const LABELS: [&str; 9] = [
    "发布时间",
    "發佈時間",
    "发布日期",
    "发稿时间",
    "发表时间",
    "发表于",
    "日期：",
    "时间：",
    "Published:",
];
const LONGEST_DATE: usize = 40;
/// The last day of the calendar: which dates are too late is for `store` to say.
const ANY_TIME: Timestamp = Timestamp(253_370_764_800);

pub(super) fn find(text: &str, zone: Tz) -> Option<Timestamp> {
    let mut labelled =
        LABELS.iter().filter_map(|label| Some(&text[text.find(label)? + label.len()..]));
    labelled.find_map(|rest| {
        let rest = rest.trim_start_matches([':', '：', ' ', '\u{A0}', '[', '【']);
        let is_part = |c: char| {
            c.is_ascii_digit() || c.is_whitespace() || "年月日时時分秒点:：-/.T".contains(c)
        };
        let end = rest.find(|c: char| !is_part(c)).unwrap_or(rest.len());
        let date = clean::head(&rest[..end], LONGEST_DATE).trim();
        // Without its year it might be of any.
        let has_year = date.len() > 4 && date.bytes().take(4).all(|b| b.is_ascii_digit());
        has_year.then(|| dates::parse(date, zone, ANY_TIME))?.map(|date| date.at)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_date_with_a_label_is_the_texts_own() {
        let found = |text: &str| find(text, Tz::Asia__Shanghai).map(Timestamp::rfc3339);
        let morning = Some("2021-08-31T23:59:00Z".to_owned());
        assert_eq!(found("兴平要闻 发布时间：2021-09-01 07:59 来源：咸阳日报"), morning);
        assert_eq!(found("发布日期: 2021年9月1日7时59分"), morning);
        assert_eq!(found("时间：2021/9/1").as_deref(), Some("2021-08-31T16:00:00Z"));
        for text in [
            "2021-09-01 开工",
            "发布时间：昨天",
            "发布时间：09-01",
            "时间：2021-13-01",
            "发布时间",
            "",
        ] {
            assert_eq!(found(text), None, "{text}");
        }
    }
}
