//! What `countywire store verify` has found, in words or as JSON.

use super::{fail, write_to_reader};
use crate::store::{Fault, Verified};
use serde_json::json;
use std::io::ErrorKind;
use std::process::ExitCode;

/// Entries that are told in words, of those that damage has hit.
const ENTRIES: u64 = 20;

/// Says what was found; the exit code.
pub fn tell(verified: &Verified, as_json: bool) -> ExitCode {
    let text = if as_json { format!("{}\n", json!(verified)) } else { in_words(verified) };
    // Who reads but the beginning need not take it for sound.
    match write_to_reader(text.as_bytes()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            fail(&format!("cannot write to standard output: {error}"))
        }
        _ if verified.faults.is_empty() => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}

/// What damage costs, where it is, and what is wrong besides.
fn in_words(verified: &Verified) -> String {
    let Verified {
        segments, segment_bytes, entries, entries_hit, keys, faults, more_faults, ..
    } = verified;
    let line = |fault: &Fault| format!("{}: {}\n", fault.place, fault.problem);
    let (of_entries, others) = faults.split_at(verified.entries_told());
    let mut text: String = of_entries.iter().take(ENTRIES as usize).map(line).collect();
    if *entries_hit > ENTRIES {
        text += &format!("and {} more entries (--json names them)\n", entries_hit - ENTRIES);
    }
    text.extend(others.iter().map(line));
    let total = faults.len() as u64 + more_faults;
    let untold = total - others.len() as u64 - entries_hit;
    if untold > 0 {
        text += &format!("and {untold} more\n");
    }
    let consequences = verified.consequences.len() as u64 + verified.more_consequences;
    if consequences > 0 {
        text += &format!(
            "index: {consequences} of its keys tell of what is damaged above, and go when it is \
             remade (--json names each)\n"
        );
    }
    text + &format!(
        "{total} faults in {segments} segments ({segment_bytes} bytes, {entries} entries) and \
         {keys} keys of the index\n"
    )
}
