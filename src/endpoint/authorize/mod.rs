//! The authorization endpoint (RFC 6749 §3.1): a person approves a client, and the client gets a code.
//!
//! The endpoint itself never sees the person: WordPress tells REST requests nothing of who is signed in. It answers what
//! can be answered without, and hands the rest over to the login screen, where the same request runs from its start.

mod answer;
mod consent;
pub(crate) mod handover;
pub(crate) mod request;

use std::rc::Rc;

use serde_json::json;

use self::answer::{Back, ResponseMode};
use self::consent::Offer;
use self::request::{Addressed, Asked, PARAMETERS, PROMPTS, Sent};
use super::{Endpoint, Metadata};
use crate::authority::scope::OPENID;
use crate::context::Context;
use crate::error::{AuthorizeError, OAuthError, PageError};
use crate::event::Event;
use crate::flow::{Host, Step};
use crate::grant::GRANT_TYPES;
use crate::http::{Request, Response};
use crate::model::app_session::NewSignIn;
use crate::model::approval::{FoundConsent, NewConsent, REMEMBERED, Visitor};
use crate::model::client::ClientRow;
use crate::model::code::{CodePayload, NewCode};
use crate::model::grant::new_sub;
use crate::model::number::Id;
use crate::model::policy_row::PolicyRef;
use crate::need::{Approve, Approved, CodeStored, FindConsent, FindSubject, FindVisitor, LogIn, StoreCode};
use crate::pkce;
use crate::secret::Secret;
use crate::secret::token::{TokenKind, mint};
use crate::signing::id_token;

/// See the module.
pub struct Authorize;

