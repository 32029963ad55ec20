//! A body that is not in its Content-Encoding is asked for again without compression, once.

use crate::commands::settings;
use crate::support::documents::{Form, News};
use crate::support::home::Home;
use crate::support::origin::{Origin, Reply};
use std::time::Duration;

#[test]
fn the_second_request_keeps_the_spacing_and_later_polls_need_none() {
    let origin = Origin::start();
    let body = Form::Rss20.document(&[News::new("a", 1, "来稿", 1)]).body;
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\nContent-Encoding: br\r\n\
         Content-Length: {}\r\n\r\n",
        body.len()
    );
    origin.set("/mislabelled", Reply::Raw([head.as_bytes(), &body].concat()));
    let url = origin.url("/mislabelled");
    let home = Home::new(&settings().poll("host_spacing = \"3s\"").source("paper", &url, ""));
    home.run(&["poll", "paper"]).expect(0);
    let asked = origin.asked("/mislabelled");
    let codings = |from: usize| {
        let asked = origin.asked("/mislabelled");
        let coding = |n: usize| asked[n].header("accept-encoding").unwrap_or("").to_owned();
        (from..asked.len()).map(coding).collect::<Vec<_>>()
    };
    assert_eq!(asked.len(), 2);
    assert!(codings(0)[0].contains("gzip") && codings(0)[1] == "identity", "{:?}", codings(0));
    let gap = asked[1].at - asked[0].at;
    assert!(gap >= Duration::from_secs(3), "{gap:?}");
    let row = &home.run(&["sources", "--json"]).expect(0).json()[0];
    assert!(row["defects"].to_string().contains("asked-twice"), "{row}");
    let line = &home.run(&["polls", "paper", "--json"]).expect(0).json_lines()[0];
    assert_eq!(line["received_bytes"], 2 * body.len(), "{line}");
    assert!(line["next_reason"].to_string().contains("; asked twice: "), "{line}");

    home.run(&["poll", "paper"]).expect(0);
    home.run(&["poll", "paper"]).expect(0);
    assert_eq!(codings(2), ["identity", "identity"]);
    let line = &home.run(&["polls", "paper", "--json"]).expect(0).json_lines()[0];
    assert_eq!(line["received_bytes"], body.len(), "{line}");
    assert!(!line["next_reason"].to_string().contains("asked twice"), "{line}");
}
