//! Apps are told that sign-ins ended (OpenID Connect Back-Channel Logout 1.0 §2.5): while nobody waits, again and again for a
//! day until one answers.

use serde_json::json;

use crate::context::Context;
use crate::error::OAuthError;
use crate::event::Event;
use crate::flow::Host;
use crate::http::Response;
use crate::model::app_session::EndedSignIn;
use crate::need::{ClaimLogout, Claimed, FindEndedSignIns, SendLogoutToken, SettleLogout};
use crate::signing::logout_token;

/// How many are told in one run.
const BATCH: u32 = 10;

/// Tells those who are to be told by now, as many as a run takes. Answers how many sign-ins it looked at: none when nothing
/// is due.
pub(crate) async fn deliver(host: &Host, context: &Context) -> Response {
    match run(host, context).await {
        Ok(found) => Response::json(200, &json!({ "found": found })),
        Err(error) => error.response(),
    }
}

async fn run(host: &Host, context: &Context) -> Result<usize, OAuthError> {
    if !context.config.enabled || context.config.has_moved() {
        return Ok(0);
    }
    let found = host.ask(FindEndedSignIns { now: context.now, limit: BATCH }).await?;
    for ended in &found {
        tell(host, context, ended).await?;
    }
    Ok(found.len())
}

async fn tell(host: &Host, context: &Context, ended: &EndedSignIn) -> Result<(), OAuthError> {
    let (sign_in, again) = (ended.id, ended.again(context.now));
    if host.ask(ClaimLogout { sign_in, attempts: ended.attempts, again }).await? == Claimed::Already {
        return Ok(());
    }
    if let Some(uri) = ended.address() {
        let (uri, logout_token) = (uri.to_owned(), logout_token::make(host, context, ended).await?);
        let status = host.ask(SendLogoutToken { uri, logout_token }).await?;
        // §2.8: 200; some frameworks make 204 of an answer without a body. After 400 the same request is no use.
        let told = matches!(status, Some(200 | 204));
        if !told && status != Some(400) && again.is_some() {
            return Ok(());
        }
        if !told {
            host.tell(Event::LogoutUndelivered { client: ended.client, status });
        }
    }
    Ok(host.ask(SettleLogout { sign_in }).await?)
}
