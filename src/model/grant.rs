//! A grant: one approval or session, the family that tokens belong to.

use serde::{Deserialize, Serialize};

use crate::model::number::{Epoch, Id};
use crate::model::policy_row::{PolicyRef, PolicyRow};

/// The `client_credentials` grant that a client's tokens share.
#[derive(Clone, Debug, Deserialize)]
pub struct StandingGrant {
    /// The row.
    pub id: Id,
    /// G: what was granted, fixed when it was first issued.
    pub policy: PolicyRow,
}

/// The grant that a new token belongs to.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum GrantRef {
    /// A grant that is stored.
    Known(Id),
    /// A grant to store with the token.
    New(Box<NewGrant>),
}

/// A grant to store.
#[derive(Clone, Debug, Serialize)]
pub struct NewGrant {
    /// 11 random characters that name the grant outside.
    pub handle: String,
    /// The client.
    pub client: Id,
    /// The user it acts for.
    pub user: Id,
    /// The identifier to give the user's subject if it has none yet.
    pub sub: String,
    /// The grant type.
    pub method: &'static str,
    /// G.
    pub policy: PolicyRef,
    /// K, as it was when G was decided.
    pub ceiling: Id,
    /// The scope granted, space-separated.
    pub scope: String,
    /// The client's epoch, as read: a token minted during a revocation is dead at birth.
    pub client_epoch: Epoch,
    /// The subject's epoch, as read.
    pub subject_epoch: Epoch,
    /// The epoch of the grant type, as read.
    pub method_epoch: Epoch,
}
