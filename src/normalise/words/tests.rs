use super::*;

#[test]
fn bylines_are_found_as_printed() {
    let cases = [
        ("本报讯（记者 高依）9月1日，兴平市", "记者 高依"),
        ("本报记者 高依 通讯员 李四 王五\n兴平", "本报记者 高依 通讯员 李四 王五"),
        ("本报记者 高依\n近日", "本报记者 高依"),
        ("讯（记者张三）近日", "记者张三"),
        ("全媒体记者：张三、李四 报道", "全媒体记者：张三、李四"),
        ("（通讯员 欧阳建国）", "通讯员 欧阳建国"),
        ("極目新聞記者 李賢誠\n12月9日早", "極目新聞記者 李賢誠"),
        ("新华社耶路撒冷10月30日电（记者王卓伦吕迎旭）以色列", "记者王卓伦吕迎旭"),
        ("华盛顿、迪拜10月29日电 记者俞懿春、黄炜鑫", ""),
        ("采写：南都记者 张倩寒", "南都记者 张倩寒"),
        ("文/北京青年报记者 戴幼卿", "北京青年报记者 戴幼卿"),
        ("【文/观察者网 熊超然】当地时间", "观察者网 熊超然"),
        ("撰文 | 余晖 董鑫\n7月6日", "余晖 董鑫"),
        ("腾讯新闻《潜望》 作者 罗飞 发自香港\n投资圈", "罗飞"),
        ("作者：张三 编辑：李四", "张三"),
        ("作者：匿名", ""),
        ("作者：http://a.cn/", ""),
        ("中国青年报客户端 记者 何慧婷\n近日", "中国青年报客户端 记者 何慧婷"),
        ("红星新闻记者 胡闲鹤 编辑 彭疆", "红星新闻记者 胡闲鹤"),
        ("（中央社記者王小明台北1日電）", "中央社記者王小明"),
        ("(서울=연합뉴스) 홍길동 기자 = 정부는", "홍길동 기자"),
        ("记者从县政府获悉，今年", ""),
        ("记者 日前获悉", ""),
        ("记者了解到", ""),
        ("一位记者说", ""),
        ("9月4日，红星新闻记者从中国光大银行获悉", ""),
        ("他告诉新京报记者 李某已被拘留，", ""),
        ("石榴云记者 吕伊晗 摄", ""),
        ("新华社记者张涛摄", ""),
        ("澎湃新闻记者 何锴 视频编辑 吴佳颖 实习生 左聿瑶", "澎湃新闻记者 何锴"),
        ("马斯克在参加《纽约时报》首席记者及专栏作家安德鲁·罗斯·索尔金", ""),
        ("（受访者供图）", ""),
        ("责任编辑：张三", ""),
        ("（文中人物均为化名）", ""),
        ("本报记者张三报道", "本报记者张三"),
        ("本报记者张三报道：9月1日，兴平", "本报记者张三"),
        ("记者张三报道\n近日", "记者张三"),
        ("记者：张三，李四", "记者：张三，李四"),
        ("通讯员 王五 记者 赵六", "通讯员 王五 记者 赵六"),
        ("（记者张三 摄影报道）", "记者张三"),
        ("本报记者张三摄影报道", "本报记者张三"),
        ("记者在现场看到，苹果红了", ""),
        ("记者张三报道了此事，引起关注", ""),
        ("记者王某某称", ""),
        ("记者全程报道", ""),
        ("记者报道的事实", ""),
        ("本报记者报道", ""),
        ("有记者马上报道", ""),
        ("记者站成立十周年", ""),
        ("通讯员队伍不断壮大", ""),
        ("By Jane Doe", "Jane Doe"),
        ("By Associated Press", ""),
        ("By The Associated Press", ""),
        ("By Agence France-Presse", ""),
        ("By Springfield Gazette", ""),
        (
            "By Jane Doe, Reuters. The river rose by a foot on Monday, officials said, and it may rise more before the end of the week, as rain is forecast for all of the county.",
            "Jane Doe",
        ),
        ("By Jane Doe, John Roe | AP - LONDON", "Jane Doe, John Roe"),
        ("By Xinhua writers Li Lei, Han Meimei", "Li Lei, Han Meimei"),
        ("By Associated Press Writer Jane Doe", "Jane Doe"),
        ("By and large, the year was good.", ""),
        ("By Reuters' count, five were hurt.", ""),
        ("By AP style rules this is wrong.", ""),
        ("By Jane Doe, Mayor of Springfield. She said", ""),
        ("By Friday, AP said, it was over.", ""),
        ("By Jane Doe and John Roe, The Associated Press\nLONDON", "Jane Doe and John Roe"),
        ("By Jane Doe, John Roe and Ann O'Neil", "Jane Doe, John Roe and Ann O'Neil"),
        ("By Ludwig van Beethoven | Staff Writer", "Ludwig van Beethoven"),
        ("By The Time we came", ""),
        ("By Monday the river had risen.", ""),
        ("By Order of the Court, Fines Rise", ""),
        ("Photo by Jane Doe", ""),
    ];
    for (text, expected) in cases {
        assert_eq!(find(text).byline.as_deref().unwrap_or(""), expected, "{text}");
    }
}

