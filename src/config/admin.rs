//! Where a daemon listens for its admin whose settings have a fault since it was started.

use super::problem::Problems;
use super::{MAX_FILE, check, raw, syntax};
use crate::model::Timestamp;
use std::fs::File;
use std::io::Read;
use std::net::SocketAddr;
use std::path::Path;

/// `[listen] admin` of a file with whatever faults, as far as it can be read, else the default.
pub fn admin_of(path: &Path, now: Timestamp) -> SocketAddr {
    let mut bytes = Vec::new();
    // What cannot be read names nothing.
    let _ = File::open(path).and_then(|file| file.take(MAX_FILE).read_to_end(&mut bytes));
    of_text(&String::from_utf8_lossy(&bytes), now)
}

fn of_text(text: &str, now: Timestamp) -> SocketAddr {
    let mut problems = Problems::new("", text, now);
    let (raw, _) = syntax::recover(text, |document| raw::read(document, &mut problems));
    check::listen(&raw.listen, &mut problems).admin
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_elsewhere_do_not_hide_the_address() {
        let own = "[listen]\nadmin = \"127.0.0.1:9\"\n";
        for (text, port) in [
            (format!("{own}[poll]\nschedule = \"soon\"\n"), 9),
            (format!("[[source]]\nid =\n{own}"), 9),
            (format!("{own}[poll\n"), 9),
            (own.replace("127", "two"), 8081),
            (String::new(), 8081),
        ] {
            assert_eq!(of_text(&text, Timestamp(0)), ([127, 0, 0, 1], port).into(), "{text}");
        }
    }
}
