//! Errors: the true cause inside, the terse code of the specification outside.

mod client_auth;
mod code;
mod grant;

use crate::entropy::EntropyError;
use crate::flow::HostError;
use crate::http::{Response, error_body};
use crate::params::ParamError;

pub use self::client_auth::ClientAuthError;
pub use self::code::ErrorCode;
pub use self::grant::GrantError;

/// Seconds after which a client may try again when storage was unavailable.
const RETRY_AFTER: i64 = 5;
/// Seconds after which a client may ask again whether an administrator switched the server on.
const SWITCHED_OFF_RETRY_AFTER: i64 = 600;

/// Why a protocol request failed.
#[derive(Clone, Debug, thiserror::Error)]
pub enum OAuthError {
    /// The client could not be authenticated.
    #[error(transparent)]
    ClientAuth(#[from] ClientAuthError),
    /// No random bytes.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
    /// What was presented earns nothing.
    #[error(transparent)]
    Grant(#[from] GrantError),
    /// The host failed.
    #[error(transparent)]
    Host(#[from] HostError),
    /// Plain http on a host that is not loopback.
    #[error("this endpoint is only served over https")]
    Insecure,
    /// The endpoint does not know this method.
    #[error("this endpoint accepts POST only")]
    Method,
    /// A required parameter is missing.
    #[error("the parameter {0} is missing")]
    Missing(&'static str),
    /// The parameters could not be read.
    #[error(transparent)]
    Params(#[from] ParamError),
    /// An administrator switched the server off.
    #[error("App Connect is switched off on this site")]
    SwitchedOff,
    /// A token of a kind that cannot be revoked.
    #[error("tokens of this kind cannot be revoked here")]
    UnsupportedTokenType,
}

impl OAuthError {
    /// Status and code on the wire.
    #[must_use]
    pub const fn wire(&self) -> (u16, ErrorCode) {
        match self {
            Self::ClientAuth(error) => error.wire(),
            Self::Grant(error) => (400, error.code()),
            Self::Entropy(_) | Self::Host(HostError::Malformed { .. }) => (500, ErrorCode::ServerError),
            Self::Host(HostError::Unavailable) | Self::SwitchedOff => (503, ErrorCode::TemporarilyUnavailable),
            Self::Method => (405, ErrorCode::InvalidRequest),
            Self::Params(ParamError::BodyTooLarge) => (413, ErrorCode::InvalidRequest),
            Self::Insecure
            | Self::Missing(_)
            | Self::Params(
                ParamError::Duplicate
                | ParamError::InQuery
                | ParamError::Json
                | ParamError::MediaType
                | ParamError::Name
                | ParamError::Text
                | ParamError::TooMany
                | ParamError::WordPress,
            ) => (400, ErrorCode::InvalidRequest),
            Self::UnsupportedTokenType => (400, ErrorCode::UnsupportedTokenType),
        }
    }

    /// The response that says so, in printable ASCII and without anything that was sent.
    #[must_use]
    pub fn response(&self) -> Response {
        let (status, code) = self.wire();
        let description = match self {
            Self::Host(HostError::Malformed { .. }) | Self::Entropy(_) => "the server cannot answer".to_owned(),
            Self::ClientAuth(error) => error.description().to_owned(),
            _ => self.to_string(),
        };
        let response = Response::json(status, &error_body(code.as_str(), &description));
        match self {
            Self::ClientAuth(ClientAuthError::TooMany { retry_after }) => {
                response.with("Retry-After", retry_after.to_string())
            }
            // RFC 9110 §15.5.2 wants a challenge with every 401; RFC 6749 §5.2 the scheme that the client used.
            Self::ClientAuth(_) if status == 401 => {
                response.with("WWW-Authenticate", "Basic realm=\"App Connect\", charset=\"UTF-8\"")
            }
            Self::Host(HostError::Unavailable) => response.with("Retry-After", RETRY_AFTER.to_string()),
            Self::SwitchedOff => response.with("Retry-After", SWITCHED_OFF_RETRY_AFTER.to_string()),
            Self::Method => response.with("Allow", "POST"),
            _ => response,
        }
    }
}
