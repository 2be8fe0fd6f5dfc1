//! The end session endpoint (OpenID Connect RP-Initiated Logout 1.0): an app sends a person here to log out.
//!
//! The person is asked, whatever the app shows: a link in somebody's page must not log anybody out (§6).

pub(crate) mod backchannel;

use std::rc::Rc;

use percent_encoding::utf8_percent_encode;
use serde_json::json;

use super::authorize::handover;
use super::{Endpoint, Metadata};
use crate::context::Context;
use crate::error::{LogoutError, OAuthError, PageError};
use crate::flow::{Host, Step};
use crate::http::{ESCAPED, Page, Request, Response};
use crate::model::client::{ClientRow, ClientStatus};
use crate::need::{ConfirmLogout, FindClient, FindVisitor, LogOut};
use crate::params::{ParamError, Params, decode_form, php_name};
use crate::redirect_uri::Destination;
use crate::secret::token::TokenDigest;
use crate::signing::id_token;

/// See the module.
pub struct Logout;

/// The parameters that are read. Others are ignored.
const PARAMETERS: &[(&str, &str)] = &[
    ("client_id", "The client identifier"),
    ("id_token_hint", "The ID token of who is to be logged out"),
    ("post_logout_redirect_uri", "Where the person is sent then: one of the registered addresses"),
    ("state", "Comes back as it is"),
];

impl Endpoint for Logout {
    fn name(&self) -> &'static str {
        "logout"
    }

    fn path(&self) -> &'static str {
        "/logout"
    }

    fn methods(&self) -> &'static [&'static str] {
        &["GET", "POST"]
    }

    /// It is visited, not fetched.
    fn cors(&self) -> bool {
        false
    }

    fn description(&self) -> &'static str {
        "End session endpoint (OpenID Connect RP-Initiated Logout 1.0)"
    }

    fn parameters(&self) -> &'static [(&'static str, &'static str)] {
        PARAMETERS
    }

    /// It is a person who waits for the answer.
    fn refuse(&self, error: OAuthError) -> Response {
        PageError::from(error).response()
    }

    fn describe(&self, context: &Context, metadata: &mut Metadata) {
        metadata.address("end_session_endpoint", context, self);
        metadata.add("backchannel_logout_supported", true);
        metadata.add("backchannel_logout_session_supported", true);
    }

    fn run<'a>(
        &'a self,
        host: &'a Host,
        context: &'a Rc<Context>,
        request: &'a Request,
    ) -> Step<'a, Result<Response, OAuthError>> {
        Box::pin(async move { Ok(answer(host, context, handover::pairs(request)).await) })
    }

    fn attend<'a>(
        &'a self,
        host: &'a Host,
        context: &'a Context,
        pairs: Option<Vec<u8>>,
    ) -> Option<Step<'a, Response>> {
        Some(Box::pin(answer(host, context, pairs)))
    }
}

async fn answer(host: &Host, context: &Context, pairs: Option<Vec<u8>>) -> Response {
    log_out(host, context, pairs.as_deref()).await.unwrap_or_else(LogoutError::response)
}

/// What an app asks for.
struct Asked {
    client: Option<ClientRow>,
    /// Where the person is sent then.
    redirect_uri: Option<String>,
    state: Option<String>,
}

async fn log_out(host: &Host, context: &Context, pairs: Option<&[u8]>) -> Result<Response, LogoutError> {
    let asked = Asked::judge(&read(pairs.ok_or(LogoutError::Unreadable)?)?, host, context).await?;
    let name = asked.client.as_ref().map(|client| client.name.clone());
    if let Some(visitor) = host.ask(FindVisitor {}).await? {
        let redirect = asked.redirect_uri.as_deref().and_then(Destination::of);
        let user = visitor.user;
        let session = visitor.session.map(|session| session.digest);
        let digest = TokenDigest::of(
            json!({
                "client": asked.client.as_ref().map(|client| &client.client_id),
                "redirect_uri": asked.redirect_uri,
                "state": asked.state,
                "user": user,
                "session": session,
            })
            .to_string()
            .as_bytes(),
        );
        let shown = ConfirmLogout { client: name.clone(), redirect, user, digest };
        if !host.ask(shown).await?.confirmed {
            return Ok(Response::page(200, Page::telling("still_logged_in", String::new(), name)));
        }
        host.ask(LogOut { session: session.unwrap_or_default(), now: context.now }).await?;
    }
    Ok(match asked.redirect_uri {
        None => Response::page(200, Page::telling("logged_out", String::new(), name)),
        Some(uri) => back(uri, asked.state.as_deref()),
    })
}

/// §3: to the app, with its state.
fn back(mut uri: String, state: Option<&str>) -> Response {
    if let Some(state) = state {
        uri.push(if uri.contains('?') { '&' } else { '?' });
        uri.push_str("state=");
        uri.extend(utf8_percent_encode(state, ESCAPED));
    }
    Response::empty(303).with("Location", uri).with("Referrer-Policy", "no-referrer")
}

/// The parameters, each at most once.
fn read(pairs: &[u8]) -> Result<Params, ParamError> {
    let mut params = Params::default();
    for pair in pairs.split(|byte| *byte == b'&') {
        let Ok(name) = php_name(pair) else {
            continue;
        };
        if PARAMETERS.iter().any(|(known, _)| *known == name) {
            let mut sides = pair.splitn(2, |byte| *byte == b'=');
            // `state[]`, `client.id`: not one of ours, and to PHP it would be.
            if decode_form(sides.next().unwrap_or_default())?.as_str() != name {
                return Err(ParamError::Name);
            }
            params.insert(&name, decode_form(sides.next().unwrap_or_default())?)?;
        }
    }
    Ok(params)
}

impl Asked {
    /// §2, §3: an app is believed by an ID token that it got, or by its name; and nobody is sent to where it did not register.
    async fn judge(params: &Params, host: &Host, context: &Context) -> Result<Self, LogoutError> {
        let mut client_id = params.value("client_id").map(str::to_owned);
        if let Some(token) = params.value("id_token_hint") {
            let hint = id_token::hinted(host, context, token).await?.ok_or(LogoutError::Hint)?;
            if client_id.replace(hint.client_id.clone()).is_some_and(|named| named != hint.client_id) {
                return Err(LogoutError::Hint);
            }
        }
        let client = match client_id {
            None => None,
            Some(client_id) => Some(find(host, context, &client_id).await?.ok_or(LogoutError::Client)?),
        };
        let redirect_uri = match (params.value("post_logout_redirect_uri"), &client) {
            // Nobody says who wants it: the person may log out all the same, and goes nowhere then.
            (None, _) | (Some(_), None) => None,
            (Some(uri), Some(client)) => {
                let registered = &client.config.post_logout_redirect_uris;
                if !registered.iter().any(|known| known.matches(uri, context.config.localhost_redirects)) {
                    return Err(LogoutError::Redirect { client: client.name.clone() });
                }
                Some(uri.to_owned())
            }
        };
        Ok(Self { client, redirect_uri, state: params.value("state").map(str::to_owned) })
    }
}

async fn find(host: &Host, context: &Context, client_id: &str) -> Result<Option<ClientRow>, LogoutError> {
    let digest = TokenDigest::of(client_id.as_bytes());
    let found = host.ask(FindClient { digest, buckets: Vec::new(), window_start: context.now }).await?.client;
    Ok(found.filter(|client| client.client_id == client_id && client.status == ClientStatus::Active))
}
