use super::*;
use crate::model::{EntryNo, SourceId};

fn place(
    text: &str,
    recorded_at: Timestamp,
    first_print: impl Fn(&[u8; 16]) -> Option<FirstPrint>,
) -> Placement {
    let no = EntryNo(9);
    let source = &SourceId::new("a");
    let arrived = Arrived { no, source, recorded_at, published: recorded_at, is_held_back: false };
    ByText.place(arrived, &text_hash("", boilerplate::without(text).1), &first_print)
}

fn first_print(recorded_at: i64) -> FirstPrint {
    let no = EntryNo(7);
    FirstPrint { no, recorded_at: Timestamp(recorded_at), story: no }
}

const BODY: &str = "兴平市今年秋粮喜获丰收，全市粮食总产量达到三十二万吨，比去年同期增长百分之四点五，创下历史新高，农民收入随之增加。";

#[test]
fn the_same_words_in_other_markup_are_a_reprint() {
    let first = place(&format!("<p>{BODY}</p>"), Timestamp(100), |_| None);
    let spaced = BODY.replace('，', "<br/>&nbsp;, ");
    let known = |hash: &[u8; 16]| (Some(*hash) == first.text_hash).then_some(first_print(100));
    let second = place(&format!("<div>{spaced}</div>"), Timestamp(200), known);
    assert_eq!(second.reprint_of, Some(EntryNo(7)));
}

#[test]
fn a_print_in_traditional_characters_is_a_reprint() {
    let traditional = "興平市今年秋糧喜獲豐收，全市糧食總產量達到三十二萬噸，比去年同期增長百分之四點五，創下歷史新高，農民收入隨之增加。";
    let hash = |text: &str| place(text, Timestamp(100), |_| None).text_hash;
    assert_eq!(hash(traditional), hash(BODY));
}

#[test]
fn a_print_with_other_credits_and_dateline_is_a_reprint() {
    let hash = |text: &str| place(text, Timestamp(100), |_| None).text_hash;
    let ours = format!("<p>本报讯（记者 张三）{BODY}</p><p>责任编辑：李四</p>");
    let theirs =
        format!("来源：兴平日报\n{BODY}（完）\n版权声明：本文转载自兴平日报，如有侵权请联系删除。");
    assert_eq!([hash(&ours), hash(&theirs)], [hash(BODY); 2]);
    let credits_alone = "来源：兴平日报\n记者 张三 通讯员 李四\n责任编辑：王五 校对：赵六 审核：钱七 监制：孙八\n分享到：微信 微博 QQ空间\n";
    assert_eq!(hash(credits_alone), None);
}

#[test]
fn one_changed_number_is_no_reprint() {
    let first = place(BODY, Timestamp(100), |_| None);
    let second = place(&BODY.replace("三十二", "三十三"), Timestamp(200), |_| None);
    assert_ne!(first.text_hash, second.text_hash);
}

#[test]
fn a_text_that_returns_after_the_window_is_news_again() {
    let known = |_: &[u8; 16]| Some(first_print(0));
    let later = Timestamp(31 * 24 * 3600);
    assert_eq!(place(BODY, later, known).reprint_of, None);
}

#[test]
fn short_texts_are_never_compared() {
    let placement = place("今日停水通知", Timestamp(0), |_| panic!("must not look up"));
    assert_eq!(placement, Placement::default());
}

#[test]
fn width_and_case_do_not_matter() {
    assert_eq!(fold::fold_markup("ＡＢＣ　１２３ &amp; x<b>Ｙ</b>"), "abc123xy");
    assert_eq!(fold::fold_markup("1 < 2 & 3"), "123");
}
