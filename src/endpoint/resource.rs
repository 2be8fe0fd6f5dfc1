//! The resource side (RFC 6750): who a REST request is, from its bearer token.

use zeroize::Zeroizing;

use super::available;
use crate::authority::decision::{Authority, NAMESPACE};
use crate::authority::scope::Scope;
use crate::context::Context;
use crate::error::{ErrorCode, OAuthError};
use crate::flow::Host;
use crate::grant::liveness::{Dead, alive};
use crate::grant::{self, GrantType};
use crate::http::{Request, Response, error_body};
use crate::jose::jwt::names_issuer;
use crate::model::number::Id;
use crate::model::token::TokenRow;
use crate::need::{FindAccessToken, TouchGrant};
use crate::params::{Params, media_type};
use crate::secret::token::{PREFIX, Recognised, TokenDigest, TokenKind, is_compact, recognise};

/// What a signed token begins with: the base64url of `{"`.
const SIGNED: &[u8] = b"eyJ";
/// The paths below our namespace where claims are told.
const USERINFO: &[&str] = &["/userinfo", "/me/userinfo"];
/// The longest `Authorization` value that is looked at, in bytes.
const MAX_HEADER: usize = 8192;

/// Who a request is.
#[derive(Debug)]
pub enum Bearer {
    /// Nobody of ours: no bearer, or one that other plugins may know.
    Anonymous,
    /// A live token's user, within the token's authority.
    Principal(Box<Principal>),
    /// A bearer of ours that is no good, with the answer to give.
    Refused(Response),
}

/// The user that a request acts for, and what it may do.
#[derive(Clone, Debug)]
pub struct Principal {
    /// The user.
    pub user: Id,
    /// The client's identifier.
    pub client_id: String,
    /// The identifier by which the client knows the user; the client's own for a service.
    pub sub: String,
    /// The token's scope.
    pub scope: Scope,
    /// What the token and its client's ceiling allow together.
    pub authority: Authority,
    /// Whether the site tells apps the roles of people.
    pub tells_roles: bool,
}

impl Principal {
    /// The refusal of a dispatched request, or `None` if it may go on.
    #[must_use]
    pub fn judge(&self, method: &str, route: &str) -> Option<Response> {
        (!self.authority.allows_route(method, route)).then(|| self.insufficient_scope())
    }

    /// RFC 6750 §3.1, `insufficient_scope`.
    #[must_use]
    pub fn insufficient_scope(&self) -> Response {
        insufficient_scope("Forbidden Request: the token does not allow this request", &self.scope.to_string())
    }

    /// RFC 6750 §3.1, `insufficient_scope`, naming the scope that would be enough.
    #[must_use]
    pub fn lacks_scope(scope: &str) -> Response {
        insufficient_scope("Forbidden Request: the token lacks a scope", scope)
    }

    /// Whether the password, e-mail, login or roles of `user` may be changed.
    #[must_use]
    pub fn may_change_account(&self, user: u64) -> bool {
        if user == self.user.value() { self.authority.allows_account() } else { self.authority.allows_other_accounts() }
    }
}

fn insufficient_scope(description: &str, scope: &str) -> Response {
    let challenge = format!(
        "Bearer realm=\"App Connect\", error=\"insufficient_scope\", error_description=\"{description}\", scope=\"{scope}\""
    );
    Response::json(403, &error_body("insufficient_scope", description)).with("WWW-Authenticate", challenge)
}

