//! The one place that draws random numbers.

use crate::model::Secret;
use ring::rand::{SecureRandom, SystemRandom};

/// 256 bits.
const BYTES: usize = 32;

/// A fresh secret that nobody can guess: hexadecimal digits.
pub fn secret() -> Secret {
    let mut bytes = [0; BYTES];
    SystemRandom::new().fill(&mut bytes).expect("the system has random numbers");
    Secret::new(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// From 0 up to 1.
pub fn fraction() -> f64 {
    let mut bytes = [0; 4];
    SystemRandom::new().fill(&mut bytes).expect("the system has random numbers");
    f64::from(u32::from_le_bytes(bytes)) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_long_and_never_the_same() {
        let (one, other) = (secret(), secret());
        assert_ne!(one, other);
        assert_eq!(one.reveal().len(), BYTES * 2);
        // WebSub §5.1: a secret has less than 200 bytes.
        assert!(one.reveal().bytes().all(|byte| byte.is_ascii_hexdigit()));
    }
}
