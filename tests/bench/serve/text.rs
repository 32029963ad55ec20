//! Texts that are as hard to pack as news are.

/// Every letter is of some 1,500, by chance; some are more frequent.
pub struct Letters(u64);

impl Letters {
    pub fn new(seed: u64) -> Letters {
        Letters(seed)
    }

    pub fn text(&mut self, letters: usize) -> String {
        (0..letters).map(|_| self.letter()).collect()
    }

    fn letter(&mut self) -> char {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let chance = (self.0 >> 33) as u32;
        char::from_u32(0x4E00 + (chance % 500) * ((chance >> 16) % 3)).unwrap_or('一')
    }
}
