//! Checks 1 to 7: validators.

use super::{Deed, Record, Verdict, seen};
use crate::origin::{Exchange, Validators};
use crate::scenes::SCENES;
use crate::time::words;

/// A request after the first, with the validators that the answers before it add up to.
struct Later<'a> {
    request: &'a Exchange,
    known: Validators,
}

/// A 200 replaces them all, a 304 those that it names (RFC 9111 §4.3.4); others say nothing.
fn later<'a>(record: &'a Record, scene: &str) -> Vec<Later<'a>> {
    let mut known = Validators::default();
    let mut later = Vec::new();
    for (number, request) in record.scene(scene).into_iter().enumerate() {
        if number > 0 {
            later.push(Later { request, known: known.clone() });
        }
        match request.status {
            200 => known = request.gave.clone(),
            304 => {
                let Validators { etag, last_modified } = request.gave.clone();
                known.etag = etag.or(known.etag);
                known.last_modified = last_modified.or(known.last_modified);
            }
            _ => {}
        }
    }
    later
}

fn all_later(record: &Record) -> Vec<Later<'_>> {
    SCENES.iter().flat_map(|scene| later(record, scene.name)).collect()
}

/// Feeds that never lose their validators.
const LASTING: [&str; 15] = [
    "steady",
    "etag",
    "date",
    "etag-moves",
    "date-moves",
    "touched",
    "crowd-1",
    "crowd-2",
    "fresh",
    "fresh-once",
    "slow",
    "sleeping",
    "pushed",
    "pushed-fresh",
    "pushed-sleeping",
];

pub fn one_unconditional(record: &Record) -> Verdict {
    let mut requests = 0;
    for scene in LASTING {
        let asked = record.scene(scene);
        seen(asked.len(), 3, &format!("requests for {scene}"))?;
        let unconditional = asked.iter().filter(|request| !request.is_conditional()).count();
        // curl sends an empty ETag with its first.
        if unconditional > 1 {
            return Err(format!("{scene}: {unconditional} of {} unconditional", asked.len()));
        }
        requests += asked.len();
    }
    let count = |is: fn(Deed) -> bool| record.events(is).len();
    Ok(format!(
        "{} of {requests} for {0} feeds, over {} restarts, {} reloads, {} absences, {} wishes, {} pushes",
        LASTING.len(),
        count(|deed| deed == Deed::Restart),
        count(|deed| deed == Deed::Reload),
        count(|deed| matches!(deed, Deed::Absence(_))),
        count(|deed| matches!(deed, Deed::Wish(_))),
        count(|deed| matches!(deed, Deed::Push(_))),
    ))
}

pub fn conditional(record: &Record) -> Verdict {
    let mut later = all_later(record);
    later.retain(|later| later.known != Validators::default());
    seen(later.len(), 20, "requests that could be conditional")?;
    match later.iter().find(|later| !later.request.is_conditional()) {
        None => Ok(format!("{} of {0}", later.len())),
        Some(Later { request, .. }) => {
            let times = later.iter().filter(|later| !later.request.is_conditional()).count();
            Err(format!("{times} of {} are not, first of {}", later.len(), request.target))
        }
    }
}

/// Holds what was sent of one validator against what was given.
fn as_given(record: &Record, of: fn(&Validators) -> &Option<String>) -> Result<usize, String> {
    let mut right = 0;
    for Later { request, known } in all_later(record) {
        let sent = request.sent();
        match (of(&sent), of(&known)) {
            (None, _) => {}
            (Some(sent), Some(given)) if sent == given => right += 1,
            (Some(sent), Some(given)) => return Err(format!("{sent} for {given}")),
            (Some(sent), None) => return Err(format!("{sent} where none was given")),
        }
    }
    Ok(right)
}

pub fn etags_as_given(record: &Record) -> Verdict {
    let right = as_given(record, |validators| &validators.etag)?;
    let steady = record.scene("steady");
    let sent: Vec<String> = steady.iter().filter_map(|request| request.sent().etag).collect();
    let weak = sent.iter().filter(|etag| etag.starts_with("W/")).count();
    seen(weak, 1, "weak ETags sent")?;
    seen(sent.len() - weak, 1, "other ETags sent")?;
    Ok(format!("{right} times, such as {}", sent[sent.len() - 1]))
}

pub fn dates_as_given(record: &Record) -> Verdict {
    let right = as_given(record, |validators| &validators.last_modified)?;
    let dated: usize = later(record, "date")
        .iter()
        .filter(|later| later.request.sent().last_modified.is_some())
        .count();
    seen(dated, 2, "requests with the one validator that the feed \"date\" has")?;
    seen(record.scene("etag").len(), 3, "requests for the feed that has no date")?;
    let of = record.scene("steady").iter().rev().find_map(|request| request.sent().last_modified);
    Ok(format!("{right} times, such as {}", of.unwrap_or_default()))
}

/// How often validators had changed, and were sent whole as they were last given.
fn updates(record: &Record, scene: &str) -> Result<usize, String> {
    let mut changes = 0;
    let mut last = None;
    for Later { request, known } in later(record, scene) {
        let sent = request.sent();
        if sent != known {
            let kept = if Some(&sent) == last.as_ref() { "the old " } else { "" };
            return Err(format!("{scene}: sent {kept}{sent:?}, was given {known:?}"));
        }
        changes += usize::from(last.is_some_and(|last| last != known));
        last = Some(known);
    }
    seen(changes, 1, &format!("changes of validators of {scene} followed"))?;
    Ok(changes)
}

pub fn both_updated(record: &Record) -> Verdict {
    let (etags, dates) = (updates(record, "etag-moves")?, updates(record, "date-moves")?);
    Ok(format!("{etags} times the ETag alone, {dates} times the date alone"))
}

pub fn touched(record: &Record) -> Verdict {
    Ok(format!("{} times", updates(record, "touched")?))
}

pub fn vanished(record: &Record) -> Verdict {
    let mut after = 0;
    for (scene, keeps_etag) in [("vanishing", false), ("fading", true)] {
        let later = later(record, scene);
        let before = later.iter().filter(|later| later.request.sent().last_modified.is_some());
        seen(before.count(), 1, &format!("dates sent while {scene} had them"))?;
        let lacking: Vec<_> =
            later.iter().filter(|later| later.known.last_modified.is_none()).collect();
        seen(lacking.len(), 1, &format!("requests after they were gone from {scene}"))?;
        for Later { request, known } in &lacking {
            let sent = request.sent();
            if sent.last_modified.is_some()
                || sent.etag != known.etag.clone().filter(|_| keeps_etag)
            {
                let since = words(request.at - lacking[0].request.at);
                return Err(format!("{scene}: {sent:?} still sent after {since}"));
            }
        }
        after += lacking.len();
    }
    Ok(format!("{after} requests after they were gone"))
}
