//! A policy as a row: immutable, named by the digest of its canonical text.

use serde::{Deserialize, Serialize};

use crate::authority::policy::Policy;
use crate::model::number::Id;
use crate::secret::token::TokenDigest;

/// A stored policy.
#[derive(Clone, Debug, Deserialize)]
pub struct PolicyRow {
    /// The row.
    pub id: Id,
    /// Its canonical text, parsed.
    #[serde(rename = "body")]
    pub policy: Policy,
}

/// A policy that a write refers to.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PolicyRef {
    /// A policy that is stored already.
    Known(Id),
    /// A policy that may have to be stored first (insert, ignoring a duplicate digest).
    New {
        /// SHA-256 of the body.
        digest: TokenDigest,
        /// The canonical text.
        body: String,
    },
}

impl PolicyRef {
    /// A reference to `policy`: by number if it equals one of `known`, else by content.
    #[must_use]
    pub fn to(policy: &Policy, known: &[&PolicyRow]) -> Self {
        match known.iter().find(|row| row.policy == *policy) {
            Some(row) => Self::Known(row.id),
            None => Self::new(policy),
        }
    }

    /// A reference to `policy` by content.
    #[must_use]
    pub fn new(policy: &Policy) -> Self {
        let body = policy.canonical();
        Self::New { digest: TokenDigest::of(body.as_bytes()), body }
    }
}
