//! Any other client: a command line, run once an hour for each feed.

use super::Hourly;
use crate::scenes::Scene;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Run by a shell in a folder that stays; `{url}` and `{name}` are filled in.
pub struct Template {
    text: String,
    folder: TempDir,
}

/// Longer than a feed on loopback takes.
const PATIENCE: Duration = Duration::from_secs(2);

impl Template {
    pub fn new(text: &str) -> Template {
        Template { text: text.to_owned(), folder: tempfile::tempdir().expect("a folder") }
    }
}

impl Hourly for Template {
    fn poll(&mut self, scene: &'static Scene, url: &str) {
        let line = self.text.replace("{url}", &format!("'{url}'")).replace("{name}", scene.name);
        run(Command::new("sh").args(["-c", &line]), self.folder.path());
    }
}

/// Runs to the end, or for as long as there is patience. What comes of it is no matter.
pub fn run(command: &mut Command, folder: &Path) {
    let command = command.current_dir(folder).stdin(Stdio::null());
    let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    let Ok(mut child) = child else { return };
    let deadline = Instant::now() + PATIENCE;
    while child.try_wait().is_ok_and(|ended| ended.is_none()) {
        if Instant::now() > deadline {
            let _ = child.kill();
            let _ = child.wait();
            return;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}
