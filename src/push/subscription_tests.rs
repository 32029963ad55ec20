use super::*;

const BASE: &str = "https://news.example.org/";
const START: Timestamp = Timestamp(1_893_456_000);

fn named(hubs: &[&str]) -> SourceState {
    let hubs = hubs.iter().map(|&hub| hub.to_owned()).collect();
    let topic = "http://a.example.cn/feed".to_owned();
    SourceState {
        hubs: Some(Box::new(Hubs { hubs, topic, self_link: None })),
        ..SourceState::default()
    }
}

/// A state whose subscription has been begun, and its token.
fn begun(hubs: &[&str]) -> (SourceState, Secret) {
    let mut state = named(hubs);
    settle(&mut state, Some(BASE), &mut draw(), START);
    let token = state.push.as_ref().expect("a subscription").token.clone();
    (state, token)
}

fn draw() -> impl FnMut() -> Secret {
    let mut drawn = 0;
    move || {
        drawn += 1;
        Secret::new(format!("secret-{drawn}"))
    }
}

fn sub(state: &SourceState) -> &Subscription {
    state.push.as_deref().expect("a subscription")
}

fn refused(status: u16) -> Result<(), Refusal> {
    Err(Refusal { status: Some(status), problem: "no".to_owned(), retry_after: None })
}

fn hours(count: u64) -> Duration {
    HOUR * u32::try_from(count).expect("few")
}

#[test]
fn a_hub_is_asked_again_ever_more_rarely_and_never_within_the_hour() {
    let (mut state, token) = begun(&["https://h.example/"]);
    let mut at = sub(&state).next_at;
    assert_eq!(at, START);
    for wait in [1, 2, 4, 8, 16, 24, 24, 24] {
        let answer = if wait == 4 { Ok(()) } else { refused(503) };
        answered(&mut state, &token, &answer, at);
        let waited = sub(&state).next_at.since(at);
        assert!(waited >= hours(wait) && waited <= hours(wait) * 11 / 10, "{waited:?}, {wait} h");
        at = sub(&state).next_at;
        assert!(is_settled(&state, Some(BASE)), "the only hub is kept");
    }
    let asked =
        Err(Refusal { retry_after: Some(hours(100)), status: Some(429), problem: String::new() });
    answered(&mut state, &token, &asked, at);
    assert!(sub(&state).next_at.since(at) >= hours(100));
    answered(&mut state, &token, &refused(410), at);
    assert!(sub(&state).next_at.since(at) >= SILENCE_MAX);
}

#[test]
fn a_lease_is_renewed_well_before_its_end() {
    for lease in [DAY, DAY * 10, DAY * 365] {
        let (mut state, token) = begun(&["https://h.example/"]);
        answered(&mut state, &token, &Ok(()), START);
        assert!(verified(&mut state, &token, Some(lease), START + Duration::from_secs(5)));
        let push = sub(&state);
        let lease = lease.min(LEASE_MAX);
        let renewal = push.next_at.since(START);
        assert!(renewal >= lease * 7 / 10 && renewal <= lease * 86 / 100, "{renewal:?}");
        assert!(push.is_active(START + lease) && !push.is_active(START + lease + hours(1)));
        assert_eq!((push.failures, push.problem.as_str()), (0, ""));
    }
    // A short one is not worth asking more often than hourly.
    let (mut state, token) = begun(&["https://h.example/"]);
    answered(&mut state, &token, &Ok(()), START);
    verified(&mut state, &token, Some(Duration::from_secs(60)), START);
    assert!(sub(&state).next_at.since(START) >= HOUR);
    assert!(!verified(&mut state, &Secret::new("other".to_owned()), None, START));
}

#[test]
fn a_hub_that_verifies_or_denies_before_it_answers_is_not_asked_again() {
    let (mut state, token) = begun(&["https://h.example/"]);
    verified(&mut state, &token, None, START);
    let renewal = sub(&state).next_at;
    answered(&mut state, &token, &Ok(()), START);
    assert_eq!((sub(&state).next_at, sub(&state).failures), (renewal, 0));
    let asked_at = START + DAY * 8;
    denied(&mut state, &token, "", asked_at);
    let before = sub(&state).clone();
    answered(&mut state, &token, &Ok(()), asked_at);
    assert_eq!(*sub(&state), Subscription { asked_at: Some(asked_at), ..before });
}

