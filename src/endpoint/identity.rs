//! Who a token's user is: `/me` for every live token, `/userinfo` (OpenID Connect Core §5.3) for those with `openid`.

use serde_json::{Map, Value, json};

use super::Metadata;
use super::resource::Principal;
use crate::authority::decision::NAMESPACE;
use crate::authority::scope::{IDENTITY, OPENID};
use crate::context::Context;
use crate::error::OAuthError;
use crate::flow::Host;
use crate::http::Response;
use crate::model::claims::{CLAIMS, ROLES};
use crate::model::number::Id;
use crate::need::Claims;

/// Which of the two is asked.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Identity {
    /// `/me`: what the token is, and its user as far as its identity scopes tell.
    Me,
    /// `/userinfo`: the claims.
    Userinfo,
}

impl Identity {
    /// The one of that name.
    #[must_use]
    pub fn find(name: &str) -> Option<Self> {
        match name {
            "me" => Some(Self::Me),
            "userinfo" => Some(Self::Userinfo),
            _ => None,
        }
    }
}

/// What the server's metadata says of it (OpenID Connect Discovery §3).
pub(super) fn describe(context: &Context, metadata: &mut Metadata) {
    metadata.add("userinfo_endpoint", context.config.site.rest_url(&format!("{NAMESPACE}/userinfo")));
    metadata.add("claim_types_supported", json!(["normal"]));
    let of_token = ["sub", "iss", "aud", "exp", "iat", "auth_time", "nonce", "azp", "at_hash"];
    let roles = context.config.role_claims.then_some(&ROLES);
    metadata.add("claims_supported", of_token.iter().chain(CLAIMS).chain(roles).copied().collect::<Vec<_>>());
    metadata.add("claims_parameter_supported", false);
}

/// Answers who the principal is.
pub(crate) async fn identify(host: &Host, what: Identity, principal: &Principal) -> Response {
    let released = |scope: &str| principal.scope.contains(scope) && principal.authority.releases(scope);
    if what == Identity::Userinfo && !released(OPENID) {
        return Principal::lacks_scope(OPENID);
    }
    let claims = match host.ask(Claims { user: principal.user }).await {
        Ok(claims) => claims.released(released, principal.tells_roles),
        Err(error) => return OAuthError::from(error).response(),
    };
    let mut body = Map::from_iter([("sub".to_owned(), json!(principal.sub))]);
    if what == Identity::Me {
        body.insert("id".to_owned(), json!(principal.user));
        body.insert("client_id".to_owned(), json!(principal.client_id));
        body.insert("scope".to_owned(), json!(principal.scope.to_string()));
    }
    body.extend(claims);
    Response::json(200, &Value::Object(body))
}

/// What each identity scope tells of a user, by its name; scopes that tell nothing are left out.
pub(crate) async fn preview(host: &Host, context: &Context, user: Id) -> Response {
    let claims = match host.ask(Claims { user }).await {
        Ok(claims) => claims,
        Err(error) => return OAuthError::from(error).response(),
    };
    let told = |scope: &str| claims.released(|released| released == scope, context.config.role_claims);
    let told = IDENTITY.iter().map(|scope| ((*scope).to_owned(), told(scope))).filter(|(_, told)| !told.is_empty());
    Response::json(200, &Value::Object(told.map(|(scope, told)| (scope, Value::Object(told))).collect()))
}
