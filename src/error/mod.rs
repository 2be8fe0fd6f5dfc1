//! Errors: the true cause inside, the terse code of the specification outside.

mod authorize;
mod client_auth;
mod code;
mod grant;
mod logout;

use std::fmt;

use crate::entropy::EntropyError;
use crate::flow::HostError;
use crate::http::{Page, Response, error_body};
use crate::jose::KeyError;
use crate::params::ParamError;
use crate::secret::vault::VaultError;

pub use self::authorize::{AuthorizeError, PageError};
pub use self::client_auth::ClientAuthError;
pub use self::code::ErrorCode;
pub use self::grant::GrantError;
pub use self::logout::LogoutError;

/// Seconds after which a client may try again when storage was unavailable.
const RETRY_AFTER: i64 = 5;
/// Seconds after which a client may ask again whether an administrator switched the server on.
const SWITCHED_OFF_RETRY_AFTER: i64 = 600;

/// The methods that an endpoint accepts.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Methods(pub &'static [&'static str]);

impl fmt::Display for Methods {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0.join(", "))
    }
}

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
    /// A key could not be made, or did not sign.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The endpoint does not know this method.
    #[error("this endpoint accepts {0} only")]
    Method(Methods),
    /// A required parameter is missing.
    #[error("the parameter {0} is missing")]
    Missing(&'static str),
    /// The site is not where it was, and nobody has said yet whether it moved or is a copy.
    #[error("the address of this site has changed: an administrator has to say why")]
    Moved,
    /// The parameters could not be read.
    #[error(transparent)]
    Params(#[from] ParamError),
    /// An administrator switched the server off.
    #[error("App Connect is switched off on this site")]
    SwitchedOff,
    /// Too many failed attempts; nothing was looked at.
    #[error("too many failed attempts; try again later")]
    TooMany {
        /// Seconds until the window ends.
        retry_after: i64,
    },
    /// A token of a kind that cannot be revoked.
    #[error("tokens of this kind cannot be revoked here")]
    UnsupportedTokenType,
    /// What is sealed cannot be opened, or nothing can be sealed.
    #[error(transparent)]
    Vault(#[from] VaultError),
}

impl OAuthError {
    /// Status and code on the wire.
    #[must_use]
    pub const fn wire(&self) -> (u16, ErrorCode) {
        match self {
            Self::ClientAuth(error) => error.wire(),
            Self::Grant(error) => (400, error.code()),
            Self::Entropy(_)
            | Self::Host(HostError::Malformed { .. })
            | Self::Key(_)
            | Self::Vault(VaultError::Entropy(_) | VaultError::TooLarge) => (500, ErrorCode::ServerError),
            Self::Host(HostError::Unavailable) | Self::Moved | Self::SwitchedOff | Self::Vault(_) => {
                (503, ErrorCode::TemporarilyUnavailable)
            }
            Self::Method(_) => (405, ErrorCode::InvalidRequest),
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
            Self::TooMany { .. } => (429, ErrorCode::TemporarilyUnavailable),
            Self::UnsupportedTokenType => (400, ErrorCode::UnsupportedTokenType),
        }
    }

    /// The response that says so, in printable ASCII and without anything that was sent.
    #[must_use]
    pub fn response(&self) -> Response {
        let (status, code) = self.wire();
        let response = Response::json(status, &error_body(code.as_str(), &self.description()));
        self.with_headers(response)
    }

    /// The same, told to a person on a page that the host writes.
    #[must_use]
    pub fn page(&self) -> Response {
        let (status, _) = self.wire();
        let code = match self {
            Self::Insecure => "insecure",
            Self::Moved | Self::SwitchedOff => "switched_off",
            _ if status == 503 => "unavailable",
            _ if status >= 500 => "server_error",
            _ => "malformed",
        };
        self.with_headers(Response::page(status, Page::telling(code, self.description(), None)))
    }

    /// What is wrong, in printable ASCII and without anything that was sent.
    fn description(&self) -> String {
        match self {
            Self::Host(HostError::Malformed { .. }) | Self::Entropy(_) | Self::Key(_) => {
                "the server cannot answer".to_owned()
            }
            Self::ClientAuth(error) => error.description().to_owned(),
            _ => self.to_string(),
        }
    }

    fn with_headers(&self, response: Response) -> Response {
        let (status, _) = self.wire();
        match self {
            Self::TooMany { retry_after } => response.with("Retry-After", retry_after.to_string()),
            // RFC 9110 §15.5.2 wants a challenge with every 401; RFC 6749 §5.2 the scheme that the client used.
            Self::ClientAuth(_) if status == 401 => {
                response.with("WWW-Authenticate", "Basic realm=\"App Connect\", charset=\"UTF-8\"")
            }
            Self::Host(HostError::Unavailable) => response.with("Retry-After", RETRY_AFTER.to_string()),
            Self::Moved | Self::SwitchedOff | Self::Vault(_) if status == 503 => {
                response.with("Retry-After", SWITCHED_OFF_RETRY_AFTER.to_string())
            }
            Self::Method(methods) => response.with("Allow", methods.to_string()),
            _ => response,
        }
    }
}
