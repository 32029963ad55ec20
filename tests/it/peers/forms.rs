//! The expectations of other readers' test documents, each in that reader's own form, as
//! one form.

use serde_json::Value;

/// A field's name here, and what the other reader has for it.
pub type Fields = Vec<(&'static str, String)>;

#[derive(Debug, Default)]
pub struct Wanted {
    pub feed: Fields,
    pub entries: Vec<Fields>,
}

pub type Form = fn(&Value) -> Wanted;

impl Wanted {
    /// Without what the other reader made up: the file's name for a title, the link or
    /// the enclosure's address for an id, any id for a link.
    pub fn without_inventions(mut self, file_name: &str) -> Wanted {
        self.feed.retain(|(name, value)| *name != "title" || value != file_name);
        for fields in &mut self.entries {
            let value = |wanted: &str| {
                let found = fields.iter().find(|(name, _)| *name == wanted);
                found.map_or_else(String::new, |(_, value)| value.clone())
            };
            let [id, link, media] = ["id", "link", "media"].map(value);
            let is_made = id == link || media.lines().next() == Some(&id);
            let is_address = link.contains("://");
            fields.retain(|(name, _)| match *name {
                "id" => !is_made,
                "link" => is_address || link.is_empty() || id != link,
                _ => true,
            });
        }
        self
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        _ => String::new(),
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// The first that says something.
fn first<const N: usize>(values: [&Value; N]) -> String {
    values.into_iter().map(text).find(|text| !text.is_empty()).unwrap_or_default()
}

fn lines(values: &[Value], of: impl Fn(&Value) -> String) -> String {
    let found: Vec<String> = values.iter().map(of).filter(|line| !line.is_empty()).collect();
    found.join("\n")
}

/// What each of a list has in a field.
fn each(values: &Value, field: &str) -> String {
    lines(list(values), |value| text(&value[field]))
}

/// Of links as Atom has them: the page's.
fn page(links: &[Value]) -> String {
    let rel = |link: &Value| link["rel"].as_str().unwrap_or("alternate").to_owned();
    let alternates = || links.iter().filter(|link| rel(link) == "alternate");
    let html = alternates().find(|link| link["type"].as_str().is_none_or(|t| t.contains("html")));
    html.or_else(|| alternates().next()).map_or_else(String::new, |link| text(&link["href"]))
}

pub fn gofeed_atom(of: &Value) -> Wanted {
    let entry = |entry: &Value| {
        vec![
            ("title", text(&entry["title"])),
            ("link", page(list(&entry["links"]))),
            ("id", text(&entry["id"])),
            ("published", text(&entry["publishedParsed"])),
            ("updated", text(&entry["updatedParsed"])),
            ("text", first([&entry["content"]["value"], &entry["summary"]])),
            ("authors", each(&entry["authors"], "name")),
            ("categories", each(&entry["categories"], "term")),
        ]
    };
    let feed = vec![
        ("title", text(&of["title"])),
        ("description", text(&of["subtitle"])),
        ("link", page(list(&of["links"]))),
        ("language", text(&of["language"])),
    ];
    Wanted { feed, entries: list(&of["entries"]).iter().map(entry).collect() }
}

pub fn gofeed_rss(of: &Value) -> Wanted {
    let entry = |item: &Value| {
        vec![
            ("title", first([&item["title"], &item["dcExt"]["title"][0]])),
            ("link", text(&item["link"])),
            ("id", text(&item["guid"]["value"])),
            ("published", first([&item["pubDateParsed"], &item["dcExt"]["date"][0]])),
            ("text", first([&item["content"], &item["description"]])),
            ("categories", each(&item["categories"], "value")),
            ("media", each(&item["enclosures"], "url")),
            ("comments", text(&item["comments"])),
        ]
    };
    let feed = vec![
        ("title", text(&of["title"])),
        ("description", text(&of["description"])),
        ("link", text(&of["link"])),
        ("language", text(&of["language"])),
        ("image", text(&of["image"]["url"])),
        ("cloud", text(&of["cloud"]["domain"])),
        ("ttl", text(&of["ttl"])),
        ("hours", list(&of["skipHours"]).len().to_string()),
    ];
    Wanted { feed, entries: list(&of["items"]).iter().map(entry).collect() }
}

/// What gofeed makes of any format.
pub fn gofeed(of: &Value) -> Wanted {
    let entry = |item: &Value| {
        vec![
            ("title", text(&item["title"])),
            ("link", text(&item["link"])),
            ("id", text(&item["guid"])),
            ("published", first([&item["publishedParsed"], &item["updatedParsed"]])),
            ("updated", text(&item["updatedParsed"])),
            ("text", first([&item["content"], &item["description"]])),
            ("authors", each(&item["authors"], "name")),
            ("categories", lines(list(&item["categories"]), text)),
            ("media", each(&item["enclosures"], "url")),
        ]
    };
    let feed = vec![
        ("title", text(&of["title"])),
        ("description", text(&of["description"])),
        ("link", text(&of["link"])),
        ("language", text(&of["language"])),
    ];
    Wanted { feed, entries: list(&of["items"]).iter().map(entry).collect() }
}

/// JSON Feed as it is written.
pub fn json_feed(of: &Value) -> Wanted {
    let entry = |item: &Value| {
        vec![
            ("title", text(&item["title"])),
            ("link", first([&item["url"], &item["external_url"]])),
            ("id", text(&item["id"])),
            ("published", text(&item["date_published"])),
            ("updated", text(&item["date_modified"])),
            ("text", first([&item["content_html"], &item["content_text"], &item["summary"]])),
            ("categories", lines(list(&item["tags"]), text)),
            ("media", each(&item["attachments"], "url")),
        ]
    };
    let feed = vec![
        ("title", text(&of["title"])),
        ("description", text(&of["description"])),
        ("link", text(&of["home_page_url"])),
        ("language", text(&of["language"])),
        ("next", text(&of["next_url"])),
        ("image", first([&of["icon"], &of["favicon"]])),
    ];
    Wanted { feed, entries: list(&of["items"]).iter().map(entry).collect() }
}

pub fn feed_rs(of: &Value) -> Wanted {
    if of["version"].is_string() {
        return json_feed(of);
    }
    let entry = |entry: &Value| {
        let mut fields = vec![
            ("title", text(&entry["title"]["content"])),
            ("link", page(list(&entry["links"]))),
            ("published", first([&entry["published"], &entry["updated"]])),
            ("text", first([&entry["content"]["body"], &entry["summary"]["content"]])),
            ("authors", each(&entry["authors"], "name")),
            ("categories", each(&entry["categories"], "term")),
        ];
        let id = text(&entry["id"]);
        let made = id.len() == 32 && id.bytes().all(|b| b.is_ascii_hexdigit());
        if !made {
            fields.push(("id", id));
        }
        fields
    };
    let feed = vec![
        ("title", text(&of["title"]["content"])),
        ("description", text(&of["description"]["content"])),
        ("link", page(list(&of["links"]))),
        ("language", text(&of["language"])),
        ("ttl", text(&of["ttl"])),
    ];
    Wanted { feed, entries: list(&of["entries"]).iter().map(entry).collect() }
}

pub fn podcastparser(of: &Value) -> Wanted {
    let entry = |episode: &Value| {
        let date = episode["published"].as_i64().filter(|at| *at != 0);
        vec![
            ("title", text(&episode["title"])),
            ("link", text(&episode["link"])),
            ("id", text(&episode["guid"])),
            ("published", date.map(|at| at.to_string()).unwrap_or_default()),
            ("text", first([&episode["description_html"], &episode["description"]])),
            ("media", each(&episode["enclosures"], "url")),
        ]
    };
    let feed = vec![
        ("title", text(&of["title"])),
        ("description", text(&of["description"])),
        ("link", text(&of["link"])),
        ("language", text(&of["language"])),
        ("image", text(&of["cover_url"])),
        ("next", text(&of["paged_feed_next"])),
    ];
    Wanted { feed, entries: list(&of["episodes"]).iter().map(entry).collect() }
}

pub fn feedsmith(of: &Value) -> Wanted {
    let entry = |item: &Value| {
        let guid = [&item["guid"]["value"], &item["id"], &item["rdf"]["about"]];
        let content = [
            &item["content"]["encoded"],
            &item["content"],
            &item["description"],
            &item["summary"],
            &item["itunes"]["summary"],
        ];
        let published = [&item["pubDate"], &item["published"], &item["updated"]];
        let link = text(&item["link"]);
        let terms = lines(list(&item["categories"]), |category| {
            first([&category["name"], &category["term"]])
        });
        vec![
            ("title", text(&item["title"])),
            ("link", if link.is_empty() { page(list(&item["links"])) } else { link }),
            ("id", first(guid)),
            ("published", first(published)),
            ("text", first(content)),
            ("categories", terms),
            ("media", each(&item["enclosures"], "url")),
            ("comments", text(&item["comments"])),
        ]
    };
    let link = text(&of["link"]);
    let feed = vec![
        ("title", text(&of["title"])),
        ("description", first([&of["description"], &of["subtitle"]])),
        ("link", if link.is_empty() { page(list(&of["links"])) } else { link }),
        ("language", text(&of["language"])),
        ("image", first([&of["image"]["url"], &of["logo"]])),
        ("cloud", text(&of["cloud"]["domain"])),
        ("ttl", text(&of["ttl"])),
        ("hours", list(&of["skipHours"]).len().to_string()),
    ];
    let items = if of["items"].is_array() { &of["items"] } else { &of["entries"] };
    Wanted { feed, entries: list(items).iter().map(entry).collect() }
}

pub fn fastfeedparser(of: &Value) -> Wanted {
    let entry = |entry: &Value| {
        vec![
            ("title", text(&entry["title"])),
            ("link", text(&entry["link"])),
            ("id", text(&entry["id"])),
            ("published", first([&entry["published"], &entry["updated"]])),
            ("text", first([&entry["content"][0]["value"], &entry["description"]])),
            ("authors", each(&entry["authors"], "name")),
            ("categories", each(&entry["tags"], "term")),
        ]
    };
    let feed = &of["feed"];
    let feed = vec![
        ("title", text(&feed["title"])),
        ("link", text(&feed["link"])),
        ("language", text(&feed["language"])),
    ];
    Wanted { feed, entries: list(&of["entries"]).iter().map(entry).collect() }
}

pub fn rowanmanning(of: &Value) -> Wanted {
    let entry = |item: &Value| {
        vec![
            ("title", text(&item["title"])),
            ("link", text(&item["url"])),
            ("id", text(&item["id"])),
            ("published", first([&item["published"], &item["updated"]])),
            ("text", first([&item["content"], &item["description"]])),
            ("authors", each(&item["authors"], "name")),
            ("categories", each(&item["categories"], "term")),
            ("media", each(&item["media"], "url")),
        ]
    };
    let feed = &of["feed"];
    let fields = vec![
        ("title", text(&feed["title"])),
        ("description", text(&feed["description"])),
        ("link", text(&feed["url"])),
        ("language", text(&feed["language"])),
        ("image", text(&feed["image"]["url"])),
    ];
    Wanted { feed: fields, entries: list(&feed["items"]).iter().map(entry).collect() }
}
