//! Access tokens: opaque, or signed for others to read (RFC 9068). On this site both are handles: what one is worth is
//! looked up by its digest, and the signature is for those who cannot ask.

use serde::Serialize;

use super::signer::Signer;
use crate::error::OAuthError;
use crate::grant::{Authorization, TokenRequest};
use crate::jose::verify::ACCESS_TOKEN;
use crate::model::number::Id;
use crate::model::token_format::TokenFormat;
use crate::secret::Secret;
use crate::secret::base62;
use crate::secret::token::{TokenDigest, TokenKind, mint};
use crate::time::UnixTime;

/// Characters of `jti`: more than 128 bits.
const JTI_LENGTH: usize = 22;

/// A fresh access token.
#[derive(Debug)]
pub struct AccessToken {
    /// For the client.
    pub text: Secret<String>,
    /// For the store.
    pub digest: TokenDigest,
    /// The key that signed it.
    pub key: Option<Id>,
}

/// The claims of RFC 9068 §2.2. No capabilities and no roles: they change, and a signature does not.
#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    sub: &'a str,
    aud: &'a str,
    exp: UnixTime,
    iat: UnixTime,
    jti: &'a str,
    client_id: &'a str,
    scope: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    auth_time: Option<UnixTime>,
}

/// Makes the access token that an authorization earns, in the format of its client.
///
/// # Errors
/// As [`super::active`] for a signed one; [`OAuthError::Entropy`].
pub async fn make(
    request: &TokenRequest,
    earned: &Authorization,
    expires_at: UnixTime,
    signer: &mut Signer<'_>,
) -> Result<AccessToken, OAuthError> {
    match request.client.config.access_token_format.or(request.context.config.access_token_format) {
        TokenFormat::Jwt => signed(request, earned, expires_at, signer).await,
        TokenFormat::Opaque => {
            let minted = mint(TokenKind::Access, request.context.entropy.as_ref())?;
            Ok(AccessToken { text: minted.text, digest: minted.digest, key: None })
        }
    }
}

async fn signed(
    request: &TokenRequest,
    earned: &Authorization,
    expires_at: UnixTime,
    signer: &mut Signer<'_>,
) -> Result<AccessToken, OAuthError> {
    let TokenRequest { context, client, .. } = request;
    let config = &context.config;
    let sub = signer.sub(earned).await?;
    let active = signer.key().await?;
    let mut jti = String::with_capacity(JTI_LENGTH);
    base62::push_random(&mut jti, JTI_LENGTH, context.entropy.as_ref())?;
    let everything = config.site.rest_url("/");
    let claims = Claims {
        iss: config.issuer(),
        sub: &sub,
        aud: earned.resource.as_deref().unwrap_or(&everything),
        exp: expires_at,
        iat: context.now,
        jti: &jti,
        client_id: &client.client_id,
        scope: &earned.scope.to_string(),
        auth_time: earned.auth_time,
    };
    let text = active.key.sign(ACCESS_TOKEN, &claims)?;
    let digest = TokenDigest::of(text.as_bytes());
    Ok(AccessToken { text: Secret::new(text), digest, key: Some(active.id) })
}
