//! `feeds.toml`: read, checked whole, and given to the rest as plain data.
//!
//! Raw first, then checked: raw values keep their places in the text, so that
//! all problems come together, each with line and column. Nothing here is global: a
//! reload builds a new [`Config`] beside the old one and swaps it, or keeps the old.

mod admin;
mod check;
mod files;
mod problem;
mod raw;
mod read;
mod suggest;
mod summary;
mod syntax;
#[cfg(test)]
mod tests;
mod units;

pub use admin::admin_of;
pub use problem::Problem;
pub use summary::Summary;
pub use units::{format_duration, format_size, parse_duration, parse_size};

use crate::model::access::{Proxy, ProxyHeader};
use crate::model::{
    RegionCode, RegionTree, RegionWords, Retain, Schedule, Site, Source, Timestamp, Topic,
};
use crate::push::signature::Method;
use files::Files;
use ipnet::IpNet;
use problem::Problems;
use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// Longest `feeds.toml`, bytes.
const MAX_FILE: u64 = 64 << 20;

/// The checked configuration.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    pub site: Site,
    pub listen: Listen,
    pub store: StoreSettings,
    pub stories: StorySettings,
    /// Whether there is search stands in `site`.
    pub search: SearchSettings,
    pub poll: PollSettings,
    pub hub: HubSettings,
    pub hosts: Vec<HostRule>,
    /// All regions: the gazetteers with the admin's additions.
    pub regions: Arc<RegionTree>,
    /// Regions published, each with all below it; empty: all.
    pub publish: Vec<RegionCode>,
    /// For the entries of all sources.
    pub region_words: Vec<RegionWords>,
    /// The default topics with the admin's own.
    pub topics: Vec<Topic>,
    pub sources: Vec<Source>,
    /// What is allowed but worth a word, by position.
    pub warnings: Vec<Problem>,
}

/// Port 0: any free port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listen {
    pub public: SocketAddr,
    pub admin: SocketAddr,
    /// Open at once, of readers.
    pub connections: usize,
    /// The same of one client.
    pub connections_per_client: usize,
    /// Requests a second of one client; 0: any number.
    pub rate: u32,
    /// Requests at once of one client.
    pub burst: u32,
    /// What these say of whom they ask for is believed.
    pub trusted_proxies: Vec<IpNet>,
    pub proxy_header: ProxyHeader,
    /// For rendered documents that are kept.
    pub cache_bytes: u64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreSettings {
    /// A relative path resolves against systemd's state directory, else the folder of
    /// `feeds.toml`.
    pub path: PathBuf,
    pub cache_bytes: u64,
    pub retain: Retain,
}

/// How it is found which entries tell the same story.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StorySettings {
    /// Entries that new ones are compared with, the newest.
    pub entries: usize,
}

/// How entries are made ready to be searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SearchSettings {
    /// For what is collected before it goes to the disk.
    pub memory_bytes: u64,
}

#[derive(Debug, Clone, PartialEq)]
pub struct PollSettings {
    /// For sources that set none.
    pub schedule: Schedule,
    /// Bounds of what `auto` learns.
    pub shortest: Duration,
    pub longest: Duration,
    /// Between two requests to a host.
    pub host_spacing: Duration,
    /// For one poll as a whole.
    pub timeout: Duration,
    /// After decompression.
    pub max_body_bytes: u64,
    /// Of a document once it is text.
    pub max_text_bytes: u64,
    /// Entries read of one document.
    pub max_items: usize,
    /// Elements of a document within each other.
    pub max_depth: usize,
    /// Attributes of one element.
    pub max_attributes: usize,
    /// Declarations of namespaces in force at once.
    pub max_namespaces: usize,
    /// Polls at a time, over all hosts.
    pub concurrency: usize,
    /// Newest entries that a new source contributes to `latest`.
    pub first_poll_entries: u32,
    /// Private addresses that may be fetched from all the same.
    pub allow_addresses: Vec<IpNet>,
    /// Certificates of `ca_file` (DER), trusted beside those of the machine.
    pub extra_roots: Vec<Vec<u8>>,
    /// By which requests go that no `[[host]]` sends elsewhere.
    pub proxy: Option<Proxy>,
    /// What `rsshub://` stands for; ends with a slash.
    pub rsshub: Option<Url>,
    /// Hubs are asked to push (WebSub).
    pub push: bool,
}

