//! Names of people in Chinese text.

use super::is_han;

/// Surnames in Simplified characters, the usual ones first: some four hundred cover nearly
/// everybody. Those that mostly are another word (时, 从, 查, 由) are left out.
const SURNAMES: &str = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎\
余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文庞樊兰殷施陶洪翟安颜倪严牛温\
芦季俞章鲁葛伍韦申尤毕聂丛焦向柳邢路岳齐沿梅莫庄辛管祝左涂谷祁耿牟卜詹关苗凌费纪靳盛童欧甄项曲成游阳裴席卫屈鲍位覃霍翁隋植甘景薄\
单包司柏宁柯阮桂闵解强柴华车冉房边辜吉饶刁瞿戚丘古米池滕晋苑邬臧畅宫来嵺苟全褚廉简娄盖符奚木穆党燕郎邸冀谈姬屠连郜晏栾郁商蒙计喻揭\
窦迟宇敖糜鄢冷卓花仇艾蓝都巩稽井练仲乐虞卞封竺冼原官衣楚佟栗匡宗应台巫鞠僧桑荆谌银扬明沙薄伏岑习胥保和蔺肖代付闫佘戎邝逄党占晁栗麻\
訚阚凤苍尚上茅利寇次亢桓仝禹巴鹿要钮门信水战展户豆洛贝初柘勾竹令亓相郏酆训沃暴郗能后庾终暨居衡步耿满弘匡国寿通扈郏浦农别聊晏瞿充慕茹宦鱼容慎戈终暨查";
/// Of two characters.
const LONG_SURNAMES: [&str; 14] = [
    "欧阳", "上官", "司马", "诸葛", "夏侯", "皇甫", "尉迟", "公孙", "慕容", "令狐", "司徒", "东方",
    "端木", "宇文",
];
/// What begins as a name does and is none.
const NO_NAMES: [&str; 34] = [
    "高温", "高考", "高速", "高校", "马上", "安全", "方面", "现场", "时间", "相关", "有关", "关于",
    "任何", "全国", "全市", "全省", "全程", "全面", "全媒", "全体", "国家", "和平", "明天", "明确",
    "金融", "连线", "连续", "连日", "成功", "通过", "通报", "向记", "于今", "文字",
];
/// What those who are named have done, right behind the last name.
const DONE: [&str; 8] =
    ["摄影报道", "综合报道", "报道", "摄影报导", "综合报导", "报导", "采写", "整理"];
/// The longest run of names without a mark between them.
const MOST_RUN_CHARS: usize = 12;
/// Names in one byline.
const MOST_NAMES: usize = 10;

/// Length in bytes of the names that `text` begins with, whatever parts them; 0 for none.
pub(super) fn leading(text: &str) -> usize {
    let mut end = 0;
    let mut at = 0;
    for _ in 0..MOST_NAMES {
        let length = run(&text[at..]);
        if length == 0 {
            break;
        }
        end = at + length;
        let rest = &text[end..];
        let next = rest.trim_start_matches(['、', ' ', '，', ',', '\u{3000}', '/']);
        if next.len() == rest.len() {
            break;
        }
        at = text.len() - next.len();
    }
    end
}

/// Length of a run of Chinese characters, or of several parts joined by `·`, that is a name
/// or names written without marks.
fn run(text: &str) -> usize {
    let end = text.find(|c| !is_han(c) && c != '·').unwrap_or(text.len());
    let name = &text[..end];
    if name.contains('·') {
        let parts = name.split('·').all(|part| (1..=5).contains(&part.chars().count()));
        return if parts { end } else { 0 };
    }
    // `张三报道`, `张三摄影报道`: before it could be read as another name.
    let named = DONE.iter().find_map(|done| name.strip_suffix(done)).filter(|name| is_run(name));
    match named {
        Some(named) => named.len(),
        None if is_run(name) => end,
        None => 0,
    }
}

fn is_run(name: &str) -> bool {
    let chars: Vec<char> = name.chars().take(MOST_RUN_CHARS + 1).collect();
    (2..=MOST_RUN_CHARS).contains(&chars.len())
        && !NO_NAMES.iter().any(|word| name.starts_with(word))
        && splits(&chars)
}

/// Whether the characters can be read as names, one after the other.
fn splits(chars: &[char]) -> bool {
    let mut reached = [false; MOST_RUN_CHARS + 1];
    reached[0] = true;
    for at in 0..chars.len() {
        if !reached[at] {
            continue;
        }
        let rest = &chars[at..];
        let long =
            LONG_SURNAMES.iter().any(|surname| surname.chars().eq(rest.iter().copied().take(2)));
        if SURNAMES.contains(rest[0]) {
            for length in [2, 3] {
                if rest.len() >= length {
                    reached[at + length] = true;
                }
            }
        }
        for length in [3, 4] {
            if long && rest.len() >= length {
                reached[at + length] = true;
            }
        }
    }
    reached[chars.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_from_other_words() {
        let cases = [
            ("高依", "高依"),
            ("欧阳建国）", "欧阳建国"),
            ("王卓伦吕迎旭）", "王卓伦吕迎旭"),
            ("张三、李四 近日", "张三、李四"),
            ("吾买尔·买买提 摄", "吾买尔·买买提"),
            ("张三报道：", "张三"),
            ("王小明李雷摄影报道", "王小明李雷"),
            ("张三报道称", ""),
            ("全程报道", ""),
            ("获悉，", ""),
            ("从县政府获悉", ""),
            ("马上", ""),
            ("高温天气", ""),
            ("李", ""),
            ("", ""),
        ];
        for (text, expected) in cases {
            assert_eq!(&text[..leading(text)], expected, "{text}");
        }
    }
}
