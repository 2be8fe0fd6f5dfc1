//! Why a grant earns nothing.

use super::{ErrorCode, OAuthError};
use crate::authority::scope::ScopeError;
use crate::pkce::VerifierError;

/// Why a grant earns nothing.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum GrantError {
    /// The code does not exist, is no code, has ended, or belongs to somebody else.
    #[error("the authorization code is invalid or expired")]
    Code,
    /// User name or password are wrong, or something on the site does not let that user in. Nobody learns which.
    #[error("the user name or the password is wrong")]
    Credentials,
    /// The user is gone, or has no rights any more; or client, user or grant type ended what was approved.
    #[error("what was approved has ended")]
    Ended,
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
    /// The redirect URI is not the one that the code was sent to, or is not registered any more.
    #[error("the redirect_uri is not the one of the authorization request")]
    RedirectUri,
    /// The refresh token does not exist, is no refresh token, or belongs to a session that ended.
    #[error("the refresh token is invalid, expired or revoked")]
    Refresh,
    /// The resource is none of this site's (RFC 8707 §2).
    #[error("the resource is not served here")]
    Resource,
    /// The code was spent before.
    #[error("the authorization code was used before")]
    Replayed,
    /// The refresh token was used before, and not by mistake.
    #[error("the refresh token was used before: the session has ended")]
    Reused,
    /// The scope is malformed.
    #[error(transparent)]
    Scope(#[from] ScopeError),
    /// The resource was not granted (RFC 8707 §2.2).
    #[error("the resource is not the one of the authorization request")]
    Target,
    /// No such grant type.
    #[error("this grant type does not exist here")]
    Unknown,
    /// The verifier does not fit (RFC 7636 §4.6).
    #[error(transparent)]
    Verifier(#[from] VerifierError),
    /// More than was approved.
    #[error("the scope is wider than what was approved")]
    Wider,
}

impl GrantError {
    /// The code on the wire. The status is 400.
    #[must_use]
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::NotEnabled | Self::NoServiceUser => ErrorCode::UnauthorizedClient,
            Self::NoScope | Self::Scope(_) | Self::Wider => ErrorCode::InvalidScope,
            Self::Code
            | Self::Credentials
            | Self::Ended
            | Self::NotYours
            | Self::RedirectUri
            | Self::Refresh
            | Self::Replayed
            | Self::Reused
            | Self::Verifier(_) => ErrorCode::InvalidGrant,
            Self::Resource | Self::Target => ErrorCode::InvalidTarget,
            Self::Unknown => ErrorCode::UnsupportedGrantType,
        }
    }
}

impl From<ScopeError> for OAuthError {
    fn from(error: ScopeError) -> Self {
        GrantError::from(error).into()
    }
}
