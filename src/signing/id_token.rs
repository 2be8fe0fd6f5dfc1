//! ID tokens (OpenID Connect Core §2): who signed in, when, and for which client.

use serde::Serialize;
use serde_json::Value;

use super::signer::Signer;
use crate::authority::scope::OPENID;
use crate::context::Context;
use crate::error::OAuthError;
use crate::flow::{Host, HostError};
use crate::grant::{Authorization, GrantType, TokenRequest};
use crate::jose::jwk::KeySet;
use crate::jose::jwt::stated_audience;
use crate::jose::verify::{Expectation, verify_expired};
use crate::model::key::KeyRow;
use crate::need::{FindSigningKeys, WhichKeys};
use crate::time::UnixTime;

/// The type in the header: no access token passes for one.
pub const ID_TOKEN: &str = "JWT";

/// What a client must know of the event. Claims about the person are for `/userinfo` (§5.4): a token travels further than
/// they should.
#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    sub: &'a str,
    aud: &'a str,
    exp: UnixTime,
    iat: UnixTime,
    #[serde(skip_serializing_if = "Option::is_none")]
    auth_time: Option<UnixTime>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nonce: Option<&'a str>,
    azp: &'a str,
    at_hash: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    sid: Option<&'a str>,
}

/// Makes the ID token beside an access token, if the scope asks for one and a person is meant.
///
/// # Errors
/// As [`super::active`]: without it the answer would be no answer of OpenID Connect.
pub async fn make(
    request: &TokenRequest,
    method: &dyn GrantType,
    earned: &Authorization,
    access_token: &str,
    expires_at: UnixTime,
    signer: &mut Signer<'_>,
) -> Result<Option<String>, OAuthError> {
    if method.acts_as_service_user() || !earned.scope.contains(OPENID) {
        return Ok(None);
    }
    let TokenRequest { context, client, .. } = request;
    let sub = signer.sub(earned).await?;
    let key = &signer.key().await?.key;
    let claims = Claims {
        iss: context.config.issuer(),
        sub: &sub,
        aud: &client.client_id,
        exp: expires_at,
        iat: context.now,
        auth_time: earned.auth_time,
        nonce: earned.nonce.as_deref(),
        azp: &client.client_id,
        at_hash: key.half_hash(access_token),
        sid: earned.sid.as_deref(),
    };
    Ok(Some(key.sign(ID_TOKEN, &claims)?))
}

/// What an ID token says that somebody shows as a hint.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Hint {
    /// The client that got it.
    pub client_id: String,
    /// Whom it is about.
    pub sub: String,
}

/// Reads an ID token that is shown as a hint (OpenID Connect Core §3.1.2.1). It may have expired, and its key retired; `None`
/// for what is no ID token of ours.
///
/// # Errors
/// [`HostError`].
pub async fn hinted(host: &Host, context: &Context, token: &str) -> Result<Option<Hint>, HostError> {
    let Some(client_id) = stated_audience(token.as_bytes()) else {
        return Ok(None);
    };
    let found = host.ask(FindSigningKeys { which: WhichKeys::All }).await?;
    let keys = found.keys.iter().filter(|row| row.compromised_at.is_none());
    let keys = KeySet::new(keys.filter_map(KeyRow::jwk));
    let expected = Expectation {
        issuer: context.config.issuer(),
        audience: &client_id,
        typ: ID_TOKEN,
        leeway: 0,
        algorithms: None,
    };
    let claims = verify_expired(token.as_bytes(), &keys, &expected).ok();
    let sub = claims.and_then(|claims| claims.get("sub").and_then(Value::as_str).map(str::to_owned));
    Ok(sub.map(|sub| Hint { client_id, sub }))
}
