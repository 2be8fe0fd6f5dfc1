//! A session: a grant that refresh tokens keep going.

use serde::{Deserialize, Serialize};

use crate::authority::scope::Scope;
use crate::entropy::EntropyError;
use crate::model::number::{self, Epoch, Id};
use crate::model::policy_row::PolicyRow;
use crate::model::token::{GrantColumns, SubjectColumns};
use crate::secret::refresh::{self, ChainKey, Place, RefreshToken};
use crate::secret::token::TokenDigest;
use crate::time::UnixTime;

/// Seconds for which the former refresh token is good whatever happened since: a lost answer, eight tabs at once.
const GRACE: i64 = 30;

/// What a new grant needs to be refreshed.
#[derive(Clone, Debug, Serialize)]
pub struct NewSession {
    /// The grant type that refreshes it: where that is taken from a client, the session cannot be refreshed any more.
    pub method: &'static str,
    /// SHA-256 of the first refresh token.
    pub digest: TokenDigest,
    /// The key of its chain.
    pub key: ChainKey,
    /// The site-wide epoch of the grant type `refresh_token`, as read.
    pub epoch: Epoch,
}

/// A session as stored, joined with all that decides whether it is alive.
#[derive(Clone, Debug, Deserialize)]
pub struct SessionRow {
    /// The handle: compared again, byte for byte.
    pub handle: String,
    /// Whose it is.
    pub client: Id,
    /// G: what was approved.
    pub policy: PolicyRow,
    /// The scope that was approved.
    pub scope: Scope,
    /// The resource that its tokens are for (RFC 8707).
    #[serde(deserialize_with = "Option::deserialize")]
    pub resource: Option<String>,
    /// When its user proved who it is.
    #[serde(deserialize_with = "Option::deserialize")]
    pub auth_time: Option<UnixTime>,
    /// The sign-in that it began with.
    #[serde(deserialize_with = "Option::deserialize")]
    pub sid: Option<String>,
    /// When it began.
    pub created_at: UnixTime,
    /// When it ends unless it is refreshed.
    pub idle_expires_at: UnixTime,
    /// What its access tokens are joined with, too.
    pub grant: GrantColumns,
    /// Its user.
    pub subject: SubjectColumns,
    /// Its refresh tokens.
    pub chain: Chain,
}

/// The chain of a session's refresh tokens.
#[derive(Clone, Debug, Deserialize)]
pub struct Chain {
    /// SHA-256 of the present refresh token.
    pub digest: TokenDigest,
    /// The key.
    pub key: ChainKey,
    /// The site-wide epoch of the grant type `refresh_token` when the session began.
    pub epoch: Epoch,
    /// How often it was rotated.
    #[serde(deserialize_with = "number::deserialize")]
    pub generation: i64,
    /// When it was rotated last.
    #[serde(deserialize_with = "Option::deserialize")]
    pub rotated_at: Option<UnixTime>,
}

impl Chain {
    /// Where a refresh token stands in it.
    ///
    /// # Errors
    /// See [`RefreshToken::successor`].
    pub fn place(&self, presented: &RefreshToken) -> Result<Place, EntropyError> {
        refresh::place(presented, &self.key, &self.digest, self.generation)
    }
}

impl SessionRow {
    /// Whether the former refresh token is good still: its owner may not have got the answer with the present one. Where
    /// the client proves who it is, nobody else can have sent it; else only while nothing that came of it was used.
    #[must_use]
    pub fn forgives(&self, proven: bool, now: UnixTime) -> bool {
        let recent = self.chain.rotated_at.is_some_and(|at| now < at.plus(GRACE));
        proven || recent || self.grant.used_generation < self.chain.generation
    }
}

/// A step of a session's chain. Nobody takes it but who presents the present refresh token.
#[derive(Clone, Debug, Serialize)]
pub struct Rotation {
    /// The grant.
    pub grant: Id,
    /// SHA-256 of the refresh token that is spent.
    pub from: TokenDigest,
    /// SHA-256 of the one that takes its place.
    pub to: TokenDigest,
    /// When the session ends unless it is refreshed again.
    pub idle_expires_at: UnixTime,
}
