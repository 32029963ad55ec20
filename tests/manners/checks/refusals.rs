//! Checks 13, 14 and 23: servers that refuse, fail or want to be left alone.

use super::{Gap, Record, Verdict, seen};
use crate::scenes::SKIPPED;
use crate::time::{DAY, HOUR, MINUTE, words};

/// Holds the wait after each answer of this status to what it asks for. Returns the waits
/// after that one.
fn obeyed<'a>(
    record: &'a Record,
    scene: &'static str,
    status: u16,
) -> Result<(String, Vec<Gap<'a>>), String> {
    let gaps = record.gaps(scene);
    let refused = gaps.iter().position(|gap| gap.before.status == status);
    let refused = refused.ok_or(format!("{scene}: not asked again after a {status}"))?;
    let (wait, floor) = (words(gaps[refused].seconds()), words(gaps[refused].before.floor));
    if !gaps[refused].is_at_least(gaps[refused].before.floor) {
        return Err(format!("{scene}: polled after {wait}, not {floor}"));
    }
    Ok((format!("{wait} for {floor}"), gaps[refused + 1..].to_vec()))
}

/// After a 429 the next waits, too, are longer than an hour, by a fifth at least.
pub fn limited(record: &Record) -> Verdict {
    let mut waits = Vec::new();
    for scene in ["limited-seconds", "limited-date", "pushed-limited"] {
        let (wait, after) = obeyed(record, scene, 429)?;
        seen(after.len(), 3, &format!("waits for {scene} after that"))?;
        if let Some(gap) = after[..3].iter().find(|gap| !gap.is_at_least(1.2 * HOUR)) {
            let soon = words(gap.seconds());
            return Err(format!("{scene}: {wait}, but soon polled after {soon} again"));
        }
        let next: Vec<String> = after[..3].iter().map(|gap| words(gap.seconds())).collect();
        waits.push(format!("{wait}, then {}", next.join(", ")));
    }
    Ok(waits.join("; "))
}

pub fn busy(record: &Record) -> Verdict {
    let mut waits = Vec::new();
    for scene in ["busy-seconds", "busy-date"] {
        let (wait, after) = obeyed(record, scene, 503)?;
        if let Some(gap) = after.iter().find(|gap| !gap.is_at_least(HOUR)) {
            return Err(format!("{scene}: {wait}, but then after {}", words(gap.seconds())));
        }
        waits.push(wait);
    }
    Ok(waits.join("; "))
}

pub fn failing(record: &Record) -> Verdict {
    let mut told = Vec::new();
    for scene in ["forbidden", "missing", "silent"] {
        told.push(format!("{scene} {}", backs_off(record, scene)?));
    }
    resumes(record)?;
    for scene in ["gone", "pushed-gone"] {
        stops(record, scene)?;
    }
    for scene in ["sleeping", "pushed-sleeping"] {
        skips(record, scene)?;
    }
    told.push(format!("{} of requests at full hours", full_hours(record)?));
    Ok(told.join("; "))
}

/// The least for the waits after the first, second, … failure, hours: growth by an hour
/// each time will do.
const WAITS: [f64; 4] = [1.0, 1.5, 2.5, 3.5];

/// A request that is never answered ends when the client gives up.
fn backs_off(record: &Record, scene: &'static str) -> Verdict {
    let gaps = record.gaps(scene);
    seen(gaps.len(), WAITS.len(), &format!("waits for {scene}"))?;
    let waits: Vec<f64> = gaps.iter().map(|gap| gap.after.at - gap.before.done).collect();
    for (number, wait) in waits.iter().enumerate() {
        let least = WAITS[number.min(WAITS.len() - 1)] * HOUR;
        if *wait < least - 1.0 {
            let (wait, failures) = (words(*wait), number + 1);
            return Err(format!("{scene}: asked {wait} after {failures} failures"));
        }
    }
    let waits: Vec<String> = waits[..WAITS.len()].iter().map(|wait| words(*wait)).collect();
    Ok(waits.join(" "))
}

/// Nobody is given up.
fn resumes(record: &Record) -> Result<(), String> {
    let asked = record.scene("relapsing");
    let failed = asked.iter().filter(|request| request.status == 500).count();
    seen(failed, 4, "answers of 500")?;
    let well = asked.iter().skip_while(|request| request.status != 500);
    let well = well.filter(|request| request.status != 500).count();
    seen(well, 1, "requests after the feed was well again")
}

/// A feed that is gone is not asked for again.
fn stops(record: &Record, scene: &str) -> Result<(), String> {
    let asked = record.scene(scene);
    let stops = asked.iter().filter(|request| request.status == 410).count();
    seen(stops, 1, &format!("answers of 410 of {scene}"))?;
    if stops > 1 {
        return Err(format!("{scene}: asked {} times more after a 410", stops - 1));
    }
    Ok(())
}

fn skips(record: &Record, scene: &str) -> Result<(), String> {
    let asleep = record.scene(scene);
    seen(asleep.len(), 4, &format!("requests for {scene}, which has skipHours"))?;
    let hour = |at: f64| (at.rem_euclid(DAY) / HOUR) as u64;
    // In the first of them it may be late: then it was meant to come before.
    let skipped = SKIPPED.start + 2..SKIPPED.end;
    match asleep[1..].iter().find(|request| skipped.contains(&hour(request.at))) {
        None => Ok(()),
        Some(early) => {
            let hour = hour(early.at);
            Err(format!("{scene}: asked in hour {hour} of skipHours {SKIPPED:?}"))
        }
    }
}

/// The share of requests in the first minutes of an hour, once first polls are past.
fn full_hours(record: &Record) -> Verdict {
    let first = record.exchanges.first().ok_or("no requests")?.at;
    let late: Vec<f64> =
        record.exchanges.iter().map(|request| request.at).filter(|at| *at > first + DAY).collect();
    seen(late.len(), 100, "requests after the first day")?;
    let at_hours = late.iter().filter(|at| at.rem_euclid(HOUR) < 5.0 * MINUTE).count();
    let share = at_hours as f64 / late.len() as f64;
    let text = format!("{:.0} %", 100.0 * share);
    // Even spreading gives a twelfth.
    if share <= 1.0 / 6.0 {
        Ok(text)
    } else {
        Err(format!("{text} of requests in the first five minutes of an hour"))
    }
}
