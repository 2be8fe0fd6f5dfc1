//! Random bytes from the operating system, and from nowhere else: a generator seeded before a fork repeats itself in
//! every worker.

use rand::TryRng;
use rand::rngs::SysRng;

use crate::entropy::{Entropy, EntropyError};

/// The operating system's generator.
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), EntropyError> {
        SysRng.try_fill_bytes(buffer).map_err(|_| EntropyError)
    }
}
