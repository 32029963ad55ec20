//! `[[source]]` tables, each with an id that no other source has.

use crate::config::{self, Config};
use crate::model::{Region, RegionTree};
use crate::parse::opml::Outline;
use crate::text::clean;
use std::collections::{HashMap, HashSet};
use url::Url;

/// As `feeds.toml` allows, with room for a number behind it.
const LONGEST_ID: usize = 56;
/// Characters of a comment.
const LONGEST_COMMENT: usize = 200;
/// Between folders in comments.
const WITHIN: &str = " › ";

/// Why an outline gives no table.
#[derive(Debug, PartialEq, Eq)]
pub enum Told {
    /// `feeds.toml` or an outline before it has the address.
    Known,
    Unusable {
        wrong: String,
        advice: String,
    },
}

pub struct Tables<'a> {
    regions: &'a RegionTree,
    named: HashMap<&'a str, Vec<&'a Region>>,
    ids: HashSet<String>,
    /// The last number behind an id.
    numbers: HashMap<String, usize>,
    /// Addresses of `feeds.toml`, and those that came since.
    known: HashSet<String>,
    new: HashSet<String>,
    counts: Counts,
}

#[derive(Default)]
struct Counts {
    added: usize,
    known: usize,
    repeated: usize,
    unusable: usize,
}

impl<'a> Tables<'a> {
    pub fn new(config: &'a Config) -> Self {
        let mut named: HashMap<&str, Vec<&Region>> = HashMap::new();
        for region in config.regions.iter() {
            let aliases = region.aliases.iter().map(String::as_str);
            let names: HashSet<&str> =
                [region.name.as_str(), region.short.as_str()].into_iter().chain(aliases).collect();
            names.into_iter().for_each(|name| named.entry(name).or_default().push(region));
        }
        let sources = config.sources.iter();
        let ids = sources.clone().flat_map(|source| source.formerly.iter().chain([&source.id]));
        let addresses = sources.flat_map(|source| {
            let polled = source.url.as_ref().map(Url::to_string);
            [Some(source.configured_url.clone()), polled].into_iter().flatten()
        });
        Tables {
            regions: &config.regions,
            named,
            ids: ids.map(ToString::to_string).collect(),
            numbers: HashMap::new(),
            known: addresses.map(|url| without_scheme(&url)).collect(),
            new: HashSet::new(),
            counts: Counts::default(),
        }
    }

    /// The table of an outline.
    ///
    /// # Errors
    /// It is known, or none can be made of it.
    pub fn add(&mut self, outline: &Outline) -> Result<String, Told> {
        let written = web_spelling(&outline.url);
        let url = match config::source_address(&written) {
            Ok(url) => url.map_or(written, String::from),
            Err((wrong, advice)) => {
                self.counts.unusable += 1;
                let wrong = match config::shown_address(&written) {
                    Some(shown) => format!("{shown}: {wrong}"),
                    None => wrong,
                };
                return Err(Told::Unusable { wrong, advice });
            }
        };
        let address = without_scheme(&url);
        if self.known.contains(&address) {
            self.counts.known += 1;
            return Err(Told::Known);
        }
        if !self.new.insert(address) {
            self.counts.repeated += 1;
            return Err(Told::Known);
        }
        self.counts.added += 1;
        let host = host_of(&url);
        let title = if outline.title.is_empty() { host.clone() } else { outline.title.clone() };
        let id = self.id(&outline.title, &host);
        let folders: Vec<&str> =
            outline.folders.iter().map(AsRef::as_ref).filter(|name| !name.is_empty()).collect();
        let mut table = String::from("\n");
        if !folders.is_empty() {
            let comment = clean::one_line(&folders.join(WITHIN), LONGEST_COMMENT);
            table.push_str(&format!("# {comment}\n"));
        }
        let [title, url] = [&title, &url].map(|text| quoted(text));
        table.push_str(&format!("[[source]]\nid = \"{id}\"\ntitle = {title}\nurl = {url}\n"));
        let (mark, region) = match self.region(&folders) {
            Meant::One(region) => ("", region),
            Meant::Perhaps(region) => ("# ", region),
            Meant::None => return Ok(table),
        };
        table.push_str(&format!("{mark}region = {}\n", quoted(&region.path)));
        Ok(table)
    }

