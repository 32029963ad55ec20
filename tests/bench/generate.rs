//! Feeds of the generator in the shared folder.

use serde::Deserialize;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Items of a generated feed.
pub const ITEMS: usize = 20;

pub struct Feeds {
    pub count: usize,
    pub seed: u64,
    /// Of the origin that will serve them.
    pub port: u16,
}

impl Feeds {
    /// Has gen.py `build` or `change` the feeds in `folder`; gives how many changed.
    pub fn write(&self, what: &str, folder: &Path) -> Result<u64, Box<dyn Error>> {
        let shared = std::env::var_os("COUNTYWIRE_SHARED")
            .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared"), PathBuf::from);
        let generator = shared.join("tools/gen.py");
        if !generator.exists() {
            return Err(format!("{} is missing; set COUNTYWIRE_SHARED", generator.display()).into());
        }
        let status = Command::new("python3")
            .arg(&generator)
            .arg(what)
            .arg("--out")
            .arg(folder)
            .args(["--n", &self.count.to_string(), "--seed", &self.seed.to_string()])
            .args(["--items", &ITEMS.to_string(), "--port", &self.port.to_string()])
            .stdout(Stdio::null())
            .status()?;
        if !status.success() {
            return Err(format!("gen.py {what}: {status}").into());
        }
        #[derive(Deserialize)]
        struct Manifest {
            changed: u64,
        }
        let manifest = std::fs::read(folder.join(format!("manifest-{what}.json")))?;
        Ok(serde_json::from_slice::<Manifest>(&manifest)?.changed)
    }
}
