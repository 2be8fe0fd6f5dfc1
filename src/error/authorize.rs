//! Why an authorization request ends without a code.

use super::{ErrorCode, OAuthError};
use crate::authority::scope::ScopeError;
use crate::entropy::EntropyError;
use crate::flow::HostError;
use crate::http::{Page, Response};
use crate::params::ParamError;
use crate::pkce::PkceError;

/// What the client is told, at its redirect URI (RFC 6749 §4.1.2.1).
#[derive(Clone, Debug, thiserror::Error)]
pub enum AuthorizeError {
    /// The person said no.
    #[error("the user denied the request")]
    Denied,
    /// `prompt=none`, and the person has to be asked.
    #[error("the user has to approve, and prompt=none forbids to ask")]
    ConsentRequired,
    /// No random bytes.
    #[error("the server cannot answer")]
    Entropy(#[from] EntropyError),
    /// The host failed.
    #[error("{}", if matches!(.0, HostError::Unavailable) { "storage is unavailable" } else { "the server cannot answer" })]
    Host(#[from] HostError),
    /// `prompt=none`, and nobody is signed in, or not lately enough.
    #[error("the user has to sign in, and prompt=none forbids to ask")]
    LoginRequired,
    /// `max_age` is no number of seconds.
    #[error("max_age is not a number of seconds")]
    MaxAge,
    /// No `response_type`.
    #[error("the parameter response_type is missing")]
    MissingResponseType,
    /// The nonce is too long to keep.
    #[error("the parameter nonce is longer than 2048 bytes")]
    Nonce,
    /// The user has no rights at all on this site.
    #[error("the user may not use apps on this site")]
    NoRights,
    /// Nothing that was asked for can be granted.
    #[error("none of the requested scopes can be granted to this client")]
    NoScope,
    /// The grant type is switched off for the site or not on the client.
    #[error("Unauthorized Client: authorization codes are not enabled for this client")]
    NotEnabled,
    /// The PKCE parameters are wrong.
    #[error(transparent)]
    Pkce(#[from] PkceError),
    /// `prompt` is unknown, or `none` beside others.
    #[error("the parameter prompt is invalid")]
    Prompt,
    /// The parameter `registration`.
    #[error("the parameter registration is not supported")]
    Registration,
    /// The parameter `request`.
    #[error("the parameter request is not supported")]
    RequestObject,
    /// The parameter `request_uri`.
    #[error("the parameter request_uri is not supported")]
    RequestUri,
    /// Another `response_mode`.
    #[error("only response_mode=query and response_mode=form_post are supported")]
    ResponseMode,
    /// Another `response_type` than `code`.
    #[error("only response_type=code is supported")]
    ResponseType,
    /// The scope is malformed.
    #[error(transparent)]
    Scope(#[from] ScopeError),
    /// A resource that is not served here.
    #[error("the resource is not served here")]
    Target,
}

impl AuthorizeError {
    /// The code on the wire.
    #[must_use]
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::Denied | Self::NoRights => ErrorCode::AccessDenied,
            Self::ConsentRequired => ErrorCode::ConsentRequired,
            Self::Entropy(_) | Self::Host(HostError::Malformed { .. }) => ErrorCode::ServerError,
            Self::Host(HostError::Unavailable) => ErrorCode::TemporarilyUnavailable,
            Self::LoginRequired => ErrorCode::LoginRequired,
            Self::MaxAge
            | Self::MissingResponseType
            | Self::Nonce
            | Self::Pkce(_)
            | Self::Prompt
            | Self::ResponseMode => ErrorCode::InvalidRequest,
            Self::NoScope | Self::Scope(_) => ErrorCode::InvalidScope,
            Self::NotEnabled => ErrorCode::UnauthorizedClient,
            Self::Registration => ErrorCode::RegistrationNotSupported,
            Self::RequestObject => ErrorCode::RequestNotSupported,
            Self::RequestUri => ErrorCode::RequestUriNotSupported,
            Self::ResponseType => ErrorCode::UnsupportedResponseType,
            Self::Target => ErrorCode::InvalidTarget,
        }
    }
}

/// What only the person is told: there is no place to send it to that can be trusted.
#[derive(Clone, Debug, thiserror::Error)]
pub enum PageError {
    /// No `client_id`.
    #[error("the parameter client_id is missing")]
    ClientMissing,
    /// No such client, or a disabled one.
    #[error("the client_id is unknown, or its client is disabled")]
    ClientUnknown,
    /// Whatever is wrong with the request as such.
    #[error(transparent)]
    Other(#[from] OAuthError),
    /// No registered redirect URI is the one that was sent.
    #[error("the redirect_uri is not registered for this client")]
    RedirectMismatch {
        /// The client's name.
        client: String,
    },
    /// It is too long, or not where the method has its parameters.
    #[error("the request is not a query or a form of at most 8192 bytes")]
    Unreadable,
    /// No `redirect_uri`, and not exactly one that could be meant.
    #[error("the parameter redirect_uri is missing")]
    RedirectMissing {
        /// The client's name.
        client: String,
    },
}

impl PageError {
    /// The answer, whose page the host writes.
    #[must_use]
    pub fn response(self) -> Response {
        let detail = self.to_string();
        let page = |code, client| Page::telling(code, detail, client);
        match self {
            Self::ClientMissing => Response::page(400, page("client_missing", None)),
            Self::ClientUnknown => Response::page(400, page("client_unknown", None)),
            Self::RedirectMismatch { client } => Response::page(400, page("redirect_mismatch", Some(client))),
            Self::RedirectMissing { client } => Response::page(400, page("redirect_missing", Some(client))),
            Self::Unreadable => Response::page(400, page("malformed", None)),
            Self::Other(error) => error.page(),
        }
    }
}

impl From<ParamError> for PageError {
    fn from(error: ParamError) -> Self {
        Self::Other(error.into())
    }
}

impl From<HostError> for PageError {
    fn from(error: HostError) -> Self {
        Self::Other(error.into())
    }
}
