//! An export tells every field of entries, states and polls.

use super::*;
use crate::model::{
    Alert, AlertKind, Author, Category, Comments, DateFrom, DefectCount, EntryNo, EvidenceKind,
    Habits, Hubs, Leaving, Media, Moved, Moving, Naming, PollReason, RegionVerdict, Relation,
    Restraint, Rhythm, Rule, Secret, Stump, Subscription, TopicVerdict, Uncompressed, Validators,
    Wishes,
};

fn filled_entry() -> Entry {
    let (region, topic) = (RegionCode::new("cn610481"), TopicId::new("education"));
    Entry {
        key: EntryKey([0xF1; 16]),
        guid: Some("tag:a.cn,2026:\u{1F33E}\"\\\u{2028}".to_owned()),
        link: Some("http://a.cn/1".to_owned()),
        title: "果园\u{0}\n".to_owned(),
        byline: Some("本报记者 高依".to_owned()),
        authors: vec![Author {
            name: "高依".to_owned(),
            uri: Some("http://a.cn/gao".to_owned()),
            email: Some("gao@a.cn".to_owned()),
        }],
        credit: Some("咸阳日报".to_owned()),
        published: Some(Timestamp(i64::MIN)),
        updated: Some(Timestamp(253_402_300_800)),
        date_from: DateFrom::Url,
        language: Some("zh-CN".to_owned()),
        summary: "摘要".to_owned(),
        content: format!("<p>{TEXT}</p>"),
        media: vec![Media {
            url: "http://a.cn/1.mp3".to_owned(),
            mime: Some("audio/mpeg".to_owned()),
            length: Some(u64::MAX),
            title: Some("录音".to_owned()),
            width: Some(1),
            height: Some(2),
            duration: Some(3),
        }],
        categories: vec![Category {
            term: "民生".to_owned(),
            scheme: Some("http://a.cn/c".to_owned()),
            label: Some("民".to_owned()),
        }],
        comments: Some(Comments {
            link: Some("http://a.cn/1#c".to_owned()),
            count: Some(4),
            feed: Some("http://a.cn/1.rss".to_owned()),
        }),
        regions: vec![RegionVerdict {
            region: region.clone(),
            kind: EvidenceKind::Lead,
            evidence: "兴平".to_owned(),
            score: 900,
            relation: Relation::Home,
            rule: Rule::Prior,
            start: 3,
            end: 5,
        }],
        topics: vec![TopicVerdict {
            topic,
            kind: EvidenceKind::Source,
            evidence: "学校".to_owned(),
            score: 1000,
        }],
        fingerprint: u64::MAX - 1,
        places: vec![region],
        site: Some("http://a.cn/".to_owned()),
        alias: Some(EntryKey([1; 16])),
        link_print: u32::MAX,
        alike: Alike::ByBoth,
        was: Some(1),
        picture: Some(0),
        outlet: Some("报".to_owned()),
        rights: Some("版权所有".to_owned()),
    }
}

