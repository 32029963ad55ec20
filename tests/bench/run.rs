//! Running a program and what it took.

use serde::Deserialize;
use std::error::Error;
use std::path::Path;
use std::process::{Command, Stdio};

#[derive(Debug, Clone, Copy, Deserialize)]
pub struct Cost {
    exit: i32,
    pub user_seconds: f64,
    pub system_seconds: f64,
    pub wall_seconds: f64,
    pub peak_bytes: f64,
}

impl Cost {
    pub fn cpu_seconds(&self) -> f64 {
        self.user_seconds + self.system_seconds
    }
}

/// What the program wrote on standard output, and its cost.
///
/// # Errors
/// When it cannot be started or does not end well.
pub fn measure(command: &[&str], scratch: &Path) -> Result<(Vec<u8>, Cost), Box<dyn Error>> {
    let result = scratch.join("cost.json");
    let output = Command::new("python3")
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/bench/measure.py"))
        .arg(&result)
        .args(command)
        .stdin(Stdio::null())
        .output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    let name = command.iter().take(3).copied().collect::<Vec<_>>().join(" ");
    if !output.status.success() {
        return Err(format!("measure.py {name}: {}\n{said}", output.status).into());
    }
    let cost: Cost = serde_json::from_slice(&std::fs::read(&result)?)?;
    if cost.exit != 0 {
        return Err(format!("{name}: exit {}\n{said}", cost.exit).into());
    }
    Ok((output.stdout, cost))
}

/// Bytes on disk of all files below a folder.
pub fn disk_bytes(folder: &Path) -> std::io::Result<u64> {
    use std::os::unix::fs::MetadataExt;
    let mut bytes = 0;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let metadata = entry.metadata()?;
        bytes +=
            if metadata.is_dir() { disk_bytes(&entry.path())? } else { metadata.blocks() * 512 };
    }
    Ok(bytes)
}
