//! Sources of random bytes that a test can foretell.

use std::cell::Cell;

use app_connect::entropy::{Entropy, EntropyError};

/// A different byte each time, the same in every run (Steele, Lea and Flood, `SplitMix64`).
#[derive(Default)]
pub struct Seeded(Cell<u64>);

impl Seeded {
    /// Another sequence than that of the sites, which begin at zero.
    pub fn elsewhere() -> Self {
        Self(Cell::new(6749))
    }
}

impl Entropy for Seeded {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), EntropyError> {
        for byte in buffer {
            let state = self.0.get().wrapping_add(0x9e37_79b9_7f4a_7c15);
            self.0.set(state);
            let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            *byte = mixed.to_be_bytes()[0];
        }
        Ok(())
    }
}

/// A source that has run dry.
pub struct Dry;

impl Entropy for Dry {
    fn fill(&self, _: &mut [u8]) -> Result<(), EntropyError> {
        Err(EntropyError)
    }
}
