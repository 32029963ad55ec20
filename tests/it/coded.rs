//! Documents in the codings that readers ask for: the same document, under an ETag of its own.

use crate::support::counties::{COUNTY, Wire};
use crate::support::http::Answer;
use std::io::{Cursor, Read};

const CODINGS: [(&str, &str); 3] = [("gzip", "-gz"), ("br", "-br"), ("zstd", "-zstd")];

fn addresses() -> [String; 4] {
    [COUNTY.to_owned(), format!("{COUNTY}.atom"), format!("{COUNTY}.json"), "/style.css".to_owned()]
}

fn unpacked(answer: &Answer) -> Vec<u8> {
    let packed = Cursor::new(&answer.body);
    let mut plain = Vec::new();
    match answer.header("content-encoding") {
        Some("gzip") => flate2::read::GzDecoder::new(packed).read_to_end(&mut plain),
        Some("br") => brotli::Decompressor::new(packed, 4096).read_to_end(&mut plain),
        Some("zstd") => zstd::Decoder::new(packed).expect("zstd").read_to_end(&mut plain),
        other => panic!("{other:?} was not asked for"),
    }
    .expect("in the coding that it names");
    plain
}

fn tagged(plain: &Answer, suffix: &str) -> String {
    let etag = plain.etag();
    format!("{}{suffix}\"", &etag[..etag.len() - 1])
}

#[test]
fn each_coding_is_the_same_document_under_its_own_strong_etag() {
    let wire = Wire::with(30);
    for path in addresses() {
        let plain = wire.get(&path, &[]).expect(200);
        assert_eq!(plain.header("content-encoding"), None);
        for (coding, suffix) in CODINGS {
            let packed = wire.get(&path, &[("Accept-Encoding", coding)]).expect(200);
            assert_eq!(packed.header("content-encoding"), Some(coding), "{path}");
            assert_eq!(unpacked(&packed), plain.body, "{path} in {coding}");
            assert!(packed.body.len() < plain.body.len(), "{path} in {coding}");
            assert_eq!(packed.etag(), tagged(&plain, suffix), "{path}: strong ETags name bytes");
            let again = wire.get(&path, &[("Accept-Encoding", coding)]).expect(200);
            assert_eq!(again.body, packed.body, "{path} in {coding}: made once");
            let refused = wire.get(&path, &[("Accept-Encoding", &format!("{coding};q=0"))]);
            assert_eq!((refused.etag(), refused.body), (plain.etag(), plain.body.clone()));
            for answer in [&plain, &packed] {
                assert_eq!(answer.header("vary"), Some("Accept-Encoding"), "{path}");
            }
        }
    }
}

#[test]
fn the_coding_that_a_reader_likes_best_is_sent() {
    let wire = Wire::with(30);
    for (accepted, coding) in [
        ("gzip, deflate, br, zstd", Some("br")),
        ("gzip, zstd", Some("zstd")),
        ("br;q=0.1, zstd;q=0.2, gzip;q=0.3", Some("gzip")),
        ("br;q=0, *;q=0.5", Some("zstd")),
        ("identity;q=0, gzip;q=0.1", Some("gzip")),
        ("identity, br;q=0.9", None),
        ("br;q=high, deflate", None),
    ] {
        let answer = wire.get(COUNTY, &[("Accept-Encoding", accepted)]).expect(200);
        assert_eq!(answer.header("content-encoding"), coding, "{accepted}");
    }
    for refusing in ["identity;q=0", "*;q=0"] {
        let refused = wire.get(COUNTY, &[("Accept-Encoding", refusing)]).expect(406);
        assert_eq!(refused.header("cache-control"), Some("no-store"), "{refusing}");
    }
}

#[test]
fn whoever_has_a_version_in_any_coding_is_told_so_under_the_etag_that_it_has() {
    let wire = Wire::with(3);
    for path in addresses() {
        let plain = wire.get(&path, &[]).expect(200);
        let all = [("identity", plain.etag())];
        let coded = CODINGS.map(|(coding, suffix)| (coding, tagged(&plain, suffix)));
        let all: Vec<_> = all.into_iter().chain(coded).collect();
        for (_, had) in &all {
            for (accepted, of_accepted) in &all {
                let headers = [("Accept-Encoding", *accepted), ("If-None-Match", had.as_str())];
                let answer = wire.assert_not_modified(&path, &headers);
                assert_eq!(answer.etag(), *had, "{path}: a cache freshens what it has");
                assert_eq!(answer.header("vary"), Some("Accept-Encoding"));
                assert_eq!(answer.header("content-encoding"), None);
                let both = format!("{had}, {of_accepted}");
                let headers = [("Accept-Encoding", *accepted), ("If-None-Match", both.as_str())];
                assert_eq!(wire.assert_not_modified(&path, &headers).etag(), *of_accepted);
            }
        }
        let unknown = tagged(&plain, "-xz");
        wire.assert_modified(&path, &[("If-None-Match", &unknown)]);
    }
}
