//! Integers as databases deliver them: as numbers, or as decimal text.
//!
//! `mysqli` without native types answers `"42"`. Anything else (`"042"`, `" 42"`, `4.2e1`, `true`) is refused.

use serde::de::{Deserializer, Error, Unexpected, Visitor};

struct Number;

impl Visitor<'_> for Number {
    type Value = i64;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("an integer, or its canonical decimal text")
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<i64, E> {
        Ok(value)
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<i64, E> {
        i64::try_from(value).map_err(|_| E::invalid_value(Unexpected::Unsigned(value), &self))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<i64, E> {
        match value.parse::<i64>() {
            Ok(number) if number.to_string() == value => Ok(number),
            _ => Err(E::invalid_value(Unexpected::Str(value), &self)),
        }
    }
}

/// Reads an integer.
///
/// # Errors
/// What the format's deserializer answers when the value is no integer.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    deserializer.deserialize_any(Number)
}

/// An identifier of a row or a WordPress user: a positive integer.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, serde::Serialize)]
#[serde(transparent)]
pub struct Id(u64);

impl Id {
    /// The identifier `value`, or `None` for zero.
    #[must_use]
    pub const fn new(value: u64) -> Option<Self> {
        if value == 0 { None } else { Some(Self(value)) }
    }

    /// The number.
    #[must_use]
    pub const fn value(self) -> u64 {
        self.0
    }
}

impl<'de> serde::Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = deserialize(deserializer)?;
        u64::try_from(number)
            .ok()
            .and_then(Self::new)
            .ok_or_else(|| D::Error::invalid_value(Unexpected::Signed(number), &"a positive integer"))
    }
}

/// A counter that only an administrator's act moves, compared for equality alone.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, serde::Serialize)]
#[serde(transparent)]
pub struct Epoch(pub i64);

impl<'de> serde::Deserialize<'de> for Epoch {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserialize(deserializer).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_numbers_and_their_canonical_text_alone() {
        for good in ["42", "\"42\"", "1"] {
            assert!(serde_json::from_str::<Id>(good).is_ok(), "{good}");
        }
        for bad in
            ["0", "-1", "\"042\"", "\" 42\"", "\"4e1\"", "4.2", "true", "null", "[]", "\"\"", "18446744073709551615"]
        {
            assert!(serde_json::from_str::<Id>(bad).is_err(), "{bad}");
        }
    }
}