impl Endpoint for Authorize {
    fn name(&self) -> &'static str {
        "authorize"
    }

    fn path(&self) -> &'static str {
        "/authorize"
    }

    fn methods(&self) -> &'static [&'static str] {
        &["GET", "POST"]
    }

    /// RFC 9700 §2.6: it is visited, not fetched.
    fn cors(&self) -> bool {
        false
    }

    fn description(&self) -> &'static str {
        "OAuth 2.0 authorization endpoint (RFC 6749)"
    }

    fn parameters(&self) -> &'static [(&'static str, &'static str)] {
        PARAMETERS
    }

    /// It is a person who waits for the answer.
    fn refuse(&self, error: OAuthError) -> Response {
        PageError::from(error).response()
    }

    fn describe(&self, context: &Context, metadata: &mut Metadata) {
        if GRANT_TYPES.iter().any(|grant| grant.redirects() && context.config.allows(grant.name())) {
            metadata.address("authorization_endpoint", context, self);
            metadata.add("response_types_supported", json!(["code"]));
            metadata.add("response_modes_supported", json!(ResponseMode::NAMES));
            metadata.add("code_challenge_methods_supported", json!([pkce::METHOD]));
            metadata.add("authorization_response_iss_parameter_supported", true);
            metadata.add("prompt_values_supported", json!(PROMPTS));
            metadata.add("request_parameter_supported", false);
            metadata.add("request_uri_parameter_supported", false);
        }
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

/// Answers the request that consists of these parameters; `None` for one that could not be read.
async fn answer(host: &Host, context: &Context, pairs: Option<Vec<u8>>) -> Response {
    let addressed = async {
        let pairs = pairs.as_deref().ok_or(PageError::Unreadable)?;
        let sent = Sent::read(pairs)?;
        let to = Addressed::find(&sent, host, context).await?;
        Ok::<_, PageError>((pairs, sent, to))
    };
    let (pairs, sent, to) = match addressed.await {
        Ok(addressed) => addressed,
        Err(error) => return error.response(),
    };
    let mode = sent.response_mode().unwrap_or(ResponseMode::Query);
    let back = Back { to: &to, state: sent.state.as_deref(), issuer: context.config.issuer(), mode };
    match decide(host, context, pairs, &sent, &to).await {
        Ok(code) => back.code(code.expose()),
        Err(error) => back.error(&error),
    }
}

/// RFC 6749 §4.1.1: makes sure who the person is and that it approves, and makes the code.
async fn decide(
    host: &Host,
    context: &Context,
    pairs: &[u8],
    sent: &Sent,
    to: &Addressed,
) -> Result<Secret<String>, AuthorizeError> {
    let asked = Asked::judge(sent, &to.client, context)?;
    let visitor = visitor(host, context, pairs, &asked, &to.client).await?;
    let (client, user) = (&to.client, visitor.user);
    let FoundConsent { epoch, consent } = host.ask(FindConsent { client: client.id, user }).await?;
    let offer = Offer::make(to, &asked, user, host, context).await?;
    let mut approved = false;
    if offer.needs_approval(to, &asked, consent.as_ref(), context) {
        if asked.prompt.none {
            return Err(AuthorizeError::ConsentRequired);
        }
        let view = offer.view(to, &asked, user, context);
        let digest = consent::digest(&view, &offer, to, &asked, sent.state.as_deref());
        let Approved { approved: yes } = host.ask(Approve { view, digest }).await?;
        if !yes {
            host.tell(Event::ConsentDenied { client: client.id, user });
            return Err(AuthorizeError::Denied);
        }
        approved = true;
    }
    let session = visitor.session.filter(|_| asked.scope.contains(OPENID));
    let sign_in = session.map(|session| NewSignIn::of(&session, &client.client_id, epoch));
    let payload = CodePayload {
        redirect_uri: to.redirect_uri.clone(),
        redirect_uri_sent: to.redirect_uri_sent,
        scope: asked.scope.clone(),
        challenge: asked.challenge,
        nonce: asked.nonce,
        resource: asked.resource,
        auth_time: visitor.auth_time,
        sid: sign_in.as_ref().map(|sign_in| sign_in.sid.clone()),
        ceiling: client.policy.id,
        client_epoch: client.epoch,
        subject_epoch: epoch,
        method_epoch: asked.method_epoch,
    };
    let code = mint(TokenKind::Code, context.entropy.as_ref())?;
    let CodeStored::Stored = host
        .ask(StoreCode {
            code: NewCode {
                digest: code.digest,
                payload: serde_json::json!(payload).to_string(),
                expires_at: context.now.plus(context.config.authorization_code_lifetime),
            },
            client: client.id,
            user,
            sub: new_sub(context.entropy.as_ref())?,
            policy: PolicyRef::to(&offer.granted, &[&client.policy]),
            sign_in,
            consent: (approved && offer.remember)
                .then(|| NewConsent { scope: asked.scope.to_string(), expires_at: context.now.plus(REMEMBERED) }),
            now: context.now,
        })
        .await?;
    if approved {
        host.tell(Event::ConsentGranted { client: client.id, user, scope: asked.scope.to_string() });
    }
    Ok(code.text)
}

/// Who is there. Where nobody is, or not lately enough, somebody signs in, and the request begins again.
async fn visitor(
    host: &Host,
    context: &Context,
    pairs: &[u8],
    asked: &Asked,
    client: &ClientRow,
) -> Result<Visitor, AuthorizeError> {
    let found = host.ask(FindVisitor {}).await?;
    let stranger = match &found {
        Some(visitor) => !is_expected(host, context, asked, client, visitor.user).await?,
        None => false,
    };
    let fresh =
        stranger || found.as_ref().is_some_and(|visitor| asked.wants_fresh_login(visitor.auth_time, context.now));
    match found {
        Some(visitor) if !fresh => return Ok(visitor),
        // A host that cannot tell when somebody signed in would ask for ever.
        Some(Visitor { auth_time: None, .. }) if asked.login_after.is_some() => {
            return Err(AuthorizeError::LoginRequired);
        }
        // Who signed in again is still somebody else.
        _ if stranger && asked.login_after.is_some() => return Err(AuthorizeError::LoginRequired),
        _ if asked.prompt.none => return Err(AuthorizeError::LoginRequired),
        _ => {}
    }
    // Who has to prove it now has not done so before now, whatever happens until the request comes back.
    let again = asked.login_after.unwrap_or(context.now);
    let resume = if stranger || asked.prompt.login || asked.max_age.is_some() {
        handover::signed_in_after(pairs, again)
    } else {
        pairs.to_vec()
    };
    let resume = handover::encode(Some(&resume));
    host.ask(LogIn { fresh, hint: asked.login_hint.clone(), resume }).await?;
    // A host does not answer that.
    Err(AuthorizeError::LoginRequired)
}

/// Whether a user is the one that the ID token of the request names, if it names one (OpenID Connect Core §3.1.2.1).
async fn is_expected(
    host: &Host,
    context: &Context,
    asked: &Asked,
    client: &ClientRow,
    user: Id,
) -> Result<bool, AuthorizeError> {
    let Some(hint) = &asked.id_token_hint else {
        return Ok(true);
    };
    let hinted = id_token::hinted(host, context, hint).await?;
    let Some(hinted) = hinted.filter(|hint| hint.client_id == client.client_id) else {
        return Ok(true);
    };
    Ok(host.ask(FindSubject { user, sub: new_sub(context.entropy.as_ref())? }).await? == hinted.sub)
}