/// Pushing to those who subscribe to our feeds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HubSettings {
    pub enabled: bool,
    /// Of subscriptions that ask for none.
    pub lease: Duration,
    pub longest_lease: Duration,
    /// Most subscriptions: all, with callbacks at one host, asked for from one address.
    pub subscriptions: usize,
    pub per_host: usize,
    pub per_client: usize,
    /// Requests of one address in a minute.
    pub requests: u32,
    /// For an exchange with a callback.
    pub timeout: Duration,
    /// Deliveries at a time.
    pub concurrency: usize,
    /// By what deliveries are signed.
    pub signature: Method,
    /// Streams at a time: all, and to one address.
    pub streams: usize,
    pub streams_per_client: usize,
}

/// Manners for a host, or for all below a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostRule {
    /// `host` or `*.suffix`; lower case, ASCII.
    pub pattern: String,
    pub spacing: Option<Duration>,
    pub concurrency: Option<usize>,
    /// Instead of that of `[poll]`; `Some(None)`: directly.
    pub proxy: Option<Option<Proxy>>,
    /// The name of hosts that are one platform: polled as if they were one.
    pub group: Option<String>,
}

impl HostRule {
    /// `host`: as an address spells it. `*.example.cn` matches the names below
    /// `example.cn`, not that name itself.
    pub fn matches(&self, host: &str) -> bool {
        match self.pattern.strip_prefix('*') {
            Some(suffix) => host.len() > suffix.len() && host.ends_with(suffix),
            None => self.pattern == host,
        }
    }
}

fn most_exact<'a>(rules: &'a [HostRule], host: &str) -> Option<&'a HostRule> {
    let rules = rules.iter().filter(|rule| rule.matches(host));
    rules.max_by_key(|rule| (!rule.pattern.starts_with('*'), rule.pattern.len()))
}

impl Config {
    /// The rule for a host: its own, else that of the longest suffix.
    pub fn host_rule(&self, host: &str) -> Option<&HostRule> {
        most_exact(&self.hosts, host)
    }

    /// By which proxy a host is asked.
    pub fn routes(&self) -> impl Fn(&str) -> Option<Proxy> + Send + Sync + 'static {
        let (hosts, default) = (self.hosts.clone(), self.poll.proxy.clone());
        move |host| {
            let own = most_exact(&hosts, host).and_then(|rule| rule.proxy.clone());
            own.unwrap_or_else(|| default.clone())
        }
    }

    /// All proxies that are named.
    pub fn proxies(&self) -> impl Iterator<Item = &Proxy> {
        let of_hosts = self.hosts.iter().filter_map(|rule| rule.proxy.as_ref()?.as_ref());
        of_hosts.chain(&self.poll.proxy)
    }

    /// What to say of an id that no source has, with those that may have been meant.
    pub fn no_source(&self, given: &str) -> String {
        if let Some(source) =
            self.sources.iter().find(|source| source.formerly.iter().any(|id| id.as_str() == given))
        {
            return format!("no source {given:?} any more; it is called {} now", source.id);
        }
        let ids = || self.sources.iter().map(|source| source.id.as_str());
        let similar = ids().filter(|id| given.len() >= 3 && id.contains(given));
        let mut near: Vec<&str> = suggest::nearest(given, ids()).into_iter().collect();
        near.extend(similar.filter(|id| near.first() != Some(id)).take(3).collect::<Vec<_>>());
        let given: String = given.chars().take(64).collect();
        match &near[..] {
            [] => format!("no source {given:?}; `countywire sources` lists them"),
            near => format!("no source {given:?}; did you mean {}?", near.join(" or ")),
        }
    }

    /// Whether a region has channels: it, or one above it, is in `publish`.
    pub fn is_published(&self, region: &RegionCode) -> bool {
        self.publish.is_empty()
            || self.regions.lineage(region).any(|above| self.publish.contains(&above.code))
    }
}

#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("{path} cannot be read: {cause}; {}", advice(.cause.kind()))]
    Read { path: PathBuf, cause: std::io::Error },
    #[error("{}", Lines(.0))]
    Problems(Vec<Problem>),
}

/// What to do about a file that cannot be read.
fn advice(kind: std::io::ErrorKind) -> &'static str {
    use std::io::ErrorKind;
    match kind {
        ErrorKind::NotFound => {
            "name the file with --config FILE, or write one as the program's own feeds.toml is"
        }
        ErrorKind::PermissionDenied => {
            "let the user that countywire runs as read it, and enter the folders above it"
        }
        ErrorKind::IsADirectory => "name the file in that folder",
        ErrorKind::FileTooLarge => "take out what is not polled any more",
        _ => "is it a file on a disk that works?",
    }
}