    /// How many there are of each kind.
    pub fn summary(&self) -> String {
        let Counts { added, known, repeated, unusable } = self.counts;
        format!(
            "{added} to add, {known} in feeds.toml already, {repeated} twice in the list, \
             {unusable} that cannot be polled"
        )
    }

    /// Of the title where it is in Latin letters, else of the host; with a number where it is taken.
    fn id(&mut self, title: &str, host: &str) -> String {
        let is_latin = !title.chars().any(|c| c.is_alphanumeric() && !c.is_ascii());
        let of_title = Some(slug(title)).filter(|slug| is_latin && slug.len() > 2);
        let base = of_title.unwrap_or_else(|| slug(host));
        let base = if base.is_empty() { "source".to_owned() } else { base };
        let mut id = base.clone();
        while !self.ids.insert(id.clone()) {
            let number = self.numbers.entry(base.clone()).or_insert(1);
            *number += 1;
            id = format!("{base}-{number}");
        }
        id
    }

    /// The region that the innermost folder of a region's name means, by the folders around it.
    fn region(&self, folders: &[&str]) -> Meant<'a> {
        let mut meant = Meant::None;
        for folder in folders {
            let named = self.named.get(folder).map_or(&[][..], Vec::as_slice);
            meant = match meant {
                Meant::One(around) => {
                    let is_within =
                        |region: &&Region| self.regions.is_within(&region.code, &around.code);
                    only(named, is_within).map_or(meant, Meant::One)
                }
                // `Mobile`, `Price` and `DC` are subjects, too.
                Meant::None | Meant::Perhaps(_) => {
                    let is_sure = |region: &&Region| region.name == *folder || !is_latin(folder);
                    let sure = only(named, is_sure).map(Meant::One);
                    sure.or_else(|| only(named, |_| true).map(Meant::Perhaps)).unwrap_or(meant)
                }
            };
        }
        meant
    }
}

/// What the folders around an outline say of its region.
#[derive(Clone, Copy)]
enum Meant<'a> {
    One(&'a Region),
    /// It is called so, and other things are.
    Perhaps(&'a Region),
    None,
}

/// The one for which `holds`; `None`: there are several, or none.
fn only<'a>(regions: &[&'a Region], holds: impl Fn(&&Region) -> bool) -> Option<&'a Region> {
    let mut holding = regions.iter().copied().filter(|region| holds(region));
    holding.next().filter(|_| holding.next().is_none())
}

fn is_latin(name: &str) -> bool {
    name.chars().any(|c| c.is_alphabetic() && c < '\u{250}')
}

/// `feed://host/path` and `feed:https://host/path` as they are asked for.
fn web_spelling(url: &str) -> String {
    let url = url.trim();
    let is_feed = url.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("feed:"));
    match (is_feed, url.get(5..)) {
        (true, Some(rest)) if rest.starts_with("//") => format!("http:{rest}"),
        (true, Some(rest)) => rest.to_owned(),
        _ => url.to_owned(),
    }
}

/// Who has one of http and https polls the same.
fn without_scheme(url: &str) -> String {
    match url.split_once("://") {
        Some(("http" | "https", rest)) => rest.to_owned(),
        _ => url.to_owned(),
    }
}

fn host_of(url: &str) -> String {
    match url.split_once("://") {
        Some(("rsshub", _)) => url.to_owned(),
        _ => {
            let url = Url::parse(url).ok();
            let host = url.as_ref().and_then(Url::host_str).unwrap_or_default();
            host.strip_prefix("www.").unwrap_or(host).to_owned()
        }
    }
}

/// Small letters and digits with single hyphens between.
fn slug(text: &str) -> String {
    let mut slug = String::new();
    for c in text.chars() {
        if slug.len() == LONGEST_ID {
            break;
        }
        if c.is_ascii_alphanumeric() {
            slug.push(c.to_ascii_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.trim_end_matches('-').to_owned()
}

/// A basic string of TOML.
fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}