/// Why a bearer of ours is refused. For logs; the wire says `invalid_token` for all but the last two.
#[derive(Clone, Debug, thiserror::Error)]
enum BearerError {
    #[error(transparent)]
    Dead(#[from] Dead),
    #[error("the token is malformed or not an access token")]
    Malformed,
    #[error("the Authorization header is malformed")]
    MalformedHeader,
    #[error("the token does not exist")]
    Unknown,
    #[error("access tokens are not accepted in the address")]
    InQuery,
    #[error("the access token is sent in more than one way")]
    Twice,
    #[error(transparent)]
    Other(#[from] OAuthError),
}

impl BearerError {
    fn response(&self) -> Response {
        let (status, code, description) = match self {
            Self::Dead(Dead::Expired) => (401, ErrorCode::InvalidToken, "the access token expired"),
            Self::Dead(_) | Self::Malformed | Self::Unknown => {
                (401, ErrorCode::InvalidToken, "the access token is invalid or was revoked")
            }
            Self::MalformedHeader => (400, ErrorCode::InvalidRequest, "the Authorization header is malformed"),
            Self::InQuery => (400, ErrorCode::InvalidRequest, "access tokens are not accepted in the address"),
            Self::Twice => (400, ErrorCode::InvalidRequest, "the access token is sent in more than one way"),
            Self::Other(error) => return error.response(),
        };
        let code = code.as_str();
        Response::json(status, &error_body(code, description)).with(
            "WWW-Authenticate",
            format!("Bearer realm=\"App Connect\", error=\"{code}\", error_description=\"{description}\""),
        )
    }
}

/// RFC 6750 §3: the challenge to a request without a token where one is needed, without an error code.
pub const CHALLENGE: &str = "Bearer realm=\"App Connect\"";

/// Finds out who a REST request is.
pub(crate) async fn authenticate(host: &Host, context: &Context, request: &Request) -> Bearer {
    match resolve(host, context, request).await {
        Ok(Some(principal)) => Bearer::Principal(Box::new(principal)),
        Ok(None) => Bearer::Anonymous,
        Err(error) => Bearer::Refused(error.response()),
    }
}

async fn resolve(host: &Host, context: &Context, request: &Request) -> Result<Option<Principal>, BearerError> {
    if has_token_in_query(request.query(), context.config.issuer()) {
        return Err(BearerError::InQuery);
    }
    let form = form_token(request)?;
    let token = match (bearer(context, request)?, &form) {
        (Some(_), Some(_)) => return Err(BearerError::Twice),
        (Some(token), None) => token,
        (None, Some(token)) => token.as_bytes(),
        (None, None) => return Ok(None),
    };
    let ours = is_our_route(request);
    let (row, user) = match recognise(token) {
        Recognised::Foreign if !ours => return Ok(None),
        // Another plugin's; or one of ours, from before the site's issuer changed.
        Recognised::Signed if !ours && !names_issuer(token, context.config.issuer()) => {
            if available(context, request).is_err() {
                return Ok(None);
            }
            match find(host, context, token).await {
                Err(BearerError::Unknown) => return Ok(None),
                found => found?,
            }
        }
        _ => {
            available(context, request)?;
            find(host, context, token).await?
        }
    };
    let first_today = row.grant.last_used_at.is_none_or(|last| last.day() < context.now.day());
    // After a refresh it tells that the client got the answer.
    if first_today || row.generation > row.grant.used_generation {
        let touch = TouchGrant {
            grant: row.grant.id,
            client: row.client.id,
            now: context.now,
            address: request.address_text(),
            generation: row.generation,
        };
        // A note for people: if it cannot be written, the request goes on.
        let _ = host.ask(touch).await;
    }
    let authority = Authority::new(row.policy, row.client.policy, context.config.takeover.clone());
    let serves = grant::find(&row.grant.method).is_some_and(GrantType::acts_as_service_user);
    let sub = if serves { row.client.client_id.clone() } else { row.subject.sub };
    Ok(Some(Principal {
        user,
        client_id: row.client.client_id,
        sub,
        scope: row.scope,
        authority,
        tells_roles: context.config.role_claims,
    }))
}

/// Who shows a live access token where clients show their credentials.
#[derive(Clone, Copy, Debug)]
pub(super) struct Holder {
    /// The client that has it.
    pub client: Id,
    /// The user that it acts for.
    pub user: Id,
}

/// Who shows an access token where clients show their credentials; `None` without one.
///
/// # Errors
/// The answer to a token that is no good.
pub(super) async fn holder(host: &Host, context: &Context, request: &Request) -> Result<Option<Holder>, Response> {
    match held(host, context, request).await {
        Ok(holder) => Ok(holder),
        Err(error) => Err(error.response()),
    }
}

/// Whether the request shows this token as its bearer.
pub(super) fn shows(context: &Context, request: &Request, token: &str) -> bool {
    matches!(bearer(context, request), Ok(Some(shown)) if shown == token.as_bytes())
}

async fn held(host: &Host, context: &Context, request: &Request) -> Result<Option<Holder>, BearerError> {
    let Some(token) = bearer(context, request)? else {
        return Ok(None);
    };
    let (row, user) = find(host, context, token).await?;
    Ok(Some(Holder { client: row.client.id, user }))
}

/// A live access token, and the user that it acts for.
async fn find(host: &Host, context: &Context, token: &[u8]) -> Result<(TokenRow, Id), BearerError> {
    // A signed one is looked up as well, and its signature is not asked: what is not stored is no good, however it is signed.
    if !matches!(recognise(token), Recognised::Ours(TokenKind::Access) | Recognised::Signed) {
        return Err(BearerError::Malformed);
    }
    let digest = TokenDigest::of(token);
    let found = host.ask(FindAccessToken { digest: digest.clone() }).await.map_err(OAuthError::from)?;
    let row = found.filter(|row| row.digest.matches(&digest)).ok_or(BearerError::Unknown)?;
    let user = alive(&row, &context.config, context.now)?;
    Ok((row, user))
}

/// The bearer token of a request; `None` without one, or with another scheme.
fn bearer<'a>(context: &Context, request: &'a Request) -> Result<Option<&'a [u8]>, BearerError> {
    let Some(value) = request.authorization.as_ref() else {
        return Ok(None);
    };
    let value = value.expose().trim_ascii();
    let (scheme, rest) = value.split_at_checked(6).unwrap_or((value, b""));
    let (token, separated) = (rest.trim_ascii(), rest.is_empty() || rest.starts_with(b" "));
    let is_bearer = scheme.eq_ignore_ascii_case(b"bearer");
    let in_place = separated && (token.starts_with(PREFIX.as_bytes()) || is_compact(token));
    let alone = value.len() <= MAX_HEADER && !value.contains(&b',');
    // A token of ours that does not stand where RFC 6750 §2.1 puts it makes nobody anonymous.
    if !(alone && (in_place || !is_bearer)) && holds_ours(value, context.config.issuer()) {
        return Err(BearerError::MalformedHeader);
    }
    if !is_bearer || !separated {
        return Ok(None);
    }
    if token.is_empty() && !is_our_route(request) {
        return Ok(None);
    }
    Ok(Some(token))
}

