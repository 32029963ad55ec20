//! Time, memory and disk of a process, as the kernel tells them.

use super::subject::Outcome;
use rustix::fs::{Advice, fadvise};
use rustix::time::{ClockId, clock_gettime};
use std::fs::{self, File};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// Of all threads of this process, user and system, seconds.
pub fn process_cpu() -> f64 {
    seconds(ClockId::ProcessCPUTime)
}

/// Of this thread alone.
pub fn thread_cpu() -> f64 {
    seconds(ClockId::ThreadCPUTime)
}

fn seconds(clock: ClockId) -> f64 {
    let time = clock_gettime(clock);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

/// Memory of this process that is in use, bytes.
pub fn resident_bytes() -> Outcome<f64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no VmRSS")?;
    let kilobytes: f64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kilobytes * 1024.0)
}

/// What this process has had written to the disk so far, bytes.
pub fn written_bytes() -> Outcome<f64> {
    let io = fs::read_to_string("/proc/self/io")?;
    let line = io.lines().find_map(|line| line.strip_prefix("write_bytes:"));
    Ok(line.ok_or("no write_bytes")?.trim().parse()?)
}

/// What a file, or all files below a folder, occupy on the disk, bytes.
pub fn disk_bytes(path: &Path) -> Outcome<u64> {
    let metadata = fs::metadata(path)?;
    if !metadata.is_dir() {
        return Ok(metadata.blocks() * 512);
    }
    let mut bytes = 0;
    for inside in fs::read_dir(path)? {
        bytes += disk_bytes(&inside?.path())?;
    }
    Ok(bytes)
}

/// Empties the kernel's caches of files, of all there are. False: that takes root.
pub fn drop_caches() -> bool {
    fs::write("/proc/sys/vm/drop_caches", "3").is_ok()
}

/// Has the kernel forget what it keeps of all files below a folder. What is still to be
/// written stays.
pub fn forget(folder: &Path) -> Outcome<()> {
    for inside in fs::read_dir(folder)? {
        let path = inside?.path();
        if path.is_dir() {
            forget(&path)?;
        } else {
            fadvise(File::open(&path)?, 0, None, Advice::DontNeed)?;
        }
    }
    Ok(())
}

/// The value below which `share` (0–1) of the values lie; not a number for none.
pub fn percentile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let last = sorted.len().saturating_sub(1);
    sorted.get((last as f64 * share).round() as usize).copied().unwrap_or(f64::NAN)
}
