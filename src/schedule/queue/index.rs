//! Finds numbers by hashes of names, in eight bytes a place. Whoever owns the names tells
//! which number is meant where hashes agree.

/// Open addressing, one place after the other (Knuth, *The Art of Computer Programming* 3,
/// §6.4, algorithms L and R).
#[derive(Debug, Default)]
pub(super) struct Index {
    /// As many as a power of two, a quarter of them vacant.
    places: Vec<Place>,
    taken: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    /// The lower half of it.
    hash: u32,
    number: u32,
}

const VACANT: Place = Place { hash: 0, number: u32::MAX };
const LEAST: usize = 16;

impl Index {
    /// `is_meant`: whether a number whose hash is like that has the name sought.
    pub fn find(&self, hash: u64, is_meant: impl Fn(u32) -> bool) -> Option<u32> {
        let hash = hash as u32;
        let last = self.places.len().checked_sub(1)?;
        let mut at = hash as usize & last;
        loop {
            let place = self.places[at];
            if place == VACANT {
                return None;
            }
            if place.hash == hash && is_meant(place.number) {
                return Some(place.number);
            }
            at = (at + 1) & last;
        }
    }

    /// `number`: below 2^32 − 1, and not in it yet.
    pub fn insert(&mut self, hash: u64, number: u32) {
        if (self.taken + 1) * 4 > self.places.len() * 3 {
            let roomy = vec![VACANT; (self.places.len() * 2).max(LEAST)];
            let before = std::mem::replace(&mut self.places, roomy);
            before.into_iter().filter(|place| *place != VACANT).for_each(|place| self.put(place));
        }
        self.put(Place { hash: hash as u32, number });
        self.taken += 1;
    }

    pub fn remove(&mut self, hash: u64, number: u32) {
        let gone = Place { hash: hash as u32, number };
        let Some(last) = self.places.len().checked_sub(1) else { return };
        let mut hole = gone.hash as usize & last;
        while self.places[hole] != gone {
            if self.places[hole] == VACANT {
                return;
            }
            hole = (hole + 1) & last;
        }
        self.taken -= 1;
        // Those that come after are found only if no hole lies between them and their home.
        let mut at = hole;
        loop {
            at = (at + 1) & last;
            let place = self.places[at];
            if place == VACANT {
                break;
            }
            let from_home = at.wrapping_sub(place.hash as usize) & last;
            if from_home >= at.wrapping_sub(hole) & last {
                self.places[hole] = place;
                hole = at;
            }
        }
        self.places[hole] = VACANT;
    }

    fn put(&mut self, place: Place) {
        let last = self.places.len() - 1;
        let mut at = place.hash as usize & last;
        while self.places[at] != VACANT {
            at = (at + 1) & last;
        }
        self.places[at] = place;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::each;
    use std::collections::HashMap;

    #[test]
    fn names_whose_hashes_agree_are_told_apart() {
        let names = ["a", "b", "c"];
        let mut index = Index::default();
        let find = |index: &Index, name| index.find(7, |number| names[number as usize] == name);
        assert_eq!(find(&index, "a"), None);
        (0..3).for_each(|number| index.insert(7, number));
        assert_eq!(
            ["a", "b", "c", "d"].map(|n| find(&index, n)),
            [Some(0), Some(1), Some(2), None]
        );
        index.remove(7, 0);
        index.remove(7, 0);
        assert_eq!(["a", "b", "c"].map(|n| find(&index, n)), [None, Some(1), Some(2)]);
    }

    #[test]
    fn any_order_of_calls_finds_what_a_map_finds() {
        each(200, |chance| {
            // Few homes, so that runs meet and wrap around.
            let hash = |number: u32| u64::from(number % 5).wrapping_sub(3) << (number % 2 * 32);
            let (mut index, mut map) = (Index::default(), HashMap::new());
            for _ in 0..200 {
                let number = chance.below(40) as u32;
                if map.remove(&number).is_some() {
                    index.remove(hash(number), number);
                } else {
                    index.insert(hash(number), number);
                    map.insert(number, ());
                }
                for number in 0..40 {
                    let found = index.find(hash(number), |other| other == number);
                    assert_eq!(found, map.contains_key(&number).then_some(number));
                }
            }
        });
    }
}