#[test]
fn credits_are_found_as_printed() {
    let cases = [
        ("来源：咸阳日报 作者：张三", "咸阳日报"),
        ("（来源：微信公众号“兴平发布”）", "微信公众号“兴平发布”"),
        ("正文。（来源:兴平市融媒体中心）", "兴平市融媒体中心"),
        ("来源：咸阳日报编辑：李", "咸阳日报"),
        ("來源：聯合報", "聯合報"),
        ("来源丨央视新闻", "央视新闻"),
        ("来源 中国驻美国大使馆微信公众号", "中国驻美国大使馆微信公众号"),
        ("本文来源：时代周报 作者：某某", "时代周报"),
        ("稿源：《西安晚报》", "西安晚报"),
        ("转自：人民日报", "人民日报"),
        ("来源：@红星视频", "红星视频"),
        ("来源：中播网、新黄河等", "中播网、新黄河"),
        ("新华社北京9月1日电（记者张三）", "新华社"),
        ("新华社河内12月13日电\n一、", "新华社"),
        ("中新网7月3日电 据日本", "中新网"),
        ("【标题】财联社7月21日电，记者", "财联社"),
        ("《科创板日报》17日讯，", ""),
        ("现代快报讯（通讯员 郭龙龙", "现代快报"),
        ("（中央社記者王小明台北1日電）", "中央社"),
        ("新华社记者 张三", "新华社"),
        ("【ソウル聯合ニュース】韓国", "聯合ニュース"),
        ("(서울=연합뉴스) 홍길동 기자 = 정부는", "연합뉴스"),
        ("LONDON (Reuters) - Shares", "Reuters"),
        ("SPRINGFIELD, Ill. (AP) — A man", "AP"),
        ("(AP) — A man", "AP"),
        ("By Jane Doe, The Associated Press", "The Associated Press"),
        ("By Associated Press", "Associated Press"),
        ("By The Associated Press.", "The Associated Press"),
        ("By AP", "AP"),
        ("By dpa", "dpa"),
        ("By Reuters | Sept. 1", "Reuters"),
        ("By Agence France-Presse", "Agence France-Presse"),
        ("By Xinhua writers Li Lei, Han Meimei", "Xinhua"),
        ("By Springfield Gazette", "Springfield Gazette"),
        ("By Jane Doe, Reuters. The river rose.", "Reuters"),
        ("By Jane Doe, Mayor of Springfield. She said", ""),
        ("By Reuters' count, five were hurt.", ""),
        ("By AP style rules this is wrong.", ""),
        ("By Friday, AP said, it was over.", ""),
        ("来源不明的资金流入", ""),
        ("来源于民间的故事", ""),
        ("来源地追溯系统上线", ""),
        ("Source: Xianyang Daily", "Xianyang Daily"),
        ("The firm (AP) - said", ""),
        ("本报讯（记者 高依）", ""),
        ("收入来源主要是苹果", ""),
        ("图片来源：视觉中国", ""),
        ("数据来源：国家统计局", ""),
        ("来源：视觉中国", ""),
        ("来源：网络", ""),
        ("部分图片来源于网络", ""),
        ("据新华社北京9月1日电", ""),
        ("据香港商报网7月3日消息，", ""),
        ("法新社记者：防长将赴俄访问", ""),
        ("来源：视频截图", ""),
        ("来源：九派新闻综合大众网", "九派新闻"),
    ];
    for (text, expected) in cases {
        assert_eq!(find(text).credit.as_deref().unwrap_or(""), expected, "{text}");
    }
}

#[test]
fn only_the_ends_of_a_text_are_read_and_scripts_are_not() {
    let long = "<p>兴平的苹果熟了。</p>".repeat(200);
    let at_the_end = format!("{long}<p>来源：咸阳日报</p><p>（记者 高依）</p>");
    let found = find(&at_the_end);
    assert_eq!(found.credit.as_deref(), Some("咸阳日报"));
    assert_eq!(found.byline.as_deref(), Some("记者 高依"));
    assert_eq!(find(&format!("{long}<p>来源：咸阳日报</p>{long}")), Found::default());
    let script =
        format!("{long}<script>{}<p>来源：咸阳日报</p></script><p>完</p>", "x".repeat(500));
    assert_eq!(find(&script), Found::default());
}
