//! A small site for tests: a few regions, topics, sources and entries.

use crate::model::{
    Author, Category, Comments, Comparison, DateFrom, Entry, EntryKey, EntryNo, EvidenceKind,
    Media, RegionCode, RegionTree, RegionVerdict, Relation, Rule, Site, SourceId, SourceInfo,
    StoredEntry, Timestamp, Topic, TopicId, TopicVerdict,
};
use std::sync::Arc;
use url::Url;

const REGIONS: &str = "\
cn610000\tprovince\t陕西省\t陕西\t\t\tshaanxi\tAsia/Shanghai
cn610400\tprefecture\t咸阳市\t咸阳\t\tcn610000\tshaanxi/xianyang\t
cn610402\tcounty\t秦都区\t秦都\t\tcn610400\tshaanxi/xianyang/qindu\t
cn610431\tcounty\t武功县\t武功\t\tcn610400\tshaanxi/xianyang/wugong\t
cn610481\tcounty\t兴平市\t兴平\t\tcn610400\tshaanxi/xianyang/xingping\t
us53\tstate\tWashington\tWashington\t\t\tus/wa\tAmerica/Los_Angeles
us53033\tcounty\tKing County\tKing\t\tus53\tus/wa/king\t
";

/// 2026-11-24 08:00 UTC, 16:00 in Shaanxi.
pub const NOON: i64 = 1_795_507_200;

pub fn site() -> Site {
    Site {
        title: "县闻".to_owned(),
        base_url: Url::parse("https://wire.example.org/").expect("valid"),
        language: "zh-CN".to_owned(),
        contact: Some("desk@example.org".to_owned()),
        search: true,
    }
}

pub fn regions() -> RegionTree {
    let mut tree = RegionTree::default();
    tree.extend_from_tsv(REGIONS).expect("a valid gazetteer");
    tree.locate(crate::tables::points());
    tree
}

pub fn topics() -> Vec<Topic> {
    let topic = |id: &str, title: &str, medtopic: &str| Topic {
        id: TopicId::new(id),
        title: title.to_owned(),
        words: Vec::new(),
        not_words: Vec::new(),
        medtopics: vec![medtopic.to_owned()],
        ruled: false,
        learnt: true,
    };
    vec![topic("education", "教育", "medtop:05000000"), topic("farming", "三农", "medtop:20000210")]
}

pub fn sources() -> Vec<SourceInfo> {
    let source = |id: &str, title: &str, site: Option<&str>| SourceInfo {
        id: SourceId::new(id),
        title: title.to_owned(),
        url: format!("https://{id}.example.cn/rss.xml?a=1&b=2"),
        site_url: site.map(str::to_owned),
    };
    vec![
        source("xianyang-daily", "咸阳日报", Some("https://xianyang-daily.example.cn/")),
        source("king-courier", "King County Courier", None),
    ]
}

fn bare(source: usize, guid: &str, no: u64, title: &str, minutes: i64) -> StoredEntry {
    let source = &sources()[source].id;
    let key = EntryKey::hash_of(&[source.as_str().as_bytes(), guid.as_bytes()]);
    let at = Timestamp(NOON + minutes * 60);
    StoredEntry {
        no: EntryNo::new(no, 0),
        source: source.clone(),
        public_id: guid.to_owned(),
        first_seen: Timestamp(at.0 + 300),
        published: at,
        updated: at,
        revision: 0,
        reprint_of: None,
        story: EntryNo::new(no, 0),
        entry: Arc::new(Entry {
            key,
            guid: Some(guid.to_owned()),
            link: Some(guid.to_owned()).filter(|guid| guid.starts_with("http")),
            title: title.to_owned(),
            published: Some(at),
            date_from: DateFrom::Published,
            ..Entry::default()
        }),
    }
}

fn filed(region: &str, kind: EvidenceKind, evidence: &str, score: u16) -> RegionVerdict {
    let (relation, rule) = match kind {
        EvidenceKind::Source => (Relation::Home, Rule::Fallback),
        EvidenceKind::Title | EvidenceKind::Lead => (Relation::Located, Rule::Name),
    };
    let end = if relation == Relation::Home { 0 } else { evidence.chars().count() as u32 };
    let (region, evidence) = (RegionCode::new(region), evidence.to_owned());
    RegionVerdict { region, kind, evidence, score, relation, rule, start: 0, end }
}