#[test]
fn a_clock_that_was_wrong_is_no_reason_to_wait_for_years() {
    let (mut state, token) = begun(&["https://h.example/"]);
    let wrong = START + DAY * 1_000;
    answered(&mut state, &token, &Ok(()), wrong);
    verified(&mut state, &token, None, wrong);
    let at = |state: &SourceState, now| next_turn(state, now).map(|turn| turn.at(now));
    assert_eq!(at(&state, START), Some(START));
    answered(&mut state, &token, &refused(500), START);
    assert!(at(&state, START).is_some_and(|at| at.since(START) >= HOUR));
    verified(&mut state, &token, None, START);
    let renewal = at(&state, START).expect("a renewal").since(START);
    assert!(renewal >= DAY * 7 && renewal < DAY * 9, "{renewal:?}");
}

#[test]
fn what_is_verified_is_only_what_we_ask() {
    let (mut state, token) = begun(&["https://h.example/"]);
    assert!(awaits_verification(sub(&state), None, START));
    answered(&mut state, &token, &Ok(()), START);
    verified(&mut state, &token, Some(DAY), START);
    // Its answer may have been lost.
    assert!(awaits_verification(sub(&state), None, START + Duration::from_secs(60)));
    let later = START + hours(5);
    assert!(!awaits_verification(sub(&state), None, later));
    assert!(awaits_verification(sub(&state), Some(later), later), "renewing");
    assert!(awaits_verification(sub(&state), None, START + hours(30)), "lapsed");
}

#[test]
fn a_hub_that_fails_for_long_gives_way_to_another_and_the_waits_stay_long() {
    let (mut state, _) = begun(&["https://one.example/", "https://two.example/"]);
    let (mut at, mut requests) = (START, Vec::new());
    while at.since(START) < DAY * 10 {
        let (hub, token) = (sub(&state).hub.clone(), sub(&state).token.clone());
        requests.push((at, hub));
        answered(&mut state, &token, &refused(500), at);
        at = sub(&state).next_at.max(at);
        let mut random = draw();
        let mut unique = || Secret::new(format!("{}-{}", at.0, random().reveal()));
        settle(&mut state, Some(BASE), &mut unique, at);
    }
    let of = |name: &str| requests.iter().filter(|(_, hub)| hub.contains(name)).count();
    assert!(of("one") >= 5 && of("two") >= 5, "{requests:?}");
    assert!(requests.len() < 35, "{} requests in ten days", requests.len());
    let close = requests.windows(2).find(|pair| pair[1].0.since(pair[0].0) < HOUR);
    assert_eq!(close, None);
    assert_eq!(state.leaving, None, "there was nothing to leave");
}

#[test]
fn a_denial_ends_the_lease_and_is_asked_about_rarely() {
    let (mut state, token) = begun(&["https://h.example/"]);
    verified(&mut state, &token, None, START);
    let mut at = START + hours(30);
    for days in [1, 2, 4, 8, 16, 30, 30] {
        assert!(denied(&mut state, &token, "no room", at));
        let push = sub(&state);
        assert!(push.denied_at.is_some() && !push.is_active(at));
        assert_eq!(push.problem, "denied by the hub: no room");
        assert_eq!(push.next_at.since(at), DAY * days);
        at = push.next_at;
    }
    verified(&mut state, &token, None, at);
    assert!(sub(&state).denied_at.is_none() && sub(&state).is_active(at));
}

#[test]
fn what_a_hub_says_is_shown_in_a_line_without_our_secrets() {
    let (mut state, token) = begun(&["https://h.example/"]);
    let said = format!("bad callback {BASE}push/secret-1,\nsecret-2 {}", "x".repeat(999));
    let answer = Err(Refusal { status: Some(400), problem: said.clone(), retry_after: None });
    answered(&mut state, &token, &answer, START);
    assert!(sub(&state).problem.starts_with(&format!("bad callback {BASE}push/…, … xxx")));
    assert!(sub(&state).problem.chars().count() <= 200);
    denied(&mut state, &token, &said, START);
    assert!(!sub(&state).problem.contains("secret-"), "{}", sub(&state).problem);
}

