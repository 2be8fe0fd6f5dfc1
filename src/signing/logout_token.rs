//! Logout tokens (OpenID Connect Back-Channel Logout 1.0 §2.4): they tell an app that a sign-in ended.

use serde::Serialize;
use serde_json::{Value, json};

use super::active;
use crate::context::Context;
use crate::error::OAuthError;
use crate::flow::Host;
use crate::model::app_session::EndedSignIn;
use crate::secret::base62;
use crate::time::UnixTime;

/// The type in the header.
pub const LOGOUT_TOKEN: &str = "logout+jwt";
/// The event that it tells of.
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";
/// Seconds for which it is good: §2.4 recommends two minutes at most.
const LIFETIME: i64 = 120;
/// Characters of `jti`: more than 128 bits.
const JTI_LENGTH: usize = 22;

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    sub: &'a str,
    aud: &'a str,
    iat: UnixTime,
    exp: UnixTime,
    jti: &'a str,
    events: Value,
    sid: &'a str,
}

/// Makes the logout token for the app of a sign-in.
///
/// # Errors
/// As [`active`]; [`OAuthError::Entropy`].
pub async fn make(host: &Host, context: &Context, ended: &EndedSignIn) -> Result<String, OAuthError> {
    let key = active(host, context).await?.key;
    let mut jti = String::with_capacity(JTI_LENGTH);
    base62::push_random(&mut jti, JTI_LENGTH, context.entropy.as_ref())?;
    let claims = Claims {
        iss: context.config.issuer(),
        sub: &ended.sub,
        aud: &ended.client_id,
        iat: context.now,
        exp: context.now.plus(LIFETIME),
        jti: &jti,
        events: json!({ EVENT: {} }),
        sid: &ended.sid,
    };
    Ok(key.sign(LOGOUT_TOKEN, &claims)?)
}
