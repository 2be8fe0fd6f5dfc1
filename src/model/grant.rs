//! A grant: one approval or session, the family that tokens belong to.

use serde::{Deserialize, Serialize};

use crate::entropy::{Entropy, EntropyError};
use crate::model::number::{Epoch, Id};
use crate::model::policy_row::{PolicyRef, PolicyRow};
use crate::model::session::NewSession;
use crate::secret::base62;
use crate::time::UnixTime;

/// Characters of a handle.
pub const HANDLE_LENGTH: usize = 11;
const SUB_LENGTH: usize = 22;

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
    /// The resource that its tokens are for (RFC 8707), if one was named.
    pub resource: Option<String>,
    /// When the person proved who it is.
    pub auth_time: Option<UnixTime>,
    /// The sign-in that it belongs to, which must not have ended.
    pub sid: Option<String>,
    /// When nothing of it can be of use any more; `None` for a grant that lasts.
    pub idle_expires_at: Option<UnixTime>,
    /// When it ends, however often it is refreshed; `None` for a grant that lasts.
    pub expires_at: Option<UnixTime>,
    /// What it needs to be refreshed, if it can be.
    pub session: Option<NewSession>,
    /// The client's epoch, as read: a token minted during a revocation is dead at birth.
    pub client_epoch: Epoch,
    /// The subject's epoch, as read.
    pub subject_epoch: Epoch,
    /// The epoch of the grant type, as read.
    pub method_epoch: Epoch,
}

/// A fresh name for a grant.
///
/// # Errors
/// [`EntropyError`] when there are no random bytes.
pub fn new_handle(entropy: &dyn Entropy) -> Result<String, EntropyError> {
    random(HANDLE_LENGTH, entropy)
}

/// A fresh identifier for a subject.
///
/// # Errors
/// [`EntropyError`] when there are no random bytes.
pub fn new_sub(entropy: &dyn Entropy) -> Result<String, EntropyError> {
    random(SUB_LENGTH, entropy)
}

fn random(length: usize, entropy: &dyn Entropy) -> Result<String, EntropyError> {
    let mut text = String::with_capacity(length);
    base62::push_random(&mut text, length, entropy)?;
    Ok(text)
}
