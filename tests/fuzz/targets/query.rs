//! Any text as a search: read or refused, never a panic, and bounded either way.

#![no_main]

use countywire::search::Query;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let read = Query::parse(text);
    match &read {
        Ok(query) => {
            let terms = query.phrases.iter().map(|phrase| phrase.0.len()).sum::<usize>();
            let filters = query.regions.len() + query.topics.len() + query.sources.len();
            assert!(terms <= 200 && query.phrases.len() + filters <= 16);
            let mut all = query.phrases.iter().flat_map(|phrase| &phrase.0);
            assert!(all.all(|(_, term)| !term.is_empty() && term.len() <= 64));
        }
        Err(refused) => assert!(refused.to_string().len() < 1200),
    }
    if text.chars().count() < 200 {
        assert_eq!(Query::parse(&format!(" {text}")), read);
    }
});
