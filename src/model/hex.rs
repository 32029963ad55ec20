//! Hashes and other numbers that are names, in JSON: hexadecimal digits, since many programs
//! keep 53 bits of a number. For `#[serde(with)]`.

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub trait Hex: Copy {
    const DIGITS: usize;
    fn number(self) -> u128;
    /// `number`: of so many digits.
    fn of(number: u128) -> Self;
}

impl Hex for u64 {
    const DIGITS: usize = 16;

    fn number(self) -> u128 {
        u128::from(self)
    }

    fn of(number: u128) -> Self {
        number as u64
    }
}

impl Hex for [u8; 16] {
    const DIGITS: usize = 32;

    fn number(self) -> u128 {
        u128::from_be_bytes(self)
    }

    fn of(number: u128) -> Self {
        number.to_be_bytes()
    }
}

/// One after the other.
impl Hex for (u64, u64) {
    const DIGITS: usize = 32;

    fn number(self) -> u128 {
        u128::from(self.0) << 64 | u128::from(self.1)
    }

    fn of(number: u128) -> Self {
        ((number >> 64) as u64, number as u64)
    }
}

struct Digits<T>(T);

impl<T: Hex> Serialize for Digits<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{:0width$x}", self.0.number(), width = T::DIGITS))
    }
}

impl<'de, T: Hex> Deserialize<'de> for Digits<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let is_plain = text.len() == T::DIGITS && text.bytes().all(|b| b.is_ascii_hexdigit());
        let number = is_plain.then(|| u128::from_str_radix(&text, 16).ok()).flatten();
        let number = number.ok_or_else(|| {
            Error::custom(format_args!("{text:?} is not {} hexadecimal digits", T::DIGITS))
        })?;
        Ok(Digits(T::of(number)))
    }
}

pub fn serialize<T: Hex, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
    Digits(*value).serialize(serializer)
}

pub fn deserialize<'de, T: Hex, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    Digits::deserialize(deserializer).map(|Digits(value)| value)
}

pub mod option {
    use super::*;

    pub fn serialize<T: Hex, S: Serializer>(
        value: &Option<T>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        value.map(Digits).serialize(serializer)
    }

    pub fn deserialize<'de, T: Hex, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<T>, D::Error> {
        let value: Option<Digits<T>> = Option::deserialize(deserializer)?;
        Ok(value.map(|Digits(value)| value))
    }
}

pub mod list {
    use super::*;

    pub fn serialize<T: Hex, S: Serializer>(
        values: &[T],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(values.iter().copied().map(Digits))
    }

    pub fn deserialize<'de, T: Hex, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<T>, D::Error> {
        let values: Vec<Digits<T>> = Vec::deserialize(deserializer)?;
        Ok(values.into_iter().map(|Digits(value)| value).collect())
    }
}