/// The token of a request to `/userinfo` whose body is a form (RFC 6750 §2.2, OpenID Connect Core §5.3.1). Nowhere else.
fn form_token(request: &Request) -> Result<Option<Zeroizing<String>>, BearerError> {
    let below = request.route.as_deref().and_then(|route| route.get(NAMESPACE.len()..)).unwrap_or_default();
    let is_userinfo = is_our_route(request) && USERINFO.iter().any(|path| below.eq_ignore_ascii_case(path.as_bytes()));
    if !is_userinfo || request.method != b"POST" || media_type(request) != b"application/x-www-form-urlencoded" {
        return Ok(None);
    }
    let params = Params::of_body(request).map_err(OAuthError::from)?;
    Ok(params.value("access_token").map(|token| Zeroizing::new(token.to_owned())))
}

/// A token of ours as the query parameter `access_token` (RFC 6750 §2.3, which OAuth 2.1 removed).
fn has_token_in_query(query: &[u8], issuer: &str) -> bool {
    let values = query.split(|byte| *byte == b'&').filter_map(|pair| pair.strip_prefix(b"access_token="));
    values.into_iter().any(|value| value.starts_with(PREFIX.as_bytes()) || names_issuer(value, issuer))
}

/// On our own routes every bearer is ours to judge.
fn is_our_route(request: &Request) -> bool {
    request
        .route
        .as_deref()
        .and_then(|route| route.get(..NAMESPACE.len()))
        .is_some_and(|start| start.eq_ignore_ascii_case(NAMESPACE.as_bytes()))
}

/// Whether a token of ours is anywhere in a header field.
fn holds_ours(value: &[u8], issuer: &str) -> bool {
    let begins = (0..value.len()).filter_map(|start| value.get(start..)).filter(|rest| rest.starts_with(SIGNED));
    let signed = |rest: &[u8]| {
        let end = rest.iter().position(|byte| !(byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.')));
        names_issuer(rest.get(..end.unwrap_or(rest.len())).unwrap_or_default(), issuer)
    };
    contains(value, PREFIX.as_bytes()) || begins.into_iter().any(signed)
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle)
}
