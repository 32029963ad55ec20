//! The `feeds.toml` at the root: valid, and true in what its comments say.

use super::super::{Config, Found, Unread, Wanted, from_bytes, parse};
use super::{NOW, valid, warnings};
use crate::model::Retain;
use std::collections::BTreeSet;

const SHIPPED: &str = include_str!("../../../feeds.toml");

/// The file with every key switched on that is commented out as `#key = …` or `#[[…]]`.
fn with_examples() -> String {
    let on = |line: &str| {
        let rest = line.strip_prefix('#')?;
        rest.starts_with(|c: char| c == '[' || c.is_ascii_lowercase()).then(|| rest.to_owned())
    };
    SHIPPED.lines().map(|line| on(line).unwrap_or_else(|| line.to_owned()) + "\n").collect()
}

/// What the examples name is there.
fn given(wanted: Wanted<'_>) -> Result<Found, Unread> {
    let text = match wanted {
        Wanted::File(path) if path.ends_with("ca.pem") => {
            let names = vec!["ca.example.org".to_owned()];
            rcgen::generate_simple_self_signed(names).expect("a certificate").cert.pem()
        }
        Wanted::File(_) => return Err(Unread::Failed("no such file".to_owned())),
        Wanted::Credential(_) => "reader:password".to_owned(),
    };
    Ok(Found { text, is_open: false })
}

/// The parts that have defaults: all but `contact`, `rsshub`, `ca_file`, `proxy` and `retain`.
fn defaults_of(config: Config) -> impl PartialEq + std::fmt::Debug {
    let Config { mut site, listen, mut store, stories, search, mut poll, .. } = config;
    store.retain = Retain::default();
    (site.title, site.contact, poll.rsshub) = (String::new(), None, None);
    (poll.extra_roots, poll.proxy) = (Vec::new(), None);
    site.base_url.set_path("/");
    (site, listen, store, stories, search, poll)
}

#[test]
fn the_shipped_feeds_toml_has_no_problem() {
    let config = parse("feeds.toml", SHIPPED, NOW).unwrap_or_else(|problems| {
        let lines: Vec<String> = problems.iter().map(|p| p.to_string()).collect();
        panic!("{}", lines.join("\n"));
    });
    let summary = config.summary();
    assert!(summary.active >= 60 && summary.idle >= 40, "{summary}");
    let expected = ["site.contact", "poll.rsshub"];
    let keys: Vec<&str> = config.warnings.iter().map(|w| w.key.as_str()).collect();
    assert_eq!(keys, expected, "{:?}", warnings(&config));
}

#[test]
fn commented_keys_show_their_defaults_and_valid_examples() {
    let text = with_examples();
    let config = from_bytes("/etc/countywire/feeds.toml", text.as_bytes(), NOW, &given);
    let config = config.unwrap_or_else(|problems| panic!("{problems:#?}"));
    assert!(config.poll.proxy.is_some() && config.poll.extra_roots.len() == 1);
    assert!(config.store.retain.entries.is_some());
    assert_eq!(defaults_of(config), defaults_of(valid("")));
    assert_eq!(defaults_of(valid(SHIPPED)), defaults_of(valid("")));
}

/// What the reader knows, the sample shows; the reader names its keys when it meets an
/// unknown one.
#[test]
fn every_key_of_every_table_is_shown() {
    let text = with_examples();
    let tables =
        ["site", "listen", "store", "poll", "host", "regions", "region", "topic", "source"];
    for table in tables {
        let mut shown = 0;
        for (open, close) in [("[", "]"), ("[[", "]]")] {
            let header = format!("{open}{table}{close}");
            let Err(problems) = parse("x", &format!("{header}\nzzzzzzzzzzzz = 1\n"), NOW) else {
                panic!("an unknown key in {header} was accepted");
            };
            let Some(list) = problems.iter().find_map(|p| p.advice.strip_prefix("known here: "))
            else {
                continue;
            };
            let section: BTreeSet<&str> = text
                .split(&format!("\n{header}\n"))
                .skip(1)
                .flat_map(|rest| rest.lines().take_while(|line| !line.starts_with('[')))
                .filter_map(|line| line.split_once(" = ").map(|(key, _)| key))
                .collect();
            for key in list.split(", ") {
                assert!(section.contains(key), "{header} {key} is not shown");
                shown += 1;
            }
        }
        assert!(shown > 0, "the keys of {table} are not known");
    }
}

#[test]
fn the_default_topics_are_all_named() {
    for topic in crate::tables::default_topics() {
        assert!(
            SHIPPED.lines().any(|line| {
                let id = topic.id.as_str();
                line.starts_with('#') && line.split([' ', ',', '(', ')', '.']).any(|w| w == id)
            }),
            "{} is missing from the comment on topics",
            topic.id
        );
    }
}
