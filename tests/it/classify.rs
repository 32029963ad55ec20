//! `countywire classify`: its lines, its tables and its exit codes.

use crate::support::home::{self, Ended, Home, Settings};
use crate::support::{keys, words};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;

fn classify(home: &Home, args: &[&str], lines: &[Value]) -> Ended {
    let input: String = lines.iter().map(|line| format!("{line}\n")).collect();
    home::to_end(home.command(&[&["classify"], args].concat()), input.as_bytes())
}

fn paths(verdicts: &Value) -> Vec<&str> {
    let regions = verdicts["regions"].as_array().expect("a list");
    regions.iter().map(|region| region["path"].as_str().expect("a path")).collect()
}

#[test]
fn each_line_is_answered_with_regions_topics_and_their_evidence() {
    let home = Home::new(&Settings::new());
    let lines = [
        json!({"id": 7, "title": "今日陝西興平一小区起火", "text": "消防已赶到。", "more": [1]}),
        json!({"id": "b", "title": "昨天我市通车", "text": "", "source_region": "610400"}),
        json!({"id": null, "title": "好天气", "text": null}),
    ];
    let answers = classify(&home, &[], &lines).expect(0).json_lines();
    assert_eq!(answers.len(), 3);
    for answer in &answers {
        assert_eq!(keys(answer), words("id regions topics"));
    }
    let region = &answers[0]["regions"][0];
    assert_eq!(answers[0]["id"], 7);
    assert_eq!(keys(region), words("code path kind score evidence"));
    assert_eq!((&region["code"], &region["kind"]), (&json!("cn610481"), &json!("located")));
    let evidence = json!([
        {"text": "陝西興平", "in": "title", "start": 2, "end": 6, "rule": "ancestor"},
        {"text": "陝西", "in": "title", "start": 2, "end": 4, "rule": "name"},
    ]);
    assert!(evidence.as_array().expect("a list").contains(&region["evidence"][0]), "{region}");
    assert_eq!(answers[0]["topics"][0]["slug"], "disaster");
    for score in [&region["score"], &answers[0]["topics"][0]["score"]] {
        assert!(score.as_f64().is_some_and(|score| 0.0 < score && score < 1.0), "{score}");
    }
    let home = &answers[1]["regions"][0];
    assert_eq!((&home["path"], &home["kind"]), (&json!("shaanxi/xianyang"), &json!("home")));
    assert_eq!(home["evidence"][0]["rule"], "here");
    assert_eq!(answers[2]["regions"], json!([]));
}

#[test]
fn the_source_region_is_a_path_or_a_code() {
    let home = Home::new(&Settings::new());
    let line = |region: Value| json!({"id": 1, "title": "鼓楼区停水", "source_region": region});
    let given = [json!("fujian/fuzhou"), json!("cn350100"), json!("350100"), json!(350100)];
    for answer in classify(&home, &[], &given.map(line)).expect(0).json_lines() {
        assert_eq!(paths(&answer), ["fujian/fuzhou/gulou"]);
    }
    let ended = classify(&home, &[], &[line(json!("")), line(json!("atlantis"))]).expect(0);
    assert!(ended.stderr.contains("line 2: source_region \"atlantis\""), "{}", ended.stderr);
    assert_eq!(paths(&ended.json_lines()[1]), [] as [&str; 0]);
}

#[test]
fn tables_are_those_of_the_settings_of_the_program_or_given() {
    let line = [json!({"id": 1, "title": "沣西新城开学，King County, Washington"})];
    let region = "[[region]]\npath = \"shaanxi/xixian\"\nname = \"沣西新城\"\n\
                  [[region_words]]\nregion = \"shaanxi/xian\"\nwords = [\"开学\"]\n";
    let home = Home::new(&Settings::new().tables(region));
    let answer = &classify(&home, &[], &line).expect(0).json_lines()[0];
    assert_eq!(paths(answer), ["shaanxi/xian", "shaanxi/xixian"]);
    let first = &answer["regions"][0];
    assert_eq!((&first["kind"], &first["evidence"][0]["rule"]), (&json!("about"), &json!("words")));
    let answer = &classify(&home, &["--gazetteer", "us"], &line).expect(0).json_lines()[0];
    assert_eq!(paths(answer), ["us/wa/king"]);

    std::fs::write(home.path().join("mine.tsv"), "x1\tprovince\t沣西新城\t\t\t\tfengxi\t\n")
        .expect("a writable folder");
    let answer = &classify(&home, &["--gazetteer", "mine.tsv"], &line).expect(0).json_lines()[0];
    assert_eq!(paths(answer), ["fengxi"]);
    for (name, why) in [("atlantis", "no gazetteer"), ("none.tsv", "none.tsv")] {
        let ended = classify(&home, &["--gazetteer", name], &line).expect(1);
        assert!(ended.stderr.contains(why), "{}", ended.stderr);
    }

    // Without a feeds.toml, China; a file that is named must be there and right.
    let line = [json!({"id": 1, "title": "彬县通车"})];
    std::fs::remove_file(home.feeds_toml()).expect("a writable folder");
    let mut command = home::program();
    command.arg("classify").current_dir(home.path());
    let answer = home::to_end(command, format!("{}\n", line[0]).as_bytes()).expect(0).json();
    assert_eq!(paths(&answer), ["shaanxi/xianyang/binzhou"]);
    classify(&home, &[], &line).expect(78);
}

