//! Values that must not leak: random tokens, client secrets, and a wrapper that keeps them out of logs and memory.

pub mod base62;
pub mod client_secret;
pub mod refresh;
pub mod token;
pub mod vault;

use std::fmt;

use zeroize::{Zeroize, Zeroizing};

/// A value that prints as `[redacted]` and is overwritten when dropped.
#[derive(Clone)]
pub struct Secret<T: Zeroize>(Zeroizing<T>);

impl<T: Zeroize> Secret<T> {
    /// Takes charge of `value`.
    pub fn new(value: T) -> Self {
        Self(Zeroizing::new(value))
    }

    /// The value, for the one place that needs it.
    #[must_use]
    pub fn expose(&self) -> &T {
        &self.0
    }
}

impl<T: Default + Zeroize> Default for Secret<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T: Zeroize> fmt::Debug for Secret<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("[redacted]")
    }
}
