//! Test material that is not in the repository: found, skipped aloud, or required.

use std::io::Write;
use std::path::{Path, PathBuf};

/// A file or folder of the material. `None`: it is absent, which is said on standard
/// error past the test runner's capture.
///
/// # Panics
/// When it is absent and COUNTYWIRE_REQUIRE_SHARED is 1.
pub fn material(name: &str) -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared");
    let shared = std::env::var_os("COUNTYWIRE_SHARED").map_or_else(beside, PathBuf::from);
    let path = shared.join(name);
    if path.exists() {
        return Some(path);
    }
    let required = std::env::var("COUNTYWIRE_REQUIRE_SHARED").is_ok_and(|value| value == "1");
    assert!(!required, "COUNTYWIRE_REQUIRE_SHARED=1, but there is no {}", path.display());
    let test = std::thread::current().name().unwrap_or("a test").to_owned();
    let _ = writeln!(
        std::io::stderr(),
        "skipped {test}: there is no {} (set COUNTYWIRE_SHARED)",
        path.display()
    );
    None
}
