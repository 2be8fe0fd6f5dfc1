//! Points in time, as the protocol carries them.

use serde::{Deserialize, Serialize};

use crate::model::number;

/// Seconds since 1970-01-01T00:00:00Z, without leap seconds (RFC 7519 §2, `NumericDate`).
///
/// The protocol never reads a clock: every flow is given the time at which it runs.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(transparent)]
pub struct UnixTime(#[serde(deserialize_with = "number::deserialize")] pub i64);

impl UnixTime {
    /// This time plus `seconds`, saturating at the ends of the range.
    #[must_use]
    pub const fn plus(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds))
    }

    /// Seconds from `self` until `later`; zero if that has passed.
    #[must_use]
    pub const fn until(self, later: Self) -> i64 {
        let seconds = later.0.saturating_sub(self.0);
        if seconds > 0 { seconds } else { 0 }
    }

    /// The day this time lies in, counted from 1970-01-01 in UTC.
    #[must_use]
    pub const fn day(self) -> i64 {
        self.0.div_euclid(86_400)
    }
}
