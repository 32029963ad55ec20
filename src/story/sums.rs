//! What entries share with one, summed up.

/// Sums by number: a table with open addresses, which is kept for the next one.
#[derive(Debug)]
pub struct Sums {
    /// Number and sum; 0 where there is none, for what is shared weighs something.
    places: Box<[(u32, u32)]>,
    taken: Vec<u32>,
}

impl Sums {
    /// `most`: numbers that are ever added to before they are taken.
    pub fn for_at_most(most: usize) -> Self {
        let places = (most * 2).next_power_of_two();
        Sums { places: vec![(0, 0); places].into(), taken: Vec::new() }
    }

    pub fn add(&mut self, number: u32, weight: u32) {
        let mask = self.places.len() - 1;
        let mut at = (number.wrapping_mul(0x9E37_79B1) >> 16) as usize & mask;
        while self.places[at].1 != 0 && self.places[at].0 != number {
            at = (at + 1) & mask;
        }
        let (known, sum) = &mut self.places[at];
        if *sum == 0 {
            *known = number;
            self.taken.push(at as u32);
        }
        *sum += weight;
    }

    /// The numbers with the largest sums, at most `most`, the greatest of equals; none with less
    /// than `least` or than a part, such as 2 for a half, of the largest. Forgets all.
    pub fn take_best(&mut self, least: u32, part: u32, most: usize, best: &mut Vec<u32>) {
        let sums = || self.taken.iter().map(|&at| self.places[at as usize]);
        let largest = sums().map(|(_, sum)| sum).max().unwrap_or_default();
        let least = least.max(largest / part);
        let mut kept: Vec<(u32, u32)> =
            sums().filter(|(_, sum)| *sum >= least).map(|(number, sum)| (sum, number)).collect();
        if kept.len() > most {
            kept.select_nth_unstable_by(most, |a, b| b.cmp(a));
            kept.truncate(most);
        }
        best.extend(kept.into_iter().map(|(_, number)| number));
        for at in self.taken.drain(..) {
            self.places[at as usize] = (0, 0);
        }
    }

    /// Memory that it takes.
    pub fn bytes(&self) -> usize {
        size_of_val(&*self.places) + self.taken.capacity() * size_of::<u32>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance;
    use std::collections::BTreeMap;

    #[test]
    fn the_largest_sums_are_taken_and_nothing_stays() {
        chance::each(200, |chance| {
            let mut sums = Sums::for_at_most(300);
            for _ in 0..3 {
                let mut map: BTreeMap<u32, u32> = BTreeMap::new();
                for _ in 0..chance.below(300) {
                    let (number, weight) =
                        (chance.below(90) as u32 * 65_536, 1 + chance.below(9) as u32);
                    sums.add(number, weight);
                    *map.entry(number).or_default() += weight;
                }
                let (least, part, most) = (1 + chance.below(9) as u32, 2, chance.below(12));
                let largest = map.values().max().copied().unwrap_or_default();
                let mut expected: Vec<(u32, u32)> = map
                    .into_iter()
                    .map(|(number, sum)| (sum, number))
                    .filter(|(sum, _)| *sum >= least.max(largest / part))
                    .collect();
                expected.sort_unstable_by(|a, b| b.cmp(a));
                let mut expected: Vec<u32> =
                    expected.into_iter().take(most).map(|(_, number)| number).collect();
                expected.sort_unstable();
                let mut found = Vec::new();
                sums.take_best(least, part, most, &mut found);
                found.sort_unstable();
                assert_eq!(found, expected);
            }
        });
    }
}
