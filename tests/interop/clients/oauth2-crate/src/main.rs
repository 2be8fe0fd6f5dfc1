//! A native app with the `oauth2` crate: PKCE, and a loopback redirect on whatever port is free (RFC 8252 §7.3).
//!
//! Reads what it must know as JSON from standard input, prints the address to open in a browser, waits for the redirect, and
//! prints as JSON what it got.

mod redirect;

use std::error::Error;
use std::io::stdin;
use std::net::TcpListener;

use oauth2::basic::{BasicClient, BasicTokenResponse};
use oauth2::{
    AuthUrl, AuthorizationCode, ClientId, CsrfToken, PkceCodeChallenge, RedirectUrl, RefreshToken, Scope,
    TokenResponse, TokenUrl, ureq,
};
use serde_json::{Value, json};

fn main() -> Result<(), Box<dyn Error>> {
    let config: Value = serde_json::from_reader(stdin().lock())?;
    let text = |name: &str| config[name].as_str().map(str::to_owned).ok_or(format!("{name} is missing"));

    let listener = TcpListener::bind("127.0.0.1:0")?;
    let redirect_uri = format!("http://127.0.0.1:{}/callback", listener.local_addr()?.port());
    let client = BasicClient::new(ClientId::new(text("client_id")?))
        .set_auth_uri(AuthUrl::new(text("authorization_endpoint")?)?)
        .set_token_uri(TokenUrl::new(text("token_endpoint")?)?)
        .set_redirect_uri(RedirectUrl::new(redirect_uri)?);

    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let (url, state) = client
        .authorize_url(CsrfToken::new_random)
        .add_scopes(text("scope")?.split(' ').map(|scope| Scope::new(scope.to_owned())))
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

    let agent = ureq::AgentBuilder::new().redirects(0).build();
    let token: BasicTokenResponse =
        client.exchange_code(AuthorizationCode::new(code)).set_pkce_verifier(verifier).request(&agent)?;
    let get = |token: &BasicTokenResponse, address: String| -> Result<Value, Box<dyn Error>> {
        let bearer = format!("Bearer {}", token.access_token().secret());
        Ok(serde_json::from_str(&agent.get(&address).set("Authorization", &bearer).call()?.into_string()?)?)
    };
    let me = get(&token, text("me")?)?;
    let posts = get(&token, format!("{}?status=any&author={}", text("posts")?, me["id"]))?;

    let refresh = token.refresh_token().ok_or("there is no refresh token")?;
    let after: BasicTokenResponse = client.exchange_refresh_token(refresh).request(&agent)?;
    let refreshed = json!({
        "access": after.access_token().secret() != token.access_token().secret(),
        "refresh": after.refresh_token().map(RefreshToken::secret) != Some(refresh.secret()),
        "scope": scope(&after),
        "expires_in": seconds(&after),
        "me": get(&after, text("me")?)?,
    });
    // The person signs out: with the refresh token ends everything. The crate revokes over https alone, and this is loopback.
    let last = after.refresh_token().ok_or("there is no refresh token")?;
    let form = [("token", last.secret().as_str()), ("client_id", &text("client_id")?)];
    agent.post(&text("revocation_endpoint")?).send_form(&form)?;
    let bearer = format!("Bearer {}", after.access_token().secret());
    let after_revocation = match agent.get(&text("me")?).set("Authorization", &bearer).call() {
        Ok(answer) => answer.status(),
        Err(ureq::Error::Status(status, _)) => status,
        Err(error) => return Err(error.into()),
    };
    println!(
        "{}",
        json!({
            "scope": scope(&token), "expires_in": seconds(&token), "me": me, "posts": posts, "refreshed": refreshed,
            "after_revocation": after_revocation,
        })
    );
    Ok(())
}

fn scope(token: &BasicTokenResponse) -> String {
    let scopes: Vec<String> = token.scopes().into_iter().flatten().map(|scope| scope.to_string()).collect();
    scopes.join(" ")
}

fn seconds(token: &BasicTokenResponse) -> Option<u64> {
    token.expires_in().map(|life| life.as_secs())
}
