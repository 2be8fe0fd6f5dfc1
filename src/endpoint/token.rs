//! The token endpoint (RFC 6749 §3.2).

use std::rc::Rc;

use serde_json::{Map, Value, json};

use super::{Endpoint, Metadata};
use crate::client_auth;
use crate::context::Context;
use crate::error::{GrantError, OAuthError};
use crate::event::Event;
use crate::flow::{Host, HostError, Step};
use crate::grant::{self, Authorization, GRANT_TYPES, GrantType, TokenRequest};
use crate::http::{Request, Response};
use crate::need::{Issue, Issued, NewToken};
use crate::params::Params;
use crate::signing::access_token::{self, AccessToken};
use crate::signing::id_token;
use crate::signing::signer::Signer;
use crate::time::UnixTime;

/// See the module.
pub struct Token;

impl Endpoint for Token {
    fn name(&self) -> &'static str {
        "token"
    }

    fn path(&self) -> &'static str {
        "/token"
    }

    fn description(&self) -> &'static str {
        "OAuth 2.0 token endpoint (RFC 6749)"
    }

    fn parameters(&self) -> &'static [(&'static str, &'static str)] {
        &[
            ("client_id", "The client identifier, unless HTTP Basic is used"),
            ("client_secret", "The client secret, unless HTTP Basic is used"),
            ("code", "The authorization code"),
            ("code_verifier", "The PKCE verifier (RFC 7636)"),
            ("grant_type", "What is exchanged for a token"),
            ("password", "The user's password, where that is enabled"),
            ("redirect_uri", "The one of the authorization request"),
            ("refresh_token", "The refresh token"),
            ("resource", "What the token is for (RFC 8707)"),
            ("scope", "What is asked for, separated by spaces"),
            ("username", "The user's name or e-mail address, where that is enabled"),
        ]
    }

    fn describe(&self, context: &Context, metadata: &mut Metadata) {
        metadata.address("token_endpoint", context, self);
        let enabled = GRANT_TYPES.iter().map(|grant| grant.name()).filter(|name| context.config.allows(name));
        metadata.add("grant_types_supported", json!(enabled.collect::<Vec<_>>()));
        metadata.add("token_endpoint_auth_methods_supported", client_auth::names(|_| true));
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
    let name = params.value("grant_type").ok_or(OAuthError::Missing("grant_type"))?;
    let method = grant::find(name).ok_or(GrantError::Unknown)?;
    let client = client_auth::authenticate(host, request, &params, &context.config.limits, context.now).await?;
    let switch = context.config.method(method.name()).filter(|switch| switch.enabled).ok_or(GrantError::NotEnabled)?;
    if !client.config.grant_types.contains(method.name()) {
        return Err(GrantError::NotEnabled.into());
    }
    let request = TokenRequest {
        context: Rc::clone(context),
        host: host.clone(),
        address: request.address,
        params,
        client,
        method_epoch: switch.epoch,
    };
    let earned = method.run(&request).await?;
    if let Some(response) = issue(&request, method, earned).await? {
        return Ok(response);
    }
    // Lost the race: what the winner's spending means for this request, the grant type says when asked again.
    let earned = method.run(&request).await?;
    // The winner's write is not to be seen yet (a node that lags behind): no refusal, which would end a session for good.
    if earned.spends.is_some() {
        return Err(HostError::Unavailable.into());
    }
    Ok(issue(&request, method, earned).await?.ok_or(HostError::Unavailable)?)
}

/// Mints what an authorization earns. What is spent and what it buys are one write: both or neither. `None` when somebody
/// else spent it first.
async fn issue(
    request: &TokenRequest,
    method: &dyn GrantType,
    earned: Authorization,
) -> Result<Option<Response>, OAuthError> {
    let TokenRequest { context, host, client, .. } = request;
    let expires_at = context.now.plus(context.config.access_token_lifetime);
    let expires_at = earned.ends.map_or(expires_at, |end| expires_at.min(end));
    let mut signer = Signer::new(request, method, &earned);
    let access = access_token::make(request, &earned, expires_at, &mut signer).await?;
    let id_token = id_token::make(request, method, &earned, access.text.expose(), expires_at, &mut signer).await?;
    let body = body(context, &access, id_token, &earned, expires_at);
    let token = NewToken {
        digest: access.digest,
        policy: earned.policy_ref,
        scope: earned.scope.to_string(),
        expires_at,
        generation: earned.generation,
        key: access.key,
    };
    match host.ask(Issue { grant: earned.grant, token, spends: earned.spends, now: context.now }).await? {
        Issued::AlreadySpent => Ok(None),
        Issued::Stored => {
            host.tell(Event::TokenIssued { client: client.id, user: earned.user, method: method.name() });
            Ok(Some(Response::json(200, &Value::Object(body))))
        }
    }
}

/// RFC 6749 §5.1, OpenID Connect Core §3.1.3.3.
fn body(
    context: &Context,
    access: &AccessToken,
    id_token: Option<String>,
    earned: &Authorization,
    expires_at: UnixTime,
) -> Map<String, Value> {
    let mut body = Map::new();
    body.insert("access_token".into(), json!(access.text.expose()));
    body.insert("token_type".into(), json!("Bearer"));
    body.insert("expires_in".into(), json!(context.now.until(expires_at)));
    if let Some(refresh) = &earned.refresh {
        body.insert("refresh_token".into(), json!(refresh.expose()));
    }
    if let Some(id_token) = id_token {
        body.insert("id_token".into(), json!(id_token));
    }
    body.insert("scope".into(), json!(earned.scope.to_string()));
    if earned.lists_routes {
        let prefix = &context.config.site.rest_prefix;
        let routes = earned.policy.routes.summary().unwrap_or_default();
        let routes: Vec<String> = routes.into_iter().map(|pattern| pattern.display_below(prefix)).collect();
        body.insert("granted_rest_routes".into(), json!(routes));
    }
    body
}
