//! An access token as stored, joined with all that decides whether it is alive.

use serde::Deserialize;

use crate::authority::policy::Policy;
use crate::authority::scope::Scope;
use crate::model::client::{AccessMode, ClientConfig, ClientStatus, json_text};
use crate::model::number::{self, Epoch, Id};
use crate::secret::token::TokenDigest;
use crate::time::UnixTime;

/// The one joined row of the bearer path.
#[derive(Clone, Debug, Deserialize)]
pub struct TokenRow {
    /// SHA-256 of the token: compared again, byte for byte.
    pub digest: TokenDigest,
    /// T: the token's snapshot.
    pub policy: Policy,
    /// The token's scope.
    pub scope: Scope,
    /// When it was issued.
    pub issued_at: UnixTime,
    /// When it ends.
    pub expires_at: UnixTime,
    /// When it was revoked.
    #[serde(deserialize_with = "Option::deserialize")]
    pub revoked_at: Option<UnixTime>,
    /// When the key was revoked that signed it; null as well for a token that is not signed.
    #[serde(deserialize_with = "Option::deserialize")]
    pub key_compromised_at: Option<UnixTime>,
    /// How often its session had been refreshed when it was issued.
    #[serde(deserialize_with = "number::deserialize")]
    pub generation: i64,
    /// Its grant.
    pub grant: GrantColumns,
    /// The client of the grant.
    pub client: ClientColumns,
    /// The subject of the grant.
    pub subject: SubjectColumns,
}

/// The grant's part of the row.
#[derive(Clone, Debug, Deserialize)]
pub struct GrantColumns {
    /// The row.
    pub id: Id,
    /// The grant type that made it.
    pub method: String,
    /// The client's epoch when it was made.
    pub client_epoch: Epoch,
    /// The subject's epoch when it was made.
    pub subject_epoch: Epoch,
    /// The grant type's epoch when it was made.
    pub method_epoch: Epoch,
    /// When it was revoked.
    #[serde(deserialize_with = "Option::deserialize")]
    pub revoked_at: Option<UnixTime>,
    /// When the session ends at the latest.
    #[serde(deserialize_with = "Option::deserialize")]
    pub expires_at: Option<UnixTime>,
    /// When it was last used, at most once a day.
    #[serde(deserialize_with = "Option::deserialize")]
    pub last_used_at: Option<UnixTime>,
    /// The newest generation of which an access token was used.
    #[serde(deserialize_with = "number::deserialize")]
    pub used_generation: i64,
}

/// The client's part of the row.
#[derive(Clone, Debug, Deserialize)]
pub struct ClientColumns {
    /// The row.
    pub id: Id,
    /// The identifier.
    pub client_id: String,
    /// Active or disabled.
    pub status: ClientStatus,
    /// Its access mode.
    pub mode: AccessMode,
    /// Its epoch now.
    pub epoch: Epoch,
    /// What it registered.
    #[serde(deserialize_with = "json_text")]
    pub config: ClientConfig,
    /// K: the ceiling now.
    pub policy: Policy,
    /// The service user now.
    #[serde(deserialize_with = "Option::deserialize")]
    pub service_user_id: Option<Id>,
}

/// The subject's part of the row.
#[derive(Clone, Debug, Deserialize)]
pub struct SubjectColumns {
    /// The identifier by which clients know the user.
    pub sub: String,
    /// The user, if it still exists.
    #[serde(deserialize_with = "Option::deserialize")]
    pub user: Option<Id>,
    /// The subject's epoch now.
    pub epoch: Epoch,
}