#[test]
fn the_source_region_fills_in_where_that_is_wanted() {
    let home = Home::new(&Settings::new());
    let line = [json!({"id": 1, "title": "运动会开幕", "source_region": "shaanxi/xianyang"})];
    assert_eq!(paths(&classify(&home, &[], &line).expect(0).json()), [] as [&str; 0]);
    let answer = classify(&home, &["--region-fallback"], &line).expect(0).json();
    let region = &answer["regions"][0];
    assert_eq!((&region["path"], &region["kind"]), (&json!("shaanxi/xianyang"), &json!("home")));
    let evidence = json!([
        {"text": "shaanxi/xianyang", "in": "source", "start": 0, "end": 0, "rule": "fallback"}
    ]);
    assert_eq!(region["evidence"], evidence);
}

#[test]
fn a_line_that_cannot_be_read_is_named_and_those_before_it_are_answered() {
    let home = Home::new(&Settings::new());
    let long = format!("{{\"id\": 1, \"title\": \"{}\"}}", "a".repeat(17 << 20));
    let cases: [(&[u8], &str); 6] = [
        (b"{\"id\": 2", "line 3: column 8: EOF"),
        (b"[2, \"a\"]", "line 3: no object"),
        (b"{\"title\": \"a\"}", "line 3: column 14: missing field `id`"),
        (b"{\"id\": 1, \"title\": 5}", "line 3: column 20: invalid type"),
        (b"{\"id\": 1, \"title\": \"\xFF\"}", "line 3: not UTF-8"),
        (long.as_bytes(), "line 3: longer than"),
    ];
    for (line, why) in cases {
        let input = [b"{\"id\": 1}\n\n", line, b"\n{\"id\": 4}\n"].concat();
        let ended = home::to_end(home.command(&["classify"]), &input).expect(65);
        assert!(ended.stderr.contains(why), "{why}: {}", ended.stderr);
        assert_eq!(ended.json_lines().len(), 1, "{why}");
    }
    let ended = home::to_end(home.command(&["classify"]), b"{\"id\": 1}").expect(0);
    assert_eq!(ended.json_lines().len(), 1, "the last line needs no end");
}

#[test]
fn a_line_is_answered_before_the_next_one_comes() {
    let home = Home::new(&Settings::new());
    let mut command = home.command(&["classify"]);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("the program starts");
    let mut input = child.stdin.take().expect("piped");
    let mut output = BufReader::new(child.stdout.take().expect("piped"));
    for id in 1..=3 {
        input.write_all(format!("{{\"id\": {id}}}\n").as_bytes()).expect("it reads");
        let mut answer = String::new();
        output.read_line(&mut answer).expect("it answers");
        assert!(answer.starts_with(&format!("{{\"id\":{id},")), "{answer}");
    }
    drop(input);
    assert_eq!(home::wait(&mut child), Some(0));
}

#[test]
fn help_tells_the_forms_the_kinds_and_the_rules() {
    let home = Home::new(&Settings::new());
    let help = home.run(&["classify", "--help"]).expect(0).stdout;
    for word in [
        "source_region",
        "located",
        "about",
        "home",
        "characters",
        "--gazetteer",
        "exit code 65",
        "region_fallback",
        "ancestor",
        "landmark",
        "prior",
    ] {
        assert!(help.contains(word), "{word}: {help}");
    }
}

