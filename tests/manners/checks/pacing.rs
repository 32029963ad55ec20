//! Checks 8 to 12, and 22: how often is asked.

use super::{Deed, Gap, ROUNDING, Record, Verdict, seen};
use crate::origin::Validators;
use crate::scenes::{SCENES, WITH_HUB};
use crate::time::{DAY, HOUR, MINUTE, words};

/// A person's wish may come early; what follows it may not.
pub fn hourly(record: &Record) -> Verdict {
    let gaps: Vec<Gap<'_>> =
        record.all_gaps().filter(|gap| !record.was_wished(gap.after)).collect();
    seen(gaps.len(), 50, "waits")?;
    let mut pushed = 0;
    for scene in WITH_HUB {
        if let Some(waits) = record.gaps_with_pushes(scene) {
            seen(waits, 1, &format!("waits with pushes in them for {scene}"))?;
            pushed += waits;
        }
    }
    let shortest = gaps.iter().min_by(|a, b| a.seconds().total_cmp(&b.seconds()));
    let shortest = shortest.ok_or("no waits")?;
    let text = format!("{} ({})", words(shortest.seconds()), shortest.scene);
    if shortest.is_at_least(HOUR) {
        Ok(format!("shortest of {} waits, {pushed} with pushes in them: {text}", gaps.len()))
    } else {
        let early = gaps.iter().filter(|gap| !gap.is_at_least(HOUR)).count();
        Err(format!("polled after {text}; {early} of {} waits too short", gaps.len()))
    }
}

pub fn daily_without_validators(record: &Record) -> Verdict {
    let mut waits = Vec::new();
    for scene in ["bare", "pushed-bare", "vanishing"] {
        let mut gaps = record.gaps(scene);
        gaps.retain(|gap| gap.before.gave == Validators::default());
        seen(gaps.len(), 1, &format!("waits for {scene}"))?;
        waits.append(&mut gaps);
    }
    shortest(&waits, |_| DAY)
}

/// The first wait that is shorter than it should be, else the shortest of all.
fn shortest(gaps: &[Gap<'_>], floor: impl Fn(&Gap<'_>) -> f64) -> Verdict {
    if let Some(gap) = gaps.iter().find(|gap| !gap.is_at_least(floor(gap))) {
        let (wait, least) = (words(gap.seconds()), words(floor(gap)));
        return Err(format!("{}: polled after {wait}, not {least}", gap.scene));
    }
    let spare = |gap: &Gap<'_>| gap.seconds() - floor(gap);
    let closest = gaps.iter().min_by(|a, b| spare(a).total_cmp(&spare(b))).ok_or("no waits")?;
    let (wait, least) = (words(closest.seconds()), words(floor(closest)));
    Ok(format!("closest of {}: {wait} for {least} ({})", gaps.len(), closest.scene))
}

pub fn restarts(record: &Record) -> Verdict {
    let restarts = record.events(|deed| deed == Deed::Restart);
    let spanning = |gap: &Gap<'_>, at: f64| gap.before.at <= at && at < gap.after.at;
    let mut in_time = 0;
    for restart in &restarts {
        for gap in record.all_gaps().filter(|gap| spanning(gap, restart.at)) {
            let into = restart.at - gap.before.at;
            if !gap.is_at_least(HOUR) && !record.was_wished(gap.after) {
                let (into, wait) = (words(into), words(gap.seconds()));
                return Err(format!("{}: restart at +{into}, polled at +{wait}", gap.scene));
            }
            let is_steady = gap.scene == "steady";
            in_time += usize::from(is_steady && (40.0 * MINUTE..50.0 * MINUTE).contains(&into));
        }
    }
    seen(in_time, 1, "restarts between two polls, at about +44m")?;
    Ok(format!("{} restarts", restarts.len()))
}

pub fn bursts(record: &Record) -> Verdict {
    let crowd = record.exchanges.iter().filter(|exchange| exchange.host == 4).count();
    seen(crowd, 16, "requests to the host of eight feeds")?;
    let mut closest = f64::MAX;
    for host in SCENES.iter().map(|scene| scene.host) {
        let asked: Vec<_> =
            record.exchanges.iter().filter(|exchange| exchange.host == host).collect();
        for pair in asked.windows(2) {
            let apart = pair[1].at - pair[0].done;
            closest = closest.min(apart);
            if apart < ROUNDING {
                let (a, b) = (&pair[0].target, &pair[1].target);
                return Err(format!("{b} asked {apart:.2}s after {a} of the same host"));
            }
        }
    }
    if let Some(gap) = record.all_gaps().find(|gap| gap.seconds() < MINUTE) {
        return Err(format!("{}: asked twice within {}", gap.scene, words(gap.seconds())));
    }
    Ok(format!("requests to a host at least {} apart", words(closest)))
}

/// `Cache-Control` and `Expires` as floors. A 304 that says nothing leaves them as they
/// were; one that says more lengthens nothing for good (FreshRSS's guard).
pub fn fresh(record: &Record) -> Verdict {
    let scenes = [
        "fresh",
        "fresh-once",
        "fresh-longer",
        "fresh-aged",
        "expiring",
        "limited-fresh",
        "pushed-fresh",
    ];
    let gaps: Vec<Gap<'_>> = scenes.iter().flat_map(|scene| record.gaps(scene)).collect();
    let after = |scene: &str, status: u16| {
        gaps.iter().filter(|gap| gap.scene == scene && gap.before.status == status).count()
    };
    for (scene, status) in [
        ("fresh", 200),
        ("fresh-once", 304),
        ("fresh-longer", 304),
        ("fresh-aged", 200),
        ("expiring", 200),
        ("limited-fresh", 429),
        ("pushed-fresh", 200),
    ] {
        seen(after(scene, status), 1, &format!("waits after a {status} of {scene}"))?;
    }
    shortest(&gaps, |gap| gap.before.floor)
}

pub fn one_poller(record: &Record) -> Verdict {
    seen(record.scene("slow").len(), 3, "requests for a slow feed")?;
    if let Some(exchange) = record.exchanges.iter().find(|exchange| exchange.others > 0) {
        return Err(format!("{} asked while it was being answered", exchange.target));
    }
    for scene in &SCENES {
        let mut agents: Vec<_> =
            record.scene(scene.name).iter().map(|request| request.header("user-agent")).collect();
        agents.dedup();
        if agents.len() > 1 {
            return Err(format!("{}: {:?} and {:?}", scene.name, agents[0], agents[1]));
        }
    }
    Ok(format!("{} addresses, never two requests at once", SCENES.len()))
}