impl ConfigError {
    pub fn kind(&self) -> &'static str {
        match self {
            ConfigError::Read { .. } => "read",
            ConfigError::Problems(_) => "problems",
        }
    }
}

/// One problem a line.
struct Lines<'a>(&'a [Problem]);

impl fmt::Display for Lines<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.0.iter().enumerate() {
            let end = if index == 0 { "" } else { "\n" };
            write!(f, "{end}{problem}")?;
        }
        Ok(())
    }
}

/// What the settings name beside themselves.
#[derive(Debug, Clone, Copy)]
pub enum Wanted<'a> {
    File(&'a Path),
    /// A credential of systemd's (systemd.exec(5), `LoadCredential=`), by its name.
    Credential(&'a str),
}

#[derive(Clone)]
pub struct Found {
    pub text: String,
    /// Everybody on this machine may read it.
    pub is_open: bool,
}

#[derive(Debug, Clone)]
pub enum Unread {
    /// systemd gives this process no credentials.
    NotGiven,
    /// Why, in words.
    Failed(String),
}

/// Gives what the settings name, or says why not.
pub type ReadFile<'a> = &'a dyn Fn(Wanted<'_>) -> Result<Found, Unread>;

/// Reads and checks a file; `now`: a schedule whose last match is past is a problem.
///
/// # Errors
/// The file cannot be read, or has problems.
pub fn load(path: &Path, now: Timestamp) -> Result<Config, ConfigError> {
    let unreadable = |cause| ConfigError::Read { path: path.to_owned(), cause };
    let length = std::fs::metadata(path).map_err(unreadable)?.len();
    if length > MAX_FILE {
        let text = format!("{length} bytes, where {MAX_FILE} are read at most");
        return Err(unreadable(std::io::Error::new(std::io::ErrorKind::FileTooLarge, text)));
    }
    let file = path.display().to_string();
    let bytes = std::fs::read(path).map_err(unreadable)?;
    let mut config = from_bytes(&file, &bytes, now, &files::read).map_err(ConfigError::Problems)?;
    // systemd's StateDirectory= is where a service may write; feeds.toml lies elsewhere.
    if let Some(state) = std::env::var_os("STATE_DIRECTORY") {
        let folder = path.parent().unwrap_or(Path::new(""));
        if let Ok(relative) = config.store.path.strip_prefix(folder) {
            config.store.path = Path::new(&state).join(relative);
        }
    }
    Ok(config)
}

/// Checks the text of a file.
///
/// `file`: named in problems; relative paths resolve against its folder.
///
/// # Errors
/// All problems, by position.
pub fn parse(file: &str, text: &str, now: Timestamp) -> Result<Config, Vec<Problem>> {
    from_bytes(file, text.as_bytes(), now, &files::read)
}

/// The address of a source as a `[[source]]` may write it; `None`: a route of an RSSHub.
///
/// # Errors
/// What is wrong, and what to write instead.
pub fn source_address(text: &str) -> Result<Option<Url>, (String, String)> {
    check::read_address(text, None)
}

/// An address as a message may show it; `None`: it may hold a user name or password.
pub fn shown_address(text: &str) -> Option<String> {
    check::shown_address(text)
}

/// [`parse`] of any bytes; the files that they name are got from `read`, and nothing else
/// is touched.
///
/// # Errors
/// All problems, by position.
pub fn from_bytes(
    file: &str,
    bytes: &[u8],
    now: Timestamp,
    read: ReadFile<'_>,
) -> Result<Config, Vec<Problem>> {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let good = String::from_utf8_lossy(&bytes[..error.valid_up_to()]);
            let mut problems = Problems::new(file, &good, now);
            problems.add(good.len(), "syntax", "not UTF-8", "save the file as UTF-8");
            return Err(problems.finish().err().unwrap_or_default());
        }
    };
    let mut problems = Problems::new(file, text, now);
    let folder = Path::new(file).parent().unwrap_or(Path::new(""));
    let (raw, errors) = syntax::recover(text, |document| raw::read(document, &mut problems));
    let config = check::check(&raw, Files { folder, read }, &mut problems);
    syntax::report(&errors, &mut problems);
    let warnings = problems.finish()?;
    Ok(Config { warnings, ..config })
}
