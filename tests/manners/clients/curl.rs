//! curl as people have cron run it, with all that it has for the purpose.

use super::{Hourly, command};
use crate::scenes::Scene;
use std::process::{Command, Stdio};
use tempfile::TempDir;

pub struct Curl(TempDir);

impl Curl {
    /// `None`: it is not on this machine.
    pub fn find() -> Option<Curl> {
        let version = Command::new("curl").arg("--version").stdout(Stdio::null()).status();
        version.ok().filter(|status| status.success())?;
        Some(Curl(tempfile::tempdir().expect("a folder")))
    }
}

impl Hourly for Curl {
    fn poll(&mut self, scene: &'static Scene, url: &str) {
        let (etag, feed) = (format!("{}.etag", scene.name), format!("{}.xml", scene.name));
        let mut curl = Command::new("curl");
        curl.args(["-fsSR", "--compressed", "-A", "news-cron/1.0 (+https://example.org/about)"]);
        curl.args(["--etag-compare", &etag, "--etag-save", &etag, "-z", &feed, "-o", &feed, url]);
        command::run(&mut curl, self.0.path());
    }
}
