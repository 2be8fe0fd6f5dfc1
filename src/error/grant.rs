//! Why a grant earns nothing.

use super::{ErrorCode, OAuthError};
use crate::authority::scope::ScopeError;

/// Why a grant earns nothing.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum GrantError {
    /// The grant type is switched off for the site or not on the client, or the client is of the wrong kind for it.
    #[error("Unauthorized Client: this grant type is not enabled for this client")]
    NotEnabled,
    /// Nothing that was asked for can be granted.
    #[error("none of the requested scopes can be granted to this client")]
    NoScope,
    /// No service user is set, or it was deleted.
    #[error("Unauthorized Client: no service user is set for this client")]
    NoServiceUser,
    /// The token to revoke belongs to another client.
    #[error("the token was issued to another client")]
    NotYours,
    /// The scope is malformed.
    #[error(transparent)]
    Scope(#[from] ScopeError),
    /// No such grant type.
    #[error("this grant type does not exist here")]
    Unknown,
}

impl GrantError {
    /// The code on the wire. The status is 400.
    #[must_use]
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::NotEnabled | Self::NoServiceUser => ErrorCode::UnauthorizedClient,
            Self::NoScope | Self::Scope(_) => ErrorCode::InvalidScope,
            Self::NotYours => ErrorCode::InvalidGrant,
            Self::Unknown => ErrorCode::UnsupportedGrantType,
        }
    }
}

impl From<ScopeError> for OAuthError {
    fn from(error: ScopeError) -> Self {
        GrantError::from(error).into()
    }
}
