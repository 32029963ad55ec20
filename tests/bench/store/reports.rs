//! What the journal would hand to the store: reports of a thousand outlets, in groups.

use super::corpus::{Chance, Corpus};
use super::subject::Text;
use countywire::model::{
    Alike, Channel, DateFrom, Entry, EntryKey, EvidenceKind, Media, Outcome, PollFacts, RegionCode,
    RegionLevel, RegionTree, RegionVerdict, Relation, Report, Rhythm, Rule, SourceId, SourceState,
    Timestamp, TopicId, TopicVerdict, Validators,
};
use countywire::store::{Numbered, Prepared};
use countywire::story::ByText;
use countywire::tables;
use std::error::Error;

/// Entries of one report.
pub const REPORT_ENTRIES: u64 = 20;
/// What one group takes at most, as `journal::local` has it.
const GROUP_REPORTS: usize = 32;
const GROUP_BYTES: usize = 512 * 1024;

const OUTLETS: usize = 1000;
/// 2026-01-01.
const START: i64 = 1_767_225_600;
/// Seconds between reports: a thousand outlets bring 15,000 entries a day.
const PACE: i64 = 115;
/// Seconds before a report within which its entries were published.
const SPREAD: i64 = 3600;

/// A source, and what it files its entries under.
struct Outlet {
    id: SourceId,
    /// County, city and province; one in ten entries is of the county that comes next.
    places: Vec<RegionCode>,
    next_door: Vec<RegionCode>,
}

pub struct Reports {
    corpus: Corpus,
    outlets: Vec<Outlet>,
    topics: Vec<TopicId>,
}

/// Reports that were encoded, and their places in the journal.
pub struct Group(Vec<(u64, Timestamp, Vec<u8>, Prepared<Text>)>);

impl Group {
    pub fn numbered(&self) -> Vec<Numbered<'_, Text>> {
        self.0
            .iter()
            .map(|(sequence, recorded_at, report, prepared)| Numbered {
                sequence: *sequence,
                recorded_at: *recorded_at,
                report,
                prepared: Some(prepared),
            })
            .collect()
    }

    /// Does what appenders do in the daemon.
    pub fn prepare(&mut self) {
        for (_, _, report, prepared) in &mut self.0 {
            *prepared = Prepared::of::<ByText>(report, false);
        }
    }

    pub fn last_sequence(&self) -> u64 {
        self.0.last().map_or(0, |(sequence, ..)| *sequence)
    }
}

impl Reports {
    pub fn new(corpus: Corpus) -> Result<Reports, Box<dyn Error>> {
        let (outlets, topics) = (outlets()?, topics());
        Ok(Reports { corpus, outlets, topics })
    }

    /// The group that begins with `first`, of reports before `end`.
    pub fn group(&self, first: u64, end: u64) -> Group {
        let (mut group, mut bytes) = (Vec::new(), 0);
        for sequence in first..end {
            let recorded_at = recorded_at(sequence);
            let report = self.report(sequence, recorded_at).to_bytes();
            bytes += report.len();
            group.push((sequence, recorded_at, report, Prepared::default()));
            if group.len() == GROUP_REPORTS || bytes >= GROUP_BYTES {
                break;
            }
        }
        Group(group)
    }

    fn report(&self, sequence: u64, recorded_at: Timestamp) -> Report {
        let (round, turn) = ((sequence - 1) / OUTLETS as u64, (sequence - 1) % OUTLETS as u64);
        // Another order each round; 389 has no divisor in common with the number of outlets.
        let outlet = &self.outlets[(turn as usize * 389 + round as usize * 17) % OUTLETS];
        let entries: Vec<Entry> =
            (0..REPORT_ENTRIES).map(|n| self.entry(outlet, sequence, n, recorded_at)).collect();
        Report {
            v: 1,
            source: outlet.id.clone(),
            polled_at: recorded_at,
            outcome: Outcome::Fetched { items: REPORT_ENTRIES as u32, defects: 0 },
            state: state(outlet, round + 1, recorded_at, &entries),
            entries,
            first_poll_entries: REPORT_ENTRIES as u32,
            facts: PollFacts { wire_bytes: 24_000, body_bytes: 70_000, ..PollFacts::default() },
        }
    }

    fn entry(&self, outlet: &Outlet, sequence: u64, n: u64, recorded_at: Timestamp) -> Entry {
        let number = (sequence - 1) * REPORT_ENTRIES + n;
        let mut chance = Chance::new(!number);
        let text = self.corpus.text(number);
        let source = outlet.id.as_str();
        let link = format!("https://{source}.example.cn/news/{number}.html");
        let key = EntryKey::hash_of(&[source.as_bytes(), link.as_bytes()]);
        let age = SPREAD * (REPORT_ENTRIES - n) as i64 / REPORT_ENTRIES as i64;
        let age = age - chance.below((SPREAD / REPORT_ENTRIES as i64) as usize) as i64;
        let places = if chance.below(10) == 0 { &outlet.next_door } else { &outlet.places };
        let topic = self.topics[chance.below(self.topics.len())].clone();
        Entry {
            key,
            guid: Some(link.clone()),
            byline: Some("本报记者".to_owned()),
            published: Some(Timestamp(recorded_at.0 - age)),
            date_from: DateFrom::Published,
            language: Some("zh-CN".to_owned()),
            summary: text.summary,
            media: text.image.map(image).into_iter().collect(),
            regions: places.first().map(region_verdict).into_iter().collect(),
            topics: vec![topic_verdict(topic, &text.title)],
            fingerprint: key.beginning() ^ number,
            places: places.clone(),
            site: Some(format!("https://{source}.example.cn/")),
            alias: Some(EntryKey::hash_of(&[text.title.as_bytes(), &number.to_le_bytes()])),
            link_print: key.beginning() as u32,
            alike: Alike::ByLink,
            link: Some(link),
            title: text.title,
            content: text.content,
            ..Entry::default()
        }
    }
}

