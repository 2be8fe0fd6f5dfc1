//! Error codes as they go over the wire, with the section that defines each.

/// Error codes as they go over the wire.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ErrorCode {
    /// RFC 6749 §4.1.2.1: the person, or the site, said no.
    AccessDenied,
    /// OpenID Connect Core §3.1.2.6: somebody would have to be asked, and must not.
    ConsentRequired,
    /// RFC 6749 §5.2: client authentication failed.
    InvalidClient,
    /// RFC 6749 §5.2: the grant is invalid, expired, revoked, or was issued to another client.
    InvalidGrant,
    /// RFC 6749 §5.2: a parameter is missing, repeated or malformed.
    InvalidRequest,
    /// RFC 6749 §5.2: the scope is invalid or exceeds what may be granted.
    InvalidScope,
    /// RFC 8707 §2: the resource is unknown, or was not granted.
    InvalidTarget,
    /// RFC 6750 §3.1: the access token is expired, revoked or malformed.
    InvalidToken,
    /// OpenID Connect Core §3.1.2.6: somebody would have to sign in, and must not be asked.
    LoginRequired,
    /// OpenID Connect Core §3.1.2.6: the parameter `registration`.
    RegistrationNotSupported,
    /// OpenID Connect Core §3.1.2.6: the parameter `request`.
    RequestNotSupported,
    /// OpenID Connect Core §3.1.2.6: the parameter `request_uri`.
    RequestUriNotSupported,
    /// RFC 6749 §4.1.2.1: something unexpected happened.
    ServerError,
    /// RFC 6749 §4.1.2.1: overloaded, or under repair.
    TemporarilyUnavailable,
    /// RFC 6749 §5.2: the client may not use this grant type.
    UnauthorizedClient,
    /// RFC 6749 §5.2: the grant type does not exist here.
    UnsupportedGrantType,
    /// RFC 6749 §4.1.2.1: only codes are given.
    UnsupportedResponseType,
    /// RFC 7009 §2.2.1: tokens of this type cannot be revoked here.
    UnsupportedTokenType,
}

impl ErrorCode {
    /// The spelling on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AccessDenied => "access_denied",
            Self::ConsentRequired => "consent_required",
            Self::InvalidClient => "invalid_client",
            Self::InvalidGrant => "invalid_grant",
            Self::InvalidRequest => "invalid_request",
            Self::InvalidScope => "invalid_scope",
            Self::InvalidTarget => "invalid_target",
            Self::InvalidToken => "invalid_token",
            Self::LoginRequired => "login_required",
            Self::RegistrationNotSupported => "registration_not_supported",
            Self::RequestNotSupported => "request_not_supported",
            Self::RequestUriNotSupported => "request_uri_not_supported",
            Self::ServerError => "server_error",
            Self::TemporarilyUnavailable => "temporarily_unavailable",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::UnsupportedResponseType => "unsupported_response_type",
            Self::UnsupportedTokenType => "unsupported_token_type",
        }
    }
}
