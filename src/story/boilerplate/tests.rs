use super::*;
use crate::chance;

const NEWS: &str =
    "兴平市今年秋粮喜获丰收，全市粮食总产量达到三十二万吨，比去年同期增长百分之四点五。";

#[test]
fn what_stands_before_a_text_is_taken_off() {
    for head in [
        "本报讯（记者 张三）",
        "本报讯 (记者张三 通讯员李四) ",
        "本報訊（記者 張三）",
        "兴平日报讯（记者 张三 实习生 李四）",
        "新华社北京4月12日电 ",
        "新华社电（记者张三）",
        "中新社咸阳7月21日电",
        "央广网西安9月1日消息（记者张三）",
        "【兴平日报综合报道】",
        "来源：兴平日报 作者：张三\n",
        "<p>来源：<a href=\"https://a.cn/\">兴平日报</a></p><p>&nbsp;本报讯（记者 张三）",
        "编者按：以下内容转自兴平日报。\n海报新闻记者 张三 李四 报道\n",
        "西安晚报客户端记者 张三 报道：",
        "据兴平日报报道，",
        "原标题：兴平秋粮丰收了吗？\n文 | 张三\n",
        "<p>点击蓝字关注我们</p>\n<p>",
    ] {
        assert_eq!(left(&format!("{head}{NEWS}")), NEWS, "{head}");
    }
}

#[test]
fn what_stands_behind_a_text_is_taken_off() {
    for tail in [
        "（责任编辑：张三）",
        "\n来源：兴平日报\n编辑：张三 校对：李四",
        "<p>【编辑:张三】 打开APP阅读更多精彩资讯</p>",
        "\n版权声明：本文转载自兴平日报，如有侵权请联系删除。",
        "版权声明：本文转载自兴平日报，如有侵权请联系删除。",
        "</p><p>兴平日报记者 张三</p><p>責編：李四  審核：王五</p>",
        "\n版权归原作者所有，向原创致敬\n分享到：微信 微博 QQ空间\n相关新闻",
        "<br/>扫码关注兴平日报官方微信",
        "<p>扫描二维码，查看更多</p>",
        "(完)",
    ] {
        let text = format!("{NEWS}{tail}");
        assert_eq!(left(&text), NEWS, "{tail}");
    }
}

/// What is left, without the tags and spaces that may stand round it.
fn left(text: &str) -> &str {
    before_marks(past_marks(without(text).1))
}

#[test]
fn western_prints_are_told_alike() {
    let news = "The county board approved the budget on Tuesday, and Mr. Doe voted against it.";
    for (head, tail) in [
        ("PHOENIX (AP) — ", ""),
        ("LONDON, July 3 (Reuters) - ", "\nReporting by Jane Doe; Editing by John Roe"),
        ("(Reuters) - ", "<p>All rights reserved.</p>"),
        ("PHOENIX, Ariz. — ", "\n© 2024 The Springfield Gazette"),
        ("", "\nRead more at springfieldgazette.com"),
        ("<p>", "</p><p>The post Budget appeared first on <a href=\"/\">Gazette</a>.</p>"),
        ("By Jane Doe\n", ""),
        ("Source: Springfield Gazette\n", "\nCopyright 2024 The Associated Press."),
    ] {
        let text = format!("{head}{news}{tail}");
        assert_eq!(left(&text), news, "{text}");
    }
}

#[test]
fn what_is_news_stays() {
    for text in [
        "记者从市农业农村局获悉，今年秋粮丰收。",
        "新华社记者走访了三个村子，看到果农正忙。",
        "7月21日电力公司通报，全市供电已经恢复。",
        "消息传来，村民很高兴。他们说：“年景好。”",
        "（图为果园）兴平市苹果丰收。",
        "来源地是兴平市的苹果今年卖得最好，比别处的贵一成。",
        "编辑部设在兴平市的一家杂志社今天搬家，地址不变。",
        "Copyright law is what the county court will hear about on Tuesday, a clerk said.",
        "Two men - both of Phoenix - were arrested on Tuesday.",
        "By Tuesday the county had counted all votes, and Mr. Doe had won.",
        "a < b",
        "",
    ] {
        assert_eq!(without(text), ("", text));
    }
}

#[test]
fn any_text_keeps_one_part_of_itself() {
    let pieces = [
        "（",
        "记者",
        "）",
        "来源：",
        "讯",
        "电",
        "日",
        "<p>",
        "</p>",
        "<",
        ">",
        "&amp;",
        "&",
        ";",
        "\n",
        "。",
        "據",
        "報道，",
        "(Reuters) - ",
        "All rights reserved",
        "é",
        "😀",
        "兴平",
    ];
    chance::each(2000, |chance| {
        let text = chance.text(&pieces, 60);
        let (head, left) = without(&text);
        assert!(text.starts_with(&[head, left].concat()));
    });
}