#[test]
fn another_hub_topic_or_callback_is_another_subscription_and_the_old_one_is_left() {
    type Change = fn(&mut SourceState) -> Option<&'static str>;
    let changes: [(&str, Change); 6] = [
        ("hub", |state| {
            state.hubs.as_mut().expect("hubs").hubs = vec!["https://new.example/".to_owned()];
            Some(BASE)
        }),
        ("topic", |state| {
            state.hubs.as_mut().expect("hubs").topic = "http://a.example.cn/new".to_owned();
            Some(BASE)
        }),
        ("base", |_| Some("https://other.example.org/")),
        ("off", |_| None),
        ("no hub", |state| {
            state.hubs = None;
            Some(BASE)
        }),
        ("gone", |state| {
            state.gone = true;
            Some(BASE)
        }),
    ];
    for (what, change) in changes {
        let (mut state, token) = begun(&["https://h.example/"]);
        verified(&mut state, &token, None, START);
        let push = state.push.as_mut().expect("subscribed");
        push.plain_at = Some(START + hours(7));
        (push.brought, push.arrivals) = (3, vec![START]);
        let base = change(&mut state);
        assert!(!is_settled(&state, base), "{what}");
        let mut fresh = || Secret::new("fresh".to_owned());
        settle(&mut state, base, &mut fresh, START + hours(1));
        assert!(is_settled(&state, base), "{what}");
        let leaving = state.leaving.as_deref().expect("left");
        assert_eq!((&leaving.token, leaving.hub.as_str()), (&token, "https://h.example/"));
        let goes_on = matches!(what, "hub" | "topic" | "base");
        assert_eq!(state.push.is_some(), goes_on, "{what}");
        let plain = state.push.as_ref().map_or(state.next_poll_at, |push| push.plain_at);
        assert_eq!(plain, Some(START + hours(7)), "{what}");
        if let Some(push) = &state.push {
            assert_ne!((&push.token, &push.secret), (&token, &token), "{what}");
            assert_eq!((push.brought, &push.arrivals), (3, &vec![START]), "{what}");
        }
        let before = state.clone();
        settle(&mut state, base, &mut fresh, START + hours(1));
        assert_eq!(state, before, "{what}: settled");
    }
}

#[test]
fn leaving_is_asked_a_few_times_and_ends_when_the_hub_agrees_or_does_not_know() {
    let leaving = || {
        let (mut state, token) = begun(&["https://h.example/"]);
        verified(&mut state, &token, None, START);
        settle(&mut state, None, &mut draw(), START);
        (state, token)
    };
    let (mut state, token) = leaving();
    let Some(Turn::Unsubscribe(turn)) = next_turn(&state, START) else { panic!("nothing to ask") };
    assert_eq!(turn.token, token);
    assert!(left(&mut state, &token) && state.leaving.is_none());
    assert!(!left(&mut state, &token));
    let (mut state, token) = leaving();
    answered(&mut state, &token, &refused(404), START);
    assert_eq!(state.leaving, None);
    let (mut state, token) = leaving();
    let mut at = START;
    for wait in [1, 2] {
        answered(&mut state, &token, &if wait == 1 { Ok(()) } else { refused(500) }, at);
        let next = state.leaving.as_ref().expect("asked again").next_at;
        assert_eq!(next.since(at), hours(wait));
        at = next;
    }
    answered(&mut state, &token, &Ok(()), at);
    assert_eq!(next_turn(&state, at), None);
}

#[test]
fn distrust_grows_with_what_was_missed_and_is_forgotten() {
    let mut push = Subscription::default();
    let mut at = START;
    for days in [1, 2, 4, 8, 16, 30] {
        missed(&mut push, at);
        let until = push.distrusted_until.expect("distrusted");
        assert_eq!(until.since(at), DAY * days);
        at = until + hours(1);
    }
    missed(&mut push, at + FORGIVEN);
    assert_eq!(push.misses, 1);
}

#[test]
fn the_gap_between_pushes_is_learnt() {
    let mut push = Subscription::default();
    let mut at = START;
    pushed(&mut push, at);
    assert_eq!((push.gap_seconds, push.pushes), (0, 1));
    for _ in 0..30 {
        at = at + hours(2);
        pushed(&mut push, at);
    }
    assert_eq!((push.gap_seconds, push.pushes), (7_200, 31));
}
