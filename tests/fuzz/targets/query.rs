//! Any text as a search: read or refused, never a panic, and bounded either way.

#![no_main]

use countywire::search::Query;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let read = Query::parse(text);
    match &read {
        Ok(query) => {
            let (mut parts, mut terms) = (0, Vec::new());
            for own in [&query.wanted, &query.unwanted] {
                parts += own.phrases.len() + own.beginnings.len();
                parts += own.regions.len() + own.topics.len() + own.sources.len();
                terms.extend(own.phrases.iter().flat_map(|phrase| &phrase.0).map(|(_, term)| term));
                terms.extend(&own.beginnings);
            }
            assert!(terms.len() <= 200 && parts <= 16);
            assert!(terms.iter().all(|term| !term.is_empty() && term.len() <= 64));
        }
        Err(refused) => assert!(refused.to_string().len() < 1200),
    }
    if text.chars().count() < 200 {
        assert_eq!(Query::parse(&format!(" {text}")), read);
    }
});
