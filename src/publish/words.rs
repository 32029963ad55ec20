//! The words of our own pages, in the languages that we speak.

/// A language of the pages. Chosen by the site's language; English when we do not speak it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Words {
    Chinese,
    English,
}

/// Methods that are one phrase in each language.
macro_rules! phrases {
    ($($(#[$doc:meta])* $name:ident: $chinese:literal, $english:literal;)*) => {
        $(
            $(#[$doc])*
            pub fn $name(self) -> &'static str {
                match self {
                    Words::Chinese => $chinese,
                    Words::English => $english,
                }
            }
        )*
    };
}

impl Words {
    /// `language`: BCP 47.
    pub fn of(language: &str) -> Self {
        let primary = language.split(['-', '_']).next().unwrap_or("");
        if primary.eq_ignore_ascii_case("zh") { Words::Chinese } else { Words::English }
    }

    phrases! {
        breadcrumb: "位置", "You are here";
        latest: "最新", "Latest";
        hot: "热点", "Hot";
        regions: "地区", "Regions";
        below: "下辖地区", "Within";
        beside: "同级地区", "Neighbours";
        nearby: "周边消息", "News nearby";
        topics: "主题", "Topics";
        pictures: "图片", "Pictures";
        search: "搜索", "Search";
        searches: "标题、摘要和正文里的字词", "Words of titles, summaries and texts";
        search_help: "空格隔开的字词都要出现；引号内为词组。还可以限定：", "All words must occur; quotation marks make a phrase. Narrow it down with:";
        nothing_found: "没有找到。", "Nothing was found.";
        subscribe: "订阅", "Subscribe";
        newest: "回到最新", "Back to the newest";
        older: "更早", "Older";
        nothing: "还没有新闻。", "Nothing here yet.";
        home: "回到首页", "Go to the front page";
        original: "阅读原文", "Read the original";
        site_of_source: "来源网站", "The source’s own site";
        credit: "来源：", "Credit: ";
        updated: "更新于", "updated";
        reprint_of: "首发", "First published by";
        also: "转载", "The same text elsewhere";
        same_event: "同一事件的其他报道", "Other reports of this event";
        /// Introduces the entry that has the same text, or reports the same event, as evidence.
        is_same_text: "同文", "the same text as";
        is_same_event: "同一事件", "the same event as";
        next_to_read: "接着读", "Read next";
        related: "相关报道", "Related";
        enclosures: "附件", "Attachments";
        comments: "评论", "Comments";
        untitled: "（无标题）", "(untitled)";
        why: "归类依据", "Why it is filed here";
        data: "数据", "Data";
        zone: "时间按", "Times are in";
        made_by: "由 countywire 汇编", "Compiled by countywire";
        /// Introduces the evidence that a source's setting gave.
        by_source: "来源设定", "the source’s setting";
        by_title: "标题", "title";
        by_lead: "导语", "opening";
        located: "发生在", "happens in";
        about: "涉及", "is about";
        own_region: "来源所在", "the source’s own region";
        sources: "来源", "Sources";
        state: "状态", "State";
        last_poll: "上次抓取", "Last poll";
        next_poll: "下次抓取", "Next poll";
        last_error: "上次错误", "Last error";
        entries: "条目", "Entries";
        moved_to: "已迁往", "moved to";
        configuration: "配置", "Configuration";
        configuration_kept: "新配置有误，沿用原配置：", "The new configuration has problems; the old one is kept:";
        never: "从未", "never";
        status: "运行状态", "Status";
        alerts: "需要处理", "Look at these";
        since: "自", "since";
        hosts: "主机", "Hosts";
        host: "主机", "Host";
        due: "到期未抓", "Due";
        later: "未到期", "Later";
        running: "抓取中", "Running";
        free_in: "可再请求", "Free in";
        behind: "落后", "Behind";
        polls: "历次抓取", "Polls";
        /// When a poll took place.
        polled: "时间", "When";
        answer: "响应", "Answer";
        received: "接收", "Received";
        document: "解压后", "Document";
        items: "条目", "Items";
        fresh: "新", "New";
        changed: "更改", "Changed";
        took: "用时", "Took";
        requested: "手动", "on request";
        no_polls: "还没有抓取记录。", "No polls yet.";
        history_broken: "更早的记录无法读取：", "Older polls cannot be read: ";
    }

    /// Between the parts of a title.
    pub fn joint(self) -> &'static str {
        " · "
    }

    pub fn news_of(self, place: &str) -> String {
        match self {
            Words::Chinese => format!("{place}的最新消息"),
            Words::English => format!("The latest news from {place}"),
        }
    }

    pub fn news_on(self, topic: &str) -> String {
        match self {
            Words::Chinese => format!("各地{topic}消息"),
            Words::English => format!("{topic} news from every region"),
        }
    }

    pub fn news_of_on(self, place: &str, topic: &str) -> String {
        match self {
            Words::Chinese => format!("{place}的{topic}消息"),
            Words::English => format!("{topic} news from {place}"),
        }
    }

    pub fn pictures_of(self, place: &str) -> String {
        match self {
            Words::Chinese => format!("{place}的图片消息"),
            Words::English => format!("News with pictures from {place}"),
        }
    }

    /// `title`: of an entry.
    pub fn related_to(self, title: &str) -> String {
        match self {
            Words::Chinese => format!("相关报道：{title}"),
            Words::English => format!("Related to: {title}"),
        }
    }

    /// `q`: what a reader looks for.
    pub fn search_for(self, q: &str) -> String {
        match self {
            Words::Chinese => format!("搜索：{q}"),
            Words::English => format!("Search: {q}"),
        }
    }

    pub fn news_by(self, source: &str) -> String {
        match self {
            Words::Chinese => format!("{source}的全部消息"),
            Words::English => format!("Everything from {source}"),
        }
    }

    pub fn hot_of(self, place: &str) -> String {
        match self {
            Words::Chinese => format!("{place}：多家来源报道的消息"),
            Words::English => format!("What several sources report from {place}"),
        }
    }

    pub fn news_of_all(self, site: &str) -> String {
        match self {
            Words::Chinese => format!("{site}：各地最新消息"),
            Words::English => format!("{site}: the latest news from every region"),
        }
    }

    /// A place with those above it, smallest first as given.
    pub fn place(self, smallest_first: &[&str]) -> String {
        match self {
            Words::Chinese => smallest_first.iter().rev().copied().collect(),
            Words::English => smallest_first.join(", "),
        }
    }

    /// Sentence of an error page while the store is being made ready.
    pub fn waiting(self, percent: u64) -> String {
        match self {
            Words::Chinese => format!("正在整理数据，已完成 {percent}%，请稍后再试。"),
            Words::English => {
                format!("The service is tidying up, {percent} % are done; try again shortly.")
            }
        }
    }

    /// Heading and sentence of an error page.
    pub fn error(self, status: u16) -> (&'static str, &'static str) {
        match (self, status) {
            (Words::Chinese, 400) => ("看不懂的请求", "网址里的参数有误。"),
            (Words::Chinese, 404) => ("没有这一页", "这个地址没有内容，可能写错了，或者已经改名。"),
            (Words::Chinese, 405) => ("不支持的方法", "这里只能读取。"),
            (Words::Chinese, 406) => ("没有合适的编码", "请求拒绝了这里能给的所有编码。"),
            (Words::Chinese, 412) => ("内容已变", "请求所要的那一版已经不是现在这一版。"),
            (Words::Chinese, 429) => ("请求太多", "请稍后再试。"),
            (Words::Chinese, 410) => ("已撤下", "这篇报道已被撤下，不再提供。"),
            (Words::Chinese, 500) => {
                ("报道已损坏", "这篇报道存储的数据已损坏，无法显示；问题已经记录。")
            }
            (Words::Chinese, 503) => ("暂时无法提供", "正在启动或整理数据，请稍后再试。"),
            (Words::Chinese, _) => ("出错了", "这一页暂时无法生成，问题已经记录。"),
            (Words::English, 400) => ("Bad request", "A parameter in the address makes no sense."),
            (Words::English, 404) => {
                ("No such page", "There is nothing at this address; it may be misspelt or renamed.")
            }
            (Words::English, 405) => ("Method not allowed", "This site can only be read."),
            (Words::English, 406) => {
                ("No coding that you take", "The request refuses all codings that there are.")
            }
            (Words::English, 412) => {
                ("Changed", "The version that the request asks for is not the one of now.")
            }
            (Words::English, 429) => ("Too many requests", "Try again shortly."),
            (Words::English, 410) => ("Taken down", "This report has been taken down."),
            (Words::English, 500) => {
                ("Damaged", "What is stored of this report is damaged; the fault has been logged.")
            }
            (Words::English, 503) => {
                ("Not available yet", "The service is starting or tidying up; try again shortly.")
            }
            (Words::English, _) => {
                ("Something went wrong", "This page could not be made; the fault has been logged.")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_is_chosen_by_its_primary_subtag() {
        assert_eq!(Words::of("zh-Hans-CN"), Words::Chinese);
        assert_eq!(Words::of("ZH"), Words::Chinese);
        for other in ["en-US", "fr", "zha", ""] {
            assert_eq!(Words::of(other), Words::English, "{other}");
        }
    }
}
