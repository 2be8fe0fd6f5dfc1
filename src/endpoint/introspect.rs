//! The introspection endpoint (RFC 7662): a client asks what a token is worth now.

use std::rc::Rc;

use serde_json::{Value, json};

use super::{Endpoint, Metadata};
use crate::client_auth;
use crate::context::Context;
use crate::error::{ClientAuthError, OAuthError};
use crate::flow::{Host, Step};
use crate::grant::{self, GrantType, liveness};
use crate::http::{Request, Response};
use crate::model::client::{ClientRow, ClientType};
use crate::need::{FindAccessToken, FindSession};
use crate::params::Params;
use crate::secret::refresh::{Place, RefreshToken};
use crate::secret::token::{Recognised, TokenDigest, TokenKind, recognise};

/// See the module.
pub struct Introspect;

impl Endpoint for Introspect {
    fn name(&self) -> &'static str {
        "introspect"
    }

    fn path(&self) -> &'static str {
        "/introspect"
    }

    fn description(&self) -> &'static str {
        "OAuth 2.0 token introspection (RFC 7662)"
    }

    fn parameters(&self) -> &'static [(&'static str, &'static str)] {
        &[
            ("client_id", "The client identifier, unless HTTP Basic is used"),
            ("client_secret", "The client secret, unless HTTP Basic is used"),
            ("token", "The token to look at"),
            ("token_type_hint", "Accepted and not needed: tokens name their kind"),
        ]
    }

    fn describe(&self, context: &Context, metadata: &mut Metadata) {
        metadata.address("introspection_endpoint", context, self);
        metadata.add("introspection_endpoint_auth_methods_supported", client_auth::names(|method| method.proves()));
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
    let client = client_auth::authenticate(host, request, &params, &context.config.limits, context.now).await?;
    // RFC 7662 §2.1, §4: who proves nothing could try tokens out.
    if client.kind == ClientType::Public {
        return Err(ClientAuthError::MethodNotRegistered.into());
    }
    let token = params.value("token").ok_or(OAuthError::Missing("token"))?;
    let told = match recognise(token.as_bytes()) {
        Recognised::Ours(TokenKind::Access) | Recognised::Signed => access(host, context, &client, token).await?,
        Recognised::Ours(TokenKind::Refresh) => refresh(host, context, &client, token).await?,
        Recognised::Ours(TokenKind::Code | TokenKind::Personal) | Recognised::Malformed | Recognised::Foreign => None,
    };
    // RFC 7662 §2.2: nothing more of a token that is worth nothing, nor why.
    Ok(Response::json(200, &told.unwrap_or_else(|| json!({"active": false}))))
}

/// What an access token is worth: to its own client, and to resource servers, which get everybody's.
async fn access(host: &Host, context: &Context, client: &ClientRow, token: &str) -> Result<Option<Value>, OAuthError> {
    let digest = TokenDigest::of(token.as_bytes());
    let found = host.ask(FindAccessToken { digest: digest.clone() }).await?;
    let Some(row) = found.filter(|row| row.digest.matches(&digest)) else {
        return Ok(None);
    };
    let may_see = row.client.id == client.id || client.config.resource_server;
    if !may_see || liveness::alive(&row, &context.config, context.now).is_err() {
        return Ok(None);
    }
    let serves = grant::find(&row.grant.method).is_some_and(GrantType::acts_as_service_user);
    Ok(Some(json!({
        "active": true,
        "scope": row.scope.to_string(),
        "client_id": row.client.client_id,
        "token_type": "Bearer",
        "exp": row.expires_at,
        "iat": row.issued_at,
        "sub": if serves { &row.client.client_id } else { &row.subject.sub },
        "iss": context.config.issuer(),
    })))
}

/// What a refresh token is worth, which is its own client's business alone.
async fn refresh(host: &Host, context: &Context, client: &ClientRow, token: &str) -> Result<Option<Value>, OAuthError> {
    let Some(presented) = RefreshToken::parse(token) else {
        return Ok(None);
    };
    let found = host.ask(FindSession { handle: presented.handle().to_owned() }).await?;
    let Some(session) = found.filter(|row| row.handle == presented.handle() && row.client == client.id) else {
        return Ok(None);
    };
    if session.alive(client, &context.config, context.now).is_err()
        || !matches!(session.chain.place(&presented)?, Place::Present(_))
    {
        return Ok(None);
    }
    Ok(Some(json!({
        "active": true,
        "scope": session.scope.to_string(),
        "client_id": client.client_id,
        "exp": session.idle_expires_at,
        "iat": session.chain.rotated_at.unwrap_or(session.created_at),
        "sub": session.subject.sub,
        "iss": context.config.issuer(),
    })))
}
