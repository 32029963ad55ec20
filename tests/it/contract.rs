//! ARCHITECTURE.md names a test for each promise of the published contract: each is there.

use std::path::Path;

const DOCUMENT: &str = include_str!("../../ARCHITECTURE.md");

/// Each `module::name` of the second cells of the table.
fn named() -> Vec<(&'static str, &'static str)> {
    let from = DOCUMENT.find("| promise | test").expect("the table is there");
    let rows = DOCUMENT[from..].lines().skip(2).take_while(|line| line.starts_with('|'));
    let cells = rows.map(|row| row.trim_end_matches('|').rsplit('|').next().unwrap_or_default());
    let names = cells.flat_map(|cell| cell.split('`').skip(1).step_by(2));
    names.filter_map(|name| name.rsplit_once("::")).collect()
}

/// The file of a module below `tests/it`, or of one of the library's.
fn source(module: &str) -> String {
    let path = module.replace("::", "/");
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    ["tests/it", "src"]
        .iter()
        .flat_map(|folder| [format!("{folder}/{path}.rs"), format!("{folder}/{path}/mod.rs")])
        .find_map(|file| std::fs::read_to_string(root.join(file)).ok())
        .unwrap_or_else(|| panic!("there is no module {module}"))
}

#[test]
fn every_promise_names_a_test_that_there_is() {
    let named = named();
    assert!(named.len() > 50, "{}", named.len());
    for (module, name) in named {
        let source = source(module);
        let (_, before) = source
            .find(&format!("fn {name}("))
            .map(|at| (at, &source[..at]))
            .unwrap_or_else(|| panic!("there is no {module}::{name}"));
        let attributes = before.rsplit("\n\n").next().unwrap_or_default();
        assert!(
            attributes.contains("#[test]") || attributes.contains("::test"),
            "{module}::{name} is no test"
        );
    }
}
