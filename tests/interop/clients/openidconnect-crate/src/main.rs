//! A web application with the `openidconnect` crate that signs people in: it is told an issuer, a client and its secret, and
//! finds the rest out.
//!
//! Reads that as JSON from standard input, prints the address to open in a browser, waits for the redirect, and prints as JSON
//! whom the ID token and the userinfo endpoint tell of.

#[path = "../../oauth2-crate/src/redirect.rs"]
mod redirect;

use std::error::Error;
use std::io::stdin;
use std::net::TcpListener;

use openidconnect::core::{CoreAuthenticationFlow, CoreClient, CoreProviderMetadata, CoreUserInfoClaims};
use openidconnect::{
    AccessTokenHash, AuthorizationCode, ClientId, ClientSecret, CsrfToken, IssuerUrl, Nonce, OAuth2TokenResponse,
    PkceCodeChallenge, RedirectUrl, Scope, TokenResponse, ureq,
};
use serde_json::{Value, json};
use url::Url;

fn main() -> Result<(), Box<dyn Error>> {
    let config: Value = serde_json::from_reader(stdin().lock())?;
    let text = |name: &str| config[name].as_str().map(str::to_owned).ok_or(format!("{name} is missing"));

    let redirect_uri = text("redirect_uri")?;
    let port = Url::parse(&redirect_uri)?.port().ok_or("the redirect URI has no port")?;
    let listener = TcpListener::bind(("127.0.0.1", port))?;

    let agent = ureq::AgentBuilder::new().redirects(0).build();
    let provider = CoreProviderMetadata::discover(&IssuerUrl::new(text("issuer")?)?, &agent)?;
    let (id, secret) = (ClientId::new(text("client_id")?), ClientSecret::new(text("client_secret")?));
    let client = CoreClient::from_provider_metadata(provider, id, Some(secret))
        .set_redirect_uri(RedirectUrl::new(redirect_uri)?);

    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let (url, state, nonce) = client
        .authorize_url(CoreAuthenticationFlow::AuthorizationCode, CsrfToken::new_random, Nonce::new_random)
        .add_scopes(["profile", "email"].map(|scope| Scope::new(scope.to_owned())))
        .set_pkce_challenge(challenge)
        .url();
    println!("{}", json!(url));

    let answer = redirect::wait_for_answer(&listener)?;
    let parameter = |name: &str| answer.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
    if parameter("state").as_ref() != Some(state.secret()) {
        return Err("the answer belongs to another attempt".into());
    }
    if parameter("iss") != Some(text("issuer")?) {
        return Err("the answer comes from another server".into());
    }
    let Some(code) = parameter("code") else {
        println!("{}", json!({ "error": parameter("error") }));
        return Ok(());
    };

    let token = client.exchange_code(AuthorizationCode::new(code))?.set_pkce_verifier(verifier).request(&agent)?;
    let id_token = token.id_token().ok_or("there is no ID token")?;
    let keys = client.id_token_verifier();
    let claims = id_token.claims(&keys, &nonce)?;
    let hash =
        AccessTokenHash::from_token(token.access_token(), id_token.signing_alg()?, id_token.signing_key(&keys)?)?;
    if claims.access_token_hash() != Some(&hash) {
        return Err("the ID token came with another access token".into());
    }
    let subject = claims.subject().clone();
    let person: CoreUserInfoClaims = client.user_info(token.access_token().clone(), Some(subject))?.request(&agent)?;
    println!("{}", json!({ "id": claims, "person": person }));
    Ok(())
}