fn filled_state() -> SourceState {
    let (at, text) = (Some(Timestamp(-1)), || "字".to_owned());
    SourceState {
        poll_number: 7,
        validators: Validators { etag: Some("\"\u{E9}\"".to_owned()), last_modified: Some(text()) },
        url: text(),
        last_poll_at: at,
        last_success_at: at,
        next_poll_at: Some(Timestamp::NEVER),
        next_reason: text(),
        last_status: Some(304),
        last_error: text(),
        failures: 1,
        gone: true,
        interval_seconds: 2,
        feed_title: Some(text()),
        site_url: Some(text()),
        rung: 2,
        seen: vec![(u64::MAX, 1), (2, u64::MAX - 3)],
        entries: 1,
        last_entry_at: Some(Timestamp(1_000_001)),
        validated_url: Some(text()),
        defects: vec![DefectCount { kind: text(), count: 3, detail: text() }],
        clock_polls: 4,
        link_polls: 5,
        marks: vec![(u32::MAX, 6)],
        stump: Some(Stump { mark: u64::MAX, since: Timestamp(8) }),
        moved: Some(Moved { url: text(), misses: 2 }),
        moving: Some(Moving { to: text(), since: Timestamp(9), polls: 3 }),
        unsent: 6,
        last_error_kind: text(),
        wishes: Wishes { ttl_seconds: 1, skip_hours: 2, skip_days: 3 },
        rhythm: Some(Box::new(Rhythm {
            hours: [7; 24],
            days: [8; 7],
            watched: 9,
            anchor: 10,
            until: Timestamp(11),
            recent: 12,
            expected: 13,
        })),
        retry_at: at,
        fresh_until: at,
        cron_mark: 14,
        awaited_since: at,
        document_bytes: 15,
        failing_since: at,
        habits: Habits {
            last_new_at: at,
            known_since: at,
            gaps: 1,
            longest_gap_seconds: 2,
            documents: 3,
            faulty_ppm: 4,
            doubtful: 5,
        },
        alerts: vec![Alert {
            kind: AlertKind::NoFeed,
            since: Timestamp(1),
            raised_at: Timestamp(2),
            cleared_at: at,
            cause: text(),
            fault: text(),
            status: Some(500),
        }],
        hubs: Some(Box::new(Hubs { hubs: vec![text()], topic: text(), self_link: Some(text()) })),
        push: Some(Box::new(Subscription {
            token: Secret::new(text()),
            secret: Secret::new("geheim".to_owned()),
            hub: text(),
            topic: text(),
            base: text(),
            asked_at: at,
            verified_at: at,
            lease_until: at,
            next_at: Timestamp(3),
            failures: 1,
            problem: text(),
            denied_at: at,
            last_push_at: at,
            pushes: 2,
            gap_seconds: 3,
            misses: 4,
            distrusted_until: at,
            plain_at: at,
            plain_reason: text(),
            renewed_at: at,
            owes_poll: true,
            brought: 5,
            arrivals: vec![Timestamp(6)],
            retry_at: at,
        })),
        leaving: Some(Box::new(Leaving {
            token: Secret::new(text()),
            hub: text(),
            topic: text(),
            base: text(),
            next_at: Timestamp(4),
            tries: 5,
        })),
        fresh_seconds: 6,
        restraint: Restraint { level: 1, since: Timestamp(5) },
        uncompressed: Some(Uncompressed { since: Timestamp(6), documents: 7 }),
        naming: Some(Box::new(Naming {
            keys: SourceId::new("old"),
            former: vec![SourceId::new("old")],
            became: None,
        })),
        pictures: vec![(u32::MAX, 8), (9, 0)],
    }
}

#[test]
fn every_field_comes_back_equal() {
    let mut rig = Rig::new();
    let facts =
        PollFacts { reason: PollReason::Requested, wire_bytes: 1, body_bytes: 2, elapsed_ms: 3 };
    let outcomes = [
        Outcome::Fetched { items: 1, defects: 2 },
        Outcome::NotModified,
        Outcome::Gone,
        Outcome::Failed { kind: "timeout".to_owned(), error: "no answer".to_owned() },
        Outcome::Pushed { items: 3, defects: 4 },
        Outcome::Subscription,
    ];
    for (outcome, name) in outcomes.into_iter().zip(["a", "b", "c", "d", "e", "f"]) {
        let entries = if name == "a" { vec![filled_entry()] } else { Vec::new() };
        let report = Report { outcome, facts, state: filled_state(), ..report(name, 7, entries) };
        rig.apply(&report);
    }
    let made = Rig::of(rig.exported().as_bytes(), 1 << 20).expect("imported");
    made.assert_sound();
    let (one, other) = (rig.reader(), made.reader());
    let no = EntryNo::new(1, 0);
    let stored = other.entry(no).expect("read").expect("there");
    assert_eq!(*stored.entry, filled_entry());
    assert_eq!(Some(stored), one.entry(no).expect("read"));
    let states = other.states().expect("read");
    assert_eq!(states[0].1, filled_state());
    assert_eq!(states, one.states().expect("read"));
    for (source, _) in states {
        let polls = |reader: &Reader| reader.polls(&source, 9).expect("read").expect("known").polls;
        assert_eq!(polls(&other), polls(&one));
    }
}
