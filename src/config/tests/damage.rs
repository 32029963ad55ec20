//! Files that are no settings, or were once.

use super::*;

#[test]
fn files_that_are_no_text_are_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("feeds.toml");
    let error = load(&file, NOW).expect_err("missing");
    assert_eq!(error.kind(), "read");
    assert!(error.to_string().contains("feeds.toml cannot be read: "), "{error}");
    std::fs::write(&file, b"[site]\ntitle = \"\xcf\xd8\"\n").expect("written");
    let error = load(&file, NOW).expect_err("GBK").to_string();
    assert!(
        error.ends_with("feeds.toml:2:10: syntax: not UTF-8; save the file as UTF-8"),
        "{error}"
    );
}

#[test]
fn a_problem_is_one_line_however_odd_or_long_what_is_written() {
    let long = "a".repeat(5_000);
    let topics: String = (0..500)
        .map(|n| format!("[[topic]]\nid = \"t{n}\"\ntitle = \"甲\"\nwords = [\"甲\"]\n"))
        .collect();
    let source = "[[source]]\nid = \"x\"\ntitle = \"X\"\nurl = \"https://a.cn/\"\n";
    for text in [
        "[site]\n\"ti\\u001b[31mtle\\n\" = 1\n".to_owned(),
        "[site]\n\u{1c} = 1\n\u{1c} = 2\n".to_owned(),
        format!("{source}headers = {{ \"a\\nb\" = 5, \"{long}\" = \"é\" }}\n"),
        format!("[site]\n{long} = 1\n{long} = 1\ntitle = {long}\n"),
        format!(
            "[poll]\ntimeout = \"1{long}\"\nschedule = \"* * * * {}\"\n",
            "\\u0001".repeat(240)
        ),
        format!("[[host]]\nmatch = \"{long}:\"\n{source}zone = \"{long}\"\n"),
        format!("{topics}{source}topics = [\"no such topic at all\"]\n"),
    ] {
        let problems = parse("feeds.toml", &text, NOW).expect_err("a problem");
        for shown in problems.iter().map(Problem::to_string) {
            assert!(!shown.contains(char::is_control), "{shown:?}");
            assert!(shown.len() < 2_000, "{shown}");
        }
    }
    // What can be shown as it is stays so.
    let problems = parse("feeds.toml", "[site]\n\"a b\" = 1\n\"a\\tb\" = 1\n", NOW);
    let keys: Vec<String> =
        problems.expect_err("unknown keys").into_iter().map(|problem| problem.key).collect();
    assert_eq!(keys, ["site.a b", "site.\"a\\tb\""]);
}

#[test]
fn many_problems_on_one_line_cost_little() {
    let list = "5, ".repeat(200_000);
    let text = format!("[regions]\ngazetteer = []\npublish = [\"甲\", {list}]\n");
    let problems = parse("feeds.toml", &text, NOW).expect_err("no strings");
    let columns: Vec<usize> = problems.iter().skip(1).map(|problem| problem.column).collect();
    assert_eq!(columns, (0..200_000).map(|n| 17 + 3 * n).collect::<Vec<_>>());
}

/// Whatever is cut out of or put into a good file, the answer is a configuration or
/// problems that lie inside the file, in order.
#[test]
fn damaged_files_never_panic_and_problems_lie_inside() {
    const GOOD: &str = "[regions]\ngazetteer = []\n[site]\ntitle = \"县闻\"\n[poll]\ntimeout = \"10s\"\n\
        allow_addresses = [\"10.0.0.0/8\"]\n[[topic]]\nid = \"a\"\ntitle = \"甲\"\n\
        words = [\"甲\"]\n[[source]]\nid = \"x\"\ntitle = \"兴平\"\n\
        url = \"https://a.cn/\"\nheaders = { X = \"y\" }\nschedule = \"5 * * * *\"\n";
    valid(GOOD);
    let check = |text: &str| {
        let Err(problems) = parse("feeds.toml", text, NOW) else { return };
        assert!(!problems.is_empty());
        let lines: Vec<&str> = text.split('\n').collect();
        let places: Vec<_> = problems.iter().map(|p| (p.line, p.column)).collect();
        assert!(places.is_sorted(), "{text}\n{places:?}");
        for problem in &problems {
            let line = lines.get(problem.line - 1).unwrap_or_else(|| panic!("{text}\n{problem}"));
            assert!(problem.column <= line.chars().count() + 1, "{text}\n{problem}");
            assert!(!problem.to_string().contains(char::is_control), "{problem:?}");
        }
    };
    for (index, (at, _)) in GOOD.char_indices().enumerate() {
        check(&GOOD[..at]);
        let end = GOOD.floor_char_boundary((at + 7).min(GOOD.len()));
        check(&format!("{}{}", &GOOD[..at], &GOOD[end.max(at)..]));
        // One insertion a place: all of them everywhere would take long.
        let put = ["\"", "]", "[", "=", "\n", "{", "\\", "'''", "\"\"\"", "\0", "é", "9", "#"];
        check(&format!("{}{}{}", &GOOD[..at], put[index % put.len()], &GOOD[at..]));
    }
}
