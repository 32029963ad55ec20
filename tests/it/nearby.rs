//! Regions that are recommended beside another.

use crate::support::counties::{COUNTY, Wire};
use crate::support::daemon::Daemon;
use crate::support::home::{BASE, Settings};
use serde_json::{Value, json};

const SANYUAN: &str = "/r/shaanxi/xianyang/sanyuan";
const HEADING: &str = "周边消息";

/// Addresses under the heading.
fn on_page(daemon: &Daemon, path: &str) -> Vec<String> {
    let page = daemon.document(path);
    let Some((_, list)) = page.text().split_once(HEADING) else { return Vec::new() };
    let list = list.split("</nav>").next().unwrap_or_default();
    list.split("href=\"")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap_or_default().to_owned())
        .collect()
}

fn in_json(daemon: &Daemon, path: &str) -> Value {
    daemon.document(&format!("{path}.json")).json()["_countywire"]["nearby"].clone()
}

#[test]
fn pages_recommend_the_neighbours_that_have_news() {
    let wire = Wire::with(3);
    assert_eq!(on_page(&wire.daemon, COUNTY), ["/r/shaanxi/xianyang"]);
    let etag = wire.daemon.document(COUNTY).etag();
    wire.brings("sanyuan", 1);
    assert_eq!(on_page(&wire.daemon, COUNTY), [SANYUAN, "/r/shaanxi/xianyang"]);
    assert_ne!(wire.daemon.document(COUNTY).etag(), etag);
    assert_eq!(on_page(&wire.daemon, SANYUAN), [COUNTY, "/r/shaanxi/xianyang"]);
    assert_eq!(on_page(&wire.daemon, "/r/shaanxi/xianyang"), ["/r/shaanxi"]);
    assert!(on_page(&wire.daemon, "/t/education").is_empty());
    assert!(on_page(&wire.daemon, &format!("{COUNTY}/t/education")).is_empty());
}

#[test]
fn feeds_recommend_the_neighbours_that_have_a_source_and_change_with_the_settings_alone() {
    let wire = Wire::with(3);
    let neighbour = |title: &str, page: &str| {
        json!({
            "title": title,
            "home_page_url": format!("{BASE}{page}"),
            "feed_url": format!("{BASE}{page}.json"),
        })
    };
    let expected = json!([neighbour("三原", SANYUAN), neighbour("咸阳", "/r/shaanxi/xianyang")]);
    assert_eq!(in_json(&wire.daemon, COUNTY), expected);
    let atom = wire.daemon.document(&format!("{COUNTY}.atom"));
    let link = format!(
        "<link href=\"{BASE}{SANYUAN}.atom\" rel=\"related\" type=\"application/atom+xml\" title=\"三原\"/>"
    );
    assert!(atom.text().contains(&link), "{}", atom.text());
    wire.brings("sanyuan", 1);
    let same = wire.daemon.document(&format!("{COUNTY}.atom"));
    assert_eq!((same.etag(), same.body), (atom.etag(), atom.body.clone()));
    assert_eq!(in_json(&wire.daemon, "/t/education"), Value::Null);
    let Wire { home, daemon, origin } = wire;
    daemon.stop();
    let lines = "region = \"shaanxi/xianyang/xingping\"\n";
    home.write(&Settings::new().source("xingping", &origin.url("/xingping"), lines).text());
    let daemon = Daemon::start(&home);
    assert_eq!(in_json(&daemon, COUNTY), json!([neighbour("咸阳", "/r/shaanxi/xianyang")]));
    assert_ne!(daemon.document(&format!("{COUNTY}.atom")).etag(), atom.etag());
}
