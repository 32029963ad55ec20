//! Any bytes as `feeds.toml`: checked whole, with a gazetteer of the admin's own where it
//! names one, which is what follows the first NUL. Touches no disk.

#![no_main]

use countywire::config::{Config, Found, Problem, Unread, Wanted, from_bytes};
use countywire::model::Timestamp;
use libfuzzer_sys::fuzz_target;

const FILE: &str = "/etc/countywire/feeds.toml";
const NOW: Timestamp = Timestamp(1_795_507_200);
/// A problem quotes what is wrong, and never at length; lists of what is known have an end.
const LONGEST: usize = 2_000;

fn load(bytes: &[u8], table: Option<&str>) -> Result<Config, Vec<Problem>> {
    let read = |_: Wanted<'_>| match table {
        Some(text) => Ok(Found { text: text.to_owned(), is_open: false }),
        None => Err(Unread::Failed("no such file".to_owned())),
    };
    from_bytes(FILE, bytes, NOW, &read)
}

fuzz_target!(|bytes: &[u8]| {
    let (bytes, table) = match bytes.iter().position(|byte| *byte == 0) {
        Some(end) => (&bytes[..end], std::str::from_utf8(&bytes[end + 1..]).ok()),
        None => (bytes, None),
    };
    let text = String::from_utf8_lossy(bytes);
    // The country's gazetteer takes most of the time: it is for those who speak of it.
    let first_line: &[u8] =
        if text.contains("regions") { b"" } else { b"regions.gazetteer = []\n" };
    let bytes = [first_line, bytes].concat();
    let first = load(&bytes, table);
    let text = String::from_utf8_lossy(&bytes);
    let lines: Vec<&str> = text.split('\n').collect();
    let table_lines = table.map_or(0, |table| table.lines().count());
    match &first {
        Ok(config) => {
            config.warnings.iter().for_each(|problem| check(problem, &lines, table_lines));
            // What it amounts to can be told, and it has no source twice.
            assert!(!config.summary().to_string().is_empty());
            let mut ids: Vec<&str> = config.sources.iter().map(|s| s.id.as_str()).collect();
            ids.sort_unstable();
            assert!(ids.windows(2).all(|pair| pair[0] != pair[1]), "{ids:?}");
            assert_eq!(load(&bytes, table), first);
        }
        Err(problems) => {
            assert!(!problems.is_empty());
            problems.iter().for_each(|problem| check(problem, &lines, table_lines));
            let here = problems.iter().filter(|problem| &*problem.file == FILE);
            assert!(here.map(|p| (p.line, p.column)).is_sorted(), "{problems:#?}");
        }
    }
});

/// It lies inside its file, and is told in one line of bounded length.
fn check(problem: &Problem, lines: &[&str], table_lines: usize) {
    if &*problem.file == FILE {
        let line = problem.line.checked_sub(1).and_then(|at| lines.get(at));
        let line = line.unwrap_or_else(|| panic!("outside the file: {problem}"));
        assert!((1..=line.chars().count() + 1).contains(&problem.column), "{problem}");
    } else {
        assert!((1..=table_lines).contains(&problem.line), "outside the gazetteer: {problem}");
    }
    let shown = problem.to_string();
    assert!(!shown.contains(char::is_control), "{shown:?}");
    assert!(shown.len() <= LONGEST, "{} bytes: {shown}", shown.len());
}