/// Channels to ask for, of each kind the same number; the order mixes the kinds.
///
/// # Errors
/// The gazetteer is not what is expected.
pub fn channels(of_each_kind: usize) -> Result<Vec<Channel>, Box<dyn Error>> {
    let (outlets, topics) = (outlets()?, topics());
    let mut chance = Chance::new(7);
    let mut channels = Vec::new();
    for _ in 0..of_each_kind {
        let places = &outlets[chance.below(OUTLETS)].places;
        channels.extend(places.iter().cloned().map(Channel::Region));
        channels.push(Channel::Topic(topics[chance.below(topics.len())].clone()));
    }
    Ok(channels)
}

/// The channels that hold an entry, as the store decides it: its own, all, and each of its
/// places and topics and pairs of them.
pub fn channels_of(
    source: &SourceId,
    places: &[RegionCode],
    topics: &[TopicVerdict],
) -> Vec<Channel> {
    let mut channels = vec![Channel::All, Channel::Source(source.clone())];
    channels.extend(places.iter().cloned().map(Channel::Region));
    for TopicVerdict { topic, .. } in topics {
        channels.push(Channel::Topic(topic.clone()));
        let here = |region: &RegionCode| Channel::RegionTopic(region.clone(), topic.clone());
        channels.extend(places.iter().map(here));
    }
    channels
}

fn recorded_at(sequence: u64) -> Timestamp {
    Timestamp(START + PACE * sequence as i64)
}

fn outlets() -> Result<Vec<Outlet>, Box<dyn Error>> {
    let mut tree = RegionTree::default();
    tree.extend_from_tsv(tables::gazetteer("cn").ok_or("no gazetteer")?)?;
    let lineage =
        |code: &RegionCode| -> Vec<_> { tree.lineage(code).map(|r| r.code.clone()).collect() };
    // Those that lie in a city, so that each entry has as many channels.
    let counties: Vec<Vec<RegionCode>> = tree
        .iter()
        .filter(|region| region.level == RegionLevel::County)
        .map(|region| lineage(&region.code))
        .filter(|places| places.len() == 3)
        .collect();
    if counties.len() < OUTLETS {
        return Err("the gazetteer has too few counties".into());
    }
    let outlet = |n: usize| {
        let at = n * counties.len() / OUTLETS;
        Outlet {
            id: SourceId::new(&format!("outlet-{n:03}")),
            places: counties[at].clone(),
            next_door: counties[(at + 1) % counties.len()].clone(),
        }
    };
    Ok((0..OUTLETS).map(outlet).collect())
}

fn topics() -> Vec<TopicId> {
    tables::default_topics().into_iter().map(|topic| topic.id).collect()
}

fn image(url: String) -> Media {
    Media { url, mime: Some("image/jpeg".to_owned()), ..Media::default() }
}

fn region_verdict(region: &RegionCode) -> RegionVerdict {
    let (region, evidence) = (region.clone(), "source".to_owned());
    RegionVerdict {
        region,
        kind: EvidenceKind::Source,
        evidence,
        score: 600,
        relation: Relation::Home,
        rule: Rule::Fallback,
        start: 0,
        end: 0,
    }
}

fn topic_verdict(topic: TopicId, title: &str) -> TopicVerdict {
    let evidence = title.chars().take(2).collect();
    TopicVerdict { topic, kind: EvidenceKind::Title, evidence, score: 700 }
}

fn state(outlet: &Outlet, poll_number: u64, now: Timestamp, entries: &[Entry]) -> SourceState {
    let address = format!("https://{}.example.cn/rss.xml", outlet.id);
    let etag = Some(format!("\"{poll_number:x}-{:x}\"", now.0));
    let seen = entries.iter().map(|entry| (entry.key.beginning(), entry.fingerprint));
    let marks = entries.iter().map(|entry| (entry.link_print, entry.fingerprint as u32));
    SourceState {
        poll_number,
        validators: Validators { etag, last_modified: Some(now.http_date()) },
        url: address.clone(),
        last_poll_at: Some(now),
        last_success_at: Some(now),
        next_poll_at: Some(Timestamp(now.0 + SPREAD)),
        next_reason: "its rhythm".to_owned(),
        last_status: Some(200),
        interval_seconds: SPREAD as u64,
        feed_title: Some(outlet.id.to_string()),
        site_url: Some(format!("https://{}.example.cn/", outlet.id)),
        seen: seen.collect(),
        marks: marks.collect(),
        validated_url: Some(address),
        rhythm: Some(Box::<Rhythm>::default()),
        document_bytes: 70_000,
        ..SourceState::default()
    }
}
