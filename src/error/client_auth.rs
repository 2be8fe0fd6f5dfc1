//! Why a client was not authenticated.

use std::fmt;

use super::ErrorCode;

/// Why a client was not authenticated. For logs; the wire hardly tells them apart.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ClientAuthError {
    /// The client was switched off.
    Disabled,
    /// `Authorization` could not be read.
    MalformedHeader,
    /// The client did not register this method.
    MethodNotRegistered,
    /// The header names another client than the body.
    Mismatch,
    /// No credentials.
    Missing,
    /// Two methods at once (RFC 6749 §2.3).
    Multiple,
    /// No such client.
    Unknown,
    /// The secret is wrong, empty or missing.
    WrongSecret,
}

impl ClientAuthError {
    /// Status and code on the wire.
    #[must_use]
    pub const fn wire(&self) -> (u16, ErrorCode) {
        match self {
            Self::Disabled
            | Self::MalformedHeader
            | Self::MethodNotRegistered
            | Self::Missing
            | Self::Unknown
            | Self::WrongSecret => (401, ErrorCode::InvalidClient),
            Self::Mismatch | Self::Multiple => (400, ErrorCode::InvalidRequest),
        }
    }

    /// What the wire says. Causes that would tell whether a client exists share one sentence.
    #[must_use]
    pub const fn description(&self) -> &'static str {
        match self {
            Self::Disabled | Self::MethodNotRegistered | Self::Unknown | Self::WrongSecret => {
                "Invalid Client: the client ID or its secret is wrong"
            }
            Self::MalformedHeader => "the Authorization header is malformed",
            Self::Mismatch => "the Authorization header and the body name different clients",
            Self::Missing => "Invalid Client: no client credentials were sent",
            Self::Multiple => "only one client authentication method may be used in a request",
        }
    }

    /// A word for the audit log.
    #[must_use]
    pub const fn cause(self) -> &'static str {
        match self {
            Self::Disabled => "disabled",
            Self::MalformedHeader => "malformed_header",
            Self::MethodNotRegistered => "method_not_registered",
            Self::Mismatch => "mismatch",
            Self::Missing => "missing",
            Self::Multiple => "multiple",
            Self::Unknown => "unknown",
            Self::WrongSecret => "wrong_secret",
        }
    }
}

impl fmt::Display for ClientAuthError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.cause())
    }
}

impl std::error::Error for ClientAuthError {}
