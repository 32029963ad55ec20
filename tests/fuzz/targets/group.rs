//! Any texts as entries, one a line, a NUL between title and text: never a panic, memory within
//! bounds, scores the same for both orders, and a window filled from what was decided decides on
//! the same as the one that decided.

#![no_main]

use countywire::model::Timestamp;
use countywire::story::{Place, Sketch, Window, scores};
use libfuzzer_sys::fuzz_target;

const CAPACITY: usize = 6;

fuzz_target!(|input: &str| {
    let entries: Vec<Sketch> = input
        .lines()
        .take(24)
        .enumerate()
        .map(|(hour, line)| {
            let (title, text) = line.split_once('\0').unwrap_or((line, line));
            let at = Timestamp((hour * hour) as i64 * 3600);
            Sketch::new(title, text, at)
        })
        .collect();
    for pair in entries.windows(2) {
        assert!(pair[0].bytes() < 8192);
        assert_eq!(scores(&pair[0], &pair[1]), scores(&pair[1], &pair[0]));
    }
    let mut whole = Window::with_capacity(CAPACITY);
    let mut places: Vec<Place<usize>> = Vec::new();
    for (id, sketch) in entries.iter().enumerate() {
        let at = Timestamp((id * id) as i64 * 3600);
        let place = whole.add(id, sketch.clone(), at);
        assert!(place.story <= id && place.reprint_of.is_none_or(|first| first < id));
        let mut refilled = Window::with_capacity(CAPACITY);
        for before in id.saturating_sub(CAPACITY)..id {
            let at = Timestamp((before * before) as i64 * 3600);
            refilled.keep(before, entries[before].clone(), at, places[before].clone());
        }
        assert_eq!(refilled.add(id, sketch.clone(), at), place);
        places.push(place);
    }
});
