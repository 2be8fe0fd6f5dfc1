//! The revocation endpoint (RFC 7009).

use std::rc::Rc;

use super::resource::{self, Holder, shows};
use super::{Endpoint, Metadata};
use crate::client_auth;
use crate::context::Context;
use crate::error::{ClientAuthError, GrantError, OAuthError};
use crate::event::Event;
use crate::flow::{Host, Step};
use crate::http::{Request, Response};
use crate::model::number::Id;
use crate::need::{FindAccessToken, FindSession, RevokeGrant, RevokeToken, Revoked};
use crate::params::Params;
use crate::secret::refresh::{Place, RefreshToken};
use crate::secret::token::{Recognised, TokenDigest, TokenKind, recognise};

/// See the module.
pub struct Revoke;

/// Why a session ends whose client revokes its refresh token, for the record.
const REVOKED: &str = "revoked";

impl Endpoint for Revoke {
    fn name(&self) -> &'static str {
        "revoke"
    }

    fn path(&self) -> &'static str {
        "/revoke"
    }

    fn description(&self) -> &'static str {
        "OAuth 2.0 token revocation (RFC 7009)"
    }

    fn parameters(&self) -> &'static [(&'static str, &'static str)] {
        &[
            ("client_id", "The client identifier, unless HTTP Basic or an access token is used"),
            ("client_secret", "The client secret, unless HTTP Basic or an access token is used"),
            ("token", "The token to revoke"),
            ("token_type_hint", "Accepted and not needed: tokens name their kind"),
        ]
    }

    fn describe(&self, context: &Context, metadata: &mut Metadata) {
        metadata.address("revocation_endpoint", context, self);
        metadata.add("revocation_endpoint_auth_methods_supported", client_auth::names(|_| true));
    }

    fn run<'a>(
        &'a self,
        host: &'a Host,
        context: &'a Rc<Context>,
        request: &'a Request,
    ) -> Step<'a, Result<Response, OAuthError>> {
        Box::pin(run(host, context, request))
    }
}

async fn run(host: &Host, context: &Rc<Context>, request: &Request) -> Result<Response, OAuthError> {
    let params = Params::of_body(request)?;
    let caller = match Caller::find(host, context, request, &params).await? {
        Ok(caller) => caller,
        Err(answer) => return Ok(answer),
    };
    let token = params.value("token").ok_or(OAuthError::Missing("token"))?;
    match recognise(token.as_bytes()) {
        Recognised::Ours(TokenKind::Access) | Recognised::Signed => {}
        Recognised::Ours(TokenKind::Refresh) => return end_session(host, context, caller, token).await,
        Recognised::Ours(TokenKind::Code) => return Err(OAuthError::UnsupportedTokenType),
        // RFC 7009 §2.2: an invalid token is no error; there is nothing left to revoke.
        Recognised::Ours(TokenKind::Personal) | Recognised::Malformed | Recognised::Foreign => {
            return Ok(Response::empty(200));
        }
    }
    let digest = TokenDigest::of(token.as_bytes());
    let found = host.ask(FindAccessToken { digest: digest.clone() }).await?;
    let Some(row) = found.filter(|row| row.digest.matches(&digest)) else {
        return Ok(Response::empty(200));
    };
    if !caller.owns(row.client.id, row.subject.user) {
        return Err(GrantError::NotYours.into());
    }
    if host.ask(RevokeToken { digest, now: context.now }).await? == Revoked::Now {
        host.tell(Event::TokenRevoked { client: caller.client, grant: row.grant.id });
    }
    Ok(Response::empty(200))
}

/// Who asks: a client with its credentials, or one that shows an access token in their place, as Wordapp's do.
#[derive(Clone, Copy)]
struct Caller {
    client: Id,
    /// The user of the access token: others' tokens are none of its business.
    user: Option<Id>,
}

impl Caller {
    /// Who asks, or the answer to its access token.
    async fn find(
        host: &Host,
        context: &Rc<Context>,
        request: &Request,
        params: &Params,
    ) -> Result<Result<Self, Response>, OAuthError> {
        let named = params.value("client_id").is_some() || params.value("client_secret").is_some();
        match resource::holder(host, context, request).await {
            Ok(Some(_)) | Err(_) if named => Err(ClientAuthError::Multiple.into()),
            Ok(Some(Holder { client, user })) => Ok(Ok(Self { client, user: Some(user) })),
            // The token that it wants to end, and that has ended: RFC 7009 §2.2 again.
            Err(refusal)
                if refusal.status == 401 && params.value("token").is_some_and(|it| shows(context, request, it)) =>
            {
                Ok(Err(Response::empty(200)))
            }
            Err(refusal) => Ok(Err(refusal)),
            Ok(None) => {
                let limits = &context.config.limits;
                let client = client_auth::authenticate(host, request, params, limits, context.now).await?;
                Ok(Ok(Self { client: client.id, user: None }))
            }
        }
    }

    /// Whether a token of this client and user is one that it may end.
    fn owns(self, client: Id, user: Option<Id>) -> bool {
        client == self.client && (self.user.is_none() || user == self.user)
    }
}

/// RFC 7009 §2.1: with a refresh token ends all that came of the same approval. Any that the session ever had will do: the
/// client may have missed the latest.
async fn end_session(host: &Host, context: &Rc<Context>, caller: Caller, token: &str) -> Result<Response, OAuthError> {
    let Some(presented) = RefreshToken::parse(token) else {
        return Ok(Response::empty(200));
    };
    let found = host.ask(FindSession { handle: presented.handle().to_owned() }).await?;
    let Some(session) = found.filter(|row| row.handle == presented.handle()) else {
        return Ok(Response::empty(200));
    };
    if matches!(session.chain.place(&presented)?, Place::Stranger) {
        return Ok(Response::empty(200));
    }
    if !caller.owns(session.client, session.subject.user) {
        return Err(GrantError::NotYours.into());
    }
    if session.grant.revoked_at.is_none() {
        host.ask(RevokeGrant { grant: session.grant.id, why: REVOKED, now: context.now }).await?;
        host.tell(Event::TokenRevoked { client: caller.client, grant: session.grant.id });
    }
    Ok(Response::empty(200))
}
