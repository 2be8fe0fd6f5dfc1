//! What access tokens look like.

use serde::{Deserialize, Serialize};

/// What an access token looks like.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenFormat {
    /// A signed JWT (RFC 9068), which others can read and verify.
    Jwt,
    /// Random text, of which only this site knows what it means.
    #[default]
    Opaque,
}

/// What a client's access tokens look like.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientTokenFormat {
    /// As the site says.
    #[default]
    Default,
    /// See [`TokenFormat::Jwt`].
    Jwt,
    /// See [`TokenFormat::Opaque`].
    Opaque,
}

impl ClientTokenFormat {
    /// The format, where the site's is `site`.
    #[must_use]
    pub const fn or(self, site: TokenFormat) -> TokenFormat {
        match self {
            Self::Default => site,
            Self::Jwt => TokenFormat::Jwt,
            Self::Opaque => TokenFormat::Opaque,
        }
    }
}
