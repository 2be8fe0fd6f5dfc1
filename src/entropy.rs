//! Random bytes, handed in by the host.

use std::fmt;

/// A source of random bytes. The skin's is the operating system's; tests bring a counter.
pub trait Entropy {
    /// Fills `buffer`.
    ///
    /// # Errors
    /// [`EntropyError`] when the source has none to give: nothing may then be issued.
    fn fill(&self, buffer: &mut [u8]) -> Result<(), EntropyError>;
}

/// The source of random bytes failed.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("no random bytes are available")]
pub struct EntropyError;

impl fmt::Debug for dyn Entropy {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Entropy")
    }
}