pub fn comparison() -> Comparison {
    let words = ["供暖", "<学校>"].map(str::to_owned).to_vec();
    Comparison {
        same_event: 912,
        related: 950,
        reprint: 40,
        measured: vec![("places", 1), ("cosine", 377)],
        words,
        passages: vec!["孩子们不冷了&家长放心".to_owned()],
    }
}

/// A full entry, one in another language, and one that has next to nothing.
pub fn entries() -> Vec<StoredEntry> {
    let mut full = bare(
        0,
        "https://xianyang-daily.example.cn/a/1?x=1&y=2",
        7,
        "兴平：12 所学校 <暖心> 供暖 & 开课",
        0,
    );
    full.updated = Timestamp(NOON + 3600);
    full.revision = 1;
    let entry = Arc::make_mut(&mut full.entry);
    entry.byline = Some("本报记者 高依".to_owned());
    entry.credit = Some("兴平融媒".to_owned());
    entry.summary = "气温 < 0℃，兴平市 12 所学校提前供暖，“孩子们不冷了” & 家长放心。".to_owned();
    entry.content = concat!(
        "<p>本报兴平讯（记者 高依）24 日，兴平市 12 所学校提前供暖。</p>\n",
        "<p>气温 &lt; 0℃ 时，教室温度保持在 20℃ 以上 ]]&gt; &amp; 走廊不低于 16℃。</p>\n",
        r#"<p><img src="https://xianyang-daily.example.cn/i/1.jpg?w=1&amp;h=2" alt="<img 暖气">"#,
        "</p>\n<ul><li>西城中学</li><li>槐里小学</li></ul>",
    )
    .to_owned();
    entry.media = vec![
        Media {
            url: "https://xianyang-daily.example.cn/i/cover.jpg".to_owned(),
            mime: Some("image/jpeg".to_owned()),
            length: Some(48_211),
            title: Some("教室".to_owned()),
            width: Some(800),
            height: Some(533),
            duration: None,
        },
        Media {
            url: "https://xianyang-daily.example.cn/v/1.mp3".to_owned(),
            duration: Some(95),
            ..Media::default()
        },
    ];
    entry.picture = Some(0);
    entry.categories = vec![Category {
        term: "民生".to_owned(),
        scheme: Some("https://xianyang-daily.example.cn/tags".to_owned()),
        label: None,
    }];
    entry.comments = Some(Comments {
        link: Some("https://xianyang-daily.example.cn/a/1#comments".to_owned()),
        count: Some(3),
        feed: Some("https://xianyang-daily.example.cn/a/1/feed".to_owned()),
    });
    entry.rights = Some("© 咸阳日报".to_owned());
    entry.regions = vec![
        filed("cn610481", EvidenceKind::Title, "兴平", 900),
        filed("cn610400", EvidenceKind::Source, "xianyang-daily", 600),
    ];
    entry.topics = vec![TopicVerdict {
        topic: TopicId::new("education"),
        kind: EvidenceKind::Title,
        evidence: "学校".to_owned(),
        score: 700,
    }];

    let mut english = bare(
        1,
        "urn:uuid:0b1f8a52-5f0e-5d6f-9f9a-3b1d5f1f2a11",
        6,
        "County council’s “first snow” plan",
        -90,
    );
    let entry = Arc::make_mut(&mut english.entry);
    entry.link = Some("https://king-courier.example.cn/2026/11/snow".to_owned());
    entry.language = Some("en".to_owned());
    entry.authors = vec![Author {
        name: "Ada Marsh".to_owned(),
        uri: None,
        email: Some("ada@king-courier.example.cn".to_owned()),
    }];
    entry.summary = "Plows first, salt later.".to_owned();
    entry.content = "<p>Plows first, salt later.</p>".to_owned();
    entry.regions = vec![filed("us53033", EvidenceKind::Lead, "King County", 500)];

    let bare = bare(0, "tag:xianyang-daily.example.cn,2026:2", 5, "武功县召开会议", -600);
    vec![full, english, bare]
}
