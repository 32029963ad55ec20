//! What two entries say both, summed up.

use super::terms::Said;

/// Shared terms that are looked at, by weight.
const RAREST: usize = 15;

#[derive(Clone, Copy, Default)]
pub struct Weight {
    pub weight: u32,
    /// Of how often it is said, too.
    pub value: u32,
    pub burst: u8,
    pub is_number: bool,
}

/// Sums over the terms that two entries share.
#[derive(Default)]
pub struct Shared {
    pub all: u64,
    pub title: u64,
    /// Weight of the title's terms that are in the other.
    pub a_title: u32,
    pub b_title: u32,
    pub title_rarest: Greatest<3>,
    pub rarest: Greatest<RAREST>,
    pub bursts: Greatest<5>,
    pub places: i32,
    pub numbers: i32,
    pub title_numbers: u8,
    pub a_numbers: u8,
    pub b_numbers: u8,
    pub title_places: u8,
    pub a_places: u8,
    pub b_places: u8,
}

impl Shared {
    /// `x`: what weighs so, as it is said.
    pub fn add(&mut self, x: Said, y: Said, of_x: Weight) {
        let (in_a, in_b) = (u8::from(x.in_title()), u8::from(y.in_title()));
        if x.term().is_place() {
            self.places += 1;
            self.title_places += in_a & in_b;
            self.a_places += in_a;
            self.b_places += in_b;
            return;
        }
        let weight = of_x.weight;
        self.all += u64::from(of_x.value) * u64::from(y.value(weight));
        self.rarest.add(weight);
        self.bursts.add(u32::from(of_x.burst));
        self.numbers += i32::from(of_x.is_number);
        if in_a | in_b == 0 {
            return;
        }
        if of_x.is_number {
            self.title_numbers += in_a & in_b;
            self.a_numbers += in_a;
            self.b_numbers += in_b;
        }
        self.a_title += weight * u32::from(in_a);
        self.b_title += weight * u32::from(in_b);
        if in_a & in_b > 0 {
            self.title += u64::from(weight).pow(2);
            self.title_rarest.add(weight);
        }
    }
}

/// The greatest of some numbers, descending.
pub struct Greatest<const N: usize>([u32; N]);

impl<const N: usize> Default for Greatest<N> {
    fn default() -> Self {
        Greatest([0; N])
    }
}

impl<const N: usize> Greatest<N> {
    /// Most numbers are too small, or soon are; the others go down the row, each past those that
    /// are greater, without a branch.
    pub fn add(&mut self, number: u32) {
        if number <= self.0[N - 1] {
            return;
        }
        let mut number = number;
        for place in &mut self.0 {
            (*place, number) = ((*place).max(number), (*place).min(number));
        }
    }

    pub fn sum(&self, most: usize) -> i32 {
        self.0[..most].iter().sum::<u32>() as i32
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance;

    #[test]
    fn the_greatest_of_many_numbers_are_kept() {
        chance::each(100, |chance| {
            let mut numbers: Vec<u32> =
                (0..chance.below(20)).map(|_| chance.below(9) as u32).collect();
            let mut greatest = Greatest::<5>::default();
            numbers.iter().for_each(|&number| greatest.add(number));
            numbers.sort_unstable_by(|a, b| b.cmp(a));
            for most in 0..=5 {
                let expected: u32 = numbers.iter().take(most).sum();
                assert_eq!(greatest.sum(most), expected as i32);
            }
        });
    }
}