#[test]
fn american_towns_are_no_counties_of_their_name() {
    let home = Home::new(&Settings::new());
    let american = "[regions]\ngazetteer = \"us\"\npublish = [\"us/ne\"]";
    let settings = Settings::new().text();
    home.write(&settings.replace("[regions]\npublish = [\"shaanxi\"]", american));
    let cases = [
        ("Storm hits Lincoln, Nebraska", &["us/ne/lancaster"][..]),
        ("Storm hits Lincoln, Neb.", &["us/ne/lancaster"]),
        ("LINCOLN, Neb. (AP) — A storm hit", &["us/ne/lancaster"]),
        ("Lincoln County, Nebraska, votes", &["us/ne/lincoln"]),
        ("Water is short in Jackson, Mississippi", &["us/ms/hinds"]),
        ("Water is short in Jackson, Miss.", &["us/ms/hinds"]),
        ("Water is short in Jackson, MS", &["us/ms/hinds"]),
        ("Fire in Jackson, Oregon", &["us/or/jackson"]),
        ("Storm in Des Moines, Iowa", &["us/ia/polk"]),
        ("Storm in Des Moines County, Iowa", &["us/ia/des-moines"]),
        ("Trial in Richmond, Va., begins", &["us/va/richmond-city"]),
        ("Schools close in Montgomery County, Md.", &["us/md/montgomery"]),
        ("Schools close in Montgomery County (Md.)", &["us/md/montgomery"]),
        ("Schools close in Montgomery County (MD)", &["us/md/montgomery"]),
        ("Schools close in Montgomery County (Maryland)", &["us/md/montgomery"]),
        ("Fire near Yakima (WA) grows", &["us/wa/yakima"]),
        ("Doña Ana County votes", &["us/nm/dona-ana"]),
        ("Dona Ana County votes", &["us/nm/dona-ana"]),
        ("Fire in Doña Ana, N.M., grows", &["us/nm/dona-ana"]),
        ("Fire in Dona Ana, N.M., grows", &["us/nm/dona-ana"]),
        ("MARICOPA COUNTY APPROVES BUDGET", &["us/az/maricopa"]),
        ("STORM HITS LINCOLN, NEBRASKA", &["us/ne/lancaster"]),
        ("STORM HITS ST. LOUIS, MO", &["us/mo/st-louis-city"]),
        ("Fire in DEKALB COUNTY, Ga., grows", &["us/ga/dekalb"]),
        ("Fire in PRINCE GEORGE'S COUNTY grows", &["us/md/prince-george-s"]),
        ("Fire in MARICOPA COUNTY grows", &["us/az/maricopa"]),
        ("Storm hits Washington, Mo.", &["us/mo/franklin"]),
        ("Storm hits Washington (Mo.)", &["us/mo/franklin"]),
        ("WASHINGTON, Mo. (AP) — A storm hit", &["us/mo/franklin"]),
        ("Washington, Missouri, man held", &["us/mo"]),
        ("Talks in Washington, DC", &["us/dc"]),
        ("Storm hits Kansas City, Mo.", &["us/mo/jackson"]),
        ("Storm hits Kansas City, Kan.", &["us/ks/wyandotte"]),
        ("Storm hits Kansas City, Kansas", &["us/ks/wyandotte"]),
        ("Fire in Nevada, Iowa", &["us/ia/story"]),
        ("NEVADA, Iowa (AP) — A fire grows", &["us/ia/story"]),
        ("FIRE IN NEVADA, IOWA", &["us/ia/story"]),
        ("Fire in Nevada, Mo., grows", &["us/mo/vernon"]),
        ("Fire in Wyoming, Mich.", &["us/mi/kent"]),
        ("Fire in Wyoming, MI", &["us/mi/kent"]),
        ("Fire in Virginia, Minn.", &["us/mn/st-louis"]),
        ("Fire in Virginia, Ill.", &["us/il"]),
        ("Fire in Michigan City, Ind.", &["us/in/laporte"]),
        ("Michigan City mayor resigns", &["us/in/laporte"]),
        ("Water is short in New York, N.Y.", &["us/ny"]),
        ("Storms hit Texas, Okla.", &["us/tx", "us/ok"]),
        ("Storms hit Texas and Nevada, Iowa", &[]),
        ("Storms hit Wyoming, Michigan and Ohio", &[]),
        ("Storms hit Nevada, Utah", &["us/nv", "us/ut"]),
        ("THE COUNTY IS TO VOTE", &[]),
        ("A county (OR two) votes", &[]),
    ];
    let lines: Vec<Value> =
        cases.iter().map(|(title, _)| json!({"id": title, "title": title})).collect();
    for ((title, expected), answer) in
        cases.iter().zip(classify(&home, &[], &lines).expect(0).json_lines())
    {
        assert_eq!(paths(&answer), *expected, "{title}: {answer}");
    }
    let answer = &classify(&home, &[], &[json!({"id": 1, "title": "FIRE IN MARICOPA COUNTY"})]);
    let answer = answer.json();
    assert_eq!(answer["regions"][0]["evidence"][0]["text"], "MARICOPA COUNTY", "as written");
}
