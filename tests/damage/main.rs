//! Damage: a bit is flipped, or the rest cut off, at some place of some file of a store. Then it
//! must open, or say why not; the damage must be found and named, by opening, reading or
//! `verify`; an index be remade; and all be served but what was hit: one entry, or what one
//! poll changed of its source's state, or what one step of retention removed, or what lay behind
//! the cut. `cargo test --test damage`
//! does a few, `COUNTYWIRE_DAMAGES=200 cargo test --release --test damage -- --nocapture` as many.

#[path = "../chance.rs"]
#[allow(dead_code)]
mod chance;
mod frames;
#[path = "../crash/life.rs"]
#[allow(dead_code)]
mod life;
mod look;
mod made;
mod places;
#[path = "../crash/reports.rs"]
mod reports;

use countywire::store::{Store, Verified, rebuild, verify_lost};
use frames::Frame;
use life::settings;
use look::{Seen, look};
use made::Made;
use places::{Damage, Deed, Kind};
use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Instant;

/// One in so many is done to a store of several segments, which takes longer.
const LARGE: usize = 8;

/// So many hit each of the following.
const MANY: usize = 100;
const AN_ENTRY: &str = "an entry";
const A_STATE: &str = "what a poll changed of a state";
const AN_ORDER: &str = "what an order removed may be back";
const WHAT_WAS_KEPT: &str = "what was kept of rewritten segments: what was removed may be back";

fn main() {
    let wanted = std::env::var("COUNTYWIRE_DAMAGES").ok();
    let rounds = wanted.map_or(12, |count| count.parse().expect("COUNTYWIRE_DAMAGES: a number"));
    let log = Log::default();
    let to = log.clone();
    tracing_subscriber::fmt().with_writer(move || to.clone()).with_ansi(false).init();
    let started = Instant::now();
    let mut outcomes: BTreeMap<(Kind, &str), usize> = BTreeMap::new();
    chance::each(1, |chance| {
        let small = Made::new(chance, 400, 0);
        let retained = Made::retained(chance, 700);
        let large = (rounds >= LARGE * 2).then(|| Made::new(chance, 400, 300_000));
        for round in 1..=rounds {
            let usual = if round % 2 == 0 { &small } else { &retained };
            let made = large.as_ref().filter(|_| round % LARGE == 0).unwrap_or(usual);
            let folder = made.copy();
            let damage = places::damage(folder.path(), chance);
            let named = format!("round {round}: {damage}");
            log.0.lock().expect("no holder panics").clear();
            let outcome = after(made, folder.path(), &damage, &log)
                .unwrap_or_else(|problem| panic!("{named}: {problem}\nlog: {}", log.text()));
            *outcomes.entry((damage.kind, outcome)).or_default() += 1;
        }
    });
    for ((kind, outcome), count) in &outcomes {
        println!("{count:5} {kind:?}: {outcome}");
    }
    println!("{rounds} damages, {:.1} s", started.elapsed().as_secs_f64());
    let mut wanted = [AN_ENTRY, A_STATE, AN_ORDER, WHAT_WAS_KEPT].into_iter();
    let missed = wanted.find(|outcome| !outcomes.contains_key(&(Kind::Segment, outcome)));
    assert!(rounds < MANY || missed.is_none(), "never hit: {missed:?}");
}

/// What became of it, or what should not have.
fn after(made: &Made, folder: &Path, damage: &Damage, log: &Log) -> Result<&'static str, String> {
    // Opening mends what is lost.
    let lost = match damage.kind {
        Kind::Segment => {
            verify_lost(&settings(folder), &mut |_| {}).map_err(|error| error.full())?
        }
        _ => None,
    };
    let store = match Store::open(&settings(folder), &mut |_| {}) {
        Ok(store) => store,
        Err(error)
            if damage.kind == Kind::Marker && ["format", "marker"].contains(&error.kind()) =>
        {
            return Ok("refused: the format is not known");
        }
        Err(error) => return Err(format!("not opened: {}", error.full())),
    };
    let told = log.text();
    let noticed = ["ERROR", "WARN"].iter().any(|level| told.contains(level));
    let seen = look(&store.reader(), made);
    let verified = store.verify(&mut |_| {}).map_err(|error| error.full());
    drop(store);
    let faults = match &verified {
        Ok(verified) => lost.iter().chain([verified]).flat_map(faults_of).collect(),
        Err(error) => vec![error.clone()],
    };
    if damage.kind == Kind::Segment {
        return after_segment(made, folder, damage, &seen, &faults);
    }
    seen.none_wrong()?;
    if faults.is_empty() {
        seen.all_there()?;
        return Ok(if noticed { "noticed and mended at opening" } else { "nothing was hit" });
    }
    if damage.kind == Kind::Run {
        // Whoever reads what is damaged has it remade at the next opening.
        whole(made, folder)?;
        return Ok("found by reading, and mended at the next opening");
    }
    if faults.iter().any(|fault| fault.starts_with("segment")) {
        return Err(format!("segments are blamed: {faults:?}"));
    }
    remake(made, folder)?;
    Ok(if seen.all_there().is_ok() { "found by verify" } else { "found by reading and verify" })
}

fn faults_of(verified: &Verified) -> Vec<String> {
    let faults = verified.faults.iter();
    faults.map(|fault| format!("{}: {}", fault.place, fault.problem)).collect()
}

/// The index must be whole after it was remade.
fn remake(made: &Made, folder: &Path) -> Result<(), String> {
    rebuild(&settings(folder), &mut |_| {}, &mut |_| {}).map_err(|error| error.full())?;
    whole(made, folder)
}

fn whole(made: &Made, folder: &Path) -> Result<(), String> {
    let store = Store::open(&settings(folder), &mut |_| {}).map_err(|error| error.full())?;
    look(&store.reader(), made).all_there()?;
    let faults = store.verify(&mut |_| {}).map_err(|error| error.full())?.faults;
    if faults.is_empty() { Ok(()) } else { Err(format!("after remaking: {faults:?}")) }
}

fn after_segment(
    made: &Made,
    folder: &Path,
    damage: &Damage,
    seen: &Seen,
    faults: &[String],
) -> Result<&'static str, String> {
    seen.only(&made.lost(damage))?;
    if faults.is_empty() {
        return Err("not found".to_owned());
    }
    // The same without what the index knew.
    fs::remove_dir_all(folder.join("store/index")).map_err(|error| error.to_string())?;
    let store = Store::open(&settings(folder), &mut |_| {}).map_err(|error| error.full())?;
    look(&store.reader(), made).only(&made.lost_without_index(damage))?;
    Ok(match (damage.deed, made.hit(damage).first()) {
        (Deed::Cut, _) => "what lay before the cut is there",
        (Deed::Flip, None) => "nothing, but it is told",
        (Deed::Flip, Some(Frame::Entry)) => AN_ENTRY,
        (Deed::Flip, Some(Frame::Commit)) => A_STATE,
        (Deed::Flip, Some(Frame::Order)) => AN_ORDER,
        (Deed::Flip, Some(Frame::Kept)) => WHAT_WAS_KEPT,
    })
}

/// Lines of the log since it was cleared.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().expect("no holder panics")).into_owned()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("no holder panics").write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
